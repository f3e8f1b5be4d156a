#include "tools/commands/measuring.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "results/text/printable.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/machine/facts.hpp"
#include "scenarios/machine/host_lock.hpp"
#include "tools/commands/stop_signal.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {
namespace {

// Who else measures may be out of sight, and is then said to be.
void print_unseen_runs(const MeasuringTurn& turn, bool quiet) {
  if (!turn.blind.empty()) {
    print_error(fmt::format(
        "{} cannot be seen ({}): see that there are none",
        turn.name ? "measuring runs of other network namespaces" : "other measuring runs",
        turn.blind));
    return;
  }
  // Its /tmp and its network are its own unless it was started otherwise, which nothing tells here.
  const std::string kind = container_kind();
  if (quiet || kind.empty()) return;
  print_error(
      fmt::format("measuring runs outside this container ({}) are seen only where they share its "
                  "/tmp or its network: see that there are none",
                  printable(kind)));
}

// What others are told who wait for us.
std::string own_command() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  while (!text.empty() && text.back() == '\0') text.pop_back();
  std::replace(text.begin(), text.end(), '\0', ' ');
  return text;
}

}  // namespace

Measuring::Measuring(How how, Catalogue catalogue)
    : how_(how),
      stop_(catch_stop_signals()),
      progress_(stderr_is_terminal(), stderr_width(), std::move(catalogue)) {}

std::optional<int> Measuring::take_turn() {
  if (how_.options.share) return std::nullopt;
  const std::string limit = duration_text(how_.options.wait_ns);
  TurnRequest request;
  request.command = own_command();
  request.stop = &stop_;
  request.wait_ns = how_.options.wait_ns;
  request.on_wait = [&limit](const TurnHolder& holder) {
    print_error(fmt::format(
        "waiting for another measuring run to end, at most {} (--wait-for-turn): {}; --share "
        "measures beside it",
        limit, holder_text(holder)));
  };
  auto turn = ipcmark::take_turn(request);
  if (turn) {
    turn_.emplace(std::move(*turn));
    print_unseen_runs(*turn_, how_.quiet);
    return std::nullopt;
  }
  const NoTurn& none = turn.error();
  if (none.why == NoTurn::Why::stopped) return exit_code::signal_base + stop_.load();
  if (none.why == NoTurn::Why::error) {
    print_error(none.reason);
    return exit_code::usage;
  }
  print_error(fmt::format(
      "the turn to measure did not come within {}: {}; wait longer by --wait-for-turn, or measure "
      "beside it by --share",
      limit, holder_text(none.holder)));
  return exit_code::nothing_ran;
}

std::optional<int> Measuring::begin() {
  if (const auto code = take_turn()) return code;
  manifest_.emplace();
  if (!*manifest_) return exit_code::usage;
  return std::nullopt;
}

int Measuring::refuse(const std::string& why) const {
  print_error(why);
  return stop_.load() != 0 ? exit_code::signal_base + stop_.load() : exit_code::usage;
}

SessionOptions Measuring::session() {
  SessionOptions options;
  options.stop_signal = &stop_;
  options.trial_timeout_ns = how_.options.trial_timeout_ns;
  options.voided = [this](const std::string& why) {
    say(fmt::format("{}: the trial is void, and measured again", why));
  };
  return options;
}

Observer& Measuring::observer() {
  return how_.quiet ? silence_ : static_cast<Observer&>(progress_);
}

void Measuring::say(const std::string& problem) {
  how_.quiet ? print_error(problem) : progress_.message("ipcmark: " + problem);
}

void Measuring::finish() {
  if (!how_.quiet) progress_.finish();
}

void Measuring::sign(ResultDocument& document, const std::string& command_line,
                     const std::string& suite) const {
  document.run.command = command_line;
  document.run.suite = suite;
  document.run.shared_machine = how_.options.share;
  // What a journal has said of them already is the same.
  if (!how_.labels.labels.empty()) document.run.labels = how_.labels.labels;
  if (how_.labels.host_name) document.run.host = asked_host_name(how_.labels);
}

}  // namespace ipcmark
