#include "scenarios/cleanup/trace_instances.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace ipcmark {
namespace {

class InstancesTest : public ::testing::Test {
 protected:
  InstancesTest() {
    std::string name = std::filesystem::temp_directory_path() / "instances.XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) directory_ = name;
  }
  ~InstancesTest() override { std::filesystem::remove_all(directory_); }
  std::string make(const std::string& leaf) {
    std::filesystem::create_directory(directory_ + "/" + leaf);
    return directory_ + "/" + leaf;
  }
  std::string directory_;
};

TEST_F(InstancesTest, OfThisProcessLives) {
  const std::string own = make(own_trace_instance());
  const TraceInstances found = trace_instances_in(directory_);
  EXPECT_EQ(found.live, std::vector<std::string>{own});
  EXPECT_TRUE(found.dead.empty());
}

TEST_F(InstancesTest, OfAProcessThatHasEndedIsDead) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const std::string own = own_trace_instance();
    ::_exit(::write(ends[1], own.c_str(), own.size()) > 0 ? 0 : 1);
  }
  char name[100] = {};
  ASSERT_GT(::read(ends[0], name, sizeof name - 1), 0);
  ::close(ends[0]);
  ::close(ends[1]);
  ::waitpid(child, nullptr, 0);
  const std::string path = make(name);
  EXPECT_EQ(trace_instances_in(directory_).dead, std::vector<std::string>{path});
  EXPECT_EQ(remove_trace_instance(path), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(remove_trace_instance(path), 0) << "it is gone already";
}

// Its number was given to another process since.
TEST_F(InstancesTest, OfAnEarlierProcessWithTheNumberOfALivingOneIsDead) {
  const std::string path = make("ipcmark." + std::to_string(::getpid()) + ".1");
  EXPECT_EQ(trace_instances_in(directory_).dead, std::vector<std::string>{path});
}

TEST_F(InstancesTest, OfOthersAreNone) {
  for (const char* leaf : {"ipcmark", "ipcmark.", "ipcmark.12", "ipcmark.x.1", "ipcmark.1.x",
                           "ipcmark.0.1", "ipcmark.-1.1", "foo.1.1", "ipcmark.1.1.1"}) {
    make(leaf);
  }
  const TraceInstances found = trace_instances_in(directory_);
  EXPECT_TRUE(found.dead.empty());
  EXPECT_TRUE(found.live.empty());
  EXPECT_TRUE(trace_instances_in(directory_ + "/none").dead.empty());
}

TEST_F(InstancesTest, ThatCannotGoIsSaid) {
  const std::string path = make("ipcmark.1.1");
  make("ipcmark.1.1/file");
  EXPECT_EQ(remove_trace_instance(path), ENOTEMPTY);
}

}  // namespace
}  // namespace ipcmark
