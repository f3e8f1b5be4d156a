// How a scenario declares an option of its own: name, default, help, and what it may be.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/model/option_value.hpp"

namespace ipcmark {

struct OptionRow {
  const char* name;  // in RunSpec::options and in the key
  std::int64_t default_value;
  const char* summary;  // a short line, and maybe sentences below it (results/text/help_text.hpp)
  OptionRule rule;

  // On the command line, without dashes: of "think_time_ns" it is "think-time".
  std::string flag() const;
  std::string default_text() const { return option_text(rule, default_value); }
};

// How many processes any option may ask for, and two of a scenario together: beside them a trial
// has room for one or two more (max_workers in progress.hpp).
inline constexpr std::int64_t max_processes = 250;
inline constexpr std::int64_t max_processes_together = 254;

// Numbers of things; a name that two scenarios share has the same kind in both.
OptionRow count_option(const char* name, std::int64_t default_value, const char* summary,
                       std::int64_t min = 0, std::int64_t max = unlimited_count);
// In nanoseconds, up to an hour. Its name ends in "_ns", its flag does not.
OptionRow time_option(const char* name, std::int64_t default_ns, const char* summary);
OptionRow size_option(const char* name, std::int64_t default_bytes, const char* summary);
OptionRow rate_option(const char* name, std::int64_t default_rate, const char* summary,
                      std::int64_t max);
// Off unless named.
OptionRow flag_option(const char* name, const char* summary);
// One of several words, the first unless named. Its number is the word's place.
OptionRow word_option(const char* name, std::vector<std::string> words, const char* summary);

}  // namespace ipcmark
