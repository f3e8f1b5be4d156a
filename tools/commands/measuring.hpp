// What every command that measures does around its measurement: signals, the host's turn, the
// manifest, progress, and what the document says of the run.
#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "results/model/catalogue.hpp"
#include "scenarios/machine/host_lock.hpp"
#include "tools/files/own_manifest.hpp"
#include "tools/options/label_options.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/session/session.hpp"
#include "tools/terminal/progress.hpp"

namespace ipcmark {

class Measuring {
 public:
  struct How {
    MeasuringOptions options;
    bool quiet = false;        // no progress
    LabelOptions labels = {};  // of the result
  };

  // Catches the stop signals from here on; touches nothing else. One at a time in a process.
  Measuring(How how, Catalogue catalogue);

  // After all outputs are open: waits for the host's turn unless it is shared, and makes the
  // manifest. Nothing, or the exit code after an error message.
  std::optional<int> begin();
  // The same for a command that makes no objects itself.
  std::optional<int> take_turn();

  // Complains, and returns the exit code: 128 + N when the signal N was the reason, else 2.
  int refuse(const std::string& why) const;

  const std::atomic<int>& stop() const { return stop_; }
  // Since begin().
  Manifest& manifest() const { return **manifest_; }
  // Without a journal.
  SessionOptions session();
  Observer& observer();
  // An error message that leaves the line of progress whole.
  void say(const std::string& problem);
  // Clears the line of progress. Before anything else is printed.
  void finish();
  void sign(ResultDocument& document, const std::string& command_line,
            const std::string& suite) const;

 private:
  How how_;
  const std::atomic<int>& stop_;
  std::optional<MeasuringTurn> turn_;
  std::optional<OwnManifest> manifest_;
  TerminalProgress progress_;
  Observer silence_;
};

}  // namespace ipcmark
