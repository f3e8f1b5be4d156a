#include "tools/doctor/doctor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <set>

#include "scenarios/machine/environment_probe.hpp"
#include "tools/doctor/health.hpp"

namespace ipcmark {
namespace {

std::vector<CanaryReading> readings(std::initializer_list<double> trips) {
  std::vector<CanaryReading> all;
  for (const double trip : trips) all.push_back({trip, 10'000});
  return all;
}

TEST(Doctor, ASteadyMachineIsFine) {
  const auto finding = judge_canaries(readings({100, 101, 102, 103, 101, 100}), false);
  EXPECT_EQ(finding.severity, Severity::ok);
  EXPECT_NE(finding.seen.find("fast at 101 ns"), std::string::npos) << finding.seen;
}

TEST(Doctor, TwoStatesAreFoundAndNamed) {
  const auto finding = judge_canaries(readings({150, 550, 152, 151, 560, 149}), true);
  EXPECT_EQ(finding.severity, Severity::warning);
  EXPECT_NE(finding.seen.find("fast at 151 ns (4 readings"), std::string::npos) << finding.seen;
  EXPECT_NE(finding.seen.find("slow at 560 ns (2 readings"), std::string::npos) << finding.seen;
  EXPECT_FALSE(finding.advice.empty());
}

TEST(Doctor, AWideSpreadIsAWarningAndVirtualCpusANote) {
  EXPECT_EQ(judge_canaries(readings({100, 120, 140, 165, 190, 195}), false).severity,
            Severity::warning);
  EXPECT_EQ(judge_canaries(readings({100, 101, 102}), true).severity, Severity::note);
  EXPECT_EQ(judge_canaries(readings({500, 501, 502}), false).severity, Severity::note);
}

TEST(Doctor, CanariesThatCouldNotBeTakenAreAWarning) {
  EXPECT_EQ(judge_canaries(readings({0, 0, 0, 100}), false).severity, Severity::warning);
  EXPECT_EQ(judge_canaries({}, false).severity, Severity::warning);
}

Severity worst(const std::vector<DoctorFinding>& findings, const std::string& topic) {
  auto severity = Severity::ok;
  for (const auto& finding : findings)
    if (finding.topic == topic) severity = std::max(severity, finding.severity);
  return severity;
}

TEST(Doctor, EachFactIsJudged) {
  auto machine = probe_environment();
  auto& facts = machine.facts;
  facts["build"]["type"] = "Release";
  facts["build"]["sanitizers"] = "none";
  facts["cpu"]["governor"] = "performance";
  facts["cpu"]["allowed"] = "0,1,2,3";
  facts["cpu"]["online"] = "4";
  facts["cpu"]["topology"] = "0: core 0 package 0 siblings 0; 1: core 1 package 0 siblings 1";
  facts["load"]["average"] = "0.05 0.1 0.1 1/99 5";
  facts["load"]["dev_shm_free_bytes"] = "8589934592";
  facts["limits"]["cgroup.cpu.max"] = "max 100000";
  facts["clock"]["cost_ns"] = "25.0";
  const std::set<std::string> quiet{"build", "governor", "cpus", "load", "shared memory", "clock"};
  for (const auto& topic : quiet) EXPECT_EQ(worst(judge_environment(machine), topic), Severity::ok);

  const auto with = [&](const char* group, const char* name, const char* value) {
    auto changed = machine;
    changed.facts[group][name] = value;
    return judge_environment(changed);
  };
  EXPECT_EQ(worst(with("build", "type", "Debug"), "build"), Severity::warning);
  EXPECT_EQ(worst(with("build", "sanitizers", "address"), "build"), Severity::warning);
  EXPECT_EQ(worst(with("cpu", "governor", "powersave"), "governor"), Severity::warning);
  EXPECT_EQ(worst(with("cpu", "allowed", "3"), "cpus"), Severity::warning);
  EXPECT_EQ(worst(with("cpu", "topology", "0: siblings 0-1; 1: siblings 0-1"), "smt"),
            Severity::warning);
  EXPECT_EQ(worst(with("cpu", "core_kinds", "cpu_core: 0,1; cpu_atom: 2,3"), "core kinds"),
            Severity::warning);
  EXPECT_EQ(worst(with("cpu", "core_kinds", "alike"), "core kinds"), Severity::ok);
  EXPECT_EQ(worst(with("limits", "net.wmem_default", "4608"), "sockets"), Severity::note);
  EXPECT_EQ(worst(with("limits", "net.wmem_default", "n/a"), "sockets"), Severity::ok);
  EXPECT_EQ(worst(with("limits", "pipe-max-size", "65536"), "pipe size"), Severity::note);
  EXPECT_EQ(worst(with("limits", "pipe-user-pages-soft", "256"), "pipe pages"), Severity::note);
  EXPECT_EQ(worst(with("load", "average", "3.5 1 1 1/99 5"), "load"), Severity::warning);
  EXPECT_EQ(worst(with("limits", "cgroup.cpu.max", "50000 100000"), "cgroup"), Severity::warning);
  EXPECT_EQ(worst(with("clock", "cost_ns", "900.0"), "clock"), Severity::warning);
  EXPECT_EQ(worst(with("load", "dev_shm_free_bytes", "67108864"), "shared memory"),
            Severity::warning);
  EXPECT_EQ(worst(with("load", "dev_shm_free_bytes", "n/a"), "shared memory"), Severity::warning);
  EXPECT_EQ(worst(with("limits", "rlimit.nofile", "64 (hard 64)"), "descriptors"),
            Severity::warning);
  EXPECT_EQ(worst(with("limits", "rlimit.msgqueue", "100000 (hard 100000)"), "POSIX queues"),
            Severity::warning);
}

TEST(Doctor, TheWorstFindingIsTheVerdict) {
  const DoctorFinding fine{Severity::ok, "clock", "tsc", {}};
  const DoctorFinding note{Severity::note, "SysV queues", "16384 B", "raise it"};
  const DoctorFinding warning{Severity::warning, "load", "3.5", "wait"};
  const DoctorFinding error{Severity::error, "trial", "did not pass", "see"};
  EXPECT_EQ(health_of({}), Health::fit);
  EXPECT_EQ(health_of({fine, note}), Health::fit);
  EXPECT_EQ(health_of({warning, note}), Health::disturbed);
  EXPECT_EQ(health_of({error, warning, fine}), Health::unusable);
  EXPECT_EQ(id_of(note), "sysv-queues");
  const auto json = nlohmann::json::parse(health_to_json(
      {"2026-01-02T03:04:05Z", probe_environment(), {fine, note, warning, warning}}));
  EXPECT_EQ(json["verdict"], "disturbed");
  EXPECT_EQ(json["counts"]["warning"], 2);
  EXPECT_EQ(json["counts"]["error"], 0);
  EXPECT_EQ(json["findings"][1]["id"], "sysv-queues");
  EXPECT_EQ(json["findings"][1]["advice"], "raise it");
}

// Whatever this machine is like: every topic is looked at, and whatever is wrong has a way out.
TEST(Doctor, ThisMachineIsExamined) {
  std::set<std::string> topics;
  std::set<std::string> ids;
  const std::atomic<int> stop{0};
  for (const auto& finding : examine_machine({}, stop)) {
    topics.insert(finding.topic);
    EXPECT_TRUE(ids.insert(id_of(finding)).second) << finding.topic << " comes twice";
    EXPECT_EQ(id_of(finding).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"),
              std::string::npos)
        << id_of(finding);
    EXPECT_FALSE(finding.seen.empty()) << finding.topic;
    if (finding.severity == Severity::warning) {
      EXPECT_FALSE(finding.advice.empty()) << finding.topic;
    }
  }
  for (const auto* topic : {"build", "cpus", "governor", "load", "clock", "POSIX queues",
                            "shared memory", "processes", "steal", "system call", "runs"})
    EXPECT_TRUE(topics.contains(topic)) << topic;
}

}  // namespace
}  // namespace ipcmark
