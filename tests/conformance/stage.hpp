// One conformance case's world: channels in the parent, sides in forked processes of their own.
//
// The parent stands where the coordinator stands: it creates channels, forks one process a side,
// seals, waits with a limit, and raises peer_died when a side was killed. A side that finds
// something wrong throws Broken; its text comes back to the parent and fails the case.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "backends/registry.hpp"
#include "tests/conformance/test_names.hpp"

namespace ipcmark::conformance {

// Thrown in a side: this backend broke its contract.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// Thrown in the parent: the case does not apply here.
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void require(bool condition, const std::string& what);
// Fails with the error's own sentence.
void require_ok(const Status& status, const std::string& what);
template <class T>
T take(Result<T> result, const std::string& what) {
  if (!result) throw Broken(what + ": " + explain(result.error()));
  return std::move(*result);
}
// What a result is, for messages: "success" or the error's sentence.
std::string outcome(const Status& status);
template <class T>
std::string outcome(const Result<T>& result) {
  return result ? std::string("success") : explain(result.error());
}
template <class R>
void require_error(const R& result, Errc code, const std::string& what) {
  if (!result && result.error().code == code) return;
  throw Broken(what + ": expected " + to_string(code) + ", got " + outcome(result));
}

// Memory that all sides and the parent share.
struct SharedPage {
  std::atomic<std::uint32_t> peer_died{0};
  std::atomic<std::uint32_t> opened{0};
  std::atomic<std::uint32_t> latches[8]{};
  std::atomic<std::uint64_t> counts[16]{};
  std::atomic<std::uint8_t> marks[1U << 16U]{};
};
// Sleeps until page.gates[gate] is at least `value`.
void await_latch(SharedPage& page, unsigned latch, std::uint32_t value = 1);
void open_latch(SharedPage& page, unsigned latch);
void sleep_ms(unsigned ms);
// SIGALRM every 500 us until the process ends, without SA_RESTART.
void begin_storm();

// Which channels a side holds an end of, by number, and with which OpenContext::index.
struct Ends {
  std::vector<std::size_t> sends{};
  std::vector<std::size_t> receives{};
  std::uint32_t index = 0;
};

class Side {
 public:
  Sender& sender(std::size_t channel = 0) const;
  Receiver& receiver(std::size_t channel = 0) const;
  const OpenContext& context() const { return context_; }
  SharedPage& page() const { return *page_; }
  std::uint32_t index() const { return context_.index; }
  // Destroys the end without close(), as a worker that just leaves.
  void drop_sender(std::size_t channel = 0) { senders_.at(channel).reset(); }
  void drop_receiver(std::size_t channel = 0) { receivers_.at(channel).reset(); }

 private:
  friend class Stage;
  SharedPage* page_ = nullptr;
  OpenContext context_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
};

class Stage {
 public:
  explicit Stage(const BackendEntry& backend);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const BackendEntry& backend() const { return backend_; }
  Capabilities capabilities(const ChannelSpec& spec) const { return backend_.capabilities(spec); }
  SharedPage& page() const { return *page_; }
  TestNames& names() { return names_; }

  // Creates a channel and returns its number. Throws Skipped when the backend refuses the spec or
  // cannot do it here and now; a failing create() after that is a failure.
  std::size_t channel(const ChannelSpec& spec);
  const Channel& channel_object(std::size_t number) const { return *channels_.at(number); }
  // A process to come. All sides open their ends, in the order of the channels' numbers, and wait
  // at the barrier before any body starts. After it the ends are destroyed and their descriptors
  // must be gone.
  void side(std::string role, Ends ends, std::function<void(Side&)> body);
  void start();  // forks every side, then seals every channel
  // Parent's await_latch: Broken when a side ends or the limit passes first.
  void await(unsigned latch, std::uint32_t value = 1);
  void kill_side(const std::string& role);  // SIGKILL, reaped; not a failure
  void raise_peer_died() { page_->peer_died.store(1); }
  void finish();  // joins; adds a test failure for each broken side
  void run() {
    start();
    finish();
  }
  void end_channels() { channels_.clear(); }  // the coordinator's tear-down

 private:
  struct Process {
    std::string role;
    Ends ends;
    std::function<void(Side&)> body;
    pid_t pid = -1;
    int text = -1;  // memfd with what went wrong
    bool killed = false;
  };
  [[noreturn]] void live(const Process& process);
  // Returns how many descriptors this process would have without any end.
  std::size_t open_ends(const Process& process, Side& side);
  void reap(Process& process, bool hung, bool blamed);

  const BackendEntry& backend_;
  TestNames names_;
  SharedPage* page_ = nullptr;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<Process> processes_;
  bool started_ = false;
};

// The limit for a side, in seconds: 20, or IPCMARK_CONFORMANCE_LIMIT_S.
unsigned side_limit_s();

// Whether the backend declares that wait.
inline bool waits_by(const Capabilities& can, Wait wait) {
  if (wait == Wait::block) return can.block;
  return wait == Wait::spin ? can.spin : can.hybrid;
}

// A spec with everything but the size at its default.
inline ChannelSpec spec_of(std::uint64_t largest_message) {
  ChannelSpec spec;
  spec.largest_message = largest_message;
  return spec;
}

// `size`, or the most this backend carries when that is less.
std::size_t fitting(Stage& stage, std::size_t size);
// The spec with `depth` where the machine grants it, else with the backend's own default.
ChannelSpec with_depth(Stage& stage, ChannelSpec spec, std::uint32_t depth);

struct Case {
  const char* name;
  void (*run)(Stage&);
  // Has more messages under way than any queue must hold, and expects all: not for a mechanism that
  // may lose messages (Capabilities::lossy), which has cases of its own.
  bool expects_all = false;
};
// Each file of cases gives its list.
std::vector<Case> transfer_cases();
std::vector<Case> flow_cases();
std::vector<Case> closing_cases();
std::vector<Case> death_cases();
std::vector<Case> sharing_cases();
std::vector<Case> topic_cases();
std::vector<Case> broadcast_cases();
std::vector<Case> interrupt_cases();
std::vector<Case> zero_copy_cases();
std::vector<Case> lossy_cases();  // for backends that may lose messages
std::vector<Case> capability_cases();
std::vector<Case> one_worker_cases();  // for backends whose ends must be in one worker

}  // namespace ipcmark::conformance
