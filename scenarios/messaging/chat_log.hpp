// The chat server's log, and what must have reached whom according to it.
#pragma once

#include <cstdint>
#include <vector>

namespace ipcmark {

enum class ChatKind : std::uint32_t { join, message, leave, vanish, shutdown };

struct ChatEvent {
  ChatKind kind = ChatKind::join;
  std::uint32_t client = 0;  // who did it
  std::uint64_t number = 0;  // of that client's messages, from 0
};

// What one client has been sent, or has got: how many events, and a hash over all of them in order,
// so that 64 clients with 1000 messages each need no long report.
struct ChatShare {
  std::uint64_t events = 0;
  std::uint64_t messages = 0;
  std::uint64_t hash = 0xcbf29ce484222325U;
  // FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo) over the event's place in the log and its parts.
  void enter(std::uint64_t place, const ChatEvent& event) {
    ++events;
    messages += event.kind == ChatKind::message ? 1U : 0U;
    for (const std::uint64_t part : {place, static_cast<std::uint64_t>(event.kind),
                                     std::uint64_t{event.client}, event.number}) {
      hash = (hash ^ part) * 0x100000001b3U;
    }
  }
  bool operator==(const ChatShare&) const = default;
};

// Plays the log again: each event goes to exactly the clients joined at that moment but the one who
// did it; shutdown to all of them. Independent of how the server sent.
inline std::vector<ChatShare> shares_of(const std::vector<ChatEvent>& log, std::size_t clients) {
  std::vector<ChatShare> shares(clients);
  std::vector<bool> joined(clients);
  for (std::uint64_t place = 0; place < log.size(); ++place) {
    const ChatEvent& event = log[place];
    const bool leaves = event.kind == ChatKind::leave || event.kind == ChatKind::vanish;
    if (leaves) joined[event.client] = false;
    for (std::size_t client = 0; client < clients; ++client) {
      const bool own = client == event.client && event.kind != ChatKind::shutdown;
      if (joined[client] && !own) shares[client].enter(place, event);
    }
    if (event.kind == ChatKind::join) joined[event.client] = true;
  }
  return shares;
}

}  // namespace ipcmark
