#include "results/model/option_value.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

using Number = std::optional<std::uint64_t>;

tl::unexpected<std::string> no(std::string sentence) {
  return tl::make_unexpected(std::move(sentence));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What a decimal comma leaves behind: "1,024" is a list of 1 and 024.
bool begins_with_zero(std::string_view text) {
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

Number number_of(OptionKind kind, std::string_view text) {
  if (kind == OptionKind::size) return parse_size(text);
  if (kind == OptionKind::time) return parse_duration(text);
  if (kind == OptionKind::rate) return parse_rate(text);
  return parse_count(text);
}

std::string wanted(const OptionRule& rule) {
  switch (rule.kind) {
    case OptionKind::size:
      return "a size; write bytes with an optional unit, such as 64, 1KiB or 1MiB";
    case OptionKind::time:
      return "a time; write one such as 10us or 5ms";
    case OptionKind::rate:
      return "a rate; write messages a second, such as 500, 50k or 1.5M";
    default:
      return fmt::format("a whole number from {} to {}", rule.min, rule.max);
  }
}

tl::expected<std::int64_t, std::string> word_value(const std::vector<std::string>& words,
                                                   std::string_view text) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) {
    return no(fmt::format("'{}' is none of {}", text, fmt::join(words, ", ")));
  }
  return found - words.begin();
}

tl::expected<std::int64_t, std::string> flag_value(std::string_view text) {
  if (text == "yes" || text == "true" || text == "1") return 1;
  if (text == "no" || text == "false" || text == "0") return 0;
  return no(fmt::format("'{}' is neither yes nor no", text));
}

}  // namespace

std::string wrong_value(const OptionRule& rule, std::int64_t value) {
  if (value >= rule.min && value <= rule.max) return {};
  switch (rule.kind) {
    case OptionKind::size:
    case OptionKind::time:
      if (value < 0) return fmt::format("must not be negative, is {}", value);
      return fmt::format("{} is {} the limit of {}", option_text(rule, value),
                         value < rule.min ? "below" : "beyond",
                         option_text(rule, value < rule.min ? rule.min : rule.max));
    case OptionKind::word:
      return fmt::format("choose from {}", fmt::join(rule.words, ", "));
    default:
      return fmt::format("'{}' is not {}", value, wanted(rule));
  }
}

tl::expected<std::int64_t, std::string> option_value(const OptionRule& rule,
                                                     std::string_view text) {
  if (rule.kind == OptionKind::word) return word_value(rule.words, text);
  if (rule.kind == OptionKind::flag) return flag_value(text);
  if (begins_with_zero(text)) {
    return no(fmt::format(
        "'{}' begins with a zero; a comma separates values, and decimals have a point", text));
  }
  const Number number = number_of(rule.kind, text);
  if (!number) return no(fmt::format("'{}' is not {}", text, wanted(rule)));
  if (*number > INT64_MAX) {
    return no(fmt::format("'{}' is beyond the limit of {}", text, option_text(rule, rule.max)));
  }
  const auto value = static_cast<std::int64_t>(*number);
  if (std::string wrong = wrong_value(rule, value); !wrong.empty()) return no(std::move(wrong));
  return value;
}

std::string option_text(const OptionRule& rule, std::int64_t value) {
  switch (rule.kind) {
    case OptionKind::size:
      return size_text(static_cast<std::uint64_t>(value));
    case OptionKind::time:
      return duration_text(static_cast<std::uint64_t>(value));
    case OptionKind::flag:
      return value != 0 ? "yes" : "no";
    case OptionKind::word:
      if (value >= 0 && value < static_cast<std::int64_t>(rule.words.size())) {
        return rule.words[static_cast<std::size_t>(value)];
      }
      return std::to_string(value);
    default:
      return std::to_string(value);
  }
}

std::string range_text(const OptionRule& rule) {
  const bool number = rule.kind == OptionKind::number || rule.kind == OptionKind::count;
  if (!number || rule.max >= unlimited_count) return {};
  return fmt::format("{} to {}", rule.min, rule.max);
}

bool has_number(OptionKind kind) {
  switch (kind) {
    case OptionKind::name:
    case OptionKind::word:
    case OptionKind::cpus:
    case OptionKind::sizes:
    case OptionKind::burst:
    case OptionKind::replay:
      return false;
    default:
      return true;
  }
}

std::string option_type(const OptionRule& rule) {
  switch (rule.kind) {
    case OptionKind::size:
      return "SIZE";
    case OptionKind::time:
      return "TIME";
    case OptionKind::rate:
      return "RATE";
    case OptionKind::flag:
      return "";
    case OptionKind::word:
      return fmt::format("{}", fmt::join(rule.words, "|"));
    case OptionKind::name:
    case OptionKind::cpus:
      return "LIST";
    case OptionKind::numa:
      return "POLICY";
    case OptionKind::burst:
      return "N:TIME";
    case OptionKind::sizes:
      return "MIX";
    case OptionKind::replay:
      return "FILE";
    default:
      return "N";
  }
}

tl::expected<std::vector<int>, std::string> cpus_value(std::string_view text) {
  constexpr int highest = 99'999;
  constexpr int longest_range = 4'096;
  std::vector<int> cpus;
  const auto take = [&text]() -> std::optional<int> {
    int number = 0;
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || number > highest) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
    return number;
  };
  const std::string whole(text);
  while (true) {
    const auto first = take();
    auto last = first;
    if (first && text.starts_with('-')) {
      text.remove_prefix(1);
      last = take();
    }
    if (!first || !last || *last < *first || *last - *first > longest_range) {
      return no(
          fmt::format("'{}' is not a CPU number, such as 0 or 3, nor a list such as 0-3,8", whole));
    }
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.push_back(cpu);
    if (text.empty()) return cpus;
    if (!text.starts_with(',')) {
      return no(fmt::format("'{}' is not a list of CPUs; write one such as 0-3,8", whole));
    }
    text.remove_prefix(1);
  }
}

tl::expected<NumaPolicy, std::string> numa_value(std::string_view text) {
  constexpr std::uint64_t highest = 1023;
  using Kind = NumaPolicy::Kind;
  if (text == "interleave") return NumaPolicy{};
  const auto colon = text.find(':');
  const std::string_view word = text.substr(0, colon);
  const bool known = word == "bind" || word == "preferred";
  const Number node = known && colon != text.npos ? parse_count(text.substr(colon + 1)) : Number();
  if (node && *node <= highest) {
    return NumaPolicy{word == "bind" ? Kind::bind : Kind::preferred, static_cast<int>(*node)};
  }
  return no(fmt::format(
      "'{}' is no memory policy; write bind:NODE, preferred:NODE or interleave, such as bind:1",
      text));
}

std::string cpus_text(const std::vector<int>& cpus) {
  return fmt::format("{}", fmt::join(cpus, ","));
}

}  // namespace ipcmark
