// The run's list of named objects, and the removal of what a dead run left.
//
// One file per run in a private 0700 directory under the runtime directory ($IPCMARK_RUNTIME_DIR,
// else $XDG_RUNTIME_DIR/ipcmark, else /tmp/ipcmark-<uid>), locked (flock) as long as the run lives.
// A name is written to it before the object is created. clean_up() removes exactly what a manifest
// names whose lock is free.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <atomic>

#include "backends/fd.hpp"
#include "backends/names.hpp"

namespace ipcmark {

class Manifest : public Names {
 public:
  // Creates directory, file and lock. Fails with one Error whose operation says what to change.
  static Result<std::unique_ptr<Manifest>> create();
  virtual const std::string& run_id() const = 0;     // short, random, also in every name
  virtual const std::string& directory() const = 0;  // private, removed with the manifest
};

struct CleanReport {
  unsigned runs = 0;                 // dead runs found
  std::vector<std::string> removed;  // "posix_shm ipcmark.a1b2.3"
  std::vector<std::string> failed;   // with the reason
  unsigned live_runs = 0;            // left alone
};
CleanReport clean_up(bool dry_run);

// Held while measuring: two measuring runs at once ruin each other. Waits until the lock is free or
// `stop` is raised; `on_wait` is called once with the holder's pid when it has to wait.
Result<Fd> hold_host_lock(const std::atomic<int>* stop, void (*on_wait)(int holder_pid));

}  // namespace ipcmark
