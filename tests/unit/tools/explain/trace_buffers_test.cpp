#include "tools/explain/trace_buffers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>

#include "tests/unit/tools/files/scratch_directory.hpp"

namespace ipcmark {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// As an instance of tracefs has them, for three CPUs.
class TraceBuffers : public ScratchDirectory {
 protected:
  TraceBuffers() {
    put("buffer_size_kb", "7");
    for (const char* cpu : {"cpu0", "cpu1", "cpu2"}) {
      std::filesystem::create_directories(at(std::string("per_cpu/") + cpu));
      put(std::string("per_cpu/") + cpu + "/buffer_size_kb", "7");
    }
  }
  std::string path() const { return at("."); }
  std::string of_cpu(int cpu) const {
    return text("per_cpu/cpu" + std::to_string(cpu) + "/buffer_size_kb");
  }
};

TEST_F(TraceBuffers, AreLargeForTheCpusInUseAlone) {
  ASSERT_EQ(size_trace_buffers(path(), {0, 2}), "");
  const std::string kb = std::to_string(trace_buffer_kb(2));
  EXPECT_EQ(of_cpu(0), kb);
  EXPECT_EQ(of_cpu(1), "7");
  EXPECT_EQ(of_cpu(2), kb);
  EXPECT_EQ(text("buffer_size_kb"), "1");
}

TEST_F(TraceBuffers, ThatCannotBeHadAreToldInASentence) {
  EXPECT_THAT(size_trace_buffers(path(), {7}), HasSubstr("per_cpu/cpu7/buffer_size_kb"));
  EXPECT_THAT(trace_buffer_refusal("a/file", 4096, ENOMEM),
              AllOf(HasSubstr("no memory for a buffer of 4096 KiB (a/file)"),
                    HasSubstr("let fewer CPUs be used")));
}

TEST_F(TraceBuffers, OfManyCpusTakeAsMuchAsThoseOfFew) {
  EXPECT_EQ(trace_buffer_kb(1), trace_buffer_kb(2));
  EXPECT_GE(trace_buffer_kb(1024), 1024U);
  for (const std::size_t cpus : {1U, 16U, 64U, 256U}) {
    EXPECT_LE(cpus * trace_buffer_kb(cpus), 256U * 1024) << cpus;
  }
}

TEST_F(TraceBuffers, ThatWereFullAreToldByCpu) {
  put("per_cpu/cpu0/stats", "entries: 5\noverrun: 0\ndropped events: 0\n");
  put("per_cpu/cpu1/stats", "entries: 5\noverrun: 2\ndropped events: 40\nread events: 9\n");
  EXPECT_THAT(lost_events(path()), ElementsAre(Pair(1, 42)));
}

}  // namespace
}  // namespace ipcmark
