// Text that does not fit into memory, until it is wanted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "backends/fd.hpp"

namespace ipcmark {

// A file without a name that parts of text are kept in until they are wanted. It is gone with the
// process, however that ends.
class KeptText {
 public:
  // In that directory, on whose file system there must be room.
  static tl::expected<KeptText, int> make(const std::string& directory);  // the error is an errno
  struct Part {
    std::size_t begin = 0, size = 0;
  };
  Part keep(std::string_view text);  // what cannot be kept shows in read()
  // The error is an errno.
  tl::expected<std::string, int> read(Part part);

 private:
  explicit KeptText(Fd file) : file_(std::move(file)) {}
  void flush();

  Fd file_;
  std::size_t written_ = 0;  // bytes in the file
  std::string buffer_;       // what follows them
  int error_ = 0;            // errno of the first write that failed
};

}  // namespace ipcmark
