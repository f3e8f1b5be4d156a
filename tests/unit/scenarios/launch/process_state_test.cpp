#include "scenarios/launch/process_state.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sstream>

#include "backends/fd.hpp"

namespace ipcmark {
namespace {

// Recorded from a connection over a device that drops packets: inode 4243 waits for an answer.
constexpr const char* table =
    R"(  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:9C40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 10 0
   1: 0100007F:9C40 0100007F:B3A2 01 00000040:00000000 01:0000001A 00000003     0        0 4243 3 0000000000000000 20 4 30 7 7
   2: 0100007F:B3A2 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4244 1 0000000000000000 20 4 30 10 -1
   3: 0100007F:B3A4 0100007F:9C40 01 00010000:00000000 04:00000A10 00000000     0        0 4245 2 0000000000000000 20 4 30 10 -1
)";

bool found(std::set<std::uint64_t> sockets) {
  std::istringstream text(table);
  return retransmits(text, sockets);
}

TEST(Retransmission, IsSeenOfOurSocketsAlone) {
  EXPECT_TRUE(found({4243}));
  EXPECT_TRUE(found({1, 4243, 4244}));
  EXPECT_FALSE(found({}));
  EXPECT_FALSE(found({4242, 4244}));
}

// The other end does not read: its window is shut, and nothing is on its way.
TEST(Retransmission, AShutWindowIsNone) { EXPECT_FALSE(found({4245})); }

TEST(SocketsOf, NamesEachByItsInode) {
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  struct stat about {};
  ASSERT_EQ(::fstat(socket.get(), &about), 0);
  EXPECT_TRUE(sockets_of(::getpid()).contains(about.st_ino));
}

TEST(ProcessState, TellsHowLongAProcessHasRun) {
  const ProcessState before = process_state(::getpid());
  if (before.ran_ns == 0) GTEST_SKIP() << "the kernel does not tell";
  ProcessState after = before;
  while (after.ran_ns <= before.ran_ns) after = process_state(::getpid());
  EXPECT_TRUE(after.may_run());
}

TEST(ProcessState, OnlyASleepThatCanBeInterruptedIsOne) {
  ProcessState process;
  for (const char letter : {'D', 'R', 'T', 't', 'Z', '?'}) {
    process.state = letter;
    EXPECT_FALSE(process.asleep()) << letter;
  }
  process.state = 'S';
  EXPECT_TRUE(process.asleep());
}

}  // namespace
}  // namespace ipcmark
