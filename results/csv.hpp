// Tidy CSV (RFC 4180): one figure a row, columns from fields.hpp.
#pragma once

#include <string>

#include "results/trial.hpp"

namespace ipcmark {

std::string result_to_csv(const ResultDocument& document);

}  // namespace ipcmark
