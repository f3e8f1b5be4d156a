// A runner that a busy machine makes slow, as the coordinator sees it.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "scenarios/cleanup/manifest.hpp"
#include "scenarios/foreign/foreign_trial.hpp"
#include "scenarios/foreign/runner_list.hpp"
#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

// A trial of the made-up runner that misbehaves so.
Trial run_fake(const std::string& how, const TrialSetting& setting) {
  Program all = program();
  const std::string script = IPCMARK_SOURCE_DIR "/tests/command/fake_runner.py";
  const auto added = add_runner(all, "fake=/usr/bin/python3 '" + script + "' " + how, nullptr);
  if (!added) throw std::runtime_error(added.error());
  const auto manifest = Manifest::create();
  if (!manifest) throw std::runtime_error(manifest.error());
  RunSpec spec = spec_of("latency", "fake.thing");
  spec.messages = 300;
  return measure_trial(all, spec, **manifest, setting);
}

TEST(Runner, HelpersMayFollowItTheLaterTheBusierTheMachineIs) {
  TrialSetting setting;
  setting.machine_probe.tasks_per_cpu = [] { return 40.0; };
  const Trial trial = run_fake("leaves_late", setting);
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_FALSE(has_children());
}

}  // namespace
}  // namespace ipcmark::toy
