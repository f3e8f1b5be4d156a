#include "scenarios/option_row.hpp"

#include <algorithm>
#include <utility>

#include "results/model/spec.hpp"

namespace ipcmark {

std::string OptionRow::flag() const {
  std::string text = name;
  if (rule.kind == OptionKind::time && text.ends_with("_ns")) text.resize(text.size() - 3);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

OptionRow count_option(const char* name, std::int64_t default_value, const char* summary,
                       std::int64_t min, std::int64_t max) {
  return {name, default_value, summary, {OptionKind::count, min, max}};
}

OptionRow time_option(const char* name, std::int64_t default_ns, const char* summary) {
  constexpr std::int64_t hour_ns = 3'600'000'000'000;
  return {name, default_ns, summary, {OptionKind::time, 0, hour_ns}};
}

OptionRow size_option(const char* name, std::int64_t default_bytes, const char* summary) {
  return {name, default_bytes, summary, {OptionKind::size, 1, std::int64_t{largest_size}}};
}

OptionRow rate_option(const char* name, std::int64_t default_rate, const char* summary,
                      std::int64_t max) {
  return {name, default_rate, summary, {OptionKind::rate, 1, max}};
}

OptionRow flag_option(const char* name, const char* summary) {
  return {name, 0, summary, {OptionKind::flag, 0, 1}};
}

OptionRow word_option(const char* name, std::vector<std::string> words, const char* summary) {
  const auto last = static_cast<std::int64_t>(words.size()) - 1;
  return {name, 0, summary, {OptionKind::word, 0, last, std::move(words)}};
}

}  // namespace ipcmark
