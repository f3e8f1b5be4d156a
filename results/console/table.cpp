#include "results/console/table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t indent = 2;
constexpr std::size_t gap = 2;
constexpr std::size_t min_bar = 8;
constexpr std::size_t max_bar = 24;

std::string bar(double fraction, std::size_t width, bool unicode) {
  static constexpr std::array<const char*, 8> eighths{
      {"", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589"}};
  if (!(fraction > 0)) return {};
  const double cells = std::min(fraction, 1.0) * static_cast<double>(width);
  std::string text;
  if (!unicode) {
    text.assign(std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(cells))), '#');
    return text;
  }
  // The smallest bar is one eighth: nothing at all would read as zero.
  const auto parts = std::max<std::size_t>(1, static_cast<std::size_t>(std::lround(cells * 8)));
  for (std::size_t i = 0; i < parts / 8; ++i) text += "\u2588";
  return text + eighths[parts % 8];
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::size_t used = display_width(text);
  const std::string space(used < width ? width - used : 0, ' ');
  return right ? space + text : text + space;
}

std::size_t sum_of(const std::vector<std::size_t>& widths) {
  std::size_t total = indent;
  for (const std::size_t width : widths) total += width == 0 ? 0 : width + gap;
  return total == indent ? indent : total - gap;
}

}  // namespace

std::string styled(const std::string& text, TextStyle text_style, const ConsoleStyle& style) {
  if (!style.color || text_style == TextStyle::plain || text.empty()) return text;
  const char* code = text_style == TextStyle::bold   ? "\x1b[1m"
                     : text_style == TextStyle::good ? "\x1b[32m"
                     : text_style == TextStyle::bad  ? "\x1b[31m"
                                                     : "\x1b[2m";
  return code + text + "\x1b[0m";
}

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // not a UTF-8 continuation byte
  }));
}

std::string wrapped(const std::string& words, const std::string& first, std::size_t width) {
  const std::string text = printable(words);
  const std::size_t hang = display_width(first);
  std::string out;
  std::string line = first;
  bool empty = true;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    begin = end + 1;
    if (!empty && display_width(line) + 1 + display_width(word) > width) {
      out.append(line).append("\n");
      line.assign(hang, ' ');
      empty = true;
    }
    if (!empty) line += ' ';
    line += word;
    empty = false;
  }
  return out + line + "\n";
}

std::string list_section(const char* title, const std::vector<std::string>& lines,
                         TextStyle text_style, const ConsoleStyle& style) {
  if (lines.empty()) return {};
  std::string out = "\n" + styled(title, text_style, style) + "\n";
  for (const std::string& line : lines) {
    out += wrapped(line, style.unicode ? "  \u2022 " : "  - ", style.width);
  }
  return out;
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {
  for (Column& column : columns_) column.header = printable(column.header);
}

void Table::add(std::vector<Entry> row) {
  for (Entry& entry : row) entry.text = printable(entry.text);
  rows_.push_back(std::move(row));
}

std::vector<std::size_t> Table::widths() const {
  std::vector<std::size_t> widths(columns_.size(), 0);
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    for (const auto& row : rows_) {
      const std::size_t width =
          columns_[c].bar ? (row[c].fraction > 0 ? min_bar : 0) : display_width(row[c].text);
      widths[c] = std::max(widths[c], width);
    }
    if (widths[c] > 0) widths[c] = std::max(widths[c], display_width(columns_[c].header));
  }
  return widths;
}

std::size_t Table::natural_width() const { return sum_of(widths()); }

std::string Table::render(const ConsoleStyle& style) const {
  std::vector<std::size_t> width = widths();
  while (sum_of(width) > style.width) {
    std::size_t min = columns_.size();
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (width[c] == 0 || columns_[c].keep >= 100) continue;
      if (min == columns_.size() || columns_[c].keep < columns_[min].keep) min = c;
    }
    if (min == columns_.size()) break;  // nothing more can go
    width[min] = 0;
  }
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!columns_[c].bar || width[c] == 0) continue;
    const std::size_t used = sum_of(width);
    width[c] = std::min(max_bar, width[c] + (style.width > used ? style.width - used : 0));
  }
  std::string out;
  const auto write = [&](const auto& entry_of, TextStyle text_style) {
    std::string line(indent - gap, ' ');
    std::string pending;  // trailing blanks are not written
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      if (width[c] == 0) continue;
      pending.append(gap, ' ');
      const Entry entry = entry_of(c);
      const std::string text = padded(entry.text, width[c], columns_[c].right);
      const std::size_t first = text.find_first_not_of(' ');
      if (first == std::string::npos) {
        pending += text;
        continue;
      }
      const std::size_t last = text.find_last_not_of(' ') + 1;
      line += pending + text.substr(0, first);
      line += styled(text.substr(first, last - first),
                     text_style == TextStyle::plain ? entry.text_style : text_style, style);
      pending = text.substr(last);
    }
    out.append(line).append("\n");
  };
  write(
      [&](std::size_t c) {
        return Entry{columns_[c].header, 0, TextStyle::plain};
      },
      TextStyle::dim);
  for (const auto& row : rows_) {
    write(
        [&](std::size_t c) {
          Entry entry = row[c];
          if (columns_[c].bar) entry.text = bar(entry.fraction, width[c], style.unicode);
          return entry;
        },
        TextStyle::plain);
  }
  return out;
}

}  // namespace ipcmark
