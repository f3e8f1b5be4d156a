// The journal of a run: one line per finished trial, so that no end of the process loses what was
// measured, and `run --resume` can go on.
//
//   {"journal":"ipcmark","major":1,"run":id,"version":…,"machine":…,"started":…,"seed":…,
//    "trials":…,"cells":[spec,…]}
//   {"cell":key,"index":3,"round":0,"position":7,"trial":{…}}
//
// Each line is one write to a file opened with O_APPEND. A last line without its newline was cut
// off by the writer's death: readers ignore it, and a resumed run writes over it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "backends/fd.hpp"
#include "results/model/trial.hpp"
#include "scenarios/plan/plan.hpp"

namespace ipcmark {

// What makes two parts of a run one run.
struct JournalHead {
  std::string run_id;
  std::string version;
  std::string machine;  // CPU model and kernel
  std::string started;  // ISO 8601, UTC
  std::uint64_t seed = 0;
  std::uint32_t trials = 0;
  std::vector<RunSpec> cells;
};

struct JournalEntry {
  std::size_t cell = 0;  // index into cells
  std::string key;
  Trial trial;  // with its round and position
};

struct JournalText {
  JournalHead head;
  std::vector<JournalEntry> entries;
  std::size_t whole_bytes = 0;  // up to and with the last complete line
};

std::string journal_head_line(const JournalHead& head);     // with newline
std::string journal_entry_line(const JournalEntry& entry);  // with newline
// The error is one sentence that names the line.
tl::expected<JournalText, std::string> parse_journal(std::string_view text);
tl::expected<JournalText, std::string> read_journal(const std::string& path);

// Empty when the journal's trials belong to this run, else one sentence on what differs.
std::string misfit(const JournalHead& journal, const JournalHead& run);

// The plan a journal was written for: what `run --resume` goes on with. `estimated_ns` is 0.
Plan plan_of(const JournalHead& head);

// The writing side. Locked (flock) while open: two runs never write to one journal.
class Journal {
 public:
  // A new file. One that already holds trials is refused: they may be all that is left of a run.
  static tl::expected<Journal, std::string> start(const std::string& path, const JournalHead& head);
  // An existing file whose first `whole_bytes` are good; what follows is cut off.
  static tl::expected<Journal, std::string> go_on(const std::string& path, std::size_t whole_bytes);
  // On failure (disk full) the file is left as before the call.
  tl::expected<void, std::string> append(const JournalEntry& entry);

 private:
  Journal(Fd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  tl::expected<void, std::string> write_line(const std::string& line);

  Fd file_;
  std::string path_;
};

}  // namespace ipcmark
