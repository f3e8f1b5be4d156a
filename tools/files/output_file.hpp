// A file that appears whole or not at all.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace ipcmark {

// Opened before anything is measured, so that an output that cannot be written is known at once;
// commit() writes a temporary file in the same directory and renames it over the target.
class OutputFile {
 public:
  // The error is one sentence that says what to change. Creates no file at `path` yet.
  static tl::expected<OutputFile, std::string> open(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  OutputFile(const OutputFile&) = delete;
  ~OutputFile();  // removes the temporary file when commit() was not reached

  tl::expected<void, std::string> commit(std::string_view content);
  const std::string& path() const { return path_; }
  // A device or pipe, written to as it is: no rename, and no place for a journal beside it.
  bool in_place() const { return temporary_.empty(); }

 private:
  OutputFile(std::string path, std::string temporary, int fd);
  std::string path_;
  std::string temporary_;
  int fd_ = -1;
};

}  // namespace ipcmark
