// The file of a replay (--replay), read once by each process that needs it.
#pragma once

#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "results/model/replay.hpp"
#include "results/model/spec.hpp"

namespace ipcmark {

struct ReplayFile {
  std::string id;  // replay_id()
  Replay replay;
};

// Blocking; what was read is kept, and a second call for the same path does not look again. The
// error is one sentence that names the file, and the line that cannot be read. Any thread.
tl::expected<std::shared_ptr<const ReplayFile>, std::string> load_replay(const std::string& path);

// What the cell replays; null: nothing. Another content than when the cell was planned, and a cell
// that names its file by nothing but a key, are errors.
tl::expected<std::shared_ptr<const ReplayFile>, std::string> replay_of(const RunSpec& spec);

// Makes a cell one of that file: its identity, the largest of its sizes, its average rate, and how
// long it takes.
void set_replay(const std::string& path, const ReplayFile& file, RunSpec& spec);

}  // namespace ipcmark
