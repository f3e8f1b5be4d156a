// Buffers of a machine whose defaults and limits are smaller than Linux's own.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "backends/framing/buffer_size.hpp"
#include "backends/framing/packet_format.hpp"
#include "backends/registry.hpp"

namespace ipcmark {
namespace {

// As where net.core.wmem_default is smaller than a packet.
TEST(PacketNeed, AHeldPacketFitsIntoTheBufferWhateverTheDefault) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const Fd sending{ends[0]};
  const Fd receiving{ends[1]};
  const int small = 2048;
  ASSERT_EQ(::setsockopt(sending.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
  const std::vector<std::byte> packet(packet_bytes);
  ASSERT_LT(::send(sending.get(), packet.data(), packet.size(), MSG_DONTWAIT), 0);
  const BufferNeed need = packet_need("unix_seqpacket", 0, packet_bytes - 1, 1, packet_bytes);
  const auto granted = size_socket(sending.get(), need);
  ASSERT_TRUE(granted) << explain(granted.error());
  EXPECT_EQ(::send(sending.get(), packet.data(), packet.size(), MSG_DONTWAIT),
            static_cast<ssize_t>(packet.size()));
}

TEST(PacketNeed, NamesBothLimitsWhereNoDepthIsAskedFor) {
  const std::uint64_t beyond = std::uint64_t{1} << 40U;
  const std::string why = socket_unsupported(packet_need("unix_dgram", 0, 64, 1, beyond));
  EXPECT_NE(why.find("net.core.wmem_default"), std::string::npos) << why;
  EXPECT_NE(why.find("net.core.wmem_max"), std::string::npos) << why;
  EXPECT_EQ(why.find("--depth"), std::string::npos) << why;
}

TEST(PacketNeed, OfLittleIsWhatLinuxGivesByDefault) {
  EXPECT_EQ(socket_unsupported(packet_need("unix_dgram", 0, 64, 1, packet_bytes)), "");
}

// A child's part: from now on a user without privileges, whose pipes have used up what
// fs.pipe-user-pages-soft gives. 0, or 200 and above where that cannot be.
int use_up_pipes(std::vector<Fd>& open) {
  const rlimit many{4096, 4096};
  if (::setrlimit(RLIMIT_NOFILE, &many) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) {
    return 200;
  }
  for (unsigned i = 0; i < 1500; ++i) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return 201;
    open.emplace_back(ends[0]);
    open.emplace_back(ends[1]);
  }
  return 0;
}

// The exit code of a child that does it; 200 and above: there is nothing to see here.
int in_a_child(int (*part)()) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(part());
  int status = 0;
  if (::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return 1;
  return WEXITSTATUS(status);
}

int size_a_pipe_too_many() {
  std::vector<Fd> open;
  if (const int code = use_up_pipes(open); code != 0) return code;
  const BufferNeed need{"pipe", 16, 65'536, std::uint64_t{1} << 20U, 0};
  const auto sized = size_pipe(open.back().get(), need);
  if (sized || sized.error().sys_errno != EPERM) return 202;
  const std::string why = explain(sized.error());
  const bool true_reason = why.find("fs.pipe-user-pages-soft") != std::string::npos &&
                           why.find("pipe-max-size") == std::string::npos;
  return true_reason && sized.error().code == Errc::limit ? 0 : 1;
}

TEST(SizePipe, NamesTheLimitOfAUsersPagesWhereThatIsTheReason) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become a user without pipes";
  const int code = in_a_child(size_a_pipe_too_many);
  if (code >= 200) GTEST_SKIP() << "no such limit here: " << code;
  EXPECT_EQ(code, 0);
}

class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "claim"); }
  void released(const std::string&) override {}
};

// How many mechanisms over a pipe do not say that it is smaller than by default.
int make_small_pipes() {
  std::vector<Fd> open;
  if (const int code = use_up_pipes(open); code != 0) return code;
  int silent = 0;
  NoNames names;
  const Registry registry = built_in_registry();
  for (const char* name : {"pipe", "vmsplice", "io_uring_pipe"}) {
    ChannelSpec spec;
    spec.largest_message = 64;
    const auto channel = registry.backend(name)->create(spec, 1, names);
    if (!channel) return 202;
    const Granted granted = (*channel)->granted();
    if (granted.values.at("buffer_bytes") >= 65'536) return 203;
    silent += granted.note.find("smaller than by default") == std::string::npos ? 1 : 0;
  }
  return silent;
}

TEST(SizePipe, EveryMechanismOverAPipeSaysThatItIsSmallerThanByDefault) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become a user without pipes";
  const int code = in_a_child(make_small_pipes);
  if (code >= 200) GTEST_SKIP() << "no such limit here: " << code;
  EXPECT_EQ(code, 0);
}

}  // namespace
}  // namespace ipcmark
