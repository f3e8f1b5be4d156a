// The roles that one end of a mixed pair can have: what backends/runners/python does in the other
// language, message for message.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "backends/fd.hpp"
#include "backends/transport.hpp"
#include "results/json/peer_protocol.hpp"

namespace ipcmark {

// What a role is given. Its channels are open.
struct PeerTask {
  const PeerQuestion& question;
  std::unique_ptr<Sender> sender;                // null: the role sends nothing
  std::unique_ptr<Receiver> receiver;            // likewise
  std::atomic<std::uint64_t>* enough = nullptr;  // of throughput
  Fd ready;                                      // of large_payload
  std::function<Status()> start;  // waits until both ends are ready; what follows is measured
  PeerReport& report;
};

using PeerRole = Status (*)(PeerTask&);

// Which channels it has.
struct PeerRoleRow {
  const char* scenario;
  const char* role;
  bool sends, receives;
  PeerRole run;
};

// Null: there is none of that name in that scenario.
const PeerRoleRow* peer_role(const std::string& scenario, const std::string& role);

// large_payload and sentinel_stream: peer_payloads.cpp.
Status peer_send_chunks(PeerTask& task);
Status peer_receive_chunks(PeerTask& task);
Status peer_exchange(PeerTask& task);
Status peer_send_and_stop(PeerTask& task);
Status peer_receive_until_stop(PeerTask& task);

}  // namespace ipcmark
