// What the command's exit codes mean; part of its interface (tools/README.md, --help).
#pragma once

namespace ipcmark::exit_code {

inline constexpr int success = 0;       // also with skipped cells and expected findings
inline constexpr int regression = 1;    // gate, ab: a gated figure became worse, or it changed
inline constexpr int usage = 2;         // the command line; an output, or an object not removed
inline constexpr int incomparable = 3;  // other format, other machine, or measured on one side only
inline constexpr int inconclusive = 4;  // gate, ab: too few rounds, or nothing judged; or as asked
inline constexpr int correctness = 5;   // a cell failed: an invariant broke, or a worker crashed
inline constexpr int disturbed = 6;     // doctor --json: can be measured here, not undisturbed
inline constexpr int unusable = 7;      // doctor --json: nothing can be measured here
inline constexpr int nothing_ran = 77;  // every cell was skipped, or none falls into the shard
inline constexpr int signal_base =
    128;  // + the signal that ended the run (130: SIGINT, 143: SIGTERM)

}  // namespace ipcmark::exit_code
