// Streams whose ends have several messages on loan at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "results/model/cell_options.hpp"
#include "scenarios/traffic/message_ends.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

RunSpec lending_cell(const std::string& backend, std::int64_t loans) {
  RunSpec spec = over_backend("throughput", backend, {{"loans", loans}});
  spec.zero_copy = true;
  spec.messages = 400;
  return spec;
}

TEST(Loans, OfSeveralMessagesCarryAllOfThem) {
  for (const char* backend : {"shm_ring", "mpmc_ring", "broadcast_ring"}) {
    for (const std::int64_t loans : {2, 7}) {
      RunSpec spec = lending_cell(backend, loans);
      expect_whole(spec);
      spec.depth = 8;
      EXPECT_EQ(set_cell_option(*cell_option("size-mix"), "32:70,4KiB:30", spec), "");
      expect_whole(spec);
    }
  }
}

TEST(Loans, WhichAChannelDoesNotHaveAreRefused) {
  const auto reason = [](const RunSpec& spec) {
    const Trial trial = run_one(spec);
    EXPECT_EQ(trial.state, State::skipped);
    return trial.reason;
  };
  RunSpec spec = lending_cell("shm_ring", 8);
  spec.depth = 4;
  EXPECT_THAT(reason(spec), testing::HasSubstr("needs 8 messages on loan at once, has at most"));
  EXPECT_THAT(reason(lending_cell("futex_slot", 2)), testing::HasSubstr("has at most 1"));
  spec = lending_cell("shm_ring", 2);
  spec.zero_copy = false;
  EXPECT_THAT(reason(spec), testing::HasSubstr("needs zero-copy"));
  for (const std::int64_t loans :
       {std::int64_t{0}, std::int64_t{-1}, (std::int64_t{1} << 32) + 1}) {
    EXPECT_THAT(reason(lending_cell("shm_ring", loans)),
                testing::HasSubstr("needs loans between 1 and 64"));
  }
}

// Has room for four places, and notes how many of them were on loan.
class Lender final : public Sender {
 public:
  Status send(std::span<const std::byte>, Deadline) override {
    return fail(Errc::unsupported, "send");
  }
  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    if (lent_ == places_.size()) return fail(Errc::would_block, "loan");
    if (!deadline.is_immediate()) ++waits;
    auto& place = places_[(published + lent_++) % places_.size()];
    place.resize(size);
    max = std::max(max, lent_);
    return std::span<std::byte>(place);
  }
  Status publish(std::size_t size) override {
    EXPECT_EQ(size, places_[published % places_.size()].size());
    --lent_;
    ++published;
    return {};
  }
  void abandon() override { lent_ = 0; }
  Status close(Deadline) override { return {}; }

  std::size_t max = 0, published = 0;
  int waits = 0;  // loans that would have waited for room

 private:
  std::size_t lent_ = 0;
  std::vector<std::vector<std::byte>> places_{4};
};

TEST(Loans, ASenderHasAsManyAsAskedForAndWaitsForTheFirstAlone) {
  for (const std::int64_t loans : {1, 3, 6}) {
    Lender lender;
    RunSpec spec = lending_cell("shm_ring", loans);
    Outbox outbox(lender, spec, 0, 0);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(outbox.send_next());
    EXPECT_EQ(lender.published, 10U);
    EXPECT_EQ(lender.max, std::min<std::size_t>(static_cast<std::size_t>(loans), 4));
    EXPECT_EQ(lender.waits, loans == 1 ? 10 : 1);
  }
}

TEST(Loans, AreAllGivenBackWhenTheNextMessageIsNotSent) {
  Lender lender;
  Outbox outbox(lender, lending_cell("shm_ring", 4), 0, 0);
  ASSERT_TRUE(outbox.prepare());
  outbox.abandon();
  ASSERT_TRUE(outbox.send_next());
  EXPECT_EQ(lender.published, 1U);
  EXPECT_EQ(outbox.sent(), 1U);
}

// Lends out messages that it makes up, and notes how many of them were borrowed.
class Lending final : public Receiver {
 public:
  Result<std::size_t> receive(std::span<std::byte>, Deadline) override {
    return fail(Errc::unsupported, "receive");
  }
  Result<std::span<const std::byte>> borrow(Deadline) override {
    max_borrowed = std::max(max_borrowed, ++borrowed);
    return std::span<const std::byte>(message_);
  }
  void release() override { --borrowed; }
  bool ready() override { return true; }

  std::size_t max_borrowed = 0, borrowed = 0;

 private:
  std::vector<std::byte> message_ = std::vector<std::byte>(64);
};

TEST(Loans, AReceiverKeepsAsManyAsAskedForAtOnce) {
  for (const std::size_t loans : {1, 3, 6}) {
    Lending lending;
    WorkerReport report;
    RunSpec spec = lending_cell("shm_ring", static_cast<std::int64_t>(loans));
    spec.size = 64;
    spec.verify = Verify::off;
    Inbox inbox(lending, spec, report, 1, 0);
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(inbox.receive_next());
    EXPECT_EQ(lending.max_borrowed, loans);
    EXPECT_EQ(lending.borrowed, loans - 1);
    const std::uint64_t sent = 10;
    inbox.settle({&sent, 1});
    EXPECT_EQ(report.integrity.lost, 0U);
    EXPECT_EQ(report.integrity.wrong_length, 0U);
  }
}

}  // namespace
}  // namespace ipcmark::toy
