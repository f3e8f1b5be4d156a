// Values of options as text, by kind: one syntax, wherever somebody writes a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace ipcmark {

enum class OptionKind : std::uint8_t {
  number,  // "0", "4"
  count,   // likewise, of things: messages, processes
  flag,    // named or not; as text "yes" and "no"
  time,    // "10us", "1.5ms", always with a unit; the value is in nanoseconds
  size,    // "64", "1KiB"; without a unit bytes
  rate,    // "500", "10k", "1.5M": messages a second
  word,    // one of a few
  name,    // of a mechanism or a scenario, or a fault; no number
  cpus,    // "0-3,8"; no number
  numa,    // "bind:1", "preferred:0", "interleave"; no number
  burst,   // "32:1ms": messages, and the time from burst to burst; no number
  sizes,   // "64:70,4KiB:25": a mix of sizes; no number
  replay,  // a file of arrivals; no number
};

// The max of what is to have none.
inline constexpr std::int64_t unlimited_count = std::int64_t{1} << 48U;

// What a value must be. A flag is 0 or 1, a word its place among the words.
struct OptionRule {
  OptionKind kind = OptionKind::number;
  std::int64_t min = 0;
  std::int64_t max = 0;
  std::vector<std::string> words = {};
};

// Whether its values are numbers, and not text of its own.
inline bool is_number(OptionKind kind) {
  return kind != OptionKind::name && kind != OptionKind::word && kind != OptionKind::cpus &&
         kind != OptionKind::numa && kind != OptionKind::burst && kind != OptionKind::sizes;
}

// The error is one sentence that names the text and says what to write. For what has a number.
tl::expected<std::int64_t, std::string> option_value(const OptionRule& rule, std::string_view text);
// Likewise, of a value that is a number already; empty: it is within the rule.
std::string wrong_value(const OptionRule& rule, std::int64_t value);
// As option_value() reads it: "64B", "20ms", "chunked", "yes".
std::string option_text(const OptionRule& rule, std::int64_t value);
// Whether values are numbers, so that a comma in one may be meant for decimals.
bool has_number(OptionKind kind);
// "1 to 250" where there is a largest that somebody may meet; else empty.
std::string range_text(const OptionRule& rule);
// What stands for a value in --help: "SIZE", "TIME", "off|header|full"; a flag has none.
std::string option_type(const OptionRule& rule);

// "0-3,8" as 0, 1, 2, 3, 8.
tl::expected<std::vector<int>, std::string> cpus_value(std::string_view text);
std::string cpus_text(const std::vector<int>& cpus);  // "0,1,2,3,8"

// Where the pages of a process come from: from that node alone, from it if it has any left, or from
// all nodes in turn.
struct NumaPolicy {
  enum class Kind : std::uint8_t { bind, preferred, interleave };
  Kind kind = Kind::interleave;
  int node = -1;  // -1: of no one node
};
tl::expected<NumaPolicy, std::string> numa_value(std::string_view text);

}  // namespace ipcmark
