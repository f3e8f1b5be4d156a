// What the chat's server and clients say to each other, and what they share.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "scenarios/messaging/chat_log.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/traffic/reports.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark::chat {

inline constexpr std::int64_t default_clients = 4;
inline constexpr std::int64_t default_messages = 2;
inline constexpr unsigned server_index = 0;
inline constexpr std::uint64_t dead_check_interval_ns = 2'000'000;

struct ToServer {
  ChatKind kind = ChatKind::join;
  std::uint32_t client = 0;
  std::uint64_t number = 0;  // of a message; of JOIN: the client's channel
  std::uint64_t last = 0;    // 1: this client's last message
  std::uint64_t sent_ns = 0;
};
struct ToClient {
  std::uint64_t place = 0;  // in the server's log
  ChatKind kind = ChatKind::join;
  std::uint32_t client = 0;
  std::uint64_t number = 0;
  std::uint64_t sent_ns = 0;  // by the client it comes from
};

struct Shared {
  std::atomic<std::uint32_t> joined{0};  // JOINs handled by the server
  // What the server has sent each client, before it closes that one's channel.
  std::array<SentCount, max_processes> sent;
};

inline std::int64_t clients_of(const RunSpec& spec) { return spec.option("clients"); }
inline std::int64_t vanishing_of(const RunSpec& spec) { return spec.option("vanish"); }
inline std::uint64_t messages_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}

// See ScenarioEntry::contradiction.
inline std::string contradiction(const RunSpec& spec, const Trial& trial) {
  if (vanishing_of(spec) > 0) return {};
  return wrong_count(trial, "chat_messages",
                     static_cast<std::int64_t>(messages_of(spec)) * clients_of(spec));
}

}  // namespace ipcmark::chat
