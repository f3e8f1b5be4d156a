// The slowest trips, shown one by one: each names what made it slow.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/explain/waterfall.hpp"
#include "tests/unit/results/explain/small_capture.hpp"

namespace ipcmark {
namespace {

using namespace small;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using K = EventKind;

constexpr std::size_t trips = 9;
constexpr std::uint64_t last = 10'000 + (trips - 1) * 30'000;

// The last trip stands still for 90 us after `since_ns`, in which `happened` happens.
std::vector<Event> slow(std::uint64_t since_ns, std::vector<Event> happened) {
  std::vector<Event> events = sleeping_trips(trips);
  for (Event& event : events) {
    if (event.time_ns > last + since_ns) event.time_ns += 90'000;
  }
  for (Event& event : happened) {
    event.time_ns += last;
    events.push_back(event);
  }
  return events;
}

std::string slowest_of_all(std::vector<Event> events) {
  CellObservations cell;
  cell.key = "latency/pipe/64B/block/cross-cpu";
  cell.seen = Seen::kernel;
  cell.rounds = {round_of(0, 0, capture_of(std::move(events)))};
  const std::string text = to_console({explain(cell, 1)}, 1, {.width = 500});
  const std::size_t at = text.find("The slowest trips\n");
  if (at == std::string::npos) return text;
  const std::size_t end = text.find('\n', text.find("  * ", at));
  return text.substr(at, end - at);
}

TEST(SlowestTrip, NamesWhoPreemptedIt) {
  const std::string text = slowest_of_all(slow(
      9500, {{9510, K::switched, 1, b, stranger, 0}, {99'000, K::switched, 1, stranger, b, 0}}));
  EXPECT_THAT(text, HasSubstr("110 µs: 89.5 µs another task ran: neighbour"));
}

TEST(SlowestTrip, NamesATimer) {
  const std::string text = slowest_of_all(slow(
      9500, {{9510, K::interrupt_in, 1, b, timer, 0}, {99'510, K::interrupt_out, 1, b, timer, 0}}));
  EXPECT_THAT(text, HasSubstr("90.0 µs timer interrupt"));
}

TEST(SlowestTrip, NamesAFault) {
  EXPECT_THAT(slowest_of_all(slow(9500, {{9510, K::fault, 1, b, 0, 0}})),
              HasSubstr("90.0 µs B: page fault"));
}

TEST(SlowestTrip, NamesAMove) {
  EXPECT_THAT(slowest_of_all(slow(9500, {{9510, K::migrated, 1, b, b, 0}})),
              HasSubstr("90.0 µs B: moved to another CPU"));
}

TEST(SlowestTrip, SaysThatItStoodStillWithoutAnyEvent) {
  EXPECT_THAT(slowest_of_all(slow(9500, {})),
              HasSubstr("90.0 µs B: user code between receive and send (stood still without any "
                        "event)"));
}

TEST(LongTrip, IsShownSegmentBySegment) {
  const Timeline timeline(capture_of(slow(9500, {})));
  const std::string text = long_trip_to_console("a key", timeline, trips - 1, 4, {});
  EXPECT_THAT(text,
              AllOf(HasSubstr("trip 9 of the traced trial 5 took 110 µs"),
                    HasSubstr("9.50      90.04  B: user code between receive and send (stood"),
                    HasSubstr("A: user code, and into write"), Not(HasSubstr("its end"))));
  EXPECT_THAT(text, HasSubstr("shorter segments"));
}

}  // namespace
}  // namespace ipcmark
