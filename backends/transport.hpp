// Messages between processes: the interface every backend implements.
//
// A channel is one-way and carries messages: what is sent whole arrives whole, or not at all. The
// Channel owns the kernel objects and lives in the coordinator. Workers open a Sender or a Receiver
// from its Address. Handing over means: the coordinator passes the Address (descriptors by
// SCM_RIGHTS), then calls seal(), which closes its own copies; otherwise end of file and EPIPE
// would never come.
//
// Threads: one thread at a time per endpoint; different endpoints are independent. Nothing here
// throws for what the machine or a peer can cause.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "backends/names.hpp"
#include "results/model/capabilities.hpp"
#include "results/model/spec.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// What a channel must be able to do. Queues are sized from it.
struct ChannelSpec {
  std::uint64_t largest_message = 64;  // bytes; a longer send is refused with too_large
  std::uint32_t depth = 0;             // messages it shall hold; 0: the backend's own default
  std::uint32_t senders = 1;           // how many senders will be opened, exactly
  std::uint32_t receivers = 1;
  std::uint32_t batch = 1;  // messages a sender may gather before flush()
  Wait wait = Wait::block;
  Wake wake = Wake::futex;
  HugePages huge_pages = HugePages::off;  // of the memory that the ends share
  // Not 0: publish and subscribe. The byte at this place of each message is its topic (0 to 254),
  // and the message reaches every receiver that subscribed to it, and no other. The first send
  // waits until every receiver has begun to receive.
  std::uint32_t topic_at = 0;
};

// Where endpoints are opened from. Owns duplicates of the descriptors; may be moved between
// processes by the control link. `name` is the backend's own business (a path, a queue's name, or
// empty).
struct Address {
  std::uint64_t id = 0;  // the channel's id within its run; what messages carry
  std::string backend;
  std::string name;
  std::vector<Fd> descriptors;
  ChannelSpec spec;
  Address clone() const;  // dup()s every descriptor (FD_CLOEXEC); in transport.cpp
};

// Given to endpoints when they are opened; outlives them.
struct OpenContext {
  // Not zero: a peer of this trial has died unexpectedly. Waits that no kernel object would end
  // look at it at least every 100 ms and return peer_died. Never null.
  const std::atomic<std::uint32_t>* peer_died = nullptr;
  std::uint32_t index = 0;  // which of the channel's senders (or receivers) this is, from 0
  Deadline deadline = Deadline::never();  // for the open itself (FIFO rendezvous, connect)
  // Set by a wait set that slept between two looks, because nothing would have ended its wait: what
  // is measured then is that sleep. Null: nobody asks.
  bool* polled = nullptr;
};

