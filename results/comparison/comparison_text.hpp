// A comparison for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "results/comparison/comparison.hpp"
#include "results/console/console.hpp"

namespace ipcmark {

inline constexpr int comparison_major = 1;
inline constexpr int comparison_minor = 3;

// For a terminal: the gated figures, the gravest verdicts first; `all` adds those not gated.
std::string comparison_to_console(const Comparison& comparison, const ConsoleStyle& style,
                                  bool all);
// For a comment under a change: what needs a look as a table, the rest folded away.
std::string comparison_to_markdown(const Comparison& comparison);
// {"schema":"ipcmark.comparison","version":…}: every figure with the values behind it; described by
// ipcmark.comparison.schema.json. Ends with a newline.
std::string comparison_to_json(const Comparison& comparison);

// What the three share.

// "1 FAILED, 1 REGRESSION, 2 INCONCLUSIVE, 30 NO REGRESSION"; "2 MISSING in the candidate, nothing
// gated"; "interrupted: no verdict".
std::string conclusion(const Comparison& comparison);
// How the figures came about and how far to trust them, one sentence each.
std::vector<std::string> method_sentences(const Comparison& comparison);
// "base.json: ipcmark 0.1.0 (1a2b3c), run a1b2c3 of 2026-01-02T03:04:05Z"
std::string side_text(const Side& side);
// The gated ones by gravity, then the others; each group in its order.
std::vector<const ComparedFigure*> by_gravity(const Comparison& comparison);
std::string ratio_text(double ratio);                     // "1.042", "146"
std::string interval_text(const ComparedFigure& figure);  // "1.021 to 1.063"; "~…": a mere range
// "REGRESSION", "REGRESSION across kernel, limits", "not gated"
std::string verdict_word(const Comparison& comparison, const ComparedFigure& figure);
// With what it was judged by, where that needs saying, and its note.
std::string verdict_text(const Comparison& comparison, const ComparedFigure& figure);
// " across kernel, limits"; empty: both sides are from one machine and kind of build.
std::string across_text(const Comparison& comparison);
// That of --threshold without a figure or cells, else 5 %.
double stated_threshold(const Comparison& comparison);
// "30" pairs, or "20, 15" trials of the two sides.
std::string count_text(const ComparedFigure& figure, bool rounds);

}  // namespace ipcmark
