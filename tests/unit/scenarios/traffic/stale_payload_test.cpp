// What lies in memory from another trial, or from the other direction, is found: a made-up
// transport hands out what was sent there at the same place of the stream.
#include <gtest/gtest.h>

#include <deque>

#include "scenarios/traffic/ledger.hpp"
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
  Ledger ledger(channel_seed(spec, 0), Verify::full, 1);
  for (const auto& message : tape) ledger.arrived(message, spec.size);
  const std::uint64_t all[] = {messages};
  return ledger.settle(all);
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
  EXPECT_TRUE(judged(spec, records_sent(spec, 0)).clean());
  EXPECT_EQ(judged(spec, records_sent(spec, 1)).corrupted, messages);
  EXPECT_EQ(judged(spec, records_sent(spec_of(64, 12), 0)).corrupted, messages);
}

}  // namespace
}  // namespace ipcmark
