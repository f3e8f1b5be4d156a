#include "results/model/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "results/model/option_value.hpp"
#include "results/model/spec.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {

namespace replay_detail {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::string_view digits = "0123456789";

// One line, taken apart from left to right; knows where it is.
class Line {
 public:
  Line(std::string_view text, std::size_t number)
      : text_(text.substr(0, text.find('#'))), number_(number) {}

  // The next word; empty at the end. One comma may stand in front of it.
  std::string_view word() {
    skip_blanks();
    if (words_ > 0 && at_ < text_.size() && text_[at_] == ',') {
      ++at_;
      skip_blanks();
    }
    ++words_;
    begin_ = at_;
    at_ = std::min(text_.find_first_of(" \t\r,", at_), text_.size());
    return text_.substr(begin_, at_ - begin_);
  }
  // About the word taken last.
  tl::unexpected<std::string> wrong(const std::string& why) const {
    return tl::make_unexpected(fmt::format("line {}, column {}: {}", number_, begin_ + 1, why));
  }
  bool empty() const { return text_.find_first_not_of(blanks) == std::string_view::npos; }
  std::size_t number() const { return number_; }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(blanks, at_), text_.size()); }

  std::string_view text_;
  std::size_t number_;
  std::size_t at_ = 0, begin_ = 0;
  unsigned words_ = 0;
};

std::optional<std::uint64_t> number_from(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = read.ec == std::errc{} && read.ptr == text.data() + text.size();
  return all ? std::optional(value) : std::nullopt;
}

// Decimal digits, so that a time since 1970 keeps its nanoseconds.
std::optional<std::uint64_t> seconds_from(std::string_view word) {
  const std::size_t point = std::min(word.find('.'), word.size());
  const std::string_view whole = word.substr(0, point);
  std::string fraction(point < word.size() ? word.substr(point + 1) : std::string_view("0"));
  if (fraction.find_first_not_of(digits) != std::string::npos || fraction.empty()) {
    return std::nullopt;
  }
  fraction.resize(9, '0');  // what is beyond a nanosecond is cut off
  const auto seconds = number_from(whole);
  constexpr std::uint64_t max_seconds = 10'000'000'000;
  if (!seconds || *seconds > max_seconds) return std::nullopt;
  return *seconds * 1'000'000'000U + *number_from(fraction);
}

std::optional<std::uint64_t> time_from(std::string_view word) {
  if (const auto seconds = seconds_from(word)) return seconds;
  return parse_duration(word);
}

struct Row {
  std::uint64_t time_ns = 0;
  std::uint64_t size = 0;
  std::uint32_t channel = 0;
};

tl::expected<Row, std::string> row_of(Line& line) {
  static const OptionRule sizes{OptionKind::size, 0, std::int64_t{largest_size}};
  static const OptionRule channels{OptionKind::number, 0, max_channel_number};
  Row row;
  const std::string_view time = line.word();
  const auto due = time_from(time);
  if (!due) {
    return line.wrong(fmt::format(
        "'{}' is not a time; write seconds such as 0.0015, or a unit as in 1.5ms", time));
  }
  row.time_ns = *due;
  const std::string_view size = line.word();
  if (size.empty()) return line.wrong("has no size; write time, size and, if any, channel");
  const auto bytes = option_value(sizes, size);
  if (!bytes) return line.wrong(bytes.error());
  row.size = static_cast<std::uint64_t>(*bytes);
  if (const std::string_view channel = line.word(); !channel.empty()) {
    const auto number = option_value(channels, channel);
    if (!number) return line.wrong("the channel: " + number.error());
    row.channel = static_cast<std::uint32_t>(*number);
  }
  if (const std::string_view more = line.word(); !more.empty()) {
    return line.wrong(fmt::format("'{}' follows time, size and channel; leave it out", more));
  }
  return row;
}

bool is_header(Line line) {
  if (line.word() != "time" || line.word() != "size") return false;
  const std::string_view third = line.word();
  return (third.empty() || third == "channel") && line.word().empty();
}

