// A worker is killed in the middle of a trial: what had reached the others until then is in the
// trial's account, so that it can be judged.
#include <gtest/gtest.h>
#include <signal.h>

#include "backends/deadline.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

constexpr std::uint64_t ms = 1'000'000;

struct Killer {
  std::uint64_t began = 0;
  bool done = false;
  static void tick(const std::vector<int>& pids, void* user) {
    auto& killer = *static_cast<Killer*>(user);
    if (killer.began == 0) killer.began = now_ns();
    if (killer.done || now_ns() - killer.began < 500 * ms) return;
    killer.done = true;
    ::kill(pids.front(), SIGKILL);  // the first worker: who sends
  }
};

Trial killed_in(RunSpec spec, const std::string& fault) {
  spec.fault = fault;
  Killer killer;
  TrialSetting setting;
  setting.while_running = Killer::tick;
  setting.user = &killer;
  const auto manifest = Manifest::create();
  if (!manifest) throw std::runtime_error(manifest.error());
  return run(spec, setting, **manifest);
}

void expect_account(const Trial& trial, std::uint64_t Integrity::*what, const char* name) {
  EXPECT_EQ(trial.state, State::failed) << name << ": " << trial.reason;
  EXPECT_EQ(trial.cause, Cause::killed) << name << ": " << trial.reason;
  EXPECT_GT(trial.integrity.checked, 2U) << name;
  EXPECT_EQ(trial.integrity.*what, 1U) << name;
  // What is missing may be what the kill lost; nothing else follows from a count it did not tell.
  EXPECT_EQ(trial.integrity.corrupted + trial.integrity.duplicated + trial.integrity.reordered +
                trial.integrity.wrong_length,
            1U)
      << name;
}

TEST(Survivors, AccountForWhatReachedThemBeforeAPeerDied) {
  RunSpec stream = over_backend("throughput", "pipe");
  stream.duration_ns = 20'000 * ms;
  expect_account(killed_in(stream, "duplicate:2"), &Integrity::duplicated, "throughput");
  const Options slow{{"think_time_ns", 20 * ms}, {"count", 1000}};
  expect_account(killed_in(over_backend("sensor", "unix_stream", slow), "duplicate:2"),
                 &Integrity::duplicated, "sensor");
  expect_account(killed_in(over_backend("sensor", "posix_mq", slow), "swap:2"),
                 &Integrity::reordered, "sensor");
}

}  // namespace
}  // namespace ipcmark::toy
