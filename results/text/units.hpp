// Figures scaled for people.
#pragma once

#include <string>

namespace ipcmark {

// "14.6 µs", "2.31 M/s", "3.0 GB/s": three significant digits. `unit` is a base unit: "ns",
// "s", "B", "B/s", "msg/s", "ratio", "count"; any other is written behind the digits as it is.
std::string scaled(double value, const std::string& unit, bool unicode = true);

}  // namespace ipcmark
