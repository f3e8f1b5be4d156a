// What Apache Otava (once Hunter) says of a history that `ipcmark export --format otava` wrote:
// the JSON of `otava analyze --output json`.
//
//   {"tests": [{"time": 1767225600, "attributes": {…}, "changes": [
//     {"metric": "latency/pipe/64B/block/cross-cpu/p50", "forward_change_percent": "10",
//      "mean_before": "14600.0", "mean_after": "16060.0", "pvalue": "0.000000", …}]}]}
//
// One object for each test, a line each, beside lines of its log. Numbers are numbers or text, by
// its version. A metric must have the name of its column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace ipcmark {

struct OtavaChange {
  std::string metric;         // "KEY/FIGURE"
  std::int64_t time = 0;      // of the first run after it, in seconds since 1970
  double change_percent = 0;  // of the means
  double p = 0;
};

// The error is one sentence.
tl::expected<std::vector<OtavaChange>, std::string> otava_changes(std::string_view text);

// "2026-11-30T11:22:33Z" as seconds since 1970; 0: no such time.
std::int64_t seconds_of(const std::string& time);

}  // namespace ipcmark
