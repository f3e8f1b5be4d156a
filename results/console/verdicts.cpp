#include "results/console/verdicts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "results/console/table.hpp"

namespace ipcmark {
namespace {

const std::int64_t* count_of(const Trial& trial, const char* name) {
  const auto found = trial.counts.find(name);
  return found == trial.counts.end() ? nullptr : &found->second;
}

Table::Entry passed_entry(const ViewGroup& group, const Trial& trial, const ConsoleStyle& style) {
  const std::string mark = style.unicode ? " \u2713" : " ok";
  const std::int64_t* reached = count_of(trial, group.reached.name);
  const std::int64_t* expected = count_of(trial, group.expected.name);
  if (reached != nullptr && group.reached.unit == Unit::bytes) {
    return {size_for_people(group.size) + " intact" + mark, 0, TextStyle::good};
  }
  if (reached != nullptr) {
    // The control without a lock passes by losing updates, and must not look like a correct one.
    if (expected != nullptr && *reached != *expected) {
      return {fmt::format("{} of {}, caught", *reached, *expected), 0, TextStyle::plain};
    }
    return {std::to_string(*reached) + mark, 0, TextStyle::good};
  }
  return {"passed" + mark, 0, TextStyle::good};
}

Table::Entry verdict(const ViewGroup& group, const ViewRow& row, const ConsoleStyle& style) {
  const State state = row.summary.state;
  if (state == State::skipped || state == State::interrupted) {
    return {to_string(state), 0, TextStyle::dim};
  }
  if (state != State::passed) {
    std::string text = to_string(state);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    for (const Trial& trial : row.cell->trials) {
      const std::int64_t* reached = count_of(trial, group.reached.name);
      const std::int64_t* expected = count_of(trial, group.expected.name);
      if (trial.state != state || reached == nullptr || expected == nullptr) continue;
      if (*reached == *expected || group.reached.unit == Unit::bytes) continue;
      text += fmt::format(" {} of {}", *reached, *expected);
      break;
    }
    return {(style.unicode ? "\u2717 " : "") + text, 0, TextStyle::bad};
  }
  // Several trials agree, or the summary would not have passed; except in what a control lost.
  return passed_entry(group, row.cell->trials.front(), style);
}

// A column of the matrix: one group, named by what sets it apart from the others.
struct MatrixColumn {
  const ViewGroup* group;
  std::string header;
};

std::vector<MatrixColumn> columns_of(const View& view) {
  std::vector<const ViewGroup*> groups;
  for (const ViewGroup& group : view.groups) {
    if (group.kind == TableKind::verdict) groups.push_back(&group);
  }
  std::vector<MatrixColumn> columns;
  for (const ViewGroup* group : groups) {
    const auto same = [group](const ViewGroup* other) {
      return other->scenario == group->scenario;
    };
    const auto twin = [&](const ViewGroup* other) {
      return same(other) && other != group && other->size == group->size;
    };
    std::string header = group->scenario;
    if (std::count_if(groups.begin(), groups.end(), same) > 1) {
      header += " " + size_for_people(group->size);
    }
    if (std::any_of(groups.begin(), groups.end(), twin)) header += " (" + group->setting + ")";
    columns.push_back({group, header});
  }
  return columns;
}

// Rows in the order of the document, a wait mode other than block in the label.
std::vector<std::string> labels_of(const std::vector<MatrixColumn>& columns) {
  std::vector<std::pair<const Cell*, std::string>> rows;
  for (const MatrixColumn& column : columns) {
    for (const ViewRow& row : column.group->rows) rows.emplace_back(row.cell, row_name(row));
  }
  std::sort(rows.begin(), rows.end());  // cells lie in one vector: by address is by position
  std::vector<std::string> labels;
  for (const auto& [cell, label] : rows) {
    if (std::find(labels.begin(), labels.end(), label) == labels.end()) labels.push_back(label);
  }
  return labels;
}

Table matrix(const std::vector<MatrixColumn>& columns, const ConsoleStyle& style) {
  std::vector<Table::Column> headers{{"backend", false}};
  for (const MatrixColumn& column : columns) headers.push_back({column.header, false});
  Table table(std::move(headers));
  for (const std::string& label : labels_of(columns)) {
    std::vector<Table::Entry> entries{{label, 0, TextStyle::plain}};
    for (const MatrixColumn& column : columns) {
      const auto& rows = column.group->rows;
      const auto row = std::find_if(rows.begin(), rows.end(), [&label](const ViewRow& each) {
        return row_name(each) == label;
      });
      entries.push_back(row == rows.end() ? Table::Entry{"", 0, TextStyle::dim}
                                          : verdict(*column.group, *row, style));
    }
    table.add(std::move(entries));
  }
  return table;
}

}  // namespace

std::string verdict_text(const ViewGroup& group, const ViewRow& row, const ConsoleStyle& style) {
  return verdict(group, row, style).text;
}

std::string verdict_section(const View& view, const ConsoleStyle& style) {
  const std::vector<MatrixColumn> columns = columns_of(view);
  if (columns.empty()) return {};
  std::string out = "\n" + styled("Correctness", TextStyle::bold, style) + "\n";
  const Table whole = matrix(columns, style);
  if (whole.natural_width() <= style.width) return out + whole.render(style);
  // A verdict must not be dropped for want of room: one matrix under the other.
  for (std::size_t i = 0; i < columns.size(); ++i) {
    out += (i == 0 ? "" : "\n") + matrix({columns[i]}, style).render(style);
  }
  return out;
}

}  // namespace ipcmark
