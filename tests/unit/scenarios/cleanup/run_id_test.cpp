#include "scenarios/cleanup/run_id.hpp"

#include <gtest/gtest.h>

#include <set>

#include "scenarios/cleanup/manifest_file.hpp"

namespace ipcmark {
namespace {

// Two hosts in one second with one pid have no more in common than these.
TEST(RunId, NoTwoOfOneSecondAndProcessAreAlike) {
  std::set<std::string> ids;
  std::set<char> first;
  std::set<char> last;
  for (int i = 0; i < 20'000; ++i) {
    const auto id = random_run_id();
    ASSERT_TRUE(id);
    ASSERT_EQ(id->size(), run_id_length);
    ASSERT_TRUE(is_run_id(*id)) << *id;
    EXPECT_TRUE(ids.insert(*id).second) << *id;
    first.insert(id->front());
    last.insert(id->back());
  }
  EXPECT_EQ(first.size(), 32U);  // no letter of it is wasted on what is the same everywhere
  EXPECT_EQ(last.size(), 32U);
}

}  // namespace
}  // namespace ipcmark
