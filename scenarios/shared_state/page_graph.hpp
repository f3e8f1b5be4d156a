// A made site to crawl: every page's links follow from the page and a seed alone, so that a site of
// any size takes no memory. A few pages have no way to them from the first one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ipcmark {

inline constexpr std::size_t max_links = 8;
inline constexpr std::uint32_t first_page = 0;

struct PageGraph {
  std::uint64_t pages = 0;  // numbered from 0; at least 1, at most 2^32
  std::uint64_t seed = 0;
};

// Writes the pages that `page` links to and returns how many: the first page has max_links, every
// other 0 to max_links - 1. As on real pages a link may come twice or lead to its own page. Pure.
std::size_t links_of(const PageGraph& graph, std::uint32_t page,
                     std::array<std::uint32_t, max_links>& links);

// All pages that can be reached from the first one: how many, and the sum of mixed() of each. Found
// by one thread, depth first, in memory of its own: the crawl is compared with it. Pure.
struct PageSum {
  std::uint64_t pages = 0;
  std::uint64_t sum = 0;
  bool operator==(const PageSum&) const = default;
};
PageSum reachable(const PageGraph& graph);

}  // namespace ipcmark
