// From made-up trees of /sys/devices.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "scenarios/machine/facts.hpp"
#include "scenarios/machine/placement.hpp"

namespace ipcmark {
namespace {

class CoreKinds : public testing::Test {
 protected:
  CoreKinds() : root_(testing::TempDir() + "ipcmark-cores-" + std::to_string(::getpid())) {
    std::filesystem::create_directories(root_);
  }
  ~CoreKinds() override { std::filesystem::remove_all(root_); }
  void write(const std::string& path, const std::string& text) const {
    const std::filesystem::path file = root_ + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  std::string root_;
};

TEST_F(CoreKinds, AHybridX86ListsTheCpusOfEachKind) {
  write("/cpu_core/cpus", "0-3\n");
  write("/cpu_atom/cpus", "4-5,7\n");
  EXPECT_EQ(core_kinds(root_, {0, 1, 2, 4, 7}), "cpu_core: 0,1,2; cpu_atom: 4,7");
  EXPECT_EQ(core_kinds(root_, {4, 5}), "alike") << "those of one kind alone may be used";
  EXPECT_EQ(core_kind(root_, 5), "cpu_atom");
  EXPECT_EQ(core_kind(root_, 6), "");
}

TEST_F(CoreKinds, OtherArchitecturesTellTheCapacityOfEachCpu) {
  for (const int cpu : {0, 1})
    write("/system/cpu/cpu" + std::to_string(cpu) + "/cpu_capacity", "446\n");
  write("/system/cpu/cpu2/cpu_capacity", "1024\n");
  EXPECT_EQ(core_kinds(root_, {0, 1, 2}), "capacity 446: 0,1; capacity 1024: 2");
}

TEST_F(CoreKinds, OrdinaryMachinesTellOfNoDifference) {
  EXPECT_EQ(core_kinds(root_, {0, 1, 2}), "alike");
  write("/cpu_core/cpus", "nonsense\n");
  EXPECT_EQ(core_kinds(root_, {0, 1, 2}), "alike");
}

TEST(Placement, CrossCpuTakesCoresOfOneKindFirst) {
  const std::vector<CpuPlace> hybrid{{0, "0", "0", "all", "cpu_core"},
                                     {1, "1", "0", "all", "cpu_atom"},
                                     {2, "2", "0", "all", "cpu_core"},
                                     {3, "3", "0", "all", "cpu_atom"}};
  EXPECT_EQ(choose_cpus(RunSpec{}, hybrid).cpus, (std::vector<int>{0, 2, 1, 3}));
}

}  // namespace
}  // namespace ipcmark
