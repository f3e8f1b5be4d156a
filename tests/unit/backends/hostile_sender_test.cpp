// What no correct sender can have sent is an error of the receiver's, never a message: of
// mechanisms that take something else than bytes from their peer.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>

#include "backends/registry.hpp"
#include "backends/shared_memory/slot.hpp"

namespace ipcmark {

BackendEntry memfd_pass_entry();
BackendEntry cma_entry();
BackendEntry futex_slot_entry();

namespace {

class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "claim"); }
  void released(const std::string&) override {}
};

// A channel with a receiver, and its address for whoever plays the sender.
class HostileSender : public testing::Test {
 protected:
  void open(const BackendEntry& entry) {
    ChannelSpec spec;
    spec.largest_message = 1000;
    if (const auto why = entry.probe(spec); !why.empty()) GTEST_SKIP() << why;
    auto channel = entry.create(spec, 1, names_);
    ASSERT_TRUE(channel) << explain(channel.error());
    channel_ = std::move(*channel);
    address_ = channel_->address();
    context_.peer_died = &died_;
    auto receiver = entry.open_receiver(channel_->address(), context_);
    ASSERT_TRUE(receiver) << explain(receiver.error());
    receiver_ = std::move(*receiver);
  }
  Errc answer() {
    std::array<std::byte, 1000> buffer{};
    const auto got = receiver_->receive(buffer, Deadline::immediate());
    EXPECT_FALSE(got);
    return got ? Errc::invalid : got.error().code;
  }

  NoNames names_;
  std::atomic<std::uint32_t> died_{0};
  OpenContext context_;
  std::unique_ptr<Channel> channel_;
  Address address_;
  std::unique_ptr<Receiver> receiver_;
};

Fd file_of(std::size_t bytes, int seals) {
  Fd file(::memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  EXPECT_EQ(::ftruncate(file.get(), static_cast<off_t>(bytes)), 0);
  EXPECT_EQ(::fcntl(file.get(), F_ADD_SEALS, seals), 0);
  return file;
}

void pass(int socket, std::uint64_t length, const Fd& file) {
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  iovec part{&length, sizeof length};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (file) {
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = file.get();
    std::memcpy(CMSG_DATA(rights), &number, sizeof number);
  }
  EXPECT_EQ(::sendmsg(socket, &header, 0), static_cast<ssize_t>(sizeof length));
}

TEST_F(HostileSender, PassesAFileThatCanStillBeChangedOrIsNotWhatItSays) {
  constexpr int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  open(memfd_pass_entry());
  if (IsSkipped()) return;
  const int socket = address_.descriptors.at(1).get();
  for (const int seal : {F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE}) {
    pass(socket, 100, file_of(100, all & ~seal));
    EXPECT_EQ(answer(), Errc::corrupt) << "without seal " << seal;
  }
  pass(socket, 100, file_of(99, all));
  EXPECT_EQ(answer(), Errc::corrupt);
  pass(socket, 1001, file_of(1001, all));
  EXPECT_EQ(answer(), Errc::corrupt);
  pass(socket, 100, Fd());
  EXPECT_EQ(answer(), Errc::corrupt);
  pass(socket, 100, Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  EXPECT_EQ(answer(), Errc::corrupt);
}

TEST_F(HostileSender, OffersMemoryThatItHasNot) {
  open(cma_entry());
  if (IsSkipped()) return;
  auto slot = ring::Slot::open(address_.descriptors.at(0), 24);
  ASSERT_TRUE(slot);
  const auto offer = [&](std::uint64_t address, std::uint64_t length, std::int64_t pid) {
    const std::array<std::uint64_t, 3> words{address, length, static_cast<std::uint64_t>(pid)};
    std::memcpy(slot->data(), words.data(), sizeof words);
    slot->control().word.store(ring::slot_full);
  };
  offer(8, 100, ::getpid());
  EXPECT_EQ(answer(), Errc::corrupt);
  offer(reinterpret_cast<std::uintptr_t>(&died_), 1001, ::getpid());
  EXPECT_EQ(answer(), Errc::corrupt);
  offer(reinterpret_cast<std::uintptr_t>(&died_), 4, 0x7FFFFFFF);
  EXPECT_EQ(answer(), Errc::peer_died);
}

TEST_F(HostileSender, StatesALengthThatThereCannotBe) {
  open(futex_slot_entry());
  if (IsSkipped()) return;
  auto slot = ring::Slot::open(address_.descriptors.at(0), 1000);
  ASSERT_TRUE(slot);
  slot->control().length.store(1001);
  slot->control().word.store(ring::slot_full);
  EXPECT_EQ(answer(), Errc::corrupt);
}

}  // namespace
}  // namespace ipcmark
