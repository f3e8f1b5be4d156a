#include "tools/session/session.hpp"

#include <gtest/gtest.h>

#include <set>

namespace ipcmark {
namespace {

TEST(Session, EachTrialHasASeedOfItsOwn) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t run : {1U, 2U}) {
    for (std::uint32_t round = 0; round < 20; ++round) {
      for (const char* key :
           {"latency/pipe/64B/block/cross-cpu", "latency/fifo/64B/block/cross-cpu"}) {
        EXPECT_TRUE(seeds.insert(trial_seed(run, round, key)).second);
        EXPECT_EQ(trial_seed(run, round, key), trial_seed(run, round, key));
      }
    }
  }
  EXPECT_FALSE(seeds.contains(0));
}

}  // namespace
}  // namespace ipcmark
