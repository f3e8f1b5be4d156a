// What the scenario load measures, declared.
#pragma once

#include <vector>

#include "results/model/catalogue.hpp"

namespace ipcmark {

std::vector<FigureEntry> load_figures();

}  // namespace ipcmark
