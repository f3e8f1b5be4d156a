#include "tools/terminal/progress.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "backends/deadline.hpp"
#include "results/console/console.hpp"
#include "results/console/view.hpp"
#include "results/figures/cost_figures.hpp"
#include "results/text/printable.hpp"
#include "results/text/units.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

std::string time_text(std::uint64_t ns) {
  const std::uint64_t seconds = (ns + 500'000'000U) / 1'000'000'000U;
  if (seconds < 60) return fmt::format("{} s", seconds);
  return fmt::format("{} min {:02} s", seconds / 60, seconds % 60);
}

}  // namespace

TerminalProgress::TerminalProgress(bool terminal, unsigned width, Catalogue catalogue)
    : terminal_(terminal), width_(width), catalogue_(std::move(catalogue)) {}

// The one figure a person wants to see pass by.
std::string TerminalProgress::headline(const RunSpec& spec, const Trial& trial) const {
  if (trial.state != State::passed) return to_string(trial.state);
  const ScenarioFacts* facts = catalogue_.scenario(spec.scenario);
  if (facts == nullptr) return "passed";
  const auto figure = headline_of(trial, facts->headlines());
  return figure ? scaled(figure->value, figure->unit, false) : "passed";
}

void TerminalProgress::started(const Plan& plan, std::size_t turns) {
  rounds_ = plan.trials;
  estimated_ns_ = plan.estimated_ns;
  began_ns_ = now_ns();
  turns_ = turns;
  for (const std::size_t cell : plan.first_table) first_table_.insert(plan.cells[cell].key());
  print_stderr("{} cells, {} trials, about {}; seed {}\n", plan.cells.size(), turns,
               time_text(plan.estimated_ns), plan.seed);
}

void TerminalProgress::trial_begins(const RunSpec& spec, std::size_t turn, std::size_t turns) {
  done_ = turn;
  turns_ = turns;  // a run may add rounds
  if (terminal_) draw(spec.key(), turn, turns);
}

void TerminalProgress::trial_ended(const RunSpec& spec, const Trial& trial,
                                   std::uint64_t /*took_ns*/) {
  const std::string key = spec.key();
  const std::uint32_t so_far = ++trials_of_[key];
  ++done_;
  if (is_failure(trial.state)) {
    message(fmt::format("{}: {}: {}", key, to_string(trial.state), trial.reason));
  }
  const bool first_row = trial.round == 0 && first_table_.contains(key);
  if (first_row && trial.state == State::passed) show_first_row(spec, trial);
  if (terminal_) {
    draw(fmt::format("{} {}", key, headline(spec, trial)), done_, turns_);
  } else if (so_far == rounds_ && !first_row) {
    print_stderr("{}/{} {} {}\n", done_, turns_, printable(key), printable(headline(spec, trial)));
  }
}

void TerminalProgress::message(const std::string& text) {
  if (terminal_) print_stderr("\r\033[K");
  print_stderr("{}\n", printable(text));
}

void TerminalProgress::show_first_row(const RunSpec& spec, const Trial& trial) {
  if (!first_row_shown_) {
    message(fmt::format("{} {}, first trial of {}; the table follows", spec.scenario,
                        size_for_people(spec.size), rounds_));
    first_row_shown_ = true;
  }
  message(fmt::format("  {:<20} {:<6} {:>10}", mechanism_label(spec), to_string(spec.wait),
                      headline(spec, trial)));
}

void TerminalProgress::draw(const std::string& what, std::size_t turn, std::size_t turns) {
  const std::uint64_t elapsed = now_ns() - began_ns_;
  // The plan's own estimate until a twentieth is done, then this run's pace.
  const std::uint64_t total =
      turn * 20 < turns || turn == 0 ? std::max(estimated_ns_, elapsed) : elapsed * turns / turn;
  constexpr std::size_t bar_width = 20;
  const std::size_t filled = turns == 0 ? bar_width : bar_width * turn / turns;
  std::string line =
      fmt::format("[{:#<{}}{:.<{}}] {}/{}  {} left  {}", "", filled, "", bar_width - filled, turn,
                  turns, time_text(total - elapsed), printable(what));
  if (line.size() >= width_) line.resize(width_ > 0 ? width_ - 1 : 0);
  print_stderr("\r{}\033[K", line);
}

void TerminalProgress::finish() {
  if (terminal_) {
    print_stderr("\r\033[K");
  }
}

}  // namespace ipcmark
