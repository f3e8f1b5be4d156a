#include "results/text/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace ipcmark {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: not UTF-8
};

// The first one of `text`, which is not empty. Neither overlong forms nor surrogates are UTF-8.
CodePoint first_of(std::string_view text) {
  const auto byte = [text](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[i]));
  };
  const char32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t value = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    value = value << 6U | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest[bytes] || value > 0x10FFFF || surrogate) return {};
  return {value, bytes};
}

struct Range {
  char32_t first, last;
};
constexpr std::array<Range, 7> never_shown{{{0x00, 0x1F},
                                            {0x7F, 0x9F},
                                            {0x061C, 0x061C},
                                            {0x200E, 0x200F},
                                            {0x2028, 0x202E},
                                            {0x2066, 0x2069},
                                            {0xFFFE, 0xFFFF}}};

bool is_shown(char32_t value) {
  return std::none_of(never_shown.begin(), never_shown.end(), [value](const Range& range) {
    return value >= range.first && value <= range.last;
  });
}

void append_escaped(char32_t value, std::string& out) {
  if (value == U'\n') {
    out += "\\n";
  } else if (value == U'\t') {
    out += "\\t";
  } else if (value < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned>(value));
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(value));
  }
}

std::string shown(std::string_view text, bool newlines) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const CodePoint point = first_of(text);
    if (point.bytes == 0) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(text[0]));
    } else if (is_shown(point.value) || (newlines && point.value == U'\n')) {
      out.append(text.substr(0, point.bytes));
    } else {
      append_escaped(point.value, out);
    }
    text.remove_prefix(std::max<std::size_t>(point.bytes, 1));
  }
  return out;
}

}  // namespace

std::string printable(std::string_view text) { return shown(text, false); }
std::string printable_lines(std::string_view text) { return shown(text, true); }

}  // namespace ipcmark
