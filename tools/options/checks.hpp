// Checks of option values that refuse in a sentence.
#pragma once

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <charconv>
#include <concepts>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace ipcmark {

// Ends the parse with one sentence about that option.
[[noreturn]] inline void refuse(const std::string& option, const std::string& sentence) {
  throw CLI::ValidationError(option, sentence);
}

// A whole number, both ends included; digits alone, no fraction and no exponent.
template <std::integral Number>
CLI::Validator whole_number(Number min, Number max) {
  return {[min, max](const std::string& word) -> std::string {
            Number value{};
            const char* const end = word.data() + word.size();
            const auto read = std::from_chars(word.data(), end, value);
            if (read.ec == std::errc{} && read.ptr == end && value >= min && value <= max) {
              return {};
            }
            return fmt::format("'{}' is not a whole number from {} to {}", word, min, max);
          },
          ""};
}

// An option that takes one; the manual page says from where to where.
template <std::integral Number>
CLI::Option* add_number(CLI::App& command, const std::string& name, Number& value,
                        const std::string& help, std::type_identity_t<Number> min,
                        std::type_identity_t<Number> max) {
  const char* const gap = help.find('\n') == std::string::npos ? "\n" : " ";
  return command.add_option(name, value, fmt::format("{}{}From {} to {}.", help, gap, min, max))
      ->check(whole_number(min, max))
      ->type_name("N");
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
