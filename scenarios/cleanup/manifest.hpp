// The run's list of named objects, and the removal of what a dead run left.
//
// One file per run, beside a private 0700 directory of the run's, both in the runtime directory
// (runtime_directory.hpp), locked (flock) as long as the run lives. A name is written to it before
// the object is created. clean_up() removes what a manifest names whose lock is free, as far as it
// can be proven to be that run's, and nothing else.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "backends/fd.hpp"
#include "backends/names.hpp"

namespace ipcmark {

class Manifest : public Names {
 public:
  // Creates directory, file and lock. The error is a sentence that says what to change; nothing is
  // left behind then.
  static tl::expected<std::unique_ptr<Manifest>, std::string> create();
  virtual const std::string& run_id() const = 0;     // short, random, also in every name
  virtual const std::string& directory() const = 0;  // private, removed with the manifest
  // Ends the run: removes what is still claimed, then directory, manifest and lock. No name may be
  // claimed after it. Answers what could not be removed, each with the reason ("posix_shm
  // ipcmark.a1b2.3: shm_unlink: Operation not permitted"); the manifest then stays and names it. A
  // second call answers nothing. The destructor does the same without a word.
  virtual std::vector<std::string> finish() = 0;
};

struct CleanReport {
  unsigned runs = 0;                 // dead runs cleaned up after
  std::vector<std::string> removed;  // "posix_shm ipcmark.a1b2.3"
  std::vector<std::string> failed;   // "posix_shm ipcmark.a1b2.3: " and the reason; stays named
  std::vector<std::string> left;     // what is not ours to remove here: a sentence each, and why
  std::vector<std::string> refused;  // a runtime directory that cannot be used: a sentence
  unsigned live_runs = 0;            // left alone
};
// `dry_run`: says what would be done, and does nothing.
CleanReport clean_up(bool dry_run);

}  // namespace ipcmark
