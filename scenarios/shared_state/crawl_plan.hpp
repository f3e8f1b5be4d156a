// What the crawl's two plans have in common: the site, how pages are dealt, and visiting them.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "results/splitmix.hpp"
#include "scenarios/shared_state/frontier.hpp"
#include "scenarios/shared_state/page_graph.hpp"
#include "scenarios/timing/joint_rate.hpp"
#include "scenarios/timing/think_time.hpp"

namespace ipcmark::crawl {

inline constexpr std::int64_t default_processes = 4;
inline constexpr std::int64_t default_pages = 1000;
inline constexpr std::uint64_t max_pages = 100'000'000;

inline std::int64_t processes_of(const RunSpec& spec) { return spec.option("processes"); }
inline std::uint64_t pages_of(const RunSpec& spec) {
  return static_cast<std::uint64_t>(spec.option("count"));
}
// One site for all seeds: the work of two trials, or of two runs, must be the same.
inline PageGraph site_of(const RunSpec& spec) { return {pages_of(spec), 1}; }

// Takes a worker's share of the pages that wait: as many as fit, and no more than leaves the others
// theirs.
inline std::size_t deal(Frontier& frontier, WorkerContext& context, std::span<std::uint32_t> into) {
  const auto workers = static_cast<std::uint64_t>(processes_of(context.spec()));
  const std::uint64_t share = std::max<std::uint64_t>(frontier.waiting() / workers, 1);
  const auto room = into.first(std::min<std::size_t>(into.size(), share));
  const bool second = frontier.taken() == 1;
  std::size_t count = frontier.take(room);
  if (second && count > 0 && context.inject("lost_page")) into[0] = first_page;
  return count;
}

// Whether the crawl is over for whoever finds nothing to take.
inline bool over(const Frontier& frontier, WorkerContext& context) {
  return frontier.exhausted() || (frontier.waiting() == 0 && context.inject("early_end"));
}

// One worker's visits. One thread.
class Visitor {
 public:
  explicit Visitor(WorkerContext& context)
      : context_(context),
        site_(site_of(context.spec())),
        think_ns_(think_time_of(context.spec())) {}

  // Visits pages; what they link to is in found() afterwards.
  void visit(std::span<const std::uint32_t> pages, bool twice) {
    found_.clear();
    for (const std::uint32_t page : pages) visit_one(page);
    if (twice && !pages.empty()) visit_one(pages.front());
  }
  const std::vector<std::uint32_t>& found() const { return found_; }
  std::uint64_t visited() const { return visited_; }

  // `take`: what the worker measured; when its part of the crawl began.
  void report(WorkerReport& report, Histogram take, std::uint64_t begin_ns) const {
    report.tallies["visited"] = static_cast<std::int64_t>(visited_);
    report.tallies["sum"] = static_cast<std::int64_t>(sum_);
    report.tallies["links"] = static_cast<std::int64_t>(links_);
    report.histograms["take"] = std::move(take);
    note_interval(report, begin_ns, now_ns());
    report.ok = true;
  }

 private:
  void visit_one(std::uint32_t page) {
    think(context_, think_ns_);
    const std::size_t count = links_of(site_, page, links_there_);
    found_.insert(found_.end(), links_there_.begin(), links_there_.begin() + count);
    links_ += count;
    ++visited_;
    sum_ += mixed(page);
  }

  WorkerContext& context_;
  PageGraph site_;
  std::int64_t think_ns_;
  std::array<std::uint32_t, max_links> links_there_{};
  std::vector<std::uint32_t> found_;
  std::uint64_t visited_ = 0, links_ = 0, sum_ = 0;
};

// The plans' work: over a backend a process that holds the frontier and workers that ask it; over a
// lock all on a frontier in shared memory.
Status work_by_messages(WorkerContext& context);
Status work_with_lock(WorkerContext& context);
// Pages in a message of the cell's size; 0: it is too small.
std::size_t pages_in_message(const RunSpec& spec);

}  // namespace ipcmark::crawl
