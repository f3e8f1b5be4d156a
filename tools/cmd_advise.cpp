// ipcmark advise: a need → the figures that decide, stored or measured now → a ranking in words.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <random>

#include "results/json.hpp"
#include "scenarios/launch/manifest.hpp"
#include "scenarios/session.hpp"
#include "tools/advise_plan.hpp"
#include "tools/commands.hpp"
#include "tools/exit_code.hpp"
#include "tools/host_turn.hpp"
#include "tools/output_file.hpp"
#include "tools/progress.hpp"
#include "tools/result_file.hpp"
#include "tools/snippets.hpp"
#include "tools/stop_signal.hpp"
#include "tools/terminal.hpp"

namespace ipcmark {

namespace {

// An exit code after a complaint, or nothing and the document.
std::optional<int> measure(const Program& program, const Plan& plan, const AdviseOptions& options,
                           ResultDocument& document) {
  const std::atomic<int>& stop = catch_stop_signals();
  std::optional<Fd> host_lock;
  if (!options.share) {
    if (const auto code = take_host_lock(stop, host_lock)) return code;
  }
  auto manifest = Manifest::create();
  if (!manifest) {
    complain(explain(manifest.error()));
    return exit_code::usage;
  }
  SessionOptions session;
  session.stop_signal = &stop;
  TerminalProgress progress(stderr_is_terminal(), stderr_width());
  Observer silence;
  auto measured = run_session(program, plan, **manifest, session,
                              options.quiet ? silence : static_cast<Observer&>(progress));
  if (!options.quiet) progress.finish();
  if (!measured) {
    complain(measured.error());
    return exit_code::usage;
  }
  document = std::move(*measured);
  if (document.run.interrupted) return exit_code::signal_base + stop.load();
  return std::nullopt;
}

// The plan measured, and kept where --json says.
std::optional<int> measure_now(const Program& program, const Need& need,
                               const AdviseOptions& options, const std::string& command_line,
                               ResultDocument& document) {
  const auto plan =
      plan_for(program, need, {options.backends, options.trials, std::random_device{}() | 1U});
  if (!plan) {
    complain(plan.error());
    return exit_code::usage;
  }
  for (const std::string& note : plan->notes) complain(note);
  std::optional<OutputFile> file;
  if (!options.json.empty()) {
    auto opened = OutputFile::open(options.json);
    if (!opened) {
      complain(opened.error());
      return exit_code::usage;
    }
    file.emplace(std::move(*opened));
  }
  if (const auto code = measure(program, *plan, options, document)) return code;
  document.run.command = command_line;
  document.run.suite = plan->suite;
  document.run.shared_machine = options.share;
  if (!file) return std::nullopt;
  if (auto written = file->commit(result_to_json(document)); !written) {
    complain(written.error());
    return exit_code::usage;
  }
  return std::nullopt;
}

// The command that measures what a file lacks.
std::string how_to_measure(const AdviseOptions& options, const Need& need) {
  return fmt::format("leave out --from to measure {} now, or add it to that run",
                     need.name.empty() ? basis_text(need) : options.name);
}

// Where every mechanism of a document is left out by --backend, nothing would be ranked.
void keep_only(const std::vector<std::string>& backends, ResultDocument& document) {
  if (backends.empty()) return;
  std::erase_if(document.cells, [&backends](const Cell& cell) {
    return !cell.spec.backend.empty() &&
           std::find(backends.begin(), backends.end(), cell.spec.backend) == backends.end();
  });
}

std::optional<int> read_stored(const AdviseOptions& options, const Need& need,
                               ResultDocument& document) {
  auto read = read_result_file(options.from);
  if (!read) {
    complain(read.error());
    return exit_code::usage;
  }
  document = std::move(*read);
  keep_only(options.backends, document);
  const Advice advice = advise(document, need);
  if (advice.fitting.empty() && advice.unfit.empty()) {
    complain(fmt::format("'{}' has no figures of {} to answer from; {}", options.from,
                         basis_text(need), how_to_measure(options, need)));
    return exit_code::usage;
  }
  return std::nullopt;
}

void print_snippet(const std::string& mechanism) {
  for (const Snippet& snippet : snippets()) {
    if (mechanism != snippet.mechanism) continue;
    show("\nTo start with (tools/snippets/{}.cpp)\n\n{}", mechanism, snippet.text);
  }
}

int answer(const ResultDocument& document, const Need& need, const AdviseOptions& options) {
  const Advice advice = advise(document, need);
  const std::string run = document.run.id.empty() ? "" : fmt::format(", run {}", document.run.id);
  const std::string source = options.from.empty() ? fmt::format("what was measured now{}", run)
                                                  : fmt::format("'{}'{}", options.from, run);
  show("{}", advice_to_console(advice, source, style_of_stdout(options.color)));
  if (!advice.fitting.empty() && !options.no_code) print_snippet(advice.fitting.front().mechanism);
  return advice.fitting.empty() ? exit_code::nothing_ran : exit_code::success;
}

}  // namespace

int advise(const Program& program, const AdviseOptions& options, const std::string& command_line) {
  const auto need = need_of(options);
  if (!need) {
    complain(need.error());
    return exit_code::usage;
  }
  ResultDocument document;
  const auto code = options.from.empty()
                        ? measure_now(program, *need, options, command_line, document)
                        : read_stored(options, *need, document);
  if (code) return *code;
  return answer(document, *need, options);
}

}  // namespace ipcmark
