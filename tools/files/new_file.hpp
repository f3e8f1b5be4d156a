// A file that appears under its name only when it is complete.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "backends/fd.hpp"

namespace ipcmark {

// All of it, whatever the descriptor takes at once; also one that does not block. 0, or an errno.
int write_all(int descriptor, std::string_view content);

// Nameless (O_TMPFILE) until it is published, so that a process that is killed leaves nothing of
// it; where the file system cannot do that, under a random name which the destructor removes.
class NewFile {
 public:
  // In `directory`, mode 0644 less the umask. The error is an errno.
  static tl::expected<NewFile, int> make(const std::string& directory);
  NewFile(NewFile&&) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  int descriptor() const { return file_.get(); }
  // All return 0, or an errno.
  int look_like(const struct stat& other);  // its owner, group and mode
  int write(std::string_view content);      // and down to the disk
  int publish(const std::string& path);     // in the same directory; replaces what is there

 private:
  NewFile(Fd file, std::string directory, std::string name)
      : file_(std::move(file)), directory_(std::move(directory)), name_(std::move(name)) {}

  Fd file_;
  std::string directory_;
  std::string name_;  // full path; empty: nameless
};

}  // namespace ipcmark