class Sender {
 public:
  virtual ~Sender() = default;  // closes without an end frame if close() was not called
  // Sends one whole message. too_large: nothing was sent. would_block and timeout: nothing was
  // sent; the call may be repeated. peer_died: no receiver is left. An implementation that had put
  // part of a message in when the deadline came answers success, keeps the rest, and completes it
  // at the next send(), flush() or close(), before anything else; so what arrives is always whole.
  // Who sends with a deadline and then sends no more calls flush().
  virtual Status send(std::span<const std::byte> message, Deadline deadline) = 0;
  // Publishes what was gathered (only backends that declare `batches` gather) and completes what a
  // deadline cut.
  virtual Status flush(Deadline) { return {}; }
  // Zero copy: a writable place for a message of `size` bytes inside the channel. As many at a time
  // as Capabilities::loans says, which the channel has room for once its receivers have released
  // everything; one more is invalid, and so is send() meanwhile. Beside other senders the next
  // place may be one that this one has on loan already: would_block, whatever the deadline, for
  // only its own publish() or abandon() makes room.
  virtual Result<std::span<std::byte>> loan(std::size_t, Deadline) {
    return fail(Errc::unsupported, "loan");
  }
  // Sends the oldest loan, of which `size` bytes are the message; no more than were loaned. So
  // messages arrive in the order of their loans.
  virtual Status publish(std::size_t) { return fail(Errc::unsupported, "publish"); }
  virtual void abandon() {}  // gives all loans back unsent, as close() does
  // Flushes, sends the end frame where the mechanism has no end of file, closes. Idempotent. After
  // it the receiver can still drain everything.
  virtual Status close(Deadline deadline) = 0;
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  // Receives one whole message into `buffer` and returns its size (0 is a message too). A message
  // larger than the buffer: too_large, and it stays. closed: every sender has closed, all drained.
  virtual Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) = 0;
  // Zero copy: the next message where it lies; valid until its release(). As many at a time as
  // Capabilities::borrows says; one more is invalid, and so is receive() meanwhile.
  virtual Result<std::span<const std::byte>> borrow(Deadline) {
    return fail(Errc::unsupported, "borrow");
  }
  virtual void release() {}  // the oldest; without any, nothing happens
  // Of a channel with topics, before the first receive() or ready(): messages of that topic shall
  // come here. Each topic once.
  virtual Status subscribe(std::uint8_t) { return fail(Errc::unsupported, "subscribe"); }
  // For wait sets. True when receive(immediate) would return at once (messages read ahead count).
  virtual bool ready() = 0;
  // A descriptor that becomes readable when a message may have come; -1: none. Of who must announce
  // its waits it does so only while one is announced.
  virtual int descriptor() const { return -1; }
  // A shared futex word that changes when a message may have come; null: none.
  virtual std::atomic<std::uint32_t>* futex_word() { return nullptr; }
  // Called around a sleep on futex_word(), or on descriptor() of who must, so that senders know to
  // wake; between the first call and the sleep the caller looks once more.
  virtual void announce_wait(bool) {}
  virtual bool must_announce() { return futex_word() != nullptr; }
};

class Channel {
 public:
  virtual ~Channel() = default;  // removes names and objects
  virtual Address address() const = 0;
  virtual Granted granted() const = 0;
  // After hand-over: closes the coordinator's own descriptors. Names stay until the destructor.
  virtual void seal() {}
  // Asked once nothing moves any more, while those who wait still live: why no end of the channel
  // can go on, where the object tells; empty: it does not. Waits for nothing.
  virtual std::string obstruction() const { return {}; }
};

struct ForeignMechanism;  // foreign_mechanism.hpp

// One row of the table: a mechanism. A backend is one .cpp with one entry function.
struct BackendEntry {
  const char* name;     // "unix_stream"
  const char* summary;  // one line for `ipcmark list`
  MechanismGroup group = MechanismGroup::library;
  const char* compiled_out = "";  // not empty: why this build lacks it; the functions are then null
  // For who chooses: what no figure shows of it, in one or two sentences; whether it reaches other
  // machines; a short program to start with, by its file's name in tools/snippets (empty: none).
  const char* note = "";
  bool network = false;
  const char* snippet = "";
  // Whether suites run it that ask for the basic mechanisms alone, as quick does.
  bool basic = true;
  // Not empty: why a process cannot open one channel after the other for as long as it likes, as a
  // noun phrase ("needs …").
  const char* opened_once = "";
  // Limits of the machine that bound it and not every mechanism: how their facts' names begin
  // (scenarios/machine/facts_limits.cpp), in one text with spaces between them.
  const char* limits = "";
  std::function<Capabilities(const ChannelSpec&)> capabilities = nullptr;
  // Whether it is possible here and now: empty when it is, else one sentence that says what to
  // change ("posix_mq: depth 64 exceeds fs.mqueue.msg_max (10); lower --depth or raise the
  // sysctl"). Looks, creates nothing.
  std::string (*probe)(const ChannelSpec&) = nullptr;
  // Creates the kernel objects. Fails with a clean-up done. `id` goes into the Address.
  Result<std::unique_ptr<Channel>> (*create)(const ChannelSpec&, std::uint64_t id,
                                             Names&) = nullptr;
  // Take over the Address. Called in the worker (or in a test's thread).
  Result<std::unique_ptr<Sender>> (*open_sender)(Address, const OpenContext&) = nullptr;
  Result<std::unique_ptr<Receiver>> (*open_receiver)(Address, const OpenContext&) = nullptr;
  // Set: a program of another language measures it (--runner); the functions below `probe` are
  // null then.
  std::shared_ptr<const ForeignMechanism> foreign = nullptr;
};

}  // namespace ipcmark
