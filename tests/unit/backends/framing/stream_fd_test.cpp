// What the kernel refuses a stream is a refusal, and no failure of the mechanism.
#include "backends/framing/stream_fd.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <cerrno>

namespace ipcmark {
namespace {

// A file that the kernel lets nobody write to: EPERM, as from a socket behind a packet filter.
Fd sealed_file() {
  Fd file(::memfd_create("ipcmark-test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::fcntl(file.get(), F_ADD_SEALS, F_SEAL_WRITE), 0);
  return file;
}

TEST(StreamFd, AWriteThatIsRefusedIsARefusal) {
  std::array<char, 8> bytes{};
  const iovec part{bytes.data(), bytes.size()};
  for (const Deadline deadline : {Deadline::never(), Deadline::immediate()}) {
    StreamFd stream(sealed_file(), StreamFd::Kind::pipe);
    const auto written = stream.write(&part, 1, deadline);
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, Errc::refused);
    EXPECT_EQ(written.error().sys_errno, EPERM);
  }
}

TEST(StreamFd, WhatIsNoRefusalStaysAFailure) {
  std::array<char, 8> bytes{};
  const iovec part{bytes.data(), bytes.size()};
  StreamFd stream(Fd(::open("/dev/null", O_WRONLY | O_CLOEXEC)), StreamFd::Kind::pipe);
  const auto read = stream.read(&part, 1, Deadline::never());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::system);
  EXPECT_EQ(read.error().sys_errno, EBADF);
}

}  // namespace
}  // namespace ipcmark
