// Messages that carry a record: a small plain struct, stamped with who sent it and as which, sealed
// by a checksum, and padded to the cell's size. What arrives changed, cut or made up is told from
// what arrives whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

#include "backends/transport.hpp"
#include "scenarios/traffic/delivery_tracker.hpp"
#include "scenarios/traffic/losses.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/payload.hpp"

namespace ipcmark {

template <class Record>
inline constexpr std::size_t record_bytes = stamp_bytes + sizeof(Record);

// Empty when a message of the cell's size can carry the record; else the refusal of a layout.
template <class Record>
std::string record_unsupported(const RunSpec& spec) {
  static_assert(std::is_trivially_copyable_v<Record>);
  if (spec.size >= record_bytes<Record>) return {};
  return "needs messages of at least " + std::to_string(record_bytes<Record>) + " bytes";
}

// Puts messages together in a buffer of its own. One thread; must outlive the spans it gives out.
template <class Record>
class RecordWriter {
 public:
  // `number`: this sender's among those that send into the same receiver; `channel`: the layout's
  // that the messages go to. What lies in memory from another channel has another seal.
  RecordWriter(const RunSpec& spec, std::uint32_t number, std::size_t channel)
      : buffer_(spec.size), seed_(channel_seed(spec, channel)), number_(number) {}

  // The message of the next sequence number; valid until the next call. `more` follows the record
  // and must have room there.
  std::span<const std::byte> next(const Record& record, std::span<const std::byte> more = {}) {
    std::memcpy(buffer_.span().data() + stamp_bytes, &record, sizeof record);
    std::copy(more.begin(), more.end(), buffer_.span().begin() + record_bytes<Record>);
    seal_message(buffer_.span(), {number_, made_++}, seed_);
    return buffer_.span();
  }
  // The message made last was not sent after all: the next one takes its number.
  void take_back() { --made_; }
  std::uint64_t made() const { return made_; }

 private:
  MessageBuffer buffer_;
  std::uint64_t seed_;
  std::uint32_t number_;
  std::uint64_t made_ = 0;
};

// Takes messages apart and enters each in an account by sender, which reaches the worker's report
// (delivery_tracker.hpp). One thread.
template <class Record>
class RecordReader {
 public:
  // `senders`: how many send into the receiver; `channel`: what it takes is sealed by.
  RecordReader(const RunSpec& spec, WorkerReport& report, std::size_t senders, std::size_t channel)
      : report_(&report),
        buffer_(spec.size),
        seed_(channel_seed(spec, channel)),
        tracker_(report, seed_, Verify::full, senders),
        senders_(senders),
        size_(spec.size) {}
  // Of one sender where the channel may lose messages: what it lost is then no failure.
  RecordReader(WorkerContext& context, std::size_t senders, std::size_t channel)
      : RecordReader(context.spec(), context.report(), senders, channel) {
    if (!context.lossy(channel)) return;
    losses_ = std::make_unique<LossTracker>(context.report(), seed_, Verify::full);
  }

  // The next message's record and identity. corrupt: it did not arrive intact, or comes from nobody
  // who sends here; the account has it. Other errors are the receiver's.
  Status receive(Receiver& receiver, Deadline deadline) {
    const auto size = receiver.receive(buffer_.span(), deadline);
    if (!size) return tl::make_unexpected(size.error());
    const std::span<const std::byte> message = buffer_.span().first(*size);
    losses_ ? losses_->arrived(message, size_) : tracker_.arrived(message, size_);
    const Examination seen = examine_message(message, size_, seed_, Verify::full);
    if (seen.finding != Finding::intact) return not_intact(seen.finding);
    if (seen.id.sender >= senders_) return not_intact(Finding::corrupted);
    id = seen.id;
    std::memcpy(&record, message.data() + stamp_bytes, sizeof record);
    return {};
  }
  void settle(std::span<const std::uint64_t> sent) {
    if (losses_) return note_losses(*report_, losses_->settle(sent.front()));
    tracker_.settle(sent);
  }
  // The whole message taken last, if it was intact.
  std::span<const std::byte> message() const { return buffer_.span(); }
  // What followed the record in the message taken last, and the rest of that; of an intact one.
  std::span<const std::byte> more() const { return buffer_.span().subspan(record_bytes<Record>); }

  Record record{};
  MessageId id;

 private:
  WorkerReport* report_;
  MessageBuffer buffer_;
  std::uint64_t seed_;
  DeliveryTracker tracker_;
  std::unique_ptr<LossTracker> losses_;  // in the place of that account; readers are moved
  std::size_t senders_;
  std::size_t size_;
};

}  // namespace ipcmark
