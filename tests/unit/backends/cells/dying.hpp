// Processes that end on purpose at a chosen step of the shared-memory code, and the ring between
// them and the test.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "backends/cells/cell_layout.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"

namespace ipcmark::dying {

inline constexpr int died = 77;  // the exit code of who died on purpose
inline constexpr std::size_t largest = 100;

// Ends the process at the call of number `left`.
struct Steps {
  static constexpr bool watched = true;
  static inline int left = -1;
  static void at() {
    if (left >= 0 && left-- == 0) ::_exit(died);
  }
};

// A ring of four cells, or as many as asked for, and what its processes tell each other.
class World {
 public:
  struct Page {
    std::atomic<std::uint64_t> sent;      // sends that have returned
    std::atomic<std::uint64_t> received;  // a bit for each message that was received
  };

  // `bytes_for`: how large the object for a spec is.
  World(std::uint32_t senders, std::uint32_t receivers,
        std::uint64_t (*bytes_for)(const ChannelSpec&), std::uint32_t depth = 4)
      : spec_(spec_for(senders, receivers, depth)),
        bytes_(bytes_for(spec_)),
        memory_(create_anonymous_memory(bytes_).value()),
        mapping_(map_object(memory_.get(), bytes_).value()),
        page_(new (::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                          -1, 0)) Page{}) {
    context_.peer_died = &peer_died_;
  }
  ~World() { ::munmap(page_, sizeof(Page)); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  template <class End>
  Result<std::unique_ptr<End>> try_open() const {
    auto end = std::make_unique<End>(map_object(memory_.get(), bytes_).value(),
                                     reopen(memory_).value(), spec_, context_);
    if (Status joined = end->join(); !joined) return tl::make_unexpected(joined.error());
    return end;
  }
  template <class End>
  std::unique_ptr<End> open() const {
    return try_open<End>().value();
  }
  Page& page() const { return *page_; }
  std::byte* memory() const { return mapping_.data(); }
  const ChannelSpec& spec() const { return spec_; }
  std::uint64_t cells() const { return ring::cell_layout_for(spec_).cells; }

 private:
  static ChannelSpec spec_for(std::uint32_t senders, std::uint32_t receivers, std::uint32_t depth) {
    ChannelSpec spec;
    spec.largest_message = largest;
    spec.depth = depth;
    spec.senders = senders;
    spec.receivers = receivers;
    return spec;
  }

  ChannelSpec spec_;
  std::uint64_t bytes_;
  Fd memory_;
  Mapping mapping_;
  Page* page_;
  std::atomic<std::uint32_t> peer_died_{0};
  OpenContext context_;
};

// Runs `body` in a process that ends at step `k`.
inline pid_t start(int k, const std::function<void()>& body) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    Steps::left = k;
    body();
    ::_exit(0);
  }
  return pid;
}
// Waits for it. False: it came to its end before that step.
inline bool has_died(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFEXITED(status) && (WEXITSTATUS(status) == died || WEXITSTATUS(status) == 0))
      << "status " << status;
  return WIFEXITED(status) && WEXITSTATUS(status) == died;
}
inline bool dies_at(int k, const std::function<void()>& body) { return has_died(start(k, body)); }

// Calls `body(k)` for every step until one run comes to its end.
inline void for_every_step(const std::function<bool(int)>& body) {
  int k = 0;
  while (!testing::Test::HasFailure() && body(k)) ++k;
  EXPECT_GT(k, 3) << "there was nothing to die at";
}

inline std::vector<std::byte> message_of(std::uint64_t key) {
  std::vector<std::byte> message(sizeof key + key % 90, static_cast<std::byte>(key * 7));
  std::memcpy(message.data(), &key, sizeof key);
  return message;
}

// Immediate calls until one succeeds: they look for dead ends now and then, too.
template <class Try>
auto retry(Try&& attempt) {
  auto result = attempt();
  for (int i = 0; i < 5000 && !result && result.error().code == Errc::would_block; ++i) {
    result = attempt();
  }
  return result;
}

inline Status send(Sender& sender, std::uint64_t key) {
  return retry([&] { return sender.send(message_of(key), Deadline::immediate()); });
}

// The key of the next message, which must be whole; an error when there is none.
inline Result<std::uint64_t> receive(Receiver& receiver) {
  std::vector<std::byte> buffer(largest);
  const auto size = receiver.receive(buffer, Deadline::immediate());
  if (!size) return tl::make_unexpected(size.error());
  std::uint64_t key = 0;
  std::memcpy(&key, buffer.data(), sizeof key);
  buffer.resize(*size);
  EXPECT_EQ(buffer, message_of(key)) << "a torn message";
  return key;
}

}  // namespace ipcmark::dying
