#include "results/text/nearest.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ipcmark {
namespace {

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  const std::vector<std::string> names{"pipe", "fifo", "unix_stream", "unix_dgram", "tcp"};
  EXPECT_EQ(nearest("pip", names), "pipe");
  EXPECT_EQ(nearest("ppie", names), "pipe");
  EXPECT_EQ(nearest("unix-stream", names), "unix_stream");
  EXPECT_EQ(nearest("unixdgram", names), "unix_dgram");
  EXPECT_EQ(nearest("carrier_pigeon", names), "");
  EXPECT_EQ(nearest(std::string(100'000'000, 'p'), names), "");
}

}  // namespace
}  // namespace ipcmark
