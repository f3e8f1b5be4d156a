// The text of a run's journal: one line per finished trial, so that no end of the process loses
// what was measured, and `run --resume` can go on. The file itself: journal_file.hpp.
//
//   {"journal":"ipcmark","major":1,"run":id,"version":…,"started":…,"seed":…,"trials":…,
//    "cpus":[0,1],"conditions":{group:{name:value}},"cells":[spec,…]}
//     and where there are any: "host":…,"labels":{name:value},"shard":"3/8"
//   {"cell":key,"index":3,"round":0,"position":7,"trial":{…}}
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/environment.hpp"
#include "results/model/run_labels.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// What makes two parts of a run one run.
struct JournalHead {
  std::string run_id;
  std::string version;     // with the revision: parts measured by different code are no one run
  std::string started;     // ISO 8601, UTC
  Environment conditions;  // fingerprint() of machine, limits and build
  std::vector<int> cpus;   // that the processes may use
  std::uint64_t seed = 0;
  std::uint32_t trials = 0;
  std::vector<RunSpec> cells;
  // As in RunInfo.
  std::string host;
  RunLabels labels;
  std::string shard;
};

struct JournalEntry {
  std::size_t cell = 0;  // index into cells
  std::string key;
  Trial trial;  // with its round and position
};

struct JournalText {
  JournalHead head;
  std::vector<JournalEntry> entries;  // up to the first line that is none
  std::size_t whole_bytes = 0;        // so far the text is good
  // What is wrong with the rest: "line 7: not JSON: column 1". Empty: it is good to its end.
  std::string damage;
  bool torn = false;  // the damage is a last line that its writer's death cut off, and no more
};

std::string journal_head_line(const JournalHead& head);     // with newline
std::string journal_entry_line(const JournalEntry& entry);  // with newline
// Fails where the first line is no head that this ipcmark understands: the error is one phrase that
// names the line. Damage behind it costs only what follows.
tl::expected<JournalText, std::string> parse_journal(std::string_view text);

// Empty when the journal's trials belong to this run, else one sentence on what differs.
std::string mismatch(const JournalHead& journal, const JournalHead& run);

}  // namespace ipcmark
