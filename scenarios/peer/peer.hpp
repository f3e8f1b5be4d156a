// One end of a mixed pair, in a process of its own: `ipcmark trial --peer`, which a runner of
// another language starts. backends/runners/README.md, "Mixed pairs", has the conversation.
#pragma once

namespace ipcmark {

// Speaks on its standard input and output, a line at a time:
//   in   the question, JSON (results/json/peer_protocol.hpp)
//   out  "ready", once its channels are open
//   in   "go": it measures
//   out  its report, JSON
//   in   whatever comes, or the end: it ends
// The exit code: 0, if it reported; 2, with a sentence on standard error, if it was asked for what
// there is not; 5, if whoever started it went away. It ends with its parent. Blocking.
int run_peer();

}  // namespace ipcmark
