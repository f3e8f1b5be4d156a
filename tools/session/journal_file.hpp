// A run's journal on disk: read, begun, gone on with. What is not certainly this program's, and of
// no more use, is never written over nor removed.
//
// Each line is one write to a file opened with O_APPEND. A last line without its newline was cut
// off by the writer's death: readers ignore it, and a resumed run writes over it.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "backends/fd.hpp"
#include "tools/session/journal.hpp"

namespace ipcmark {

struct JournalFile {
  JournalText text;
  std::size_t bytes = 0;  // of the whole file
};
// The error is one sentence that names the file, and the line where its text is at fault.
tl::expected<JournalFile, std::string> read_journal(const std::string& path);

// Renames what lies there to the first free of PATH.1, PATH.2, …, which is returned; empty: nothing
// lies there. Refuses a journal that is being written, and what is no file.
tl::expected<std::string, std::string> set_aside(const std::string& path);

// The writing side. Locked (flock) while open: two runs never write to one journal.
class Journal {
 public:
  // A new file; one that is empty, or holds no more than a head, is begun anew. Any other that lies
  // there is refused: it may be all that is left of a run, or the user's.
  static tl::expected<Journal, std::string> start(const std::string& path, const JournalHead& head);
  // The file that was read: what is bad of it is cut off. More than a torn line is kept first, in
  // the file that `kept` then names.
  static tl::expected<Journal, std::string> go_on(const std::string& path, const JournalFile& read,
                                                  std::string& kept);
  Journal(Journal&& other) noexcept = default;
  Journal& operator=(Journal&& other) noexcept = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal();

  // On failure (disk full) the file is left as before the call. A line is on the disk (fdatasync)
  // within about a second of trials, and when the journal is closed: to wait for the disk after
  // each trial of some milliseconds would take longer than the trials.
  tl::expected<void, std::string> append(const JournalEntry& entry);
  // Its trials are kept elsewhere. Another's file that has taken its place stays.
  void remove();

 private:
  Journal(Fd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  tl::expected<void, std::string> write_line(const std::string& line);
  tl::expected<void, std::string> sync();

  Fd file_;
  std::string path_;
  std::uint64_t synced_ns_ = 0;  // when; 0: not yet
};

}  // namespace ipcmark
