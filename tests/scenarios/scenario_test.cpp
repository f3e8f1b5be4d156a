#include "tests/scenarios/scenario_test.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

#include "scenarios/cleanup/manifest.hpp"

namespace ipcmark::toy {
namespace {

RunSpec verified(const std::string& scenario, const std::string& backend, Options options) {
  RunSpec spec = spec_of(scenario, backend);
  spec.verify = Verify::full;
  spec.options = std::move(options);
  return spec;
}

}  // namespace

RunSpec over_backend(const std::string& scenario, const std::string& backend, Options options) {
  return verified(scenario, backend, std::move(options));
}

RunSpec over_lock(const std::string& scenario, const std::string& lock, Options options) {
  RunSpec spec = verified(scenario, "", std::move(options));
  spec.lock = lock;
  return spec;
}

RunSpec over_notifier(const std::string& scenario, const std::string& notifier, Options options) {
  RunSpec spec = verified(scenario, "", std::move(options));
  spec.notifier = notifier;
  return spec;
}

Trial run_one(RunSpec spec, const std::string& fault) {
  spec.fault = fault;
  const auto manifest = Manifest::create();
  if (!manifest) throw std::runtime_error(manifest.error());
  return run(spec, {}, **manifest);
}

void expect_whole(const RunSpec& spec) {
  const Trial trial = run_one(spec);
  EXPECT_EQ(trial.state, State::passed) << spec.key() << ": " << trial.reason;
}

void expect_caught(const RunSpec& spec, const std::string& fault, const std::string& reason) {
  const Trial trial = run_one(spec, fault);
  EXPECT_EQ(trial.state, State::failed) << spec.key() << " with " << fault << ": " << trial.reason;
  EXPECT_THAT(trial.reason, testing::HasSubstr(reason)) << spec.key() << " with " << fault;
}

std::uint64_t samples_above(const Histogram& histogram, std::uint64_t limit) {
  std::uint64_t many = 0;
  for (std::uint64_t i = 0; i < histogram.count(); ++i) {
    const double q = (static_cast<double>(i) + 0.5) / static_cast<double>(histogram.count());
    many += histogram.quantile(q) > limit ? 1U : 0U;
  }
  return many;
}

}  // namespace ipcmark::toy
