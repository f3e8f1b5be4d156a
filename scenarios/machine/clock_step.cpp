#include "scenarios/machine/clock_step.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "backends/deadline.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t reach_ns = 400;  // above the shortest: what is longer was interrupted
constexpr std::size_t min_gaps = 4;      // of fewer the middle may be of two that are no neighbours

void work(unsigned turns) {
  for (unsigned i = 0; i < turns; ++i) asm volatile("" ::: "memory");
}

}  // namespace

std::uint64_t step_of_differences(std::vector<std::uint64_t> differences_ns) {
  std::sort(differences_ns.begin(), differences_ns.end());
  differences_ns.erase(std::unique(differences_ns.begin(), differences_ns.end()),
                       differences_ns.end());
  // A clock that stood still between two readings moves by what it shows least at once.
  if (differences_ns.size() > 1 && differences_ns.front() == 0) return differences_ns[1];
  std::vector<std::uint64_t> gaps;  // between the first values of pairs
  std::size_t inside = 0;           // values with a neighbour on both sides: pairs have none
  std::uint64_t first = 0;          // of the pair
  std::uint64_t before = 0;
  for (const std::uint64_t value : differences_ns) {
    if (value > differences_ns.front() + reach_ns) break;
    const bool neighbour = before != 0 && value == before + 1;
    if (neighbour && before != first) ++inside;
    if (!neighbour || before != first) {
      if (first != 0) gaps.push_back(value - first);
      first = value;
    }
    before = value;
  }
  if (gaps.size() < min_gaps || inside > gaps.size() / 4) return 1;
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return *middle;
}

std::uint64_t clock_step_ns() {
  constexpr unsigned readings = 4096;
  constexpr unsigned max_turns = 512;
  std::vector<std::uint64_t> differences;
  differences.reserve(readings);
  for (unsigned i = 0; i < readings; ++i) {
    const std::uint64_t begin = now_ns();
    work(i % max_turns);
    differences.push_back(now_ns() - begin);
  }
  return step_of_differences(std::move(differences));
}

}  // namespace ipcmark
