// What the scenario latency measures, declared.
#pragma once

#include <vector>

#include "results/model/catalogue.hpp"

namespace ipcmark {

std::vector<FigureEntry> latency_figures();

}  // namespace ipcmark
