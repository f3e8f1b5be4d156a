// What a peer is given of a memfd it can fill with anything, but not cut off: that would be a
// SIGBUS for whoever has it mapped.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <string>

#include "backends/kernel/mapping.hpp"
#include "backends/registry.hpp"
#include "tests/threads/test_names.hpp"

namespace ipcmark {
namespace {

bool is_memfd(const Fd& fd) {
  std::array<char, 256> target{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd.get());
  return ::readlink(link.c_str(), target.data(), target.size() - 1) > 0 &&
         std::string(target.data()).starts_with("/memfd:");
}

void expect_refused(const Fd& fd, off_t size) {
  EXPECT_EQ(::ftruncate(fd.get(), size), -1) << size;
  EXPECT_EQ(errno, EPERM) << size;
}

// How many memfds the address has; none may change its size.
unsigned expect_sealed(const Address& address, const std::string& name) {
  unsigned found = 0;
  for (const Fd& fd : address.descriptors) {
    if (!is_memfd(fd)) continue;
    ++found;
    SCOPED_TRACE(name);
    for (const off_t size : {off_t{0}, off_t{1}, off_t{1} << 30U}) expect_refused(fd, size);
    EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, 0), -1) << name << ": the seals can be added to";
  }
  return found;
}

bool possible(const std::string& unsupported_reason, const char* compiled_out) {
  return unsupported_reason.empty() && std::string(compiled_out).empty();
}

TEST(SealedMemory, CannotBeCutOffByAPeer) {
  const Fd memory = create_anonymous_memory(3 * page_bytes()).value();
  expect_refused(memory, 0);
  expect_refused(memory, static_cast<off_t>(2 * page_bytes()));
  expect_refused(memory, static_cast<off_t>(4 * page_bytes()));
}

TEST(SealedMemory, OfEveryBackend) {
  TestNames names;
  unsigned found = 0;
  for (const BackendEntry& entry : built_in_registry().backends) {
    const ChannelSpec spec;
    // Both ends of `null` are in one process: there is no peer.
    if (entry.create == nullptr || std::string(entry.name) == "null") continue;
    if (!possible(entry.probe == nullptr ? "" : entry.probe(spec), entry.compiled_out)) continue;
    const auto channel = entry.create(spec, 1, names);
    ASSERT_TRUE(channel) << entry.name << ": " << explain(channel.error());
    found += expect_sealed((*channel)->address(), entry.name);
  }
  EXPECT_GT(found, 0U);
}

TEST(SealedMemory, OfEveryLock) {
  TestNames names;
  unsigned found = 0;
  for (const LockEntry& entry : built_in_registry().locks) {
    if (entry.create == nullptr) continue;
    if (!possible(entry.probe == nullptr ? "" : entry.probe(), entry.compiled_out)) continue;
    const auto lock = entry.create(names);
    ASSERT_TRUE(lock) << entry.name << ": " << explain(lock.error());
    found += expect_sealed((*lock)->address(), entry.name);
  }
  EXPECT_GT(found, 0U);
}

TEST(SealedMemory, OfEveryNotifier) {
  TestNames names;
  unsigned found = 0;
  for (const NotifierEntry& entry : built_in_registry().notifiers) {
    if (entry.create == nullptr) continue;
    if (!possible(entry.probe == nullptr ? "" : entry.probe(), entry.compiled_out)) continue;
    const auto notifier = entry.create(names);
    ASSERT_TRUE(notifier) << entry.name << ": " << explain(notifier.error());
    found += expect_sealed((*notifier)->address(), entry.name);
  }
  EXPECT_GT(found, 0U);
}

}  // namespace
}  // namespace ipcmark
