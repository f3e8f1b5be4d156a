// The folder of tables that `ipcmark merge` writes (fleet_tables.hpp).
#pragma once

#include <cstddef>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "results/fleet/fleet_run.hpp"
#include "results/fleet/fleet_tables.hpp"
#include "results/fleet/read_fleet.hpp"
#include "tools/gather/kept_text.hpp"

namespace ipcmark {

// Runs are added one at a time and take a few hundred bytes of memory each. The folder appears with
// all of its tables at the end, or not at all: until then they are files without names, so that
// neither failing nor being killed leaves something of them. Where it cannot take the place of an
// earlier one as a whole, table by table does: beside other files, on a mount point, in a directory
// that may not be written, and on file systems that exchange no names (NFS).
class FleetFolder {
 public:
  // Makes nothing that has a name. The folder must not be there yet, be empty, or hold the tables
  // of an earlier merge and nothing else; with `into_others` also other files, which stay. Tables
  // that no merge wrote are never replaced. The error is a sentence that says what to change.
  static tl::expected<FleetFolder, std::string> open(const std::string& path, bool into_others);

  // Of several results of one run the one that counts stays (SameRuns).
  void add(const FleetRun& run);
  std::size_t runs() const { return kept_.size() - dropped_; }
  std::size_t duplicates() const { return dropped_; }
  // What is in the tables, of the runs that stay.
  struct Contents {
    std::size_t runs = 0, hosts = 0, host_classes = 0, cells = 0, figures = 0;
  };
  Contents contents() const;

  // Writes the tables, runs in the order of their start. Once. The error is a sentence; what was at
  // the path is then as before, or where it goes table by table, some are new and some are not.
  tl::expected<void, std::string> commit();

 private:
  struct Run {
    std::string started, id, host, host_class;
    KeptText::Part runs, labels, figures, cells;
    std::size_t cell_count = 0, figure_count = 0;
    bool dropped = false;
  };
  // Where the tables go, and how they get there.
  struct Target {
    std::string named;     // as the user wrote it
    std::string path;      // of the folder, absolute
    std::string made_in;   // directory in which they are made
    bool exists = false;   // the folder is there
    bool replaced = true;  // as a whole, by a new one; false: file by file
  };
  FleetFolder(Target target, KeptText text) : target_(std::move(target)), text_(std::move(text)) {}
  static tl::expected<Target, std::string> find_target(const std::string& path, bool into_others);
  std::vector<const Run*> in_order() const;
  int write();

  Target target_;
  KeptText text_;
  WideTable wide_;
  SameRuns same_;
  std::vector<Run> kept_;
  std::size_t dropped_ = 0;
};

}  // namespace ipcmark
