// What a user asks for: options by name, with their values as text, as the command line has them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/plan/shard.hpp"

namespace ipcmark {

// By the option's flag ("size", "think-time"): one value, or several, which make a cell each. A
// list of CPUs is one value, a flag's is "yes" or "no".
using NamedOptions = std::map<std::string, std::vector<std::string>>;

struct Request {
  std::string suite = "quick";  // one of built_in_suites(), or the file that suite_text is from
  std::optional<std::string> suite_text;  // the suite's JSON; none: built in
  NamedOptions named;                     // options of cells, and of scenarios
  // Keys of cells, or patterns of keys ("latency/*/64B/*"): any of these, and none of those.
  std::vector<std::string> only, exclude;
  bool correctness_only = false;  // those scenarios alone that are not timed, or are `checked`
  std::uint32_t trials = 0;
  std::uint64_t budget_ns = 0;  // not 0: as many trials as end within it, by estimated_ns()
  std::uint64_t seed = 0;       // 0: chosen at random by the caller beforehand
  // Of the cells that all this chooses, those of one shard alone; none: all.
  std::optional<Shard> shard;
  unsigned cpus_available = 0;  // how many CPUs the placement may use; 0: as the kernel says

  // The values named; none: the option was not named.
  const std::vector<std::string>& values(const std::string& flag) const;
  bool names(const std::string& flag) const { return !values(flag).empty(); }
};

}  // namespace ipcmark
