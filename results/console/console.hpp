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

}  // namespace ipcmark
