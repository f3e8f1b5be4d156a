// What the test of each scenario does: a trial of one of its cells, whole or with a fault in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/launch/trials.hpp"

namespace ipcmark::toy {

using Options = std::map<std::string, std::int64_t>;

// A cell over one mechanism of that kind, verified in full.
RunSpec over_backend(const std::string& scenario, const std::string& backend, Options options = {});
RunSpec over_lock(const std::string& scenario, const std::string& lock, Options options = {});
RunSpec over_notifier(const std::string& scenario, const std::string& notifier,
                      Options options = {});

// With names of a run's own. Throws std::runtime_error when there can be none.
Trial run_one(RunSpec spec, const std::string& fault = "");
// The trial has to pass.
void expect_whole(const RunSpec& spec);
// The trial has to fail, with these words in its reason.
void expect_caught(const RunSpec& spec, const std::string& fault, const std::string& reason = "");

std::uint64_t samples_above(const Histogram& histogram, std::uint64_t limit);

}  // namespace ipcmark::toy
