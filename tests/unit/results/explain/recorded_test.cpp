// Captures of real trials (tests/unit/results/golden/explain), recorded by record.py beside this
// file. A rule that is wrong shows in them first, and not in sums, which agree by construction.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
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

// Of every file with that ending: its name without it.
std::vector<std::string> names_with(const std::string& ending) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    if (file.path().extension() == ending) names.push_back(file.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class Recorded : public ::testing::TestWithParam<std::string> {};

void expect_good(const std::vector<Chain>& chains) {
  ASSERT_GE(chains.size(), 15U);
  ASSERT_LE(chains.size(), 200U);
  std::size_t complete = 0;
  std::size_t cut = 0;
  for (const Chain& chain : chains) {
    EXPECT_EQ(chain.negative, 0U);
    complete += chain.complete ? 1 : 0;
    cut += chain.cut ? 1 : 0;
    if (!chain.complete) continue;
    EXPECT_TRUE(small::is_gapless(chain));
    EXPECT_EQ(small::sum_of(chain), chain.duration_ns());
  }
  EXPECT_GE(complete * 100, chains.size() * 95);
  EXPECT_LE(cut, chains.size() / 10) << "5 % of a trial, of which these are the first trips";
}

TEST_P(Recorded, NearlyEveryTripIsAGaplessChainAndFewAreCut) {
  expect_good(chains_of(Timeline(recorded(GetParam()))));
}

TEST_P(Recorded, WakingsAndSwitchesAloneMakeSuchChainsToo) {
  const Timeline timeline(small::coarse(recorded(GetParam())));
  const std::vector<Chain> chains = chains_of(timeline);
  expect_good(chains);
  const std::vector<Chain> fine = chains_of(Timeline(recorded(GetParam())));
  ASSERT_EQ(chains.size(), fine.size());
  std::size_t alike = 0;
  for (std::size_t i = 0; i < chains.size(); ++i) {
    EXPECT_EQ(chains[i].duration_ns(), fine[i].duration_ns());
    std::set<std::uint64_t> ends;
    for (const Segment& segment : fine[i].segments) ends.insert(segment.end_ns);
    alike += std::all_of(chains[i].segments.begin(), chains[i].segments.end(),
                         [&ends](const Segment& each) { return ends.contains(each.end_ns); });
  }
  EXPECT_GE(alike * 100, chains.size() * 90) << "a trip goes one way, however finely it is seen";
}

INSTANTIATE_TEST_SUITE_P(Captures, Recorded, ::testing::ValuesIn(names_with(".capture")),
                         [](const auto& named) { return named.param; });

class Explained : public ::testing::TestWithParam<std::string> {};

TEST_P(Explained, AsBefore) {
  CellObservations cell;
  cell.key = GetParam();
  cell.seen = Seen::kernel;
  cell.rounds.push_back(small::round_of(0, 0, recorded(GetParam())));
  const std::vector<Explanation> explanations = {explain(cell, 3)};
  const std::string text =
      to_console(explanations, 2, ConsoleStyle{.color = false, .unicode = true});
  const std::string path = folder() + GetParam() + ".txt";
  if (std::getenv("IPCMARK_RENEW_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, content_of(path));
}

INSTANTIATE_TEST_SUITE_P(Captures, Explained, ::testing::ValuesIn(names_with(".txt")),
                         [](const auto& named) { return named.param; });

TEST(RecordedCaptures, AreOfEveryBlockingBackendAcrossCpusAndOnOne) {
  const std::vector<std::string> names = names_with(".capture");
  for (const char* backend : {"pipe",           "fifo",           "unix_stream",
                              "unix_seqpacket", "unix_dgram",     "tcp",
                              "posix_mq",       "sysv_mq",        "shm_mutex",
                              "shm_ring",       "mmap_file",      "boost_mq",
                              "zeromq",         "broadcast_ring", "cma",
                              "eventfd_slot",   "futex_slot",     "io_uring_pipe",
                              "io_uring_unix",  "memfd_pass",     "mpmc_ring",
                              "signal",         "sysv_shm",       "udp",
                              "vmsplice"}) {
    for (const char* placement : {"cross_cpu", "same_cpu"}) {
      const std::string name = std::string(backend) + "_" + placement;
      EXPECT_TRUE(std::binary_search(names.begin(), names.end(), name)) << name;
    }
  }
}

TEST(RecordedCaptures, AreSmall) {
  for (const auto& file : std::filesystem::directory_iterator(folder())) {
    EXPECT_LE(file.file_size(), 100U * 1024) << file.path();
  }
}

}  // namespace
}  // namespace ipcmark
