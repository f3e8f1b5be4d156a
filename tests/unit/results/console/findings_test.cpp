#include "results/console/findings.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

// Six trials whose trips all take that long, as a clock tells them that moves in steps of 10 ns.
Cell stepped(const char* backend, Wait wait, std::uint64_t ns) {
  Cell cell;
  cell.spec.scenario = "latency";
  cell.spec.backend = backend;
  cell.spec.wait = wait;
  for (int i = 0; i < 6; ++i)
    cell.trials.emplace_back().histograms["round_trip"].record(ns, 20'000);
  return cell;
}

// Six trials a little below and above.
Cell streamed(const char* backend, std::uint64_t size, double rate) {
  Cell cell;
  cell.spec.scenario = "throughput";
  cell.spec.backend = backend;
  cell.spec.size = size;
  for (const double share : {0.98, 0.99, 1.0, 1.01, 1.02, 1.03}) {
    const double bytes = rate * share * static_cast<double>(size);
    cell.trials.emplace_back().metrics = {{"rate", rate * share, Unit::messages_per_second, 1000},
                                          {"bytes_rate", bytes, Unit::bytes_per_second, 1000}};
  }
  return cell;
}

std::vector<std::string> found(std::vector<Cell> cells) {
  ResultDocument document = empty_document();
  document.environment.facts["clock"]["step_ns"] = "10";
  document.cells = std::move(cells);
  return findings(make_view(document), false);
}

TEST(Findings, ThoseThatTheClockCannotTellApartAreTied) {
  const auto lines =
      found({stepped("shm_ring", Wait::block, 171), stepped("mmap_file", Wait::block, 181),
             stepped("pipe", Wait::block, 200)});
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0], "Shortest round trip at 64 B: shm_ring, 171 ns; tied with mmap_file.");
  const auto apart =
      found({stepped("shm_ring", Wait::block, 171), stepped("mmap_file", Wait::block, 191)});
  EXPECT_EQ(apart.at(0), "Shortest round trip at 64 B: shm_ring, 171 ns.");
}

TEST(Findings, OfThoseThatSleepThereMayBeATieOfTheirOwn) {
  const auto lines = found({stepped("shm_ring", Wait::spin, 100), stepped("pipe", Wait::block, 171),
                            stepped("fifo", Wait::block, 181)});
  EXPECT_EQ(lines.at(0),
            "Shortest round trip at 64 B: shm_ring (spin), 100 ns; of those that sleep while they "
            "wait: pipe, 171 ns; tied with fifo.");
}

TEST(Findings, SpinningThatIsTiedWithTheBlockingWaitGainsNothing) {
  const auto said = [](std::uint64_t block_ns) {
    std::string all;
    for (const std::string& line : found(
             {stepped("shm_ring", Wait::spin, 171), stepped("shm_ring", Wait::block, block_ns)})) {
      all += line;
    }
    return all;
  };
  EXPECT_EQ(said(181).find("spinning has"), std::string::npos);
  EXPECT_NE(said(191).find("shm_ring: spinning has 1.1x lower latency"), std::string::npos);
}

TEST(Findings, RatesThatOverlapAreTied) {
  const auto lines = found({streamed("pipe", 64, 1'000'000), streamed("fifo", 64, 999'000),
                            streamed("tcp", 64, 500'000), streamed("tcp", 128, 500'000),
                            streamed("fifo", 128, 100'000)});
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[0].find("Most messages a second at 64 B: pipe, "), std::string::npos) << lines[0];
  EXPECT_TRUE(lines[0].ends_with("; tied with fifo.")) << lines[0];
  EXPECT_NE(lines[1].find("Most bytes a second: pipe with messages of 64 B"), std::string::npos)
      << lines[1];
  EXPECT_TRUE(lines[1].ends_with("; tied with fifo, tcp (128 B).")) << lines[1];
}

}  // namespace
}  // namespace ipcmark
