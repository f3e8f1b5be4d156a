// Recorded from containers of both versions: the files, and what /proc/self/cgroup said.
#include "scenarios/machine/control_group.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>

#include <fstream>

namespace ipcmark {
namespace {

class ControlGroups : public testing::Test {
 protected:
  ControlGroups() : root_(testing::TempDir() + "ipcmark-cgroup-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(root_);
  }
  ~ControlGroups() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  ControlGroup group(const std::string& membership) const { return {membership, root_}; }

  std::string root_;
};

constexpr const char* version_1 =
    "12:pids:/docker/ab\n4:cpu,cpuacct:/docker/ab\n3:memory:/docker/ab\n2:cpuset:/docker/ab\n"
    "1:name=systemd:/docker/ab\n0::/docker/ab\n";

TEST_F(ControlGroups, AQuotaOfVersion1IsSeenWithItsThrottling) {
  write("/cpu/docker/ab/cpu.cfs_quota_us", "20000\n");
  write("/cpu/docker/ab/cpu.cfs_period_us", "100000\n");
  write("/cpu/docker/ab/cpu.stat", "nr_periods 9\nnr_throttled 7\nthrottled_time 512345678\n");
  write("/cpu/cpu.cfs_quota_us", "-1\n");
  write("/memory/docker/ab/memory.limit_in_bytes", "268435456\n");
  write("/pids/docker/ab/pids.max", "64\n");
  write("/cpuset/docker/ab/cpuset.cpus", "0-1\n");
  const ControlGroup own = group(version_1);
  EXPECT_EQ(own.cpu_max(), "20000 100000");
  EXPECT_EQ(own.throttled_ns(), 512'345'678U);
  EXPECT_EQ(own.memory_max(), "268435456");
  EXPECT_EQ(own.pids_max(), "64");
  EXPECT_EQ(own.cpus(), "0-1");
}

// The container sees its own group as the root of the mount, and is told its path on the host.
TEST_F(ControlGroups, AQuotaThatLiesAtTheMountIsSeen) {
  write("/cpu/cpu.cfs_quota_us", "150000\n");
  write("/cpu/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(group(version_1).cpu_max(), "150000 100000");
}

TEST_F(ControlGroups, NoLimitOfVersion1IsSaidInTheWordsOfVersion2) {
  write("/cpu/cpu.cfs_quota_us", "-1\n");
  write("/cpu/cpu.cfs_period_us", "100000\n");
  write("/memory/memory.limit_in_bytes", "9223372036854771712\n");
  const ControlGroup own = group(version_1);
  EXPECT_EQ(own.cpu_max(), "max 100000");
  EXPECT_EQ(own.memory_max(), "max");
  EXPECT_FALSE(own.throttled_ns());
}

TEST_F(ControlGroups, AQuotaOfVersion2IsTheNearestThatIsSet) {
  write("/system.slice/cpu.max", "50000 100000\n");
  write("/system.slice/run.scope/cpu.max", "max 100000\n");
  write("/system.slice/run.scope/cpu.stat",
        "usage_usec 100\nuser_usec 60\nsystem_usec 40\nnr_periods 3\nnr_throttled 2\n"
        "throttled_usec 1500\n");
  write("/system.slice/run.scope/pids.max", "max\n");
  const ControlGroup own = group("0::/system.slice/run.scope\n");
  EXPECT_EQ(own.cpu_max(), "50000 100000");
  EXPECT_EQ(own.throttled_ns(), 1'500'000U);
  EXPECT_EQ(own.pids_max(), "max");
  EXPECT_EQ(own.memory_max(), "n/a");
}

TEST_F(ControlGroups, WithoutAnyNothingIsKnown) {
  const ControlGroup own = group("");
  EXPECT_EQ(own.cpu_max(), "n/a");
  EXPECT_EQ(own.cpus(), "n/a");
  EXPECT_FALSE(own.throttled_ns());
}

}  // namespace
}  // namespace ipcmark
