// What a peer does between two looks of a reader, which threads meet only by chance: the reader's
// own mapping of the control block cannot be read, so that each look is a signal. Its handler does
// the harm through another mapping, and lets that one instruction through.
#include <gtest/gtest.h>

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // which handles signals later
#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "backends/error.hpp"
#include "backends/shared_memory/ring_layout.hpp"
#include "backends/shared_memory/ring_memory.hpp"
#include "backends/transport.hpp"
#include "results/splitmix.hpp"
#include "tests/threads/test_names.hpp"

namespace ipcmark {

BackendEntry shm_ring_entry();

namespace {

constexpr std::uint64_t piece = ring::stream_distance;  // what the receiver copies first
constexpr std::uint64_t length = piece + 64;
constexpr std::byte untouched{0x5A};
constexpr greg_t trap_flag = 0x100;

// All that the handlers look at.
struct Watch {
  std::byte* control = nullptr;  // the reader's
  ring::Control* peer = nullptr;
  std::uint64_t begin = 0;  // of the payload
  const volatile std::byte* last_of_piece = nullptr;
  std::uint64_t random = 0;
};
Watch watch;

void protect(int protection) { ::mprotect(watch.control, ring::control_bytes(), protection); }

// The fill mark stands behind the first piece; once that is copied, behind all or before all of it.
void on_look(int signal, siginfo_t* info, void* context) {
  const auto* address = static_cast<std::byte*>(info->si_addr);
  if (address < watch.control || address >= watch.control + ring::control_bytes()) {
    ::signal(signal, SIG_DFL);  // a crash, when the instruction is tried again
    return;
  }
  const bool copied = *watch.last_of_piece != untouched;
  const bool all = copied && next_random(watch.random) % 2 == 0;
  watch.peer->filled.store(watch.begin + (all ? length : copied ? 0 : piece));
  protect(PROT_READ | PROT_WRITE);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] |= trap_flag;
}

void after_look(int /*signal*/, siginfo_t* /*info*/, void* context) {
  protect(PROT_NONE);
  static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_EFL] &= ~trap_flag;
}

// Where this process shares memory.
std::set<std::uintptr_t> shared_mappings() {
  std::set<std::uintptr_t> found;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(" rw-s ") != std::string::npos) found.insert(std::stoull(line, nullptr, 16));
  }
  return found;
}

void receive_one(std::uint64_t seed) {
  const BackendEntry entry = shm_ring_entry();
  TestNames names;
  ChannelSpec spec;
  spec.largest_message = length;
  spec.wait = Wait::spin;
  std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  context.peer_died = &peer_died;
  const auto channel = entry.create(spec, 1, names).value();
  const auto sender = entry.open_sender(channel->address(), context).value();
  const auto peer = ring::map_memory(channel->address()).value();
  const auto before = shared_mappings();
  const auto receiver = entry.open_receiver(channel->address(), context).value();
  std::uintptr_t control = 0;
  for (const auto each : shared_mappings()) {
    if (control == 0 && !before.contains(each)) control = each;
  }
  ASSERT_NE(control, 0U);
  std::vector<std::byte> buffer(length, untouched);
  ring::header_at(peer.view.data, 0)
      .store(ring::present | ring::streamed | ring::line_aligned | length);
  watch = {reinterpret_cast<std::byte*>(control), peer.view.control, ring::payload_offset(0, true),
           &buffer[piece - 1], seed};
  protect(PROT_NONE);
  const auto size = receiver->receive(buffer, Deadline::never());
  protect(PROT_READ | PROT_WRITE);
  ASSERT_TRUE(size) << explain(size.error());
  ASSERT_EQ(*size, length);
  ASSERT_EQ(std::count(buffer.begin(), buffer.end(), untouched), 0);
}

TEST(WatchedReader, LooksAtTheFillMarkOnce) {
  struct sigaction look {};
  look.sa_sigaction = on_look;
  look.sa_flags = SA_SIGINFO;
  struct sigaction after = look;
  after.sa_sigaction = after_look;
  struct sigaction before[2] = {};
  ASSERT_EQ(::sigaction(SIGSEGV, &look, &before[0]), 0);
  ASSERT_EQ(::sigaction(SIGTRAP, &after, &before[1]), 0);
  for (std::uint64_t seed = 1; seed <= 16; ++seed) ASSERT_NO_FATAL_FAILURE(receive_one(seed));
  ::sigaction(SIGSEGV, &before[0], nullptr);
  ::sigaction(SIGTRAP, &before[1], nullptr);
}

}  // namespace
}  // namespace ipcmark
#endif
