// Cells of the open loop and of sparse messages, seen together: one mechanism at several rates, or
// after several lengths of silence. The first are those of a scenario whose entry asks for it
// (ScenarioView::load).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "results/console/console.hpp"
#include "results/console/view.hpp"

namespace ipcmark {

// At that rate all messages are due at once: what then gets through is the mechanism's capacity
// under the open loop, whose messages carry two clock readings each.
inline constexpr std::int64_t unlimited_rate = 1'000'000'000;

// A table for each message size and setting, a row for each mechanism and rate.
std::string load_sections(const View& view, const ConsoleStyle& style);
// How response times grow with the rate, and where each mechanism saturates; a sentence each.
std::vector<std::string> load_findings(const View& view, bool unicode);
// What waking up after a silence costs (latency --gap).
std::vector<std::string> gap_findings(const View& view, bool unicode);

}  // namespace ipcmark
