#include <gtest/gtest.h>

#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

TEST(TaskQueue, DoesEveryTaskOnceThoughWorkersAreKilled) {
  // With few tasks those that are being killed could do all the rest before the last kill.
  for (const std::int64_t tasks : {25, 400}) {
    for (const char* backend : {"pipe", "shm_ring", "unix_stream"}) {
      const Trial trial =
          run_one(over_backend("task_queue", backend, {{"count", tasks}, {"kills", 4}}));
      ASSERT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
      EXPECT_EQ(trial.counts.at("tasks_done"), tasks);
      EXPECT_EQ(trial.counts.at("workers_killed"), 4) << backend << ", " << tasks << " tasks";
    }
  }
  EXPECT_FALSE(has_children());
}

TEST(TaskQueue, RunsWithoutKillsToo) {
  const Trial trial = run_one(over_backend("task_queue", "pipe", {{"kills", 0}}));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("given_again"), 0);
}

TEST(TaskQueue, CatchesEveryFault) {
  expect_caught(over_backend("task_queue", "pipe"), "done_twice", "results were used");
  for (const char* fault : {"flip:5", "truncate:5"}) {
    expect_caught(over_backend("task_queue", "pipe"), fault);
  }
}

// The sender of the second one is the dispatcher, or a worker: a task or a result comes again.
TEST(TaskQueue, CatchesWhatComesTwice) {
  for (const char* backend : {"pipe", "shm_ring", "unix_stream", "posix_mq"}) {
    for (const std::int64_t kills : {0, 1}) {
      const RunSpec spec = over_backend("task_queue", backend, {{"kills", kills}});
      expect_caught(spec, "duplicate:2", "duplicated");
    }
  }
}

}  // namespace
}  // namespace ipcmark::toy
