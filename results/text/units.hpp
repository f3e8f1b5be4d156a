// The units of figures, and figures scaled for people.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace ipcmark {

// Base units, in which every figure is stored; a result with another is refused. The one list.
inline constexpr std::array<std::string_view, 8> base_units{"ns",  "s", "msg/s", "op/s",
                                                            "B/s", "B", "count", "ratio"};
bool is_base_unit(std::string_view unit);
std::string unknown_unit_text(std::string_view unit);  // unknown unit "W"; known are ns, s, …

// "14.6 µs", "2.31 M/s", "3.0 GB/s": three significant digits. `unit` is a base unit or empty; any
// other is written behind the digits as it is, so what is shown must be escaped for its place.
std::string scaled(double value, const std::string& unit, bool unicode = true);

}  // namespace ipcmark
