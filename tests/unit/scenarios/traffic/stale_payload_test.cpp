// What lies in memory from another trial, or from the other direction, is found: over a transport
// that hands out bytes of another tape at the same place of the stream.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "scenarios/traffic/message_ends.hpp"
#include "scenarios/traffic/record.hpp"

namespace ipcmark {
namespace {

using Tape = std::deque<std::vector<std::byte>>;

class TapeSender final : public Sender {
 public:
  explicit TapeSender(Tape& tape) : tape_(tape) {}
  Status send(std::span<const std::byte> message, Deadline) override {
    tape_.emplace_back(message.begin(), message.end());
    return {};
  }
  Status close(Deadline) override { return {}; }

 private:
  Tape& tape_;
};

class TapeReceiver final : public Receiver {
 public:
  explicit TapeReceiver(const Tape& tape) : tape_(tape) {}
  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline) override {
    const auto& message = tape_.at(next_++);
    std::copy(message.begin(), message.end(), buffer.begin());
    return message.size();
  }
  bool ready() override { return true; }

 private:
  const Tape& tape_;
  std::size_t next_ = 0;
};

constexpr std::uint64_t messages = 20;

RunSpec spec_of(std::size_t size, std::uint64_t seed) {
  RunSpec spec;
  spec.size = size;
  spec.seed = seed;
  spec.verify = Verify::full;
  return spec;
}

struct Record {
  std::uint64_t number = 0;
};

// What sender 0 puts on a channel.
Tape sent(const RunSpec& spec, std::size_t channel) {
  Tape tape;
  TapeSender sender(tape);
  Outbox outbox(sender, spec, 0, channel);
  for (std::uint64_t i = 0; i < messages; ++i) EXPECT_TRUE(outbox.send_next());
  return tape;
}
Tape records_sent(const RunSpec& spec, std::size_t channel) {
  Tape tape;
  RecordWriter<Record> writer(spec, 0, channel);
  for (std::uint64_t i = 0; i < messages; ++i) {
    const auto message = writer.next({i});
    tape.emplace_back(message.begin(), message.end());
  }
  return tape;
}

// What a receiver of channel 0 thinks of it.
Integrity judged(const RunSpec& spec, const Tape& tape) {
  TapeReceiver receiver(tape);
  WorkerReport report;
  Inbox inbox(receiver, spec, report, 1, 0);
  for (std::uint64_t i = 0; i < messages; ++i) {
    const Status received = inbox.receive_next();
    EXPECT_TRUE(received || received.error().code == Errc::corrupt);
  }
  const std::uint64_t all[] = {messages};
  inbox.settle(all);
  return report.integrity;
}
Integrity records_judged(const RunSpec& spec, const Tape& tape) {
  TapeReceiver receiver(tape);
  WorkerReport report;
  RecordReader<Record> reader(spec, report, 1, 0);
  for (std::uint64_t i = 0; i < messages; ++i) {
    const Status received = reader.receive(receiver, Deadline::never());
    EXPECT_TRUE(received || received.error().code == Errc::corrupt);
  }
  const std::uint64_t all[] = {messages};
  reader.settle(all);
  return report.integrity;
}

TEST(StalePayload, IsFoundAtEverySizeThatCarriesAStamp) {
  for (const std::size_t size : {8U, 16U, 24U, 64U, 5000U}) {
    const RunSpec spec = spec_of(size, 11);
    EXPECT_TRUE(judged(spec, sent(spec, 0)).clean()) << size;
    EXPECT_FALSE(judged(spec, sent(spec, 1)).clean()) << size << ": of the other direction";
    EXPECT_FALSE(judged(spec, sent(spec_of(size, 12), 0)).clean()) << size << ": of another trial";
  }
}

TEST(StalePayload, OneStaleMessageAmongOthersIsFound) {
  for (const std::size_t size : {8U, 64U}) {
    const RunSpec spec = spec_of(size, 11);
    Tape tape = sent(spec, 0);
    tape[7] = sent(spec, 1)[7];
    EXPECT_FALSE(judged(spec, tape).clean()) << size;
  }
}

TEST(StalePayload, IsFoundInMessagesThatCarryRecords) {
  const RunSpec spec = spec_of(64, 11);
  EXPECT_TRUE(records_judged(spec, records_sent(spec, 0)).clean());
  EXPECT_EQ(records_judged(spec, records_sent(spec, 1)).corrupted, messages);
  EXPECT_EQ(records_judged(spec, records_sent(spec_of(64, 12), 0)).corrupted, messages);
}

}  // namespace
}  // namespace ipcmark
