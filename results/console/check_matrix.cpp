#include "results/console/check_matrix.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "results/console/table.hpp"
#include "results/figures/summary.hpp"
#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t column_width = 3;

enum class MechanismKind : std::uint8_t { backend, lock, notifier };
struct Mechanism {
  MechanismKind kind;
  std::string name;
  bool operator==(const Mechanism&) const = default;
};

Mechanism mechanism_of(const RunSpec& spec) {
  if (!spec.backend.empty()) return {MechanismKind::backend, printable(spec.backend)};
  if (!spec.lock.empty()) return {MechanismKind::lock, printable(spec.lock)};
  return {MechanismKind::notifier, printable(spec.notifier)};
}

// "large_payload both_ways=1": what sets one row apart from another.
std::string row_of(const RunSpec& spec) {
  std::string text = spec.scenario;
  for (const auto& [name, value] : spec.own_options()) text += fmt::format(" {}={}", name, value);
  if (!spec.fault.empty()) text += " fault=" + spec.fault;
  return printable(text);
}

struct Verdicts {
  State state = State::passed;
  std::string reason;
};

// One block of the matrix: the mechanisms of one kind and the scenarios that run over them.
struct Block {
  std::vector<Mechanism> columns;
  std::vector<std::string> rows;
  std::map<std::pair<std::string, std::string>, Verdicts> cells;  // row, mechanism's name
};

// The worst speaks for all; of equals the first that has something to say.
void keep_worst(Verdicts& kept, const Verdicts& other) {
  const bool says_more = severity(other.state) == severity(kept.state) && kept.reason.empty();
  if (severity(other.state) > severity(kept.state) || says_more) kept = other;
}

Verdicts verdict_of(const Cell& cell) {
  if (cell.trials.empty()) return {State::interrupted, "the run ended before it"};
  Verdicts worst;
  for (const Trial& trial : cell.trials) keep_worst(worst, {trial.state, trial.reason});
  return worst;
}

template <class T>
void add_once(std::vector<T>& list, const T& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

Block block_of(const ResultDocument& document, MechanismKind kind) {
  Block block;
  for (const Cell& cell : document.cells) {
    const Mechanism mechanism = mechanism_of(cell.spec);
    if (mechanism.kind != kind) continue;
    add_once(block.columns, mechanism);
    add_once(block.rows, row_of(cell.spec));
    // Several cells may share a place (sizes, waits).
    keep_worst(block.cells[{row_of(cell.spec), mechanism.name}], verdict_of(cell));
  }
  return block;
}

std::string mark(State state, const ConsoleStyle& style) {
  switch (state) {
    case State::passed:
      return styled(style.unicode ? "\u2713" : "+", TextStyle::good, style);
    case State::skipped:
      return styled(style.unicode ? "\u00b7" : "-", TextStyle::dim, style);
    case State::interrupted:
      return styled("?", TextStyle::dim, style);
    case State::failed:
    case State::timeout:
    case State::deadlock:
      return styled(style.unicode ? "\u2717" : "X", TextStyle::bad, style);
  }
  return "?";
}

// Names stand upright above their columns, so that the matrix fits any terminal.
std::string upright_header(const std::vector<Mechanism>& columns, std::size_t indent) {
  std::size_t height = 0;
  for (const Mechanism& column : columns) height = std::max(height, column.name.size());
  std::string text;
  for (std::size_t line = 0; line < height; ++line) {
    std::string out(indent, ' ');
    for (const Mechanism& column : columns) {
      const std::size_t above = height - column.name.size();
      out += std::string(column_width - 1, ' ');
      out += line < above ? ' ' : column.name[line - above];
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + "\n";
  }
  return text;
}

std::string matrix(const Block& block, const char* title, const ConsoleStyle& style) {
  if (block.columns.empty()) return {};
  std::size_t width = 0;
  for (const std::string& row : block.rows) width = std::max(width, row.size());
  std::string text = styled(title, TextStyle::bold, style) + "\n";
  text += upright_header(block.columns, width + 2);
  for (const std::string& row : block.rows) {
    text += fmt::format("  {:<{}}", row, width);
    for (const Mechanism& column : block.columns) {
      const auto cell = block.cells.find({row, column.name});
      text += std::string(column_width - 1, ' ');
      text += cell == block.cells.end() ? std::string(" ") : mark(cell->second.state, style);
    }
    text += "\n";
  }
  return text + "\n";
}

// The reasons of one kind of verdict, each with the cells it holds for: "chat, pipeline: null:
// needs two processes".
template <class Holds>
std::string reasons(const std::vector<Block>& blocks, const char* title, Holds holds,
                    const ConsoleStyle& style) {
  std::vector<std::pair<std::string, std::vector<std::string>>> grouped;
  for (const Block& block : blocks) {
    for (const auto& [place, verdict] : block.cells) {
      if (!holds(verdict)) continue;
      std::string why = verdict.reason;
      if (!why.starts_with(place.second)) why.insert(0, place.second + ": ");
      auto same = std::find_if(grouped.begin(), grouped.end(),
                               [&](const auto& group) { return group.first == why; });
      if (same == grouped.end()) same = grouped.insert(grouped.end(), {why, {}});
      add_once(same->second, place.first);
    }
  }
  if (grouped.empty()) return {};
  std::string text = styled(title, TextStyle::bold, style) + "\n";
  for (const auto& [why, rows] : grouped) {
    text += wrapped(fmt::format("{} ({})", why, fmt::join(rows, ", ")),
                    style.unicode ? "  \u2022 " : "  * ", style.width);
  }
  return text + "\n";
}

std::string again(const ResultDocument& document) {
  std::string text;
  for (const Cell& cell : document.cells) {
    if (is_failure(verdict_of(cell).state)) {
      text += fmt::format("  ipcmark run --only {}\n", printable(cell.spec.key()));
    }
  }
  return text.empty() ? text : "To run one again:\n" + text + "\n";
}

std::string totals(const ResultDocument& document, const ConsoleStyle& style) {
  std::size_t passed = 0;
  std::size_t skipped = 0;
  std::size_t failed = 0;
  for (const Cell& cell : document.cells) {
    const State state = verdict_of(cell).state;
    passed += state == State::passed ? 1U : 0U;
    skipped += state == State::skipped ? 1U : 0U;
    failed += is_failure(state) ? 1U : 0U;
  }
  const std::string text = fmt::format("{} passed, {} skipped, {} failed{}\n", passed, skipped,
                                       failed, document.run.interrupted ? "; interrupted" : "");
  return styled(text, failed == 0 ? TextStyle::good : TextStyle::bad, style);
}

}  // namespace

std::string check_to_console(const ResultDocument& document, const ConsoleStyle& style) {
  const std::vector<Block> blocks{block_of(document, MechanismKind::backend),
                                  block_of(document, MechanismKind::lock),
                                  block_of(document, MechanismKind::notifier)};
  std::string text = matrix(blocks[0], "Over backends", style);
  text += matrix(blocks[1], "Over locks", style);
  text += matrix(blocks[2], "Over notifiers", style);
  text += reasons(
      blocks, "Skipped", [](const Verdicts& v) { return v.state == State::skipped; }, style);
  // A control that was caught, a deadlock that had to be: passed, and worth a sentence.
  text += reasons(
      blocks, "Findings, as expected",
      [](const Verdicts& v) { return v.state == State::passed && !v.reason.empty(); }, style);
  text += reasons(
      blocks, "Failed", [](const Verdicts& v) { return is_failure(v.state); }, style);
  return text + again(document) + totals(document, style);
}

}  // namespace ipcmark
