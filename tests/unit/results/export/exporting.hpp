// The made result in each format, whole and with a cell that failed.
#pragma once

#include <cstddef>
#include <string>

#include "results/model/trial.hpp"

namespace ipcmark {

inline constexpr const char* pipe_key = "latency/pipe/64B/block/cross-cpu";

// The sample, in which one timed cell has failed although one of its trials gave figures.
ResultDocument with_broken_pipe();

// What the format of that name makes of the document, or "refused: " and why. `only`: one cell.
std::string exported(const char* format, const ResultDocument& document,
                     const std::string& only = "");

std::size_t occurrences(const std::string& text, const std::string& part);

}  // namespace ipcmark
