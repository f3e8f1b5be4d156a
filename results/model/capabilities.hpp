// What a mechanism can do, as a backend declares it and as a result stores it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace ipcmark {

// What kind of thing a backend, lock or notifier is, for whoever chooses among many.
enum class MechanismGroup : std::uint8_t {
  floor,          // no mechanism: what ipcmark itself costs
  kernel,         // each message, lock or signal is a system call
  shared_memory,  // message or state lies in memory of both; the kernel only wakes
  library,        // somebody else's code, over any of these
  language        // what a program of another language measures (--runner)
};
inline constexpr std::array<const char*, 5> mechanism_groups{"floor", "kernel", "shared memory",
                                                             "library", "language"};
constexpr const char* to_string(MechanismGroup group) {
  return mechanism_groups[static_cast<std::size_t>(group)];
}
// The name under which results store it beside the capabilities of a cell.
inline constexpr const char* group_fact = "group";

// What a backend does for a given ChannelSpec: a function of the spec, not a flag. The conformance
// tests hold every backend to what it declares.
struct Capabilities {
  bool ordered = true;          // messages of one sender arrive in the order sent
  bool many_senders = false;    // for this spec's message size
  bool many_receivers = false;  // work-queue: each message reaches exactly one receiver
  bool broadcast = false;       // each message reaches every receiver
  bool topics = false;          // publish and subscribe (ChannelSpec::topic_at) works
  bool block = true, spin = false, hybrid = false;  // wait strategies
  bool zero_copy = false;                           // loan/publish/abandon and borrow/release work
  bool huge_pages = false;  // its memory can be of huge pages (ChannelSpec::huge_pages)
  bool batches = false;     // a batch > 1 changes what send() does, flush() publishes
  // May lose messages, without a word to either end; what it delivers is whole and in order. It
  // runs only scenarios that measure losses, and is ranked with no other.
  bool lossy = false;
  bool native_boundaries = false;     // the mechanism itself keeps messages apart
  bool fragments = false;             // this largest_message is sent in several pieces
  bool pollable = false;              // Receiver::descriptor() can be polled
  bool chooses_wake = false;          // Wake::eventfd and Wake::pipe wake its ends
  bool reports_peer_death = false;    // the survivor's call returns peer_died or closed by itself
  bool survives_peer_kill = false;    // other peers can go on after one is killed in any call
  bool one_process = false;           // both ends must be in one worker (the null backend)
  std::uint64_t largest_message = 0;  // the most this backend can carry (fragmenting included)
  std::uint32_t depth = 0;  // messages of largest_message it will hold, as far as known; 0 unknown
  // With zero_copy: how many messages a sender may have on loan at once, and a receiver borrow.
  std::uint32_t loans = 1, borrows = 1;
  // Empty: possible. Else why this spec is not possible anywhere on this system, as a noun phrase
  // ("needs many_receivers").
  std::string unsupported_reason;
};

// Its flags by the names that results store them under. The one list of them.
inline constexpr auto capability_flags =
    std::to_array<std::pair<const char*, bool Capabilities::*>>({
        {"ordered", &Capabilities::ordered},
        {"many_senders", &Capabilities::many_senders},
        {"many_receivers", &Capabilities::many_receivers},
        {"broadcast", &Capabilities::broadcast},
        {"topics", &Capabilities::topics},
        {"block", &Capabilities::block},
        {"spin", &Capabilities::spin},
        {"hybrid", &Capabilities::hybrid},
        {"zero_copy", &Capabilities::zero_copy},
        {"huge_pages", &Capabilities::huge_pages},
        {"batches", &Capabilities::batches},
        {"lossy", &Capabilities::lossy},
        {"native_boundaries", &Capabilities::native_boundaries},
        {"fragments", &Capabilities::fragments},
        {"pollable", &Capabilities::pollable},
        {"chooses_wake", &Capabilities::chooses_wake},
        {"reports_peer_death", &Capabilities::reports_peer_death},
        {"survives_peer_kill", &Capabilities::survives_peer_kill},
        {"one_process", &Capabilities::one_process},
    });

// What a lossy mechanism lost, as figures of its trials (declared in scenarios/figures.cpp): the
// share of the messages sent, the most in a row, and the rate at which they were sent.
inline constexpr const char* lost_share_name = "lost_share";
inline constexpr const char* longest_loss_name = "longest_loss";
inline constexpr const char* sent_rate_name = "sent_rate";

// As stored with a cell: {"ordered": "yes", "largest_message": "67108864", …}; "refusal" only where
// there is one.
using CapabilityFacts = std::map<std::string, std::string>;

// Whether the stored facts say yes; one that they lack is a no.
inline bool declares(const CapabilityFacts& facts, const std::string& flag) {
  const auto found = facts.find(flag);
  return found != facts.end() && found->second == "yes";
}

// As stored; empty in results that were written before there were groups.
inline std::string group_of(const CapabilityFacts& facts) {
  const auto found = facts.find(group_fact);
  return found == facts.end() ? std::string() : found->second;
}

}  // namespace ipcmark
