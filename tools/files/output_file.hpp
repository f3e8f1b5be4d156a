// An output of a command, written as a whole at its end.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "backends/fd.hpp"
#include "tools/files/output_place.hpp"

namespace ipcmark {

// Opened before anything is measured, so that an output that cannot be written is known at once.
// A file is replaced by a new one of the same mode and owner, so that it appears whole or not at
// all, and is on the disk before it does. Where that cannot be (a file that is mounted, a directory
// in which nothing can be made or which keeps the files of others, an access control list) it is
// written over. What a link names is written, not the link. Streams are written as they are.
class OutputFile {
 public:
  // Makes no file yet. A FIFO without a reader is waited for, with a word on stderr, until there is
  // one or `stop` is raised (null: for ever). The error is one sentence that says what to change.
  static tl::expected<OutputFile, std::string> open(const std::string& path,
                                                    const std::atomic<int>* stop = nullptr);
  OutputFile(OutputFile&&) noexcept = default;
  OutputFile& operator=(OutputFile&&) = delete;

  // Once. What was there is as before when this fails, but where a file is written over.
  tl::expected<void, std::string> commit(std::string_view content);
  // For what cannot be had again: what cannot be written is saved elsewhere, and the sentence,
  // still an error, says where (save_elsewhere.hpp).
  tl::expected<void, std::string> commit_measured(std::string_view content);

  const std::string& path() const { return place_.named; }
  // A descriptor, a device or a FIFO: no place for a journal beside it.
  bool is_stream() const { return place_.is_stream(); }

 private:
  OutputFile(OutputPlace place, Fd stream, bool written_over)
      : place_(std::move(place)), stream_(std::move(stream)), written_over_(written_over) {}
  int write(std::string_view content);

  OutputPlace place_;
  Fd stream_;          // of a stream alone
  bool written_over_;  // a file that cannot be replaced
};

// Opens the one that an option names; without a name there is none, and nothing is wrong.
tl::expected<void, std::string> open_output(const std::string& path,
                                            std::optional<OutputFile>& file,
                                            const std::atomic<int>* stop = nullptr);

}  // namespace ipcmark
