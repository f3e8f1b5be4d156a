#include "results/comparison/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace ipcmark {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 8> facts{{{"cpu", "model"},
                                                                    {"cpu", "topology"},
                                                                    {"cpu", "governor"},
                                                                    {"cpu", "mitigations"},
                                                                    {"kernel", "system"},
                                                                    {"kernel", "release"},
                                                                    {"build", "type"},
                                                                    {"build", "sanitizers"}}};
constexpr std::size_t longest = 60;

// Long lists (mitigations) begin alike: shown from a little before the first difference.
std::pair<std::string, std::string> told_apart(std::string a, std::string b) {
  const auto [first, unused] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto same = static_cast<std::size_t>(first - a.begin());
  const std::size_t skip = std::max(a.size(), b.size()) > longest && same > 10 ? same - 10 : 0;
  const auto shown = [skip](const std::string& text) -> std::string {
    if (text.empty()) return "not recorded";
    std::string part = (skip > 0 ? "..." : "") + text.substr(std::min(skip, text.size()), longest);
    return skip + longest < text.size() ? part + "..." : part;
  };
  return {shown(a), shown(b)};
}

void add_difference(const std::string& group, const std::string& name, const Environment& base,
                    const Environment& candidate, std::vector<std::string>& differences) {
  const std::string ours = base.get(group, name);
  const std::string theirs = candidate.get(group, name);
  if (ours == theirs) return;
  const auto [first, second] = told_apart(ours, theirs);
  std::string text = group;
  text.append(" ").append(name).append(": ").append(first).append(" and ").append(second);
  differences.push_back(std::move(text));
}

}  // namespace

Environment fingerprint(const Environment& environment) {
  Environment kept;
  for (const auto& [group, name] : facts) {
    const std::string value = environment.get(group, name);
    if (!value.empty()) kept.facts[group][name] = value;
  }
  const auto limits = environment.facts.find("limits");
  if (limits != environment.facts.end()) kept.facts.insert(*limits);
  return kept;
}

std::vector<std::string> fingerprint_differences(const Environment& base,
                                                 const Environment& candidate) {
  std::vector<std::string> differences;
  for (const auto& [group, name] : facts) {
    add_difference(group, name, base, candidate, differences);
  }
  std::set<std::string> limits;
  for (const Environment* side : {&base, &candidate}) {
    const auto group = side->facts.find("limits");
    if (group == side->facts.end()) continue;
    for (const auto& [name, value] : group->second) limits.insert(name);
  }
  for (const std::string& name : limits) {
    add_difference("limits", name, base, candidate, differences);
  }
  return differences;
}

}  // namespace ipcmark
