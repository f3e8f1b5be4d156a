#include "results/comparison/fingerprint.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "results/comparison/comparison_text.hpp"
#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

TEST(Fingerprint, NamesWhatDiffers) {
  Environment a;
  a.facts = {{"cpu", {{"model", "X"}, {"governor", "performance"}}},
             {"kernel", {{"release", "6.1"}}},
             {"build", {{"type", "Release"}, {"revision", "one"}}},
             {"limits", {{"msgmax", "8192"}}}};
  Environment b = a;
  b.facts["build"]["revision"] = "two";  // what is compared
  EXPECT_TRUE(fingerprint_differences(a, b).empty());
  b.facts["cpu"]["governor"] = "powersave";
  b.facts["limits"]["msgmax"] = "65536";
  b.facts["kernel"].erase("release");
  EXPECT_EQ(fingerprint_differences(a, b),
            (std::vector<std::string>{"cpu governor: performance and powersave",
                                      "kernel release: 6.1 and not recorded",
                                      "limits msgmax: 8192 and 65536"}));
}

ResultDocument with_limits(const char* backend, std::map<std::string, std::string> limits) {
  ResultDocument document = empty_document();
  document.cells = {sample_latency(backend, 1000, 0.02, 0, 1)};
  document.environment.facts["limits"] = std::move(limits);
  return document;
}

std::size_t differences(const char* backend, const char* limit) {
  return result_differences(with_limits(backend, {{limit, "1"}}),
                            with_limits(backend, {{limit, "2"}}))
      .size();
}

TEST(Fingerprint, ALimitThatTheCellsDoNotTouchIsNoDifference) {
  EXPECT_EQ(differences("posix_mq", "mqueue.msg_max"), 1U);
  EXPECT_EQ(differences("pipe", "mqueue.msg_max"), 0U);
  EXPECT_EQ(differences("pipe", "pipe-max-size"), 1U);
  EXPECT_EQ(differences("tcp", "pipe-max-size"), 0U);
  EXPECT_EQ(differences("tcp", "net.rmem_max"), 1U);
  // It does nothing but refuse, and what ran was not refused.
  for (const char* limit : {"rlimit.nofile", "rlimit.as", "rlimit.memlock", "cgroup.pids.max"}) {
    EXPECT_EQ(differences("pipe", limit), 0U) << limit;
  }
  // What is no mechanism's own may have touched any cell.
  EXPECT_EQ(differences("pipe", "cgroup.cpu.max"), 1U);
  EXPECT_EQ(differences("pipe", "a new one"), 1U);
}

TEST(Fingerprint, AnyLimitMayBindWhatIsNotKnown) {
  for (const char* limit : {"pipe-max-size", "mqueue.msg_max", "net.rmem_max", "msgmax"}) {
    EXPECT_EQ(differences("python.pipe", limit), 1U) << limit;
  }
  EXPECT_EQ(differences("python.pipe", "rlimit.nofile"), 0U);
  // A runner's mechanism is as unknown where the runner is at hand.
  ResultDocument base = with_limits("python.pipe", {{"pipe-max-size", "1"}});
  ResultDocument candidate = with_limits("python.pipe", {{"pipe-max-size", "2"}});
  for (ResultDocument* each : {&base, &candidate}) {
    MechanismFacts& facts = each->catalogue.backends.emplace_back();
    facts.name = "python.pipe";
    facts.foreign = true;
  }
  EXPECT_EQ(result_differences(base, candidate).size(), 1U);
  // Not compared, since one side alone has it.
  EXPECT_TRUE(result_differences(base, with_limits("tcp", {{"pipe-max-size", "2"}})).empty());
}

TEST(Fingerprint, HoldsClockAndTurboAgainstEachOther) {
  ResultDocument base = empty_document();
  base.environment.facts = {{"cpu", {{"turbo", "off"}}}, {"clock", {{"source", "tsc"}}}};
  ResultDocument candidate = base;
  candidate.environment.facts["clock"]["step_ns"] = "10";
  EXPECT_TRUE(result_differences(base, candidate).empty());
  candidate.environment.facts["cpu"]["turbo"] = "on";
  candidate.environment.facts["clock"]["source"] = "hpet";
  EXPECT_EQ(fingerprint_differences(base.environment, candidate.environment),
            (std::vector<std::string>{"cpu turbo: off and on", "clock source: tsc and hpet"}));
  EXPECT_EQ(kinds_of(result_differences(base, candidate)),
            (std::vector<std::string>{"cpu", "clock"}));
}

TEST(Fingerprint, WhatOlderConditionsDoNotHoldIsNoOtherCondition) {
  ResultDocument result = empty_document();
  result.environment.facts = {{"cpu", {{"model", "X"}}}, {"clock", {{"source", "tsc"}}}};
  Environment conditions;
  conditions.facts = {{"cpu", {{"model", "X"}}}};
  EXPECT_TRUE(condition_differences(conditions, result).empty());
  conditions.facts["clock"]["source"] = "hpet";
  EXPECT_EQ(condition_differences(conditions, result).size(), 1U);
}

TEST(Fingerprint, ALimitThatNoCellTouchesIsNoOtherCondition) {
  const ResultDocument result =
      with_limits("pipe", {{"rlimit.nofile", "1"}, {"pipe-max-size", "1"}});
  Environment conditions = result.environment;
  conditions.facts["limits"]["rlimit.nofile"] = "2";
  EXPECT_TRUE(condition_differences(conditions, result).empty());
  conditions.facts["limits"]["pipe-max-size"] = "2";
  EXPECT_EQ(condition_differences(conditions, result).size(), 1U);
}

TEST(Fingerprint, KindsOfFactsAreWhatAcrossNames) {
  ResultDocument base = with_limits("pipe", {{"cgroup.cpu.max", "1"}});
  ResultDocument candidate = with_limits("pipe", {{"cgroup.cpu.max", "2"}});
  candidate.environment.facts["kernel"]["release"] = "9";
  const auto found = result_differences(base, candidate);
  EXPECT_EQ(kinds_of(found), (std::vector<std::string>{"kernel", "limits"}));
  Comparison comparison = compare_results(base, candidate, {}, {});
  comparison.across = found;
  for (const ComparedFigure& figure : comparison.figures) {
    if (!figure.gated) continue;
    EXPECT_NE(verdict_text(comparison, figure).find("across kernel, limits"), std::string::npos);
  }
  EXPECT_NE(comparison_to_json(comparison).find("\"across\":[\"kernel\",\"limits\"]"),
            std::string::npos);
  EXPECT_NE(comparison_to_markdown(comparison).find("across kernel, limits"), std::string::npos);
  EXPECT_NE(comparison_to_console(comparison, {}, false).find("across kernel, limits"),
            std::string::npos);
}

TEST(Fingerprint, ShowsWhereLongTextsPart) {
  Environment a;
  Environment b;
  const std::string same(200, 'm');
  a.facts["cpu"]["mitigations"] = same + " on";
  b.facts["cpu"]["mitigations"] = same + " off";
  EXPECT_EQ(fingerprint_differences(a, b),
            (std::vector<std::string>{"cpu mitigations: ...mmmmmmmm on and ...mmmmmmmm off"}));
}

}  // namespace
}  // namespace ipcmark
