#include "results/model/run_labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

bool is_label_name(std::string_view name) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && small(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&small](char c) { return small(c) || (c >= '0' && c <= '9') || c == '_'; });
}

// Of UTF-8: every byte but those that go on with a character.
std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
  }));
}

// What is wrong with the value, and what to change; empty: nothing.
std::string wrong_value(std::string_view name, std::string_view value) {
  if (value.empty()) {
    return fmt::format("the label '{}' has no value; write {}=VALUE, or leave it out", name, name);
  }
  if (value.find_first_of(",;") != std::string_view::npos) {
    return fmt::format(
        "the value of the label '{}' has a comma or a semicolon, which separate labels; write it "
        "without",
        name);
  }
  if (printable(value) != value) {
    return fmt::format(
        "the value of the label '{}' has a character that cannot be shown ({}); "
        "write it without",
        name, printable(value));
  }
  const std::size_t characters = characters_of(value);
  if (characters <= max_label_value) return {};
  return fmt::format("the value of the label '{}' has {} characters; {} are allowed", name,
                     characters, max_label_value);
}

}  // namespace

tl::expected<void, std::string> add_label(std::string_view text, RunLabels& labels) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return tl::make_unexpected(fmt::format(
        "'{}' is not a label; write NAME=VALUE, such as commit=4f2a9c1", printable(text)));
  }
  const std::string name{text.substr(0, equals)};
  const std::string value{text.substr(equals + 1)};
  if (!is_label_name(name)) {
    return tl::make_unexpected(
        fmt::format("'{}' is not the name of a label; begin with a small letter, and go on with "
                    "small letters, digits and underscores",
                    printable(name)));
  }
  if (std::string wrong = wrong_value(name, value); !wrong.empty()) {
    return tl::make_unexpected(std::move(wrong));
  }
  const auto [known, added] = labels.emplace(name, value);
  if (added || known->second == value) return {};
  return tl::make_unexpected(fmt::format("the label '{}' has two values, '{}' and '{}'; name one",
                                         name, known->second, value));
}

std::string labels_text(const RunLabels& labels, std::string_view between) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text.append(text.empty() ? "" : between).append(name).append("=").append(value);
  }
  return text;
}

std::vector<std::string> origin_words(const std::string& host, const RunLabels& labels,
                                      const std::string& shard) {
  std::vector<std::string> words;
  if (!host.empty()) words.push_back("host " + host);
  for (const auto& [name, value] : labels) words.push_back(fmt::format("{}={}", name, value));
  if (!shard.empty()) words.push_back("shard " + shard);
  return words;
}

std::vector<std::string> origin_words(const RunInfo& run) {
  return origin_words(run.host, run.labels, run.shard);
}

}  // namespace ipcmark
