#include "scenarios/timed/pairs.hpp"

#include <gtest/gtest.h>

#include <array>
#include <span>

#include "scenarios/timing/fairness.hpp"
#include "scenarios/timing/joint_rate.hpp"

namespace ipcmark {
namespace {

double index_of(std::initializer_list<double> shares) {
  const std::vector<double> all(shares);
  return fairness_of(std::span<const double>(all));
}

TEST(Fairness, IsOneOfEqualSharesAndOneInAllOfOneAlone) {
  EXPECT_DOUBLE_EQ(index_of({5, 5, 5}), 1);
  EXPECT_DOUBLE_EQ(index_of({7, 0, 0, 0}), 0.25);
  EXPECT_DOUBLE_EQ(index_of({3, 1}), 0.8);
  EXPECT_DOUBLE_EQ(index_of({}), 1);
}

Layout one_pair() {
  Layout layout;
  layout.roles = {"initiator", "echo"};
  layout.shared_bytes = 8;
  layout.channels = {{ChannelSpec{}, {0}, {1}}, {ChannelSpec{}, {1}, {0}}};
  return layout;
}

RunSpec of_pairs(std::int64_t pairs) {
  RunSpec spec;
  spec.options["pairs"] = pairs;
  return spec;
}

TEST(Pairs, EachHasWorkersChannelsAndMemoryOfItsOwn) {
  Layout layout = one_pair();
  repeat_for_pairs(of_pairs(3), layout);
  EXPECT_EQ(layout.unsupported_reason, "");
  ASSERT_EQ(layout.roles.size(), 6U);
  EXPECT_EQ(layout.roles[4], "initiator");
  EXPECT_EQ(layout.roles[5], "echo");
  EXPECT_EQ(layout.shared_bytes, 24U);
  ASSERT_EQ(layout.channels.size(), 6U);
  EXPECT_EQ(layout.channels[4].senders, std::vector<unsigned>{4});
  EXPECT_EQ(layout.channels[4].receivers, std::vector<unsigned>{5});
  EXPECT_EQ(layout.channels[5].senders, std::vector<unsigned>{5});
}

TEST(Pairs, OneIsTheLayoutAsItWas) {
  Layout layout = one_pair();
  repeat_for_pairs(RunSpec{}, layout);  // of a cell that was planned without the option
  EXPECT_EQ(layout.roles.size(), 2U);
  EXPECT_EQ(layout.shared_bytes, 8U);
}

TEST(Pairs, TooManyAreRefused) {
  Layout layout = one_pair();
  repeat_for_pairs(of_pairs(max_pairs + 1), layout);
  EXPECT_EQ(layout.unsupported_reason, "needs pairs between 1 and 125");
  Layout max = one_pair();
  repeat_for_pairs(of_pairs(max_pairs), max);
  EXPECT_LE(max.roles.size(), max_workers);
  EXPECT_LE(max.channels.size(), max_channels);
}

WorkerReport receiver(std::int64_t messages, std::uint64_t begin_ns, std::uint64_t end_ns,
                      double first_ns) {
  WorkerReport report;
  report.role = "receiver";
  report.tallies["messages"] = messages;
  report.metrics = {{"first_message_ns", first_ns, Unit::nanoseconds}};
  note_interval(report, begin_ns, end_ns);
  return report;
}

TEST(Pairs, FiguresOfAllAreThoseOfEachTogether) {
  std::vector<WorkerReport> reports{receiver(300, 1'000, 2'000, 10), WorkerReport{},
                                    receiver(100, 1'500, 2'500, 30)};
  reports[1].role = "sender";
  reports[1].tallies["messages"] = 9;
  Trial trial;
  publish_sums(reports, "receiver", {"messages", "sent"}, trial);
  EXPECT_EQ(trial.counts.at("messages"), 400);
  EXPECT_FALSE(trial.counts.contains("sent"));
  EXPECT_EQ(joint_ns(reports), 1'500U);
  add_means(reports, "receiver", trial);
  EXPECT_DOUBLE_EQ(trial.metric("first_message_ns")->value, 20);
  add_fairness(reports, "receiver", "messages", trial);
  EXPECT_DOUBLE_EQ(trial.metric("fairness")->value, 0.8);
}

TEST(Pairs, OneAloneHasNoFairness) {
  Trial trial;
  add_fairness({receiver(300, 1'000, 2'000, 10)}, "receiver", "messages", trial);
  EXPECT_EQ(trial.metric("fairness"), nullptr);
}

}  // namespace
}  // namespace ipcmark
