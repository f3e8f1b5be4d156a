#include "scenarios/shared_state/page_graph.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "results/splitmix.hpp"

namespace ipcmark {
namespace {

using Links = std::array<std::uint32_t, max_links>;

TEST(PageGraph, LinksFollowFromPageAndSeedAlone) {
  const PageGraph graph{1000, 7};
  Links once{};
  Links again{};
  std::size_t all = 0;
  for (std::uint32_t page = 0; page < graph.pages; ++page) {
    const std::size_t count = links_of(graph, page, once);
    ASSERT_EQ(count, links_of(graph, page, again));
    EXPECT_TRUE(std::equal(once.begin(), once.begin() + count, again.begin()));
    for (std::size_t i = 0; i < count; ++i) EXPECT_LT(once[i], graph.pages);
    all += count;
  }
  EXPECT_EQ(links_of(graph, first_page, once), max_links);
  EXPECT_NEAR(static_cast<double>(all) / 1000, 3.5, 0.3);  // 0 to 7, evenly
  Links other{};
  links_of({1000, 8}, first_page, other);
  EXPECT_NE(once, other);
}

// Breadth first, in a set: another way to the same pages.
TEST(PageGraph, ReachableIsWhatAnotherSearchFinds) {
  for (const std::uint64_t pages : {1U, 2U, 50U, 3000U}) {
    const PageGraph graph{pages, pages + 1};
    std::set<std::uint32_t> found{first_page};
    std::vector<std::uint32_t> row{first_page};
    while (!row.empty()) {
      std::vector<std::uint32_t> next;
      for (const std::uint32_t page : row) {
        Links links{};
        const std::size_t count = links_of(graph, page, links);
        for (std::size_t i = 0; i < count; ++i) {
          if (found.insert(links[i]).second) next.push_back(links[i]);
        }
      }
      row = next;
    }
    std::uint64_t sum = 0;
    for (const std::uint32_t page : found) sum += mixed(page);
    EXPECT_EQ(reachable(graph), (PageSum{found.size(), sum})) << pages;
  }
  // Most, but not all, so that a crawl of everything would be caught.
  EXPECT_GT(reachable({3000, 5}).pages, 2700U);
  EXPECT_LT(reachable({3000, 5}).pages, 3000U);
}

}  // namespace
}  // namespace ipcmark
