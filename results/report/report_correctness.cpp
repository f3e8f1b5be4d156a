// The verdicts: mechanisms by scenarios.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "results/console/verdicts.hpp"
#include "results/report/report_parts.hpp"

namespace ipcmark {
namespace {

struct Mark {
  const char* sign;
  const char* css_class;
};

Mark mark_of(const ViewRow& row) {
  switch (row.summary.state) {
    case State::passed:
      // A control that had to be caught passed, but is not correct.
      return row.cell->trials.empty() || row.cell->trials.front().reason.empty()
                 ? Mark{"✓", "good"}
                 : Mark{"!", "caught"};
    case State::skipped:
      return {"·", "dim"};
    case State::interrupted:
      return {"?", "dim"};
    case State::failed:
    case State::timeout:
    case State::deadlock:
      return {"✗", "bad"};
  }
  return {"?", "dim"};
}

// What the matrix is split by, so that it has few holes.
std::string kind_of(const RunSpec& spec) {
  if (!spec.backend.empty()) return "Over backends";
  return spec.lock.empty() ? "Over notifiers" : "Over locks";
}

std::string column_name(const View& view, const ViewGroup& group) {
  std::string text = group.scenario;
  const auto several = std::count_if(view.groups.begin(), view.groups.end(), [&](const auto& each) {
    return each.kind == TableKind::verdict && each.scenario == group.scenario;
  });
  if (several < 2) return text;
  text += " " + size_for_people(group.size);
  for (const auto& [name, value] : group.rows.front().cell->spec.own_options()) {
    text += fmt::format(" {}={}", name, value);
  }
  return text;
}

struct Matrix {
  std::vector<const ViewGroup*> columns;
  std::vector<std::string> rows;  // in the order they come in
  std::map<std::pair<std::string, const ViewGroup*>, const ViewRow*> cells;
};

std::map<std::string, Matrix> matrices_of(const View& view) {
  std::map<std::string, Matrix> matrices;
  for (const ViewGroup& group : view.groups) {
    if (group.kind != TableKind::verdict) continue;
    for (const ViewRow& row : group.rows) {
      Matrix& matrix = matrices[kind_of(row.cell->spec)];
      if (matrix.columns.empty() || matrix.columns.back() != &group) {
        matrix.columns.push_back(&group);
      }
      const std::string name = row_name(row);
      if (std::find(matrix.rows.begin(), matrix.rows.end(), name) == matrix.rows.end()) {
        matrix.rows.push_back(name);
      }
      matrix.cells[{name, &group}] = &row;
    }
  }
  for (auto& [kind, matrix] : matrices) std::sort(matrix.rows.begin(), matrix.rows.end());
  return matrices;
}

std::string matrix_table(const View& view, const std::string& title, const Matrix& matrix) {
  std::string out = fmt::format(
      "<div class=scroll><table class=matrix><caption>{}</caption>\n<thead><tr><th>", html(title));
  for (const ViewGroup* group : matrix.columns) {
    out += "<th><span>" + html(column_name(view, *group)) + "</span>";
  }
  out += "</thead>\n<tbody>\n";
  for (const std::string& name : matrix.rows) {
    out += "<tr><th>" + html(name);
    for (const ViewGroup* group : matrix.columns) {
      const auto cell = matrix.cells.find({name, group});
      if (cell == matrix.cells.end()) {
        out += "<td>";
        continue;
      }
      const ViewRow& row = *cell->second;
      const Mark mark = mark_of(row);
      std::string why = verdict_text(*group, row, {});
      if (!row.summary.reason.empty()) why += ": " + row.summary.reason;
      out += fmt::format("<td class={} title=\"{}\">{}", mark.css_class, html(why), mark.sign);
    }
    out += "\n";
  }
  return out + "</tbody></table></div>\n";
}

// What a control was caught at, or which deadlock was found as it should be.
std::vector<std::string> expected_findings(const View& view) {
  std::vector<std::string> lines;
  for (const ViewGroup& group : view.groups) {
    for (const ViewRow& row : group.rows) {
      if (group.kind != TableKind::verdict || row.summary.state != State::passed) continue;
      if (row.cell->trials.empty() || row.cell->trials.front().reason.empty()) continue;
      lines.push_back(place_name(group, row) + ": " + row.cell->trials.front().reason);
    }
  }
  return lines;
}

}  // namespace

std::string correctness_section(const ReportParts& parts) {
  std::string all;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string content;
    for (const auto& [title, matrix] : matrices_of(parts[i].view)) {
      content += matrix_table(parts[i].view, title, matrix);
    }
    if (!content.empty()) content.insert(0, "<div class=matrices>\n").append("</div>\n");
    if (const auto found = expected_findings(parts[i].view); !found.empty()) {
      content += fmt::format("<details><summary>{} findings, as expected</summary>\n{}</details>\n",
                             found.size(), html_list(found, "dim"));
    }
    all += per_part(parts, i, content);
  }
  if (all.empty()) return {};
  return "<section id=correctness><h2>Correctness</h2>\n<p class=note>✓ passed · ✗ did not · ! a "
         "control, caught as it must be · · not possible here, with the reason in a tooltip and "
         "under “Not run”.</p>\n" +
         all + "</section>\n";
}

}  // namespace ipcmark
