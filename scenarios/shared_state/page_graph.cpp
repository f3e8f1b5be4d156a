#include "scenarios/shared_state/page_graph.hpp"

#include <vector>

#include "results/splitmix.hpp"

namespace ipcmark {

std::size_t links_of(const PageGraph& graph, std::uint32_t page,
                     std::array<std::uint32_t, max_links>& links) {
  std::uint64_t state = mixed(graph.seed ^ mixed(page));
  const std::size_t count = page == first_page ? max_links : state % max_links;
  for (std::size_t i = 0; i < count; ++i) {
    state = mixed(state);
    links[i] = static_cast<std::uint32_t>(state % graph.pages);
  }
  return count;
}

PageSum reachable(const PageGraph& graph) {
  PageSum all;
  std::vector<bool> seen(graph.pages);
  std::vector<std::uint32_t> open{first_page};
  seen[first_page] = true;
  std::array<std::uint32_t, max_links> links{};
  while (!open.empty()) {
    const std::uint32_t page = open.back();
    open.pop_back();
    ++all.pages;
    all.sum += mixed(page);
    const std::size_t count = links_of(graph, page, links);
    for (std::size_t i = 0; i < count; ++i) {
      if (seen[links[i]]) continue;
      seen[links[i]] = true;
      open.push_back(links[i]);
    }
  }
  return all;
}

}  // namespace ipcmark
