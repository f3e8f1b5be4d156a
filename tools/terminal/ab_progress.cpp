#include "tools/terminal/ab_progress.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "backends/deadline.hpp"
#include "results/text/printable.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr std::uint64_t between_lines_ns = 10'000'000'000;
constexpr unsigned max_errors = 3;

}  // namespace

AbProgress::AbProgress(bool terminal, unsigned width, std::uint64_t for_ns)
    : terminal_(terminal), width_(width), for_ns_(for_ns) {}

void AbProgress::trial_ended(const RunSpec& spec, AbSide side, const Trial& trial) {
  for (const std::string& why : trial.voids) {
    message(fmt::format("{} on side {}: a trial is void, and was run again: {}", spec.key(),
                        side == AbSide::a ? "A" : "B", why));
  }
  if (trial.state == State::passed || trial.state == State::interrupted) return;
  if (++errors_ > max_errors) return;  // the comparison names all of them
  message(fmt::format("{} on side {}: {}: {}", spec.key(), side == AbSide::a ? "A" : "B",
                      to_string(trial.state), trial.reason));
}

void AbProgress::round_ended(std::uint32_t round, std::uint32_t rounds) {
  const std::uint64_t now = now_ns();
  if (round == 0) {
    began_ns_ = reported_ns_ = now;
    return;
  }
  if (!terminal_ && round < rounds && now - reported_ns_ < between_lines_ns) return;
  reported_ns_ = now;
  const std::uint64_t elapsed = now - began_ns_;
  std::uint64_t left = elapsed / round * (rounds - round);
  if (for_ns_ > 0) left = std::min(left, for_ns_ > elapsed ? for_ns_ - elapsed : 0);
  const std::string line = fmt::format("round {}{}, about {} s left", round,
                                       for_ns_ > 0 ? "" : fmt::format(" of {}", rounds),
                                       (left + 999'999'999) / 1'000'000'000);
  if (terminal_) {
    print_stderr("\r{}\033[K", line.substr(0, width_ > 0 ? width_ - 1 : 0));
  } else {
    print_stderr("{}\n", line);
  }
}

void AbProgress::message(const std::string& text) {
  if (terminal_) print_stderr("\r\033[K");
  print_stderr("{}\n", printable(text));
}

void AbProgress::finish() {
  if (!terminal_) return;
  print_stderr("\r\033[K");
}

}  // namespace ipcmark
