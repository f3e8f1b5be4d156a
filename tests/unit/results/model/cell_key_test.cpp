#include "results/model/cell_key.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(Spec, KeyNamesWhatDiffersFromThePlainCell) {
  RunSpec spec;
  spec.scenario = "latency";
  spec.backend = "pipe";
  EXPECT_EQ(spec.key(), "latency/pipe/64B/block/cross-cpu");
  spec.seed = 99;
  spec.messages = 5;
  spec.duration_ns = 7;
  spec.warmup_ns = 9;
  EXPECT_EQ(spec.key(), "latency/pipe/64B/block/cross-cpu");
  spec.size = 1024;
  spec.wait = Wait::spin;
  spec.placement = Placement::same_cpu;
  spec.depth = 64;
  spec.batch = 16;
  spec.verify = Verify::full;
  spec.touch = Touch::none;
  spec.zero_copy = true;
  spec.options["processes"] = 4;
  EXPECT_EQ(spec.key(),
            "latency/pipe/1KiB/spin/same-cpu/depth=64/batch=16/verify=full/touch=none/zero-copy/"
            "processes=4");
  spec.cpus = {2, 3};
  spec.fault = "drop:7";
  EXPECT_NE(spec.key().find("/cpus=2,3/fault=drop:7"), std::string::npos) << spec.key();
}

TEST(Spec, KeyNamesWhatIsAskedOfTheMachine) {
  RunSpec spec;
  spec.scenario = "latency";
  spec.backend = "shm_ring";
  spec.huge_pages = HugePages::thp;
  spec.numa = "bind:1";
  spec.mlock = true;
  spec.rt_priority = 50;
  EXPECT_EQ(spec.key(),
            "latency/shm_ring/64B/block/cross-cpu/huge-pages=thp/numa=bind:1/mlock/rt-priority=50");
}

TEST(Spec, AnOptionAtItsDefaultStaysOutOfTheKey) {
  RunSpec spec;
  spec.scenario = "fan_in";
  spec.backend = "pipe";
  spec.options = {{"count", 100}, {"senders", 8}};
  spec.defaults = {{"count", 100}, {"senders", 4}};
  EXPECT_EQ(spec.key(), "fan_in/pipe/64B/block/cross-cpu/senders=8");
  EXPECT_EQ(setting_of(spec), "cross-cpu, senders=8");
}

TEST(Spec, ALockStandsInTheBackendsPlaceWhenThereIsNone) {
  RunSpec spec;
  spec.scenario = "counter";
  spec.lock = "futex";
  EXPECT_EQ(spec.key(), "counter/lock=futex/64B/block/cross-cpu");
  spec.backend = "shm_mutex";
  EXPECT_EQ(spec.key(), "counter/shm_mutex/64B/block/cross-cpu/lock=futex");
}

}  // namespace
}  // namespace ipcmark
