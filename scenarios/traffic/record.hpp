// Messages that carry a record: a small plain struct, stamped with who sent it and as which, sealed
// by a checksum, and padded to the cell's size. What arrives changed, cut or made up is told from
// what arrives whole.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

#include "backends/transport.hpp"
#include "scenarios/traffic/delivery_account.hpp"
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
  // `number`: this sender's among those that send into the same receiver.
  RecordWriter(const RunSpec& spec, std::uint32_t number)
      : buffer_(spec.size), seed_(spec.seed), number_(number) {}

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
// (delivery_account.hpp). One thread.
template <class Record>
class RecordReader {
 public:
  // `senders`: how many send into the receiver.
  RecordReader(WorkerContext& context, std::size_t senders)
      : buffer_(context.spec().size),
        account_(context.report(), context.spec().seed, Verify::full, senders),
        senders_(senders),
        spec_(context.spec()) {}

  // The next message's record and identity. corrupt: it did not arrive intact, or comes from nobody
  // who sends here; the account has it. Other errors are the receiver's.
  Status receive(Receiver& receiver, Deadline deadline) {
    const auto size = receiver.receive(buffer_.span(), deadline);
    if (!size) return tl::make_unexpected(size.error());
    const std::span<const std::byte> message = buffer_.span().first(*size);
    account_.arrived(message, spec_.size);
    const Examination seen = examine_message(message, spec_.size, spec_.seed, Verify::full);
    if (seen.finding != Finding::intact) return not_intact(seen.finding);
    if (seen.id.sender >= senders_) return not_intact(Finding::corrupted);
    id = seen.id;
    std::memcpy(&record, message.data() + stamp_bytes, sizeof record);
    return {};
  }
  void settle(std::span<const std::uint64_t> sent) { account_.settle(sent); }
  // The whole message taken last, if it was intact.
  std::span<const std::byte> message() const { return buffer_.span(); }
  // What followed the record in the message taken last, and the rest of that; of an intact one.
  std::span<const std::byte> more() const { return buffer_.span().subspan(record_bytes<Record>); }

  Record record{};
  MessageId id;

 private:
  MessageBuffer buffer_;
  DeliveryAccount account_;
  std::size_t senders_;
  const RunSpec& spec_;
};

}  // namespace ipcmark
