#include "tests/unit/backends/framing/raw_pipe.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <stdexcept>

namespace ipcmark {

RawPipe::RawPipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  reading = Fd{ends[0]};
  writing = Fd{ends[1]};
}

void put(const Fd& fd, const void* bytes, std::size_t size) {
  ASSERT_EQ(write(fd.get(), bytes, size), static_cast<ssize_t>(size));
}

}  // namespace ipcmark
