// What a runner that says passed is not believed.
#include "scenarios/foreign/answer_check.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>

namespace ipcmark {
namespace {

constexpr std::uint64_t took_ns = 1'000'000'000;

const Program& program() {
  static const Program built{built_in_registry(), built_in_scenarios()};
  return built;
}

ForeignMechanism mechanism(bool lock = false, bool exclusive = true) {
  ForeignMechanism made;
  made.name = "x.pipe";
  made.about.lock = lock;
  made.about.exclusive = exclusive;
  return made;
}

RunSpec cell(const char* scenario, bool lock = false) {
  RunSpec spec;
  spec.scenario = scenario;
  (lock ? spec.lock : spec.backend) = "x.pipe";
  resolve_options(program(), spec);
  return spec;
}

Trial latency() {
  Trial trial;
  Histogram trips;
  for (int i = 0; i < 100; ++i) trips.record(20'000);
  trial.histograms["round_trip"] = trips;
  trial.counts = {{"messages", 200}, {"messages_total", 220}};
  return trial;
}

Trial counter(std::int64_t reached, std::int64_t expected) {
  Trial trial;
  trial.counts = {{"counter_final", reached},
                  {"counter_expected", expected},
                  {"updates_lost", expected - reached},
                  {"two_holders", 0},
                  {"messages_total", expected}};
  return trial;
}

std::string wrong(const RunSpec& spec, const Trial& trial,
                  const ForeignMechanism& over = mechanism()) {
  return wrong_answer(program(), spec, over, trial, took_ns);
}

TEST(AnswerCheck, WhatFitsIsBelieved) {
  EXPECT_EQ(wrong(cell("latency"), latency()), "");
  EXPECT_EQ(wrong(cell("counter", true), counter(15, 15), mechanism(true)), "");
}

TEST(AnswerCheck, WhatContradictsItselfIsNot) {
  struct Lie {
    const char* part;
    std::function<void(Trial&)> tell;
  };
  const Lie lies[] = {
      {"'speed', which latency does not declare",
       [](Trial& trial) {
         trial.metrics.push_back({"speed", 1, Unit::count});
       }},
      {"'first_message_ns', which latency does not declare",  // in another unit
       [](Trial& trial) {
         trial.metrics.push_back({"first_message_ns", 1, Unit::seconds});
       }},
      {"has no round_trip", [](Trial& trial) { trial.histograms.clear(); }},
      {"not all was intact: messages: 3 lost", [](Trial& trial) { trial.integrity.lost = 3; }},
      {"messages is 300 instead of 200", [](Trial& trial) { trial.counts["messages"] = 300; }}};
  for (const Lie& lie : lies) {
    Trial trial = latency();
    lie.tell(trial);
    EXPECT_NE(wrong(cell("latency"), trial).find(lie.part), std::string::npos)
        << lie.part << ": " << wrong(cell("latency"), trial);
  }
}

TEST(AnswerCheck, ACountThatWasAskedForHasToBeThere) {
  RunSpec spec = cell("latency");
  spec.messages = 100;
  EXPECT_EQ(wrong(spec, latency()), "");
  spec.messages = 1000;
  EXPECT_NE(wrong(spec, latency()).find("instead of 2000"), std::string::npos);
}

TEST(AnswerCheck, ProofsAreThoseOfTheQuestion) {
  const RunSpec spec = cell("counter", true);
  EXPECT_NE(wrong(spec, counter(14, 15), mechanism(true)).find("14 of 15"), std::string::npos);
  EXPECT_NE(
      wrong(spec, counter(14, 14), mechanism(true)).find("counter_expected is 14 instead of 15"),
      std::string::npos);
  // The control must lose some.
  EXPECT_EQ(wrong(spec, counter(14, 15), mechanism(true, false)), "");
}

TEST(AnswerCheck, NothingTakesLongerThanItsTrial) {
  Trial trial;
  trial.metrics = {{"rate", 1000, Unit::messages_per_second},
                   {"bytes_rate", 64000, Unit::bytes_per_second}};
  trial.counts = {{"messages", 900}, {"measured_ns", 900'000'000}, {"messages_total", 900}};
  EXPECT_EQ(wrong(cell("throughput"), trial), "");
  trial.counts["measured_ns"] = 450'000'000;
  EXPECT_NE(wrong(cell("throughput"), trial).find("900 in 450000000 ns"), std::string::npos);
  trial.counts = {{"messages", 9000}, {"measured_ns", 9'000'000'000}, {"messages_total", 9000}};
  EXPECT_NE(wrong(cell("throughput"), trial).find("of the 1 s that it took"), std::string::npos);
}

TEST(AnswerCheck, OfASaturatedLoadThereAreNoTimes) {
  Trial trial;
  trial.counts = {{"messages", 10}, {"messages_total", 12}, {"offered", 12}, {"saturated", 1}};
  EXPECT_EQ(wrong(cell("load"), trial), "");
  trial.histograms["response"].record(20'000, 10);
  EXPECT_NE(wrong(cell("load"), trial).find("says saturated, and has a response"),
            std::string::npos);
  trial.histograms.clear();
  trial.counts.erase("saturated");
  EXPECT_NE(wrong(cell("load"), trial).find("has no response"), std::string::npos);
}

Trial load(double share) {
  Trial trial;
  trial.counts = {{"messages", 100}, {"messages_total", 120}, {"offered", 120}};
  trial.metrics = {{"achieved_share", share, Unit::ratio}};
  trial.histograms["response"].record(20'000, 100);
  return trial;
}

TEST(AnswerCheck, ALoadThatDoesNotKeepUpHasToSaySo) {
  const RunSpec spec = cell("load");
  EXPECT_EQ(wrong(spec, load(0.99)), "");
  for (const double share : {0.98, 0.0, std::nan("")}) {
    EXPECT_NE(wrong(spec, load(share)).find("came in time"), std::string::npos) << share;
  }
  Trial without = load(1);
  without.metrics.clear();
  EXPECT_NE(wrong(spec, without).find("has no achieved_share"), std::string::npos);
  RunSpec at_once = spec;
  at_once.options["rate"] = 1'000'000'000;
  EXPECT_NE(wrong(at_once, load(1)).find("due at once"), std::string::npos);
}

TEST(AnswerCheck, ALoadHasAsManyMessagesAsWereAskedForAndATimeOfEach) {
  RunSpec spec = cell("load");
  spec.messages = 100;
  EXPECT_EQ(wrong(spec, load(1)), "");
  spec.messages = 1000;
  EXPECT_NE(wrong(spec, load(1)).find("messages is 100 instead of 1000"), std::string::npos);
  spec.messages = 0;
  Trial fewer = load(1);
  fewer.histograms["response"].clear();
  fewer.histograms["response"].record(20'000, 90);
  EXPECT_NE(wrong(spec, fewer).find("messages is 100 instead of 90"), std::string::npos);
  fewer.counts["negative_samples"] = 10;
  EXPECT_EQ(wrong(spec, fewer), "");
}

TEST(AnswerCheck, EveryAnswerOfThePrograms) {
  const std::pair<const char*, std::map<std::string, std::int64_t>> right[] = {
      {"sentinel_stream", {{"received", 3}, {"stops", 1}, {"after_stop", 0}}},
      {"pipeline", {{"orders_served", 4}}},
      {"sensor", {{"readings", 20}, {"average_millionths", 24'845'000}}},
      {"large_payload", {{"bytes_received", 1'000'000}, {"bytes_expected", 1'000'000}}},
      {"chat", {{"chat_messages", 8}}},
      {"scoreboard", {{"points", 900}, {"points_awarded", 900}}}};
  for (const auto& [scenario, counts] : right) {
    RunSpec spec = cell(scenario);
    if (spec.scenario == "large_payload") spec.size = 1'000'000;
    for (const auto& [name, value] : counts) {
      Trial trial;
      trial.counts = counts;
      trial.counts["messages_total"] = 1;
      EXPECT_EQ(wrong(spec, trial), "") << scenario;
      trial.counts[name] = value + 1;
      EXPECT_NE(wrong(spec, trial), "") << scenario << " " << name;
    }
  }
}

}  // namespace
}  // namespace ipcmark
