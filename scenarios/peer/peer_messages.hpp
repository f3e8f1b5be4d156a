// Messages of a mixed pair: framed as ours are, and stamped with a checksum that other languages
// have, too (backends/runners/README.md, "Mixed pairs"). An empty message ends a stream.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "backends/transport.hpp"
#include "results/json/peer_protocol.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/sequence_tracker.hpp"

namespace ipcmark {

// What tells the messages of one channel from those of another: the way there is 0, back is 1.
std::uint32_t peer_seed(const RunSpec& spec, std::uint32_t channel);

// The stamp of `message` (at least stamp_bytes): sequence, sender 0, length, checksum.
void stamp_for_peer(std::span<std::byte> message, std::uint64_t sequence, std::uint32_t seed,
                    Verify verify);
// What it is, if `size` bytes were sent. Too short for a stamp: uncheckable.
Examination examine_from_peer(std::span<const std::byte> message, std::size_t size,
                              std::uint32_t seed, Verify verify);

// Makes and sends the messages of one channel. `fault` damages one of them (faults.hpp). One
// thread.
class PeerOutbox {
 public:
  PeerOutbox(std::unique_ptr<Sender> sender, const RunSpec& spec, std::uint32_t channel,
             std::size_t largest, Verify verify, const std::string& fault);

  // Puts the next message together: all of its bytes, if the cell touches or verifies.
  void prepare(std::size_t size);
  Status transmit();
  Status send_next(std::size_t size) {
    prepare(size);
    return transmit();
  }
  Status send_stop(std::span<const std::byte> message);  // not counted
  Status end();                                          // the empty message

  std::uint64_t sent() const { return sent_; }
  bool fault_happened() const { return happened_.load() != 0; }

 private:
  std::unique_ptr<Sender> sender_;   // the channel's
  std::unique_ptr<Sender> damaged_;  // in front of it, if there is a fault
  std::atomic<std::uint32_t> happened_{0};
  MessageBuffer buffer_;
  std::span<std::byte> message_;
  std::uint32_t seed_;
  Verify verify_;
  bool touch_;
  std::uint64_t sent_ = 0;
};

// Receives and judges the messages of one channel, and goes on after one that is not intact. One
// thread.
class PeerInbox {
 public:
  PeerInbox(std::unique_ptr<Receiver> receiver, const RunSpec& spec, std::uint32_t channel,
            std::size_t largest, Verify verify);

  // The next message; ended() if it is the empty one. Errors are the receiver's.
  Status await();
  void touch() {
    if (touch_) keep(touch_read(message_));
  }
  // Enters the message taken last.
  void judge(std::size_t size);
  Status receive_next(std::size_t size) {
    if (const Status came = await(); !came || ended_) return came;
    touch();
    judge(size);
    return {};
  }

  std::span<const std::byte> message() const { return message_; }
  bool ended() const { return ended_; }
  std::uint64_t received() const { return received_; }  // and judged
  std::uint64_t bytes() const { return bytes_; }
  PeerAccount account() const;

 private:
  std::unique_ptr<Receiver> receiver_;
  MessageBuffer buffer_;
  std::span<const std::byte> message_;
  std::uint32_t seed_;
  Verify verify_;
  bool touch_;
  bool ended_ = false;
  SequenceTracker tracker_;
  std::uint64_t received_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace ipcmark
