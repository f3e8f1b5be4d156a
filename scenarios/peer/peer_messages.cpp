#include "scenarios/peer/peer_messages.hpp"

#include <cstring>
#include <utility>

#include "scenarios/peer/crc32.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {
namespace {

constexpr std::uint32_t only_sender = 0;
constexpr std::size_t sender_at = 8;
constexpr std::size_t length_at = 12;
constexpr std::size_t checksum_at = 16;

std::uint64_t sum_of(std::span<const std::byte> message, std::uint32_t seed, Verify verify) {
  const std::uint32_t head = crc32(message.first(checksum_at), seed);
  return verify == Verify::full ? crc32(message.subspan(stamp_bytes), head) : head;
}

// Passes everything on to a sender that it does not own, and does not close.
class Passed final : public Sender {
 public:
  explicit Passed(Sender& sender) : sender_(sender) {}
  Status send(std::span<const std::byte> message, Deadline deadline) override {
    return sender_.send(message, deadline);
  }
  Status flush(Deadline deadline) override { return sender_.flush(deadline); }
  Status close(Deadline deadline) override { return sender_.flush(deadline); }

 private:
  Sender& sender_;
};

}  // namespace

std::uint32_t peer_seed(const RunSpec& spec, std::uint32_t channel) {
  return static_cast<std::uint32_t>(spec.seed) ^ (channel * 0x9E3779B1U);
}

void stamp_for_peer(std::span<std::byte> message, std::uint64_t sequence, std::uint32_t seed,
                    Verify verify) {
  if (verify == Verify::full) {
    fill_pattern(message.subspan(stamp_bytes), seed, only_sender, sequence);
  }
  const auto length = static_cast<std::uint32_t>(message.size());
  std::memcpy(message.data(), &sequence, sizeof sequence);
  std::memcpy(message.data() + sender_at, &only_sender, sizeof only_sender);
  std::memcpy(message.data() + length_at, &length, sizeof length);
  const std::uint64_t sum = sum_of(message, seed, verify);
  std::memcpy(message.data() + checksum_at, &sum, sizeof sum);
}

Examination examine_from_peer(std::span<const std::byte> message, std::size_t size,
                              std::uint32_t seed, Verify verify) {
  if (message.size() != size) return {Finding::wrong_length, {}};
  if (verify == Verify::off || size < stamp_bytes) return {Finding::uncheckable, {}};
  std::uint64_t sum = 0;
  std::memcpy(&sum, message.data() + checksum_at, sizeof sum);
  Examination seen{Finding::intact, {}};
  std::uint32_t length = 0;
  std::memcpy(&seen.id.sequence, message.data(), sizeof seen.id.sequence);
  std::memcpy(&seen.id.sender, message.data() + sender_at, sizeof seen.id.sender);
  std::memcpy(&length, message.data() + length_at, sizeof length);
  if (sum != sum_of(message, seed, verify) || length != size) return {Finding::corrupted, {}};
  return seen;
}

PeerOutbox::PeerOutbox(std::unique_ptr<Sender> sender, const RunSpec& spec, std::uint32_t channel,
                       std::size_t largest, Verify verify, const std::string& fault)
    : sender_(std::move(sender)),
      buffer_(largest),
      seed_(peer_seed(spec, channel)),
      verify_(verify),
      touch_(spec.touch == Touch::full) {
  if (!fault.empty()) {
    damaged_ = with_fault(std::make_unique<Passed>(*sender_), fault, &happened_);
  }
}

void PeerOutbox::prepare(std::size_t size) {
  message_ = buffer_.span().first(size);
  const bool stamped = verify_ != Verify::off && size >= stamp_bytes;
  if (touch_ && !(stamped && verify_ == Verify::full)) touch_write(message_, sent_);
  if (stamped) stamp_for_peer(message_, sent_, seed_, verify_);
}

Status PeerOutbox::transmit() {
  Sender& sender = damaged_ ? *damaged_ : *sender_;
  const Status done = sender.send(message_, Deadline::never());
  sent_ += done.has_value() ? 1U : 0U;
  return done;
}

Status PeerOutbox::send_stop(std::span<const std::byte> message) {
  return sender_->send(message, Deadline::never());
}

Status PeerOutbox::end() {
  // What a fault holds back goes first.
  if (damaged_) {
    if (const Status closed = damaged_->close(Deadline::never()); !closed) return closed;
  }
  constexpr std::byte nothing{};
  return sender_->send(std::span(&nothing, 0), Deadline::never());
}

PeerInbox::PeerInbox(std::unique_ptr<Receiver> receiver, const RunSpec& spec, std::uint32_t channel,
                     std::size_t largest, Verify verify)
    : receiver_(std::move(receiver)),
      buffer_(largest),
      seed_(peer_seed(spec, channel)),
      verify_(verify),
      touch_(spec.touch == Touch::full),
      tracker_(seed_, verify, 1) {}

Status PeerInbox::await() {
  const auto size = receiver_->receive(buffer_.span(), Deadline::never());
  if (!size) return tl::make_unexpected(size.error());
  message_ = buffer_.span().first(*size);
  ended_ = *size == 0;
  return {};
}

void PeerInbox::judge(std::size_t size) {
  ++received_;
  bytes_ += message_.size();
  tracker_.entered(examine_from_peer(message_, size, seed_, verify_));
}

PeerAccount PeerInbox::account() const {
  PeerAccount account;
  account.received = received_;
  account.next = tracker_.next(only_sender);
  account.missing = tracker_.missing(only_sender);
  account.unnumbered = tracker_.uncheckable();
  account.integrity = tracker_.so_far();
  return account;
}

}  // namespace ipcmark
