#include "tools/commands/measuring.hpp"

#include <fmt/core.h>

#include <utility>

#include "scenarios/cleanup/manifest.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

Measuring::Measuring(How how, Catalogue catalogue)
    : how_(how),
      stop_(catch_stop_signals()),
      progress_(stderr_is_terminal(), stderr_width(), std::move(catalogue)) {}

std::optional<int> Measuring::take_turn() {
  if (how_.share) return std::nullopt;
  auto held = hold_host_lock(&stop_, [](int holder) {
    complain(fmt::format(
        "waiting for another measuring run (process {}) to end; --share measures beside it",
        holder));
  });
  if (!held && held.error().code == Errc::interrupted) return exit_code::signal_base + stop_.load();
  if (!held) {
    complain(explain(held.error()));
    return exit_code::usage;
  }
  host_lock_.emplace(std::move(*held));
  return std::nullopt;
}

std::optional<int> Measuring::begin() {
  if (const auto code = take_turn()) return code;
  manifest_.emplace();
  if (!*manifest_) return exit_code::usage;
  return std::nullopt;
}

int Measuring::refuse(const std::string& why) const {
  complain(why);
  return stop_.load() != 0 ? exit_code::signal_base + stop_.load() : exit_code::usage;
}

SessionOptions Measuring::session() const {
  SessionOptions options;
  options.stop_signal = &stop_;
  return options;
}

Observer& Measuring::observer() {
  return how_.quiet ? silence_ : static_cast<Observer&>(progress_);
}

void Measuring::say(const std::string& complaint) {
  how_.quiet ? complain(complaint) : progress_.message("ipcmark: " + complaint);
}

void Measuring::finish() {
  if (!how_.quiet) progress_.finish();
}

void Measuring::sign(ResultDocument& document, const std::string& command_line,
                     const std::string& suite) const {
  document.run.command = command_line;
  document.run.suite = suite;
  document.run.shared_machine = how_.share;
}

}  // namespace ipcmark