// Puts the rows together, and looks at what one alone does not tell.
class Gathered {
 public:
  tl::expected<void, std::string> add(const Row& row, Line line) {
    line.word();
    if (replay_.arrivals.empty()) first_ns_ = last_ns_ = row.time_ns;
    if (row.time_ns < last_ns_) {
      return line.wrong("is earlier than the line above; sort the file by time");
    }
    last_ns_ = row.time_ns;
    if (last_ns_ - first_ns_ > longest_time_ns) {
      return line.wrong(fmt::format("is more than {} after the first line; cut the file",
                                    duration_text(longest_time_ns)));
    }
    if (replay_.arrivals.size() == max_replayed_arrivals) {
      return line.wrong(
          fmt::format("is beyond the limit of {} messages; cut the file", max_replayed_arrivals));
    }
    numbers_[row.channel] = 0;
    if (numbers_.size() > max_replayed_channels) {
      return line.wrong(
          fmt::format("channel {} is one more than the limit of {} different ones; merge some",
                      row.channel, max_replayed_channels));
    }
    if (replay_.arrivals.empty() || row.size < replay_.smallest) {
      replay_.smallest = row.size;
      replay_.smallest_line = line.number();
    }
    replay_.largest = std::max(replay_.largest, row.size);
    replay_.arrivals.push_back(
        {last_ns_ - first_ns_, static_cast<std::uint32_t>(row.size), row.channel});
    return {};
  }
  bool empty() const { return replay_.arrivals.empty(); }
  Replay take() {
    for (auto& [number, index] : numbers_) {
      index = static_cast<std::uint32_t>(replay_.channels.size());
      replay_.channels.push_back(number);
    }
    for (Arrival& arrival : replay_.arrivals) arrival.channel = numbers_.at(arrival.channel);
    return std::move(replay_);
  }

 private:
  Replay replay_;
  std::map<std::uint32_t, std::uint32_t> numbers_;  // of channels, and their places
  std::uint64_t first_ns_ = 0, last_ns_ = 0;
};

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

constexpr std::string_view name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
constexpr std::size_t hash_characters = 16;
constexpr std::size_t max_name = 64;

}  // namespace
}  // namespace replay_detail

double Replay::rate() const {
  const auto gaps = static_cast<double>(arrivals.size() - 1);
  const auto took_ns = static_cast<double>(length_ns());
  if (took_ns == 0) return max_replayed_rate;
  return std::min(max_replayed_rate, gaps * 1e9 / took_ns);
}

tl::expected<Replay, std::string> parse_replay(std::string_view text) {
  using namespace replay_detail;
  Gathered gathered;
  bool first = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Line line(text.substr(0, end), number);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const bool header = std::exchange(first, false) && is_header(line);
    if (header) continue;
    const Line whole = line;
    const auto row = row_of(line);
    if (!row) return tl::make_unexpected(row.error());
    if (auto added = gathered.add(*row, whole); !added) {
      return tl::make_unexpected(std::move(added.error()));
    }
  }
  if (gathered.empty()) {
    return tl::make_unexpected(
        std::string("has no messages; write a line of time, size and channel for each"));
  }
  return gathered.take();
}

std::string replay_id(std::string_view path, std::string_view text) {
  using namespace replay_detail;
  const std::size_t slash = path.rfind('/');
  std::string name(slash == std::string_view::npos ? path : path.substr(slash + 1));
  if (name.size() > max_name) name.resize(max_name);
  for (char& c : name) {
    if (name_characters.find(c) == std::string_view::npos) c = '_';
  }
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return fmt::format("{}@{:016x}", name, hash);
}

bool is_replay_id(std::string_view text) {
  using namespace replay_detail;
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > max_name) return false;
  const std::string_view hash = text.substr(at + 1);
  return hash.size() == hash_characters && is_hex(hash) &&
         text.substr(0, at).find_first_not_of(name_characters) == std::string_view::npos;
}

}  // namespace ipcmark
