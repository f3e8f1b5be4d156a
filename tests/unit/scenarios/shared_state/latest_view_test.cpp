#include "scenarios/shared_state/latest_view.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(LatestView, TakesWhatIsNewerAndSeesWhatIsTornOrOlder) {
  LatestView view(2);
  const auto sample = [](std::uint64_t number) {
    return Sample{number, sample_value(1, number), 0};
  };
  EXPECT_FALSE(view.enter(1, {}));
  EXPECT_TRUE(view.enter(1, sample(3)));
  EXPECT_FALSE(view.enter(1, sample(3)));
  EXPECT_EQ(view.torn() + view.backwards(), 0U);
  EXPECT_FALSE(view.enter(1, sample(2)));
  EXPECT_EQ(view.backwards(), 1U);
  EXPECT_FALSE(view.enter(0, sample(4)));  // the value of another sensor
  EXPECT_EQ(view.torn(), 1U);
  EXPECT_EQ(view.latest(1), 3U);
  EXPECT_EQ(view.latest(0), 0U);
}

}  // namespace
}  // namespace ipcmark
