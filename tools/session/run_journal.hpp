// Which journal a run writes, and what it takes from an earlier one.
#pragma once

#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "scenarios/plan/plan.hpp"
#include "tools/session/journal_file.hpp"

namespace ipcmark {

struct JournalPlaces {
  std::string path;    // appended one line per finished trial; empty: none
  std::string resume;  // a journal to go on from; empty: none
  bool fresh = false;  // what lies at `path` is set aside first
};

// Whether `resume` names the very journal that a run with --json would begin, and there is nothing
// in it yet: a job that may be ended and started again is then one command from its first start on.
bool is_yet_to_begin(const std::string& json, const std::string& resume);

// What a run of this plan, now and here, writes into the head of its journal; without the host
// and the labels.
JournalHead journal_head(const Plan& plan, const std::string& run_id,
                         const Environment& environment);

// Borrowed by a session; used by one thread.
class RunJournal {
 public:
  // A resumed run goes on in the same file, unless another is named: that one then gets all of it.
  // Refuses what was measured under other conditions or for another plan. `adds_rounds`: trials of
  // rounds beyond the plan's belong to it. The error is one sentence.
  static tl::expected<RunJournal, std::string> open(const JournalPlaces& places,
                                                    const Program& program, const Plan& plan,
                                                    const JournalHead& head, bool adds_rounds);

  // Of the run that is gone on with, else of this one: both are one run, with one id and start. Its
  // host and labels are the earlier one's where this one names none. Without the cells.
  const JournalHead& head() const { return head_; }
  const std::vector<JournalEntry>& taken() const { return taken_; }  // each trial once
  // What the user should know of what was done, one sentence each.
  const std::vector<std::string>& notes() const { return notes_; }

  // After a failure, which is one sentence, nothing more is written.
  tl::expected<void, std::string> append(const JournalEntry& entry);
  // The result is kept elsewhere: a file that was begun for this run, or named as such, is removed,
  // also one that could not be written any more.
  void remove();

 private:
  RunJournal() = default;
  tl::expected<void, std::string> begin(const JournalPlaces& places, const JournalHead& head);
  tl::expected<void, std::string> resume(const JournalPlaces& places, const Program& program,
                                         const Plan& plan, JournalHead head, bool adds_rounds);
  tl::expected<void, std::string> take(const JournalText& old, const Program& program,
                                       const Plan& plan, bool adds_rounds);

  std::optional<Journal> file_;
  bool lost_ = false;         // it cannot be written any more
  bool of_this_run_ = false;  // else it is the user's, who named nothing but --resume
  JournalHead head_;
  std::vector<JournalEntry> taken_;
  std::vector<std::string> notes_;
};

}  // namespace ipcmark
