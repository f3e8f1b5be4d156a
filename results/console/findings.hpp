// What the figures say, in words. Every sentence is derived from figures of the document.
#pragma once

#include <string>
#include <vector>

#include "results/console/view.hpp"

namespace ipcmark {

// Cells that did not pass, with their reasons, first the broken ones; skipped ones with the same
// reason in one line.
std::vector<std::string> broken_lines(const View& view);
std::vector<std::string> skipped_lines(const View& view);
// What stands out: who is fastest, what spinning buys and costs.
std::vector<std::string> findings(const View& view, bool unicode);
// What limits the figures: spread, machine states, unsteady trials, what a mechanism really gave.
std::vector<std::string> caveats(const View& view, bool unicode);

}  // namespace ipcmark
