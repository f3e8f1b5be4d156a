#include "results/fleet/otava_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <utility>

#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

// A number, or one as text; nothing: neither.
double number_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) return 0;
  if (found->is_number()) return found->get<double>();
  if (!found->is_string()) return 0;
  const double value = std::strtod(found->get_ref<const std::string&>().c_str(), nullptr);
  return std::isfinite(value) ? value : 0;
}

bool is_group(const Json& group) {
  return group.is_object() && group.contains("time") && group.at("time").is_number() &&
         group.contains("changes") && group.at("changes").is_array();
}

// False: it is not of that form.
bool add_tests(const Json& tests, std::vector<OtavaChange>& changes) {
  if (!tests.is_object()) return false;
  for (const Json& groups : tests) {
    if (!groups.is_array()) return false;
    for (const Json& group : groups) {
      if (!is_group(group)) return false;
      for (const Json& each : group.at("changes")) {
        if (!each.is_object() || !each.contains("metric") || !each.at("metric").is_string()) {
          return false;
        }
        OtavaChange change;
        change.metric = each.at("metric").get<std::string>();
        change.time = std::llround(group.at("time").get<double>());
        change.change_percent = number_of(each, "forward_change_percent");
        change.p = number_of(each, "pvalue");
        changes.push_back(std::move(change));
      }
    }
  }
  return true;
}

// What was above 0 falls by no more than all of it; and no figure becomes ten thousand times as
// large.
tl::expected<std::vector<OtavaChange>, std::string> possible(std::vector<OtavaChange> changes) {
  for (const OtavaChange& each : changes) {
    if (each.change_percent >= -100 && each.change_percent < 1e6) continue;
    return tl::make_unexpected(
        fmt::format("it has '{}' change by {:g} %, which no figure can; write it by 'otava analyze "
                    "--output json' of what 'ipcmark export --format otava' wrote",
                    each.metric, each.change_percent));
  }
  return changes;
}

}  // namespace

tl::expected<std::vector<OtavaChange>, std::string> otava_changes(std::string_view text) {
  std::vector<OtavaChange> changes;
  const Json whole = Json::parse(text, nullptr, false);
  if (!whole.is_discarded()) {
    if (add_tests(whole, changes)) return possible(std::move(changes));
    return tl::make_unexpected(
        "it is no list of change points; write it by 'otava analyze --output json'");
  }
  std::size_t tests = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    begin = end + 1;
    if (!line.starts_with('{')) continue;  // of its log
    if (!add_tests(Json::parse(line, nullptr, false), changes)) {
      return tl::make_unexpected(fmt::format(
          "line '{}...' is no list of change points; write it by 'otava analyze --output json'",
          line.substr(0, 40)));
    }
    ++tests;
  }
  if (tests == 0) {
    return tl::make_unexpected("there is no JSON in it; write it by 'otava analyze --output json'");
  }
  return possible(std::move(changes));
}

std::int64_t seconds_of(const std::string& time) {
  std::tm parts{};
  if (::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &parts) == nullptr) return 0;
  return static_cast<std::int64_t>(::timegm(&parts));
}

}  // namespace ipcmark
