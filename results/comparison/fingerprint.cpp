#include "results/comparison/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

namespace ipcmark {
namespace {

constexpr std::array<std::pair<const char*, const char*>, 10> facts{{{"cpu", "model"},
                                                                     {"cpu", "topology"},
                                                                     {"cpu", "governor"},
                                                                     {"cpu", "turbo"},
                                                                     {"cpu", "mitigations"},
                                                                     {"kernel", "system"},
                                                                     {"kernel", "release"},
                                                                     {"clock", "source"},
                                                                     {"build", "type"},
                                                                     {"build", "sanitizers"}}};
constexpr std::size_t longest = 60;

// Long lists (mitigations) begin alike: shown from a little before the first difference.
std::pair<std::string, std::string> distinguished(std::string a, std::string b) {
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
                    const Environment& candidate, std::vector<Difference>& differences) {
  const std::string ours = base.get(group, name);
  const std::string theirs = candidate.get(group, name);
  if (ours == theirs) return;
  const auto [first, second] = distinguished(ours, theirs);
  std::string text = group;
  text.append(" ").append(name).append(": ").append(first).append(" and ").append(second);
  differences.push_back({group, name, std::move(text)});
}

// What these bound is refused beyond them, and else as it would be without: cells that passed on
// both sides have not met them.
constexpr auto refusing = std::to_array<std::string_view>(
    {"cgroup.pids.max", "dev_shm_bytes", "file-max", "mqueue.mounted", "mqueue.queues_max",
     "msgmni", "net.somaxconn", "rlimit.as", "rlimit.fsize", "rlimit.memlock", "rlimit.nofile",
     "rlimit.nproc", "rlimit.rtprio", "rlimit.sigpending", "sem", "shmall", "shmmax", "shmmni"});

bool covers(const std::vector<std::string>& limits, std::string_view name) {
  return std::any_of(limits.begin(), limits.end(),
                     [name](const std::string& limit) { return name.starts_with(limit); });
}

bool uses(const ResultDocument& document, const std::string& mechanism) {
  return std::any_of(document.cells.begin(), document.cells.end(), [&](const Cell& cell) {
    return cell.spec.backend == mechanism || cell.spec.notifier == mechanism;
  });
}

// Nothing is known of what bounds a runner's mechanism, or one that this build does not have.
bool any_may_bind(const Catalogue& catalogue, const std::string& backend) {
  if (backend.empty()) return false;
  const auto known =
      std::find_if(catalogue.backends.begin(), catalogue.backends.end(),
                   [&backend](const MechanismFacts& each) { return each.name == backend; });
  return known == catalogue.backends.end() || known->foreign;
}

// Whether a cell of the two may have been touched by it. What no mechanism claims touches all.
bool touches(std::string_view limit, const ResultDocument& base, const ResultDocument& candidate) {
  if (std::find(refusing.begin(), refusing.end(), limit) != refusing.end()) return false;
  for (const Cell& cell : base.cells) {
    const std::string& backend = cell.spec.backend;
    if (any_may_bind(base.catalogue, backend) && uses(candidate, backend)) return true;
  }
  bool claimed = false;
  for (const MechanismFacts& each : base.catalogue.backends) {
    if (!covers(each.limits, limit)) continue;
    if (uses(base, each.name) && uses(candidate, each.name)) return true;
    claimed = true;
  }
  return !claimed;
}

std::vector<Difference> all_differences(const Environment& base, const Environment& candidate) {
  std::vector<Difference> differences;
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

std::vector<std::string> texts_of(const std::vector<Difference>& differences) {
  std::vector<std::string> texts;
  texts.reserve(differences.size());
  for (const Difference& each : differences) texts.push_back(each.text);
  return texts;
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

std::string host_class(const Environment& environment) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto add = [&hash](const std::string& text, char end) {
    for (const char c : text + end) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    }
  };
  for (const auto& [group, names] : fingerprint(environment).facts) {
    for (const auto& [name, value] : names) {
      const bool refuses = std::find(refusing.begin(), refusing.end(), name) != refusing.end();
      if (group == "limits" && refuses) continue;
      add(group, '\t');
      add(name, '\t');
      add(value, '\n');
    }
  }
  return fmt::format("{:012x}", hash >> 16U);
}

std::vector<std::string> difference_kinds() {
  return {"cpu", "kernel", "clock", "build", "limits"};
}

std::vector<std::string> kinds_of(const std::vector<Difference>& differences) {
  std::vector<std::string> kinds;
  for (const std::string& kind : difference_kinds()) {
    if (std::any_of(differences.begin(), differences.end(),
                    [&kind](const Difference& each) { return each.kind == kind; })) {
      kinds.push_back(kind);
    }
  }
  return kinds;
}

std::vector<Difference> result_differences(const ResultDocument& base,
                                           const ResultDocument& candidate) {
  auto differences = all_differences(base.environment, candidate.environment);
  std::erase_if(differences, [&](const Difference& each) {
    return each.kind == "limits" && !touches(each.name, base, candidate);
  });
  return differences;
}

std::vector<std::string> condition_differences(const Environment& conditions,
                                               const ResultDocument& result) {
  auto differences = all_differences(conditions, result.environment);
  std::erase_if(differences, [&](const Difference& each) {
    if (each.kind == "limits") return !touches(each.name, result, result);
    return conditions.get(each.kind, each.name).empty();
  });
  return texts_of(differences);
}

std::vector<std::string> fingerprint_differences(const Environment& base,
                                                 const Environment& candidate) {
  return texts_of(all_differences(base, candidate));
}

}  // namespace ipcmark
