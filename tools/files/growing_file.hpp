// An output written bit by bit, so that an interrupted run leaves what it has.
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "backends/fd.hpp"
#include "tools/files/output_place.hpp"

namespace ipcmark {

class GrowingFile {
 public:
  // What is there stays until the first append(); a file that is made, and never appended to, is
  // removed again. Streams as in output_stream.hpp. The error is one sentence.
  static tl::expected<GrowingFile, std::string> open(const std::string& path,
                                                     const std::atomic<int>* stop = nullptr);
  GrowingFile(GrowingFile&&) noexcept;
  GrowingFile& operator=(GrowingFile&&) = delete;
  ~GrowingFile();

  // False: it could not be written.
  bool append(std::string_view text);
  bool begun() const { return begun_; }
  bool is_stream() const { return place_.is_stream(); }

 private:
  GrowingFile(OutputPlace place, Fd file) : place_(std::move(place)), file_(std::move(file)) {}
  OutputPlace place_;
  Fd file_;
  bool begun_ = false;
};

}  // namespace ipcmark
