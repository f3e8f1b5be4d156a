// The control link between coordinator and worker: whole typed messages with descriptors.
//
// A SOCK_SEQPACKET socketpair. Every packet has a header, so none is empty (an empty packet could
// not be told from end of file). Text that would not fit a packet travels in a memfd, and more
// descriptors than one packet can carry (SCM_MAX_FD, 253) in further packets.
//
// One thread at a time per end.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "backends/deadline.hpp"
#include "backends/error.hpp"
#include "backends/fd.hpp"

namespace ipcmark {

enum class MessageType : std::uint32_t {
  spec = 1,   // to the worker: what to do (JSON); descriptors: start page, shared memory if any
  sender,     // to the worker: an address to open a sender from; `value`: the layout's channel
  receiver,   // the same for a receiver
  lock,       // the same for a lock; `value`: the layout's lock
  notifier,   // the same for a notifier
  all_given,  // to the worker: every address has been sent
  up,         // to the coordinator: the process runs
  arrived,    // to the coordinator: at the next barrier; `value`: the stage that begins there
  resolve,    // to the coordinator: asks for a sender of channel `id`
  resolved,   // to the worker: the address, or `value` = 1: refused
  claim,      // to the coordinator: asks for a name; `value`: the ObjectKind
  claimed,    // to the worker: the name; no text: refused
  addresses,  // to the other worker: of channels that this one made
  kill,       // to the coordinator: end worker `value`, if it may die
  report,     // to the coordinator: the worker's report (JSON); `value`: 0 or 1 + the Errc
};

struct LinkMessage {
  MessageType type = MessageType::spec;
  std::uint32_t value = 0;
  std::uint64_t id = 0;
  std::string text;
  std::vector<Fd> descriptors;
};

class ControlLink {
 public:
  ControlLink() = default;
  explicit ControlLink(Fd socket) : socket_(std::move(socket)) {}

  // Both ends FD_CLOEXEC and above the standard descriptors.
  static Result<std::pair<ControlLink, ControlLink>> make_pair();

  // The descriptors are duplicated into the message; the caller keeps its own. Waits while the
  // other side's queue, or the user's allowance of descriptors in flight (ETOOMANYREFS), is full.
  // `given_up`, where there is one, is called in this thread before each wait, which is then at
  // most 200 ms; once it is true, the wait is over (interrupted). timeout, peer_died.
  Status send(const LinkMessage& message, Deadline deadline,
              const std::function<bool()>& given_up = {});
  // closed: the other side is gone and all that it said is read. refused: this process is out of
  // descriptors.
  Result<LinkMessage> receive(Deadline deadline);

  bool hung_up() const;  // the other side is gone; unread messages may remain
  int descriptor() const { return socket_.get(); }

 private:
  Fd socket_;
};

}  // namespace ipcmark
