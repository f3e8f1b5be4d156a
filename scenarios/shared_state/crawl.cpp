// Crawl: workers visit the pages of a made site, each page that can be reached exactly once, and
// stop by themselves when nothing is left and nobody can find more. The frontier is held by a
// process of its own (crawl_messages.cpp), or lies in shared memory under a lock (here).
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/shared_state/crawl_plan.hpp"
#include "scenarios/synchronization/condition_variable.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/send_queue.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {

namespace crawl {

namespace {

constexpr std::uint64_t default_size = 1024;
constexpr std::size_t max_taken = 64;  // pages under one lock

// In shared memory, followed by the frontier.
struct Shared {
  ConditionState more;  // pages were added, or it is over
  std::uint64_t ended;  // 1: for everybody
};

Layout lock_layout(const RunSpec& spec) {
  Layout result;
  result.roles.assign(static_cast<std::size_t>(processes_of(spec)), "worker");
  result.locks = {spec.lock};
  // Who finds nothing to do sleeps on the notifier that costs least.
  result.notifiers.assign(result.roles.size(), "futex");
  result.shared_bytes = sizeof(Shared) + Frontier::bytes(pages_of(spec));
  if (spec.lock == "none") result.unsupported_reason = "needs a lock that excludes";
  return result;
}

Layout message_layout(const RunSpec& spec, const BackendEntry& backend) {
  Layout result;
  const auto workers = assign_roles(result, "frontier", "worker", processes_of(spec));
  if (pages_in_message(spec) == 0)
    result.unsupported_reason = "needs messages of at least 64 bytes";
  add_fan_in(result, backend, spec, workers, 0);
  add_fan_out(result, spec, 0, workers);
  result.shared_bytes = 2 * max_processes * sizeof(SentCount);
  return result;
}

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  if (processes_of(spec) < 1 || processes_of(spec) > max_processes) {
    result.unsupported_reason = fmt::format("needs processes between 1 and {}", max_processes);
  } else if (pages_of(spec) < 1 || pages_of(spec) > max_pages) {
    result.unsupported_reason = fmt::format("needs a count of pages between 1 and {}", max_pages);
  } else {
    return backend == nullptr ? lock_layout(spec) : message_layout(spec, *backend);
  }
  return result;
}

// One worker over the frontier in shared memory.
class Sharer {
 public:
  explicit Sharer(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        shared_(context.shared_as<Shared>()),
        more_(shared_.more, context),
        frontier_(context.shared().subspan(sizeof(Shared)), pages_of(spec_)),
        visitor_(context),
        pages_(max_taken) {}

  void begin() {
    if (context_.index() == 0) frontier_.add(first_page);
  }

  Status run() {
    const std::uint64_t begin = now_ns();
    for (;;) {
      const auto count = turn();
      if (!count) return tl::make_unexpected(count.error());
      if (*count == 0) break;
      const bool twice = frontier_.taken() == 1 && context_.inject("visit_twice");
      visitor_.visit(std::span(pages_).first(*count), twice);
      context_.progress().count(visitor_.visited());
    }
    context_.progress().leave();
    visitor_.report(context_.report(), std::move(take_), begin);
    return {};
  }

 private:
  // Brings what was found and takes more, waiting for it if need be; 0: the crawl is over.
  Result<std::size_t> turn() {
    const std::uint64_t asked = now_ns();
    context_.progress().enter(Operation::lock, 0);
    if (const Status locked = context_.lock(0).lock(Deadline::never()); !locked) {
      return tl::make_unexpected(locked.error());
    }
    for (const std::uint32_t page : visitor_.found()) frontier_.add(page);
    if (visitor_.visited() > 0) frontier_.done();
    while (shared_.ended == 0 && frontier_.waiting() == 0) {
      if (over(frontier_, context_)) {
        shared_.ended = 1;
      } else if (const auto woken = more_.wait(); !woken) {
        return tl::make_unexpected(woken.error());
      }
    }
    const std::size_t count = shared_.ended == 0 ? deal(frontier_, context_, pages_) : 0;
    if (over(frontier_, context_)) shared_.ended = 1;
    if (const Status woken = wake(count); !woken) return tl::make_unexpected(woken.error());
    if (const Status open = context_.lock(0).unlock(); !open) {
      return tl::make_unexpected(open.error());
    }
    if (count > 0) take_.record(now_ns() - asked);
    return count;
  }

  // Those who sleep: for the pages that are left, or for good.
  Status wake(std::size_t count) {
    if (count == 0) return more_.wake_all();
    for (std::uint64_t left = frontier_.waiting(); left > more_.woken() && more_.waiting() > 0;) {
      if (const Status woken = more_.wake_one(); !woken) return woken;
    }
    return {};
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  Shared& shared_;
  ConditionVariable more_;
  Frontier frontier_;
  Visitor visitor_;
  std::vector<std::uint32_t> pages_;
  Histogram take_;
};

Status work(WorkerContext& context) {
  return context.spec().lock.empty() ? work_by_messages(context) : work_with_lock(context);
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  PageSum visited;
  for (const WorkerReport& report : reports) {
    const auto times = report.histograms.find("take");
    if (times != report.histograms.end()) trial.histograms["take"].merge(times->second);
    visited.pages += static_cast<std::uint64_t>(count_of(report, "visited"));
    visited.sum += static_cast<std::uint64_t>(count_of(report, "sum"));
    trial.counts["links_followed"] += count_of(report, "links");
  }
  const PageSum expected = reachable(site_of(spec));
  trial.counts["pages_visited"] = static_cast<std::int64_t>(visited.pages);
  trial.counts["pages_reachable"] = static_cast<std::int64_t>(expected.pages);
  trial.counts["messages_total"] = trial.counts["pages_visited"];
  trial.metrics.push_back(
      joint_rate(reports, trial.counts["pages_visited"], Unit::operations_per_second));
  gather(reports, trial);
  if (visited != expected) {
    reject(trial, fmt::format("{} pages were visited, not each of the {} that can be reached "
                              "exactly once",
                              visited.pages, expected.pages));
  }
}

}  // namespace

Status work_with_lock(WorkerContext& context) {
  Sharer sharer(context);
  sharer.begin();
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  return sharer.run();
}

}  // namespace crawl

ScenarioEntry crawl_scenario() {
  ScenarioEntry entry;
  entry.name = "crawl";
  entry.awaits_answers = true;
  entry.summary = "workers visit every page of a made site once, and stop when none is left";
  entry.uses_lock = true;
  entry.timed = false;
  entry.default_size = crawl::default_size;
  entry.options = {count_option("processes", crawl::default_processes,
                                "how many workers visit pages", 1, max_processes),
                   count_option("count", crawl::default_pages,
                                "pages of the site; about 1 in 30 has no way to it", 1,
                                std::int64_t{crawl::max_pages}),
                   time_option("think_time_ns", 0, "pause in each visit")};
  entry.faults = {{"lost_page", "a page is given out in place of another"},
                  {"visit_twice", "a worker visits a page twice"},
                  {"early_end", "the end is declared while somebody still has pages"}};
  entry.processes =
      "processes (4) workers; over a backend a process that holds the frontier beside them";
  entry.invariants = {
      "every page that can be reached is visited exactly once, and no other",
      "it ends by itself: when no page is left to visit and nobody can still find one",
      "every message arrives once, in order and intact"};
  entry.figures = {
      time_figure("take",
                  "From a worker's asking for pages to visit to its having some, waiting for "
                  "others included."),
      rate_figure(Unit::operations_per_second,
                  "Pages visited in a second, by all workers; CPU is counted by the page."),
      count_figure("pages_visited", "Pages visited, each once."),
      count_figure("pages_reachable", "What one thread finds in the same site."),
      count_figure("links_followed", "All their links."),
  };
  entry.notes = {send_queue_note};
  entry.layout = crawl::layout;
  entry.work = crawl::work;
  entry.reduce = crawl::reduce;
  return entry;
}

}  // namespace ipcmark
