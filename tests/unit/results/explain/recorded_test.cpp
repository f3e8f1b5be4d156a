// Captures of real trials (tests/unit/results/golden/explain), recorded with
//   ipcmark explain KEY --rounds 1 --messages 60 --capture FILE
// A rule that is wrong shows in them first, and not in sums, which agree by construction.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "results/explain/waterfall.hpp"
#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

std::string folder() { return std::string(IPCMARK_GOLDEN_DIR) + "/explain/"; }

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Capture recorded(const std::string& name) {
  Capture capture;
  std::string wrong;
  EXPECT_TRUE(capture_from_text(content_of(folder() + name + ".capture"), capture, wrong))
      << name << ": " << wrong;
  return capture;
}

class Recorded : public ::testing::TestWithParam<const char*> {};

TEST_P(Recorded, EveryTripIsAGaplessChainAndFewAreCut) {
  const Timeline timeline(recorded(GetParam()));
  const std::vector<Chain> chains = chains_of(timeline);
  ASSERT_GE(chains.size(), 20U);
  std::size_t cut = 0;
  for (const Chain& chain : chains) {
    EXPECT_TRUE(chain.complete);
    EXPECT_EQ(chain.negative, 0U);
    EXPECT_TRUE(small::is_gapless(chain));
    cut += chain.cut ? 1 : 0;
  }
  EXPECT_LE(cut, chains.size() / 10) << "recorded beside other work";
}

TEST_P(Recorded, IsExplainedAsBefore) {
  CellObservations cell;
  cell.key = GetParam();
  cell.seen = Seen::kernel;
  cell.timelines.emplace_back(recorded(GetParam()));
  const std::vector<Explanation> explanations = {explain(cell, 3)};
  const std::string text =
      to_console(explanations, 2, ConsoleStyle{.color = false, .unicode = true});
  const std::string path = folder() + GetParam() + ".txt";
  if (std::getenv("IPCMARK_RENEW_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, content_of(path));
}

INSTANTIATE_TEST_SUITE_P(Captures, Recorded,
                         ::testing::Values("pipe_cross_cpu", "pipe_same_cpu", "zeromq_cross_cpu"),
                         [](const auto& named) { return std::string(named.param); });

TEST(RecordedCaptures, AreSmall) {
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    EXPECT_LE(file.file_size(), 100U * 1024) << file.path();
  }
}

}  // namespace
}  // namespace ipcmark
