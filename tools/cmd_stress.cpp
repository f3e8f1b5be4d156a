// ipcmark stress: every scenario, verified, while workers are killed and stopped at random.
#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <random>

#include "scenarios/stress.hpp"
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/stop_signal.hpp"
#include "tools/terminal.hpp"

namespace ipcmark {

namespace {

class StressProgress : public StressObserver {
 public:
  StressProgress(std::uint64_t for_ns, bool terminal) : for_ns_(for_ns), terminal_(terminal) {}
  void trial_ended(const StressTrial& trial, std::uint64_t elapsed_ns) override {
    ++trials_;
    if (!terminal_) return;
    const std::uint64_t left = elapsed_ns < for_ns_ ? (for_ns_ - elapsed_ns) / 1'000'000'000U : 0;
    fmt::print(stderr, "\r{} trials, {} s left  {}\033[K", trials_, left, trial.spec.key());
    std::fflush(stderr);
  }
  void finish() const {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  std::uint64_t for_ns_;
  bool terminal_;
  std::uint64_t trials_ = 0;
};

void print_verdict(const StressVerdict& verdict, int width) {
  fmt::print("{:<{}}  {}  {} trials: {} passed, {} killed and ended, {} stopped and passed",
             verdict.backend, width, verdict.good() ? "good  " : "FAILED", verdict.trials,
             verdict.passed, verdict.killed, verdict.stopped);
  if (verdict.skipped > 0) fmt::print(", {} skipped", verdict.skipped);
  if (verdict.killed_by_watchdog > 0) {
    fmt::print(" ({} of the killed needed the watchdog)", verdict.killed_by_watchdog);
  }
  if (!verdict.good()) {
    fmt::print("; {} failed, {} failed after a stop, {} hung, {} objects left", verdict.failed,
               verdict.stopped_failed, verdict.hung, verdict.leftovers);
  }
  fmt::print("\n");
  for (const auto& [reason, times] : verdict.reasons) fmt::print("    {}x {}\n", times, reason);
}

int stress(const Invocation& invocation, StressOptions options) {
  const std::atomic<int>& stop = catch_stop_signals();
  options.stop_signal = &stop;
  if (options.seed == 0) options.seed = std::random_device{}() | 1U;
  auto manifest = Manifest::create();
  if (!manifest) {
    complain(explain(manifest.error()));
    return exit_code::usage;
  }
  StressProgress progress(options.for_ns, stderr_is_terminal());
  const auto report = run_stress(invocation.program, options, **manifest, progress);
  progress.finish();
  if (!report) {
    complain(report.error());
    return exit_code::usage;
  }
  std::size_t width = 0;
  unsigned trials = 0;
  for (const StressVerdict& verdict : report->verdicts) {
    width = std::max(width, verdict.backend.size());
    trials += verdict.trials - verdict.skipped;
  }
  for (const StressVerdict& verdict : report->verdicts) {
    print_verdict(verdict, static_cast<int>(width));
  }
  fmt::print("seed {}, {} rounds{}\n", options.seed, report->rounds,
             report->interrupted ? ", interrupted" : "");
  if (!report->good()) return exit_code::correctness;
  if (report->interrupted) return exit_code::signal_base + stop.load();
  return trials > 0 ? exit_code::success : exit_code::nothing_ran;
}

}  // namespace

void add_stress(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<StressOptions>();
  options->seed = 0;
  CLI::App* command = app.add_subcommand(
      "stress", "Run every scenario, verified, with workers killed and stopped at random");
  command
      ->add_option_function<std::string>(
          "--for",
          [options](const std::string& word) {
            const auto value = parse_duration(word);
            if (!value || *value == 0) {
              throw CLI::ValidationError(
                  "--for", fmt::format("'{}' is not a time; write one such as 30s or 10m", word));
            }
            options->for_ns = *value;
          },
          "How long: 30s, 10m (1m)")
      ->type_name("TIME");
  command->add_option("--backend", options->backends, "Only these backends")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command->add_option("--scenario", options->scenarios, "Only these scenarios")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command->add_option("--lock", options->locks, "Only these locks")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  command->add_option("--seed", options->seed, "Which faults, in which order (random)")
      ->check(CLI::Range(std::uint64_t{1}, ~std::uint64_t{0}).description(""))
      ->type_name("N");
  command->callback([options, &invocation] {
    invocation.action = [options, &invocation] { return stress(invocation, *options); };
  });
}

}  // namespace ipcmark
