#include "scenarios/shared_state/latest_view.hpp"

namespace ipcmark {

std::uint64_t sample_value(std::uint32_t sensor, std::uint64_t number) {
  // splitmix64's finisher (S. Vigna).
  std::uint64_t z = (std::uint64_t{sensor} + 1) * 0x9E3779B97F4A7C15U + number;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

bool LatestView::enter(std::uint32_t sensor, const Sample& sample) {
  if (sample.number == 0) return false;
  if (sample.value != sample_value(sensor, sample.number)) {
    ++torn_;
    return false;
  }
  std::uint64_t& latest = latest_.at(sensor);
  if (sample.number < latest) ++backwards_;
  if (sample.number <= latest) return false;
  latest = sample.number;
  return true;
}

}  // namespace ipcmark
