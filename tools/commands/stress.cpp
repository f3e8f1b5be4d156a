// ipcmark stress: every scenario, verified, while workers are killed and stopped at random.
#include <CLI/CLI.hpp>

#include <algorithm>
#include <random>

#include "results/text/printable.hpp"
#include "results/text/quantities.hpp"
#include "tools/command_line.hpp"
#include "tools/commands/measuring.hpp"
#include "tools/commands/preflight.hpp"
#include "tools/options/cell_options.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/runner_options.hpp"
#include "tools/stress/stress.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

class StressProgress : public StressObserver {
 public:
  StressProgress(std::uint64_t for_ns, bool terminal) : for_ns_(for_ns), terminal_(terminal) {}
  void trial_ended(const StressTrial& trial, std::uint64_t elapsed_ns) override {
    ++trials_;
    if (!terminal_) return;
    const std::uint64_t left = elapsed_ns < for_ns_ ? (for_ns_ - elapsed_ns) / 1'000'000'000U : 0;
    print_stderr("\r{} trials, {} s left  {}\033[K", trials_, left, trial.spec.key());
  }
  void finish() const {
    if (terminal_) print_stderr("\r\033[K");
  }

 private:
  std::uint64_t for_ns_;
  bool terminal_;
  std::uint64_t trials_ = 0;
};

void print_verdict(const StressVerdict& verdict, int width) {
  show("{:<{}}  {}  {} trials: {} passed, {} killed and ended, {} stopped and passed",
       verdict.backend, width, verdict.good() ? "good  " : "FAILED", verdict.trials, verdict.passed,
       verdict.killed, verdict.stopped);
  if (verdict.skipped > 0) show(", {} skipped", verdict.skipped);
  if (verdict.killed_by_watchdog > 0) {
    show(" ({} of the killed needed the watchdog)", verdict.killed_by_watchdog);
  }
  if (!verdict.good()) {
    show("; {} failed, {} damaged after a kill, {} failed after a stop, {} hung, {} objects left",
         verdict.failed, verdict.damaged, verdict.stopped_failed, verdict.hung, verdict.leftovers);
  }
  show("\n");
  for (const auto& [reason, times] : verdict.reasons)
    show("    {}x {}\n", times, printable(reason));
}

int stress(const Program& program, StressOptions options, const Request& request) {
  options.backends = request.values("backend");
  options.scenarios = request.values("scenario");
  options.locks = request.values("lock");
  options.named = request.named;
  options.exclude = request.exclude;
  for (const char* flag : {"backend", "scenario", "lock"}) options.named.erase(flag);
  if (const std::string why = wrong_cpus(request); !why.empty()) {
    print_error(why);
    return exit_code::usage;
  }
  show_lists(program, request);
  Measuring measuring({MeasuringOptions{.share = true}, true},
                      catalogue_of(program));  // it measures no speed, and may run beside what does
  options.stop_signal = &measuring.stop();
  if (options.seed == 0) options.seed = std::random_device{}() | 1U;
  if (const auto code = measuring.begin()) return *code;
  StressProgress progress(options.for_ns, stderr_is_terminal());
  const auto report = run_stress(program, options, measuring.manifest(), progress);
  progress.finish();
  if (!report) {
    print_error(report.error());
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
  show("seed {}, {} rounds{}\n", options.seed, report->rounds,
       report->interrupted ? ", interrupted" : "");
  if (!report->good()) return exit_code::correctness;
  if (report->interrupted) return exit_code::signal_base + measuring.stop().load();
  return trials > 0 ? exit_code::success : exit_code::nothing_ran;
}

}  // namespace

void add_stress(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<StressOptions>();
  options->seed = 0;
  CLI::App* command = app.add_subcommand(
      "stress",
      "Run all scenarios with workers killed and stopped at random\nEverything is verified.");
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
          "How long, such as 30s or 10m")
      ->default_str("1m")
      ->type_name("TIME");
  auto request = std::make_shared<Request>();
  // Everything is verified in full, and what is broken on purpose proves nothing here.
  add_cell_options(*command, invocation.program, *request,
                   {.without = {"notifier", "verify", "fault", "size-mix", "burst"},
                    .scenarios = {},
                    .suite = false,
                    .only = false,
                    .exclude = true});
  add_runner_option(*command, invocation);
  add_number(*command, "--seed", options->seed, "Which faults, in which order", 1,
             ~std::uint64_t{0})
      ->default_str("random");
  command->callback([options, request, &invocation] {
    invocation.action = [options, request, &invocation] {
      return stress(invocation.program, *options, *request);
    };
  });
}

}  // namespace ipcmark
