#include "backends/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>
#include <type_traits>

namespace ipcmark {
namespace {

TEST(Error, IsAPlainValue) { EXPECT_TRUE(std::is_trivially_copyable_v<Error>); }

TEST(Error, EveryCodeHasItsOwnName) {
  std::set<std::string> names;
  for (int code = 0; code <= static_cast<int>(Errc::refused); ++code) {
    names.insert(to_string(static_cast<Errc>(code)));
  }
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::refused) + 1);
  EXPECT_EQ(names.count("unknown"), 0U);
}

TEST(Error, IsExplainedInOneSentence) {
  EXPECT_EQ(explain({Errc::system, EIO, "mq_open"}), "mq_open: Input/output error");
  EXPECT_EQ(explain({Errc::refused, EMFILE, "mq_open"}),
            "mq_open: Too many open files; raise ulimit -n");
  EXPECT_EQ(explain({Errc::refused, EAGAIN, "timer_create: no signal is left; raise ulimit -i"}),
            "timer_create: no signal is left; raise ulimit -i (Resource temporarily unavailable)");
  EXPECT_EQ(explain({Errc::timeout, 0, "receive"}), "receive: the deadline passed");
  EXPECT_EQ(explain({Errc::closed, 0, ""}), "every sender has closed");
  EXPECT_EQ(explain({Errc::limit, 0, "depth 64 exceeds fs.mqueue.msg_max; lower --depth"}),
            "depth 64 exceeds fs.mqueue.msg_max; lower --depth");
  EXPECT_EQ(explain({Errc::limit, EMFILE, "no more queues for this user"}),
            "no more queues for this user (Too many open files)");
  EXPECT_EQ(explain({Errc::system, 123456, "open"}), "open: unknown error number");
}

TEST(Error, WhatTheMachineRefusesIsNoFailureOfTheMechanism) {
  for (const int number : {ENOSYS, EPERM, EACCES, EROFS, EAFNOSUPPORT, ENETUNREACH, ENOMEM, EMFILE,
                           ENFILE, EFBIG, ENOSPC, EADDRNOTAVAIL}) {
    const Error error = fail(Errc::system, "call", number).value();
    EXPECT_EQ(error.code, Errc::refused) << number;
    EXPECT_TRUE(is_machines(error.code));
    EXPECT_NE(explain(error).find("; "), std::string::npos) << "no way out: " << explain(error);
  }
  for (const int number : {0, EIO, EINVAL, EPIPE, EBADF, EAGAIN, EINTR}) {
    EXPECT_EQ(fail(Errc::system, "call", number).value().code, Errc::system) << number;
  }
  EXPECT_EQ(fail(Errc::peer_died, "call", EPERM).value().code, Errc::peer_died);
}

}  // namespace
}  // namespace ipcmark
