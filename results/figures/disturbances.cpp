#include "results/figures/disturbances.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <set>
#include <sstream>

#include "results/model/option_value.hpp"

namespace ipcmark {
namespace {

std::string throttled(const Environment& environment) {
  const std::string quota = environment.get("limits", "cgroup.cpu.max");
  const std::string before = environment.get("load", "throttled_before_ns");
  const std::string after = environment.get("load", "throttled_after_ns");
  const auto number = [](const std::string& text) {
    return std::strtoull(text.c_str(), nullptr, 10);  // 0 of "n/a"
  };
  if (number(after) > number(before)) {
    return fmt::format(
        "Throttled: the control group's CPU quota ({}) kept processes from running for {:.3g} s; "
        "measure without it.",
        quota, static_cast<double>(number(after) - number(before)) / 1e9);
  }
  const bool limited = !quota.empty() && quota != "n/a" && !quota.starts_with("max");
  if (!limited || (!after.empty() && after != "n/a")) return {};
  return fmt::format(
      "The control group has a CPU quota ({}), and does not tell how long it kept processes from "
      "running; measure without it.",
      quota);
}

// "cpu_core: 0,1; cpu_atom: 2,3" as the kind of each CPU.
std::map<int, std::string> kinds_of_cores(const std::string& fact) {
  std::map<int, std::string> kinds;
  std::istringstream parts(fact);
  for (std::string part; std::getline(parts >> std::ws, part, ';');) {
    const auto colon = part.find(": ");
    if (colon == std::string::npos) continue;
    const auto cpus = cpus_value(part.substr(colon + 2));
    if (!cpus) continue;
    for (const int cpu : *cpus) kinds[cpu] = part.substr(0, colon);
  }
  return kinds;
}

std::string several_kinds(const ResultDocument& document) {
  const std::string fact = document.environment.get("cpu", "core_kinds");
  const auto kinds = kinds_of_cores(fact);
  std::set<std::string> used;
  for (const Cell& cell : document.cells) {
    for (const Trial& trial : cell.trials) {
      for (const ProcessCost& cost : trial.costs) {
        const auto kind = kinds.find(cost.cpu);
        if (kind != kinds.end()) used.insert(kind->second);
        // Free to run on any.
        if (cost.cpu < 0) {
          for (const auto& [cpu, name] : kinds) used.insert(name);
        }
      }
    }
  }
  if (used.size() < 2) return {};
  return fmt::format(
      "Cores of several kinds ({}): trials ran on {}; name CPUs of one kind in --cpus to measure "
      "each by itself.",
      fact, fmt::join(used, " and "));
}

}  // namespace

std::vector<std::string> disturbances_of_machine(const ResultDocument& document) {
  std::vector<std::string> sentences;
  for (const std::string& sentence : {throttled(document.environment), several_kinds(document)}) {
    if (!sentence.empty()) sentences.push_back(sentence);
  }
  return sentences;
}

std::vector<std::string> disturbances(const ResultDocument& document) {
  std::vector<std::string> sentences = disturbances_of_machine(document);
  if (document.run.shared_machine) {
    sentences.insert(sentences.begin(),
                     "Shared machine (--share): another run may have disturbed this one.");
  }
  return sentences;
}

}  // namespace ipcmark
