#include "results/comparison/variation.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "results/comparison/comparison.hpp"
#include "results/comparison/fingerprint.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

TEST(Comparison, AStoredVariationWidensAsTheRepeatsItIsFrom) {
  std::vector<ResultDocument> repeats(3, sample_base());
  for (std::size_t i = 0; i < 3; ++i) {
    repeats[i].cells = {
        sample_latency("pipe", 14'600 * (1 + 0.02 * static_cast<double>(i)), 0.03, 0)};
  }
  const Comparison direct = compare_results(sample_base(), sample_candidate(), repeats, {});
  const std::string text = variation_to_json(variation_of(direct, sample_base().environment));
  const auto variation = variation_from_json(text);
  ASSERT_TRUE(variation) << variation.error();
  EXPECT_EQ(variation_to_json(*variation), text);
  EXPECT_EQ(fingerprint_differences(variation->environment, sample_base().environment),
            std::vector<std::string>{});
  ComparisonOptions options;
  options.variation = &*variation;
  const Comparison stored = compare_results(sample_base(), sample_candidate(), {}, options);
  EXPECT_EQ(stored.repeats, 3U);
  ASSERT_EQ(stored.figures.size(), direct.figures.size());
  unsigned widened = 0;
  for (std::size_t i = 0; i < stored.figures.size(); ++i) {
    EXPECT_DOUBLE_EQ(stored.figures[i].ratio.interval.low, direct.figures[i].ratio.interval.low);
    EXPECT_DOUBLE_EQ(stored.figures[i].ratio.interval.high, direct.figures[i].ratio.interval.high);
    if (stored.figures[i].between.runs == 3) ++widened;
  }
  EXPECT_GT(widened, 0U);
  EXPECT_EQ(stored.notes, direct.notes);  // that the others are not widened is said here, too
}

}  // namespace
}  // namespace ipcmark
