// The table of a run, for a person.
#pragma once

#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

struct ConsoleStyle {
  bool color = false;
  bool unicode = true;
  unsigned width = 100;  // columns
};

std::string result_to_console(const ResultDocument& document, const ConsoleStyle& style);

// "14.6 µs", "2.31 M/s", "3.0 GB/s": three significant digits. `unit` as in Metric.
std::string scaled(double value, const std::string& unit, bool unicode = true);

}  // namespace ipcmark
