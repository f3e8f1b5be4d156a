#include "results/export/samples_csv.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

Trial load_trial() {
  Trial trial;
  trial.round = 2;
  trial.samples = {{"receiver 1", {{100, 7}, {200, 8}}, 0, {{150, 1}}},
                   {"sender 0", {}, 0, {{160, 2}}}};
  return trial;
}

RunSpec load_cell() {
  RunSpec spec;
  spec.scenario = "load";
  spec.backend = "pipe";
  return spec;
}

TEST(SamplesCsv, ALineForEachEventFromTheFirstOn) {
  const std::string front = load_cell().key() + ",2,";
  EXPECT_EQ(samples_to_csv(load_cell(), load_trial()),
            front + "receiver 1,trip,0,7\n" + front + "receiver 1,trip,100,8\n" + front +
                "receiver 1,messages,50,1\n" + front + "sender 0,messages,60,2\n");
}

TEST(SamplesCsv, ASaturatedTrialHasNoTimes) {
  Trial trial = load_trial();
  trial.counts["saturated"] = 1;
  const std::string front = load_cell().key() + ",2,";
  EXPECT_EQ(samples_to_csv(load_cell(), trial),
            front + "receiver 1,messages,0,1\n" + front + "sender 0,messages,10,2\n");
}

}  // namespace
}  // namespace ipcmark
