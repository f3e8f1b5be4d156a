// What a need is bound to, and what is known of mechanisms beside their figures.
#include <algorithm>
#include <array>

#include "results/advice/advice.hpp"
#include "results/console/view.hpp"
#include "results/text/units.hpp"

namespace ipcmark {
namespace {

const std::array<NamedNeed, 6>& needs_table() {
  static const std::array<NamedNeed, 6> table{{
      {{.name = "simple_two_way", .exchange = Exchange::two_way},
       "short messages to and fro between two processes"},
      {{.name = "multiple_producers", .exchange = Exchange::fan_in, .producers = 4},
       "several producers, one consumer"},
      {{.name = "broadcast_data", .exchange = Exchange::fan_out, .receivers = 4},
       "one sender, and every receiver gets all of it"},
      {{.name = "large_data", .exchange = Exchange::stream, .size = std::uint64_t{1} << 20U},
       "much data, one way, in messages of 1 MiB"},
      {{.name = "cross_system", .exchange = Exchange::two_way, .network = true},
       "short messages to and fro, also between machines"},
      {{.name = "simple_flags", .exchange = Exchange::signals},
       "telling another process that something happened, without data"},
  }};
  return table;
}

constexpr const char* shared_memory_words =
    "The message is written where the other process reads it, without a system call; how the two "
    "wait for each other is yours to write, and memory corrupted by one process is corrupted for "
    "both.";

// clang-format off
constexpr std::array<MechanismNote, 19> notes{{
    {"pipe", false,
     "A byte stream between related processes: message boundaries are yours (up to 4 KiB a write is "
     "whole), and the reader sees end of file when the writer dies."},
    {"fifo", false,
     "A pipe with a name in the file system, for unrelated processes: opening waits for the other "
     "side, and the name must be removed."},
    {"unix_stream", false,
     "A byte stream with an address, both ways and many clients on one machine: message boundaries "
     "are yours; descriptors and credentials can be passed."},
    {"unix_seqpacket", false,
     "Connections that keep messages whole and in order, on one machine; the largest message is "
     "bounded by the socket's buffer."},
    {"unix_dgram", false,
     "Messages without a connection, whole and in order on one machine; the sender waits when the "
     "receiver's queue is full, and the death of a peer goes unseen."},
    {"tcp", true,
     "The same code reaches another machine. Measured here over the loopback device: a real "
     "network's time and losses come on top. Message boundaries are yours."},
    {"posix_mq", false,
     "The kernel keeps messages whole and sorts them by priority, whoever lives; number and size "
     "are bounded by system-wide limits (ten of 8 KiB by default)."},
    {"sysv_mq", false,
     "The kernel keeps messages whole until they are read or the queue is removed, whoever lives; "
     "it cannot be polled, and has no calls with a timeout."},
    {"shm_mutex", false,
     "A queue in shared memory under a robust mutex: many processes on both sides, and the next "
     "locker repairs what a killed one left. Pays for the lock on every message."},
    {"shm_ring", false, shared_memory_words},
    {"mmap_file", false,
     "Shared memory backed by a file: unrelated processes find it by its path, and what was "
     "written can outlive them; write-back to a real disk can disturb it."},
    {"boost_mq", false,
     "A ready-made queue in shared memory from Boost.Interprocess; a process killed inside it can "
     "block the others, and its memory is reserved at creation."},
    {"zeromq", false,
     "A library with queues, reconnection and one-to-many patterns, whose address decides whether "
     "it stays on the machine (ipc://, measured here) or leaves it (tcp://); its threads cost CPU "
     "time and latency."},
    {"notify_eventfd", false,
     "A counter behind a descriptor: works with poll and epoll, and is passed on by inheritance or "
     "over a Unix socket."},
    {"notify_futex", false,
     "A word in shared memory and a system call only when somebody sleeps; every rule of its use is "
     "yours to keep."},
    {"notify_condition", false,
     "A flag, a mutex and a condition variable in shared memory: the portable way, but glibc's "
     "condition variables are not robust against a killed process."},
    {"notify_posix_sem", false,
     "A counter in shared memory with portable calls, also with a timeout; nobody notices when a "
     "process dies."},
    {"notify_sysv_sem", false,
     "A counter kept by the kernel, which can take back what a killed process did (SEM_UNDO); each "
     "call is a system call."},
    {"notify_pipe", false,
     "A byte for each signal: works with poll, and the reader sees end of file when the other side "
     "dies."},
}};
// clang-format on

}  // namespace

std::span<const NamedNeed> named_needs() { return needs_table(); }

const NamedNeed* named_need(std::string_view name) {
  for (const NamedNeed& row : needs_table()) {
    if (row.need.name == name) return &row;
  }
  return nullptr;
}

Basis basis_of(const Need& need) {
  const std::uint64_t size = need.size;
  switch (need.exchange) {
    case Exchange::two_way:
      return {"latency", {}, size, "round_trip", 0.5, Better::lower};
    case Exchange::stream:
      return {"throughput", {}, size, "bytes_rate", -1, Better::higher};
    case Exchange::offered:
      return {"load", {{"rate", need.rate, 10'000}}, size, "response", 0.5, Better::lower};
    case Exchange::fan_in:
      return {"fan_in", {{"senders", need.producers, 4}}, size, "rate", -1, Better::higher};
    case Exchange::fan_out:
      return {"fan_out",     {{"mode", 0, 0}, {"receivers", need.receivers, 4}}, size, "rate", -1,
              Better::higher};
    case Exchange::signals:
      return {"notify", {}, 0, "notify", 0.5, Better::lower};
  }
  return {};
}

std::string basis_text(const Need& need) {
  const Basis basis = basis_of(need);
  std::string text = basis.scenario;
  if (need.exchange == Exchange::fan_in) text += " of " + std::to_string(need.producers);
  if (need.exchange == Exchange::fan_out) text += " to " + std::to_string(need.receivers);
  if (need.exchange == Exchange::offered) {
    text += " of " + scaled(static_cast<double>(need.rate), "msg/s");
  }
  if (basis.size != 0) text += " at " + size_for_people(basis.size);
  if (need.network) text += " between machines";
  return text;
}

const MechanismNote* mechanism_note(std::string_view name) {
  for (const MechanismNote& note : notes) {
    if (note.name == name) return &note;
  }
  return nullptr;
}

std::vector<std::string> network_mechanisms() {
  std::vector<std::string> names;
  for (const MechanismNote& note : notes) {
    if (note.network) names.emplace_back(note.name);
  }
  return names;
}

}  // namespace ipcmark
