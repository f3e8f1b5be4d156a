// Sends a great many messages through a ring in shared memory, and looks whether each came once and
// in its sender's order.
//
//   many_messages BACKEND SENDERS RECEIVERS COUNT
//
// COUNT messages in all, of 64 bytes, by processes that share the CPUs and wait as hybrid. Of each
// receiver every sender's messages must come in order; over all receivers (in a broadcast: at each
// of them) they must be exactly those that were sent, told by their number and by the sum of a hash
// of each. Prints one line; exits with 0 if all came.
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "backends/registry.hpp"
#include "results/splitmix.hpp"
#include "tests/soak/end_processes.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t hang_ns = 60'000'000'000;
constexpr std::uint32_t max_ends_of_a_kind = 16;

struct Message {
  std::uint64_t sender, number;
  std::array<std::uint64_t, 6> rest;  // of both, to tell a torn one
};

std::uint64_t hash_of(std::uint64_t sender, std::uint64_t number) {
  std::uint64_t state = number * max_ends_of_a_kind + sender;
  return next_random(state);
}

// What arrived of one sender's messages.
struct Tally {
  std::uint64_t count = 0, sum = 0;
  void add(std::uint64_t hash) {
    ++count;
    sum += hash;
  }
};

struct Page : EndsPage {
  std::atomic<std::uint64_t> spoilt;       // torn, unknown or out of order
  std::atomic<std::uint64_t> interrupted;  // ends whose call failed, or waited for a minute
  Tally sent[max_ends_of_a_kind];
  Tally got[max_ends_of_a_kind][max_ends_of_a_kind];  // by receiver, of each sender
};

void send_all(Page& page, Sender& sender, std::uint64_t index, std::uint64_t count) {
  Tally sent;
  for (std::uint64_t number = 0; number < count; ++number) {
    const std::uint64_t hash = hash_of(index, number);
    Message message{index, number, {}};
    message.rest.fill(hash);
    const auto bytes = std::as_bytes(std::span(&message, 1));
    if (!sender.send(bytes, Deadline::after(hang_ns))) {
      ++page.interrupted;
      break;
    }
    sent.add(hash);
  }
  page.sent[index] = sent;
  if (!sender.close(Deadline::after(hang_ns))) ++page.interrupted;
}

bool is_whole(const Message& message, std::uint64_t hash) {
  for (const std::uint64_t word : message.rest) {
    if (word != hash) return false;
  }
  return true;
}

void receive_all(Page& page, Receiver& receiver, std::uint64_t index, std::uint64_t senders) {
  std::array<std::uint64_t, max_ends_of_a_kind> next{};
  std::array<Tally, max_ends_of_a_kind> got{};
  Message message{};
  for (;;) {
    const auto bytes = std::as_writable_bytes(std::span(&message, 1));
    const auto size = receiver.receive(bytes, Deadline::after(hang_ns));
    if (!size) {
      if (size.error().code != Errc::closed) ++page.interrupted;
      break;
    }
    const bool known = *size == sizeof message && message.sender < senders;
    const std::uint64_t hash = hash_of(message.sender, message.number);
    if (!known || !is_whole(message, hash) || message.number < next[message.sender]) {
      ++page.spoilt;
      continue;
    }
    next[message.sender] = message.number + 1;
    got[message.sender].add(hash);
  }
  for (std::uint64_t sender = 0; sender < senders; ++sender) page.got[index][sender] = got[sender];
}

// Of one sender's messages: whether all receivers together, or each of them, got just those.
bool all_came(const Page& page, std::uint32_t sender, std::uint32_t receivers, bool broadcast) {
  const Tally& sent = page.sent[sender];
  Tally together;
  for (std::uint32_t receiver = 0; receiver < receivers; ++receiver) {
    const Tally& got = page.got[receiver][sender];
    if (broadcast && (got.count != sent.count || got.sum != sent.sum)) return false;
    together.count += got.count;
    together.sum += got.sum;
  }
  return broadcast || (together.count == sent.count && together.sum == sent.sum);
}

bool passes(const BackendEntry& entry, const ChannelSpec& spec, std::uint64_t count) {
  const std::uint64_t each = count / spec.senders;
  EndProcesses<Page> ends(entry, spec);
  ends.start([&spec](Page& page, Receiver& receiver,
                     std::uint64_t index) { receive_all(page, receiver, index, spec.senders); },
             [each](Page& page, Sender& sender, std::uint64_t index) {
               send_all(page, sender, index, each);
             });
  Page& page = ends.page();
  bool ended_well = true;
  for (const pid_t pid : ends.pids()) {
    int status = 0;
    ended_well = ::waitpid(pid, &status, 0) == pid && status == 0 && ended_well;
    if (!ended_well) page.peer_died = 1;
  }
  const bool broadcast = entry.capabilities(spec).broadcast;
  unsigned incomplete = 0;
  std::uint64_t sent = 0;
  for (std::uint32_t sender = 0; sender < spec.senders; ++sender) {
    if (!all_came(page, sender, spec.receivers, broadcast)) ++incomplete;
    sent += page.sent[sender].count;
  }
  const std::uint64_t spoilt = page.spoilt, interrupted = page.interrupted;
  std::printf(
      "%lu messages: %lu spoilt or out of order, %u senders with some lost or doubled, %lu "
      "ends interrupted\n",
      sent, spoilt, incomplete, interrupted);
  return ended_well && spoilt == 0 && incomplete == 0 && interrupted == 0 &&
         sent == each * spec.senders;
}

int run(const char* name, std::uint32_t senders, std::uint32_t receivers, std::uint64_t count) {
  const Registry registry = built_in_registry();
  const BackendEntry* entry = registry.backend(name);
  if (entry == nullptr) {
    std::fprintf(stderr, "many_messages: no backend '%s'\n", name);
    return 2;
  }
  if (senders < 1 || receivers < 1 || senders > max_ends_of_a_kind ||
      receivers > max_ends_of_a_kind || count < senders) {
    std::fprintf(stderr, "many_messages: senders and receivers are 1 to %u, messages as many\n",
                 max_ends_of_a_kind);
    return 2;
  }
  const ChannelSpec spec{.largest_message = sizeof(Message),
                         .senders = senders,
                         .receivers = receivers,
                         .wait = Wait::hybrid};
  if (const std::string why = entry->capabilities(spec).unsupported_reason; !why.empty()) {
    std::fprintf(stderr, "many_messages: %s %s\n", name, why.c_str());
    return 2;
  }
  return passes(*entry, spec, count) ? 0 : 1;
}

}  // namespace
}  // namespace ipcmark

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: many_messages BACKEND SENDERS RECEIVERS COUNT\n");
    return 2;
  }
  const auto ends = [](const char* text) {
    return static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
  };
  return ipcmark::run(argv[1], ends(argv[2]), ends(argv[3]), std::strtoull(argv[4], nullptr, 10));
}
