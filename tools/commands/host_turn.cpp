#include "tools/commands/host_turn.hpp"

#include <fmt/core.h>

#include "scenarios/cleanup/manifest.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

std::optional<int> take_host_lock(const std::atomic<int>& stop, std::optional<Fd>& lock) {
  auto held = hold_host_lock(&stop, [](int holder) {
    complain(fmt::format(
        "waiting for another measuring run (process {}) to end; --share measures beside it",
        holder));
  });
  if (held) {
    lock.emplace(std::move(*held));
    return std::nullopt;
  }
  if (held.error().code == Errc::interrupted) return exit_code::signal_base + stop.load();
  complain(explain(held.error()));
  return exit_code::usage;
}

}  // namespace ipcmark
