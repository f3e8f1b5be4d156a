// "Which one do I take, and what does it cost me?": the winner at each size with those that tie
// with it, and what the figures say in words.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "results/console/console.hpp"
#include "results/console/findings.hpp"
#include "results/report/report_parts.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t max_ties = 4;

// The question's two sides at one size.
struct Situation {
  const ViewGroup* latency = nullptr;
  const ViewGroup* throughput = nullptr;
};
using Situations = std::map<std::pair<std::uint64_t, std::string>, Situation>;

Situations situations_of(const View& view) {
  Situations situations;
  for (const ViewGroup& group : view.groups) {
    if (std::none_of(group.rows.begin(), group.rows.end(),
                     [](const ViewRow& row) { return row.main != nullptr; })) {
      continue;
    }
    if (group.view != ScenarioView::figures) continue;
    Situation& situation = situations[{group.size, group.setting}];
    if (group.kind == TableKind::latency) situation.latency = &group;
    if (group.kind == TableKind::throughput) situation.throughput = &group;
  }
  return situations;
}

std::string busy_text(const Figure& busy) {
  if (busy.groups.empty()) return fmt::format("{:.1f}", busy.median);
  return fmt::format("{:.1f} ({}), {:.1f} ({})", busy.groups[0].median, busy.groups[0].trials,
                     busy.groups[1].median, busy.groups[1].trials);
}

std::string cost_text(const ViewRow& row) {
  std::string text;
  const Figure* cpu = published_figure(row.summary, "cpu_per_message");
  const Figure* busy = published_figure(row.summary, "cpus_busy");
  if (cpu != nullptr) text = html(value_text(*cpu, true)) + " CPU a message";
  if (busy != nullptr)
    text += fmt::format("{}{} CPUs busy", text.empty() ? "" : ", ", busy_text(*busy));
  return text;
}

// Those whose interval overlaps the winner's.
std::string ties_text(const std::vector<const ViewRow*>& ties) {
  if (ties.empty()) return {};
  std::string text = "tied: ";
  for (std::size_t i = 0; i < std::min(ties.size(), max_ties); ++i) {
    text.append(i == 0 ? "" : ", ").append(html(row_name(*ties[i])));
  }
  if (ties.size() > max_ties) text += fmt::format(" and {} more", ties.size() - max_ties);
  return "<span class=ties>" + text + "</span>";
}

template <class Takes>
std::string winner(const ViewGroup* group, Takes takes) {
  if (group == nullptr) return "<td class=none>not measured";
  const ViewRow* best = nullptr;
  std::vector<const ViewRow*> ties;
  for (const ViewRow& row : group->rows) {  // ranked: the first that is taken is the best of them
    if (row.ratio == 0 || !takes(row)) continue;
    if (best == nullptr) {
      best = &row;
    } else if (overlap(*row.main, *best->main)) {
      ties.push_back(&row);
    }
  }
  if (best == nullptr) {
    const auto shown = std::find_if(
        group->rows.begin(), group->rows.end(),
        [&](const ViewRow& row) { return row.main != nullptr && !row.floor && takes(row); });
    if (shown == group->rows.end()) return "<td class=none>none measured";
    return "<td class=none>none ranked: " + unranked_text(*shown);
  }
  std::string figure = html(ranked_text(*best, true));
  if (group->kind == TableKind::throughput) {
    const Figure* bytes = published_figure(best->summary, "bytes_rate");
    if (bytes != nullptr) figure += ", " + html(value_text(*bytes, true));
  }
  return fmt::format("<td><b>{}</b> <span class=value>{}</span><span class=cost>{}</span>{}",
                     html(row_name(*best)), figure, cost_text(*best), ties_text(ties));
}

// What the rows do not have in common is said in them, the rest once.
bool one_setting(const Situations& situations) {
  return std::all_of(situations.begin(), situations.end(), [&](const auto& each) {
    return each.first.second == situations.begin()->first.second;
  });
}

std::string winners(const ReportPart& part) {
  const Situations situations = situations_of(part.view);
  if (situations.empty()) return {};
  const bool one = one_setting(situations);
  std::string out = fmt::format(
      "<div class=scroll><table class=answers><caption>Best at each size{}</caption>\n<thead><tr>"
      "<th>Messages of<th>Shortest round trip<th>… that sleeps while it waits<th>Most messages a "
      "second</thead>\n<tbody>\n",
      one ? ", " + html(situations.begin()->first.second) : "");
  const auto any = [](const ViewRow&) { return true; };
  const auto sleeps = [](const ViewRow& row) { return row.cell->spec.wait == Wait::block; };
  for (const auto& [place, situation] : situations) {
    const ViewGroup* either =
        situation.latency != nullptr ? situation.latency : situation.throughput;
    out += fmt::format("<tr data-size={} data-placement={}><th>{}{}", place.first,
                       to_string(either->rows.front().cell->spec.placement),
                       size_for_people(place.first),
                       one ? "" : "<span class=cost>" + html(place.second) + "</span>");
    out += winner(situation.latency, any);
    out += winner(situation.latency, sleeps);
    out += winner(situation.throughput, any) + "\n";
  }
  return out + "</tbody></table></div>\n";
}

// One sentence on the scenarios that are run for their verdict.
std::string passed_checks(const View& view) {
  std::size_t passed = 0;
  std::size_t failed = 0;
  for (const ViewGroup& group : view.groups) {
    if (group.kind != TableKind::verdict) continue;
    for (const ViewRow& row : group.rows) {
      const State state = row.summary.state;
      passed += state == State::passed ? 1U : 0U;
      failed += is_failure(state) ? 1U : 0U;
    }
  }
  if (passed + failed == 0) return {};
  if (failed == 0)
    return fmt::format("All {} correctness checks that could run here passed.", passed);
  return fmt::format("{} of {} correctness checks failed.", failed, passed + failed);
}

}  // namespace

std::string answers_section(const ReportParts& parts) {
  std::string out = "<section id=answers><h2>Which one do I take, and what does it cost me?</h2>\n";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const View& view = parts[i].view;
    std::vector<std::string> words = findings(view, true);
    if (std::string checks = passed_checks(view); !checks.empty()) words.push_back(checks);
    std::string content = winners(parts[i]) + html_list(words, "findings");
    if (const auto broken = broken_lines(view); !broken.empty()) {
      content += "<h3 class=bad>Did not pass</h3>\n" + html_list(broken);
    }
    if (content.empty()) content = "<p class=note>Nothing was measured.</p>\n";
    out += per_part(parts, i, content);
  }
  return out + "</section>\n";
}

}  // namespace ipcmark
