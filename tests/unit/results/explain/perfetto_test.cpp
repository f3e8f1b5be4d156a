#include "results/explain/perfetto.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;
using ::testing::Contains;
using Json = nlohmann::json;

constexpr std::int32_t ways = (1 << 30) + 1;  // a row that is no process

Json page_of(std::size_t trips) {
  CellObservations cell;
  cell.key = "latency/pipe/64B/block/cross-cpu";
  cell.rounds = {round_of(0, 0, capture_of(sleeping_trips(1))),
                 round_of(0, 0, capture_of(sleeping_trips(trips)))};
  return Json::parse(to_perfetto({cell}));
}

std::vector<Json> slices(const Json& page, const std::string& name) {
  std::vector<Json> found;
  for (const Json& each : page) {
    if (each.at("ph") == "X" && each.at("name") == name) found.push_back(each);
  }
  return found;
}

TEST(Perfetto, HasOperationsAndSystemCallsOfTheLastTrialByThread) {
  const Json page = page_of(3);
  const std::vector<Json> sends = slices(page, "send");
  ASSERT_EQ(sends.size(), 6U) << "there and back";
  EXPECT_EQ(sends[0].at("pid"), a);
  EXPECT_EQ(sends[0].at("tid"), a);
  EXPECT_DOUBLE_EQ(sends[0].at("ts"), 10);
  EXPECT_DOUBLE_EQ(sends[0].at("dur"), 3.5);
  EXPECT_EQ(slices(page, "write").size(), 6U);
  EXPECT_EQ(slices(page, "receive").size(), 6U);
}

TEST(Perfetto, HasWhatRanAndInterruptsByCpu) {
  const Json page = page_of(2);
  EXPECT_EQ(slices(page, "function call interrupt").size(), 4U);
  const std::vector<Json> ran = slices(page, "B");
  ASSERT_EQ(ran.size(), 2U);
  EXPECT_DOUBLE_EQ(ran[0].at("ts"), 18);
  EXPECT_DOUBLE_EQ(ran[0].at("dur"), 6);
  std::vector<std::string> names;
  for (const Json& each : page) {
    if (each.at("name") == "thread_name") names.push_back(each.at("args").at("name"));
  }
  EXPECT_THAT(names, Contains("CPU 1"));
  EXPECT_THAT(names, Contains("CPU 0 interrupts"));
}

TEST(Perfetto, JoinsEachWakingWithItsSwitchByAnArrow) {
  std::map<std::uint64_t, int> ends;
  for (const Json& each : page_of(2)) {
    if (each.at("ph") == "s") ends[each.at("id")] += 1;
    if (each.at("ph") == "f") ends[each.at("id")] += 10;
  }
  EXPECT_EQ(ends.size(), 4U);
  for (const auto& [arrow, seen] : ends) EXPECT_EQ(seen, 11) << arrow;
}

TEST(Perfetto, HasTheWayOfEachTripSegmentBySegment) {
  const Json page = page_of(2);
  EXPECT_EQ(slices(page, "trip 1").size(), 1U);
  EXPECT_EQ(slices(page, "trip 2").size(), 1U);
  double sum = 0;
  for (const Json& each : page) {
    const bool segment = each.at("ph") == "X" && each.at("tid") == 2 && each.at("pid") == ways;
    if (!segment) continue;
    sum += each.at("dur").get<double>();
  }
  EXPECT_NEAR(sum, 40, 1e-6) << "two trips of 20 us";
}

TEST(Perfetto, OfNothingIsAnEmptyPage) { EXPECT_TRUE(Json::parse(to_perfetto({})).empty()); }

}  // namespace
}  // namespace ipcmark
