// Checks of option values that refuse in a sentence.
#pragma once

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <concepts>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace ipcmark {

// Ends the parse with one sentence about that option.
[[noreturn]] inline void refuse(const std::string& option, const std::string& sentence) {
  throw CLI::ValidationError(option, sentence);
}

// A whole number, both ends included; digits alone, no fraction and no exponent.
template <std::integral Number>
CLI::Validator whole_number(Number least, Number most) {
  return {[least, most](const std::string& word) -> std::string {
            Number value{};
            const char* const end = word.data() + word.size();
            const auto read = std::from_chars(word.data(), end, value);
            if (read.ec == std::errc{} && read.ptr == end && value >= least && value <= most) {
              return {};
            }
            return fmt::format("'{}' is not a whole number from {} to {}", word, least, most);
          },
          ""};
}

// One of a few words.
inline CLI::Validator one_of(std::vector<std::string> words) {
  return {[words = std::move(words)](const std::string& word) -> std::string {
            for (const std::string& known : words) {
              if (word == known) return {};
            }
            return fmt::format("'{}' is none of {}", word, fmt::join(words, ", "));
          },
          ""};
}

// A list of names, separated by commas.
inline void add_name_list(CLI::App& command, const std::string& name,
                          std::vector<std::string>& values, const std::string& help) {
  command.add_option(name, values, help)
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
}

}  // namespace ipcmark
