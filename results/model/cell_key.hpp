// A cell's identity as text: RunSpec::key(), its parts, and what the cells of a table share.
#pragma once

#include <string>
#include <vector>

#include "results/model/spec.hpp"

namespace ipcmark {

// "latency/pipe/64B" at '/': the parts of a key; "0,3" at ',': the CPUs in one. Empty parts count.
std::vector<std::string> split_at(const std::string& text, char separator);

// Whether the pattern, or a key, stands for that cell: the whole key ("latency/*/64B/*"), its first
// parts ("latency/pipe"), or any one part ("zeromq").
bool matches(const std::string& pattern, const std::string& key);

// What the cells of a table have in common beside scenario and size: "cross-cpu, verify=full".
std::string setting_of(const RunSpec& spec);

}  // namespace ipcmark
