// Where descriptors run out: in the coordinator that hands addresses over, or before a channel.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "backends/registry.hpp"
#include "scenarios/link/control_link.hpp"
#include "scenarios/link/handover.hpp"

namespace ipcmark {
namespace {

// Objects that lose their name as they are made.
class PassingNames : public Names {
 public:
  Result<std::string> claim(ObjectKind kind) override {
    const std::string name =
        "ipcmark-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count_);
    return kind == ObjectKind::file ? testing::TempDir() + name : name;
  }
  void released(const std::string&) override {}

 private:
  unsigned count_ = 0;
};

// No more than are open now.
class NoMoreDescriptors {
 public:
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

// Where the copy of an address could not be had, whoever opens it says of which backend it is.
TEST(Descriptors, ThatAreNotInAnAddressAreRefusedByTheNameOfItsBackend) {
  const Registry registry = built_in_registry();
  const std::atomic<std::uint32_t> nobody_died{0};
  OpenContext context;
  context.peer_died = &nobody_died;
  for (const char* name :
       {"pipe", "unix_stream", "unix_seqpacket", "memfd_pass", "mpmc_ring", "udp"}) {
    PassingNames names;
    const BackendEntry* backend = registry.backend(name);
    const auto channel = backend->create({}, 1, names);
    ASSERT_TRUE(channel) << name << ": " << explain(channel.error());
    const bool several = (*channel)->address().descriptors.size() > 1;
    const auto without = [&](std::size_t which) {
      Address address = (*channel)->address();
      if (several) {
        address.descriptors[which].reset();
      } else {
        address.descriptors.clear();
      }
      return address;
    };
    const auto sender = backend->open_sender(without(1), context);
    ASSERT_FALSE(sender) << name;
    EXPECT_EQ(sender.error().code, Errc::invalid) << name;
    EXPECT_THAT(sender.error().operation, testing::HasSubstr(name));
    const auto receiver = backend->open_receiver(without(0), context);
    ASSERT_FALSE(receiver) << name;
    EXPECT_EQ(receiver.error().code, Errc::invalid) << name;
    EXPECT_THAT(receiver.error().operation, testing::HasSubstr(name));
  }
}

TEST(Descriptors, ThatCannotBeHadAreTheReasonThatIsGiven) {
  auto ends = ControlLink::make_pair();
  ASSERT_TRUE(ends);
  const Registry registry = built_in_registry();
  for (const char* name : {"shm_ring", "mmap_file", "shm_mutex", "mpmc_ring", "pipe"}) {
    PassingNames names;
    const auto channel = registry.backend(name)->create({}, 1, names);
    ASSERT_TRUE(channel) << name << ": " << explain(channel.error());
    Status sent;
    {
      const NoMoreDescriptors none;
      sent = ends->first.send(address_message(MessageType::sender, 0, 0, (*channel)->address()),
                              Deadline::after(1'000'000'000));
    }
    ASSERT_FALSE(sent) << name;
    EXPECT_EQ(sent.error().code, Errc::refused) << name;
    EXPECT_EQ(sent.error().sys_errno, EMFILE) << name << ": " << explain(sent.error());
  }
}

// What else a machine may refuse is not to blame, and its way out leads nowhere.
TEST(Descriptors, ThatAreMissingBlameNothingElse) {
  const Registry registry = built_in_registry();
  for (const char* name : {"udp", "tcp", "io_uring_pipe", "io_uring_unix"}) {
    const BackendEntry& entry = *registry.backend(name);
    if (*entry.compiled_out != '\0' || !entry.probe({}).empty()) continue;
    std::string why;
    {
      const NoMoreDescriptors none;
      why = entry.probe({});
    }
    if (why.empty()) continue;  // it needs none yet
    EXPECT_THAT(why, testing::EndsWith("Too many open files; raise ulimit -n")) << name;
  }
}

}  // namespace
}  // namespace ipcmark
