// The crawl: every page that can be reached exactly once, over messages and in shared memory, and
// every fault caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scenarios/shared_state/page_graph.hpp"
#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;
using Options = std::map<std::string, std::int64_t>;

RunSpec crawl_over(const char* backend, const char* lock, Options options = {}) {
  RunSpec spec = spec_of("crawl", backend);
  spec.lock = lock;
  spec.size = 1024;
  spec.verify = Verify::full;
  spec.options = std::move(options);
  return spec;
}

void expect_whole(const RunSpec& spec) {
  const Trial trial = run(spec);
  ASSERT_EQ(trial.state, State::passed) << spec.key() << ": " << trial.reason;
  const PageSum expected =
      reachable({static_cast<std::uint64_t>(spec.option("count", 1000)), spec.seed});
  EXPECT_EQ(trial.counts.at("pages_visited"), static_cast<std::int64_t>(expected.pages));
  EXPECT_GT(trial.histograms.at("take").count(), 0U);
  EXPECT_GT(trial.metric("rate")->value, 0);
}

TEST(Crawl, VisitsEveryPageOnceOverMessages) {
  for (const char* backend : {"pipe", "shm_ring", "unix_seqpacket", "posix_mq"}) {
    expect_whole(crawl_over(backend, ""));
  }
}

TEST(Crawl, VisitsEveryPageOnceUnderLocks) {
  for (const char* lock : {"pthread_mutex", "futex", "posix_sem", "spin"}) {
    expect_whole(crawl_over("", lock));
  }
}

TEST(Crawl, RunsAtEverySize) {
  RunSpec spec = crawl_over("pipe", "", {{"count", 1}});
  expect_whole(spec);  // one page, which links to itself
  expect_whole(crawl_over("", "futex", {{"count", 1}, {"processes", 8}}));
  expect_whole(crawl_over("", "futex", {{"count", 60'000}, {"processes", 8}}));
  spec = crawl_over("pipe", "", {{"count", 20'000}, {"processes", 8}});
  spec.size = 64;  // six pages a message: queues fill in both directions
  spec.depth = 1;
  expect_whole(spec);
}

TEST(Crawl, SaysWhatItCannotDo) {
  EXPECT_THAT(run(crawl_over("", "none")).reason, HasSubstr("a lock that excludes"));
  RunSpec spec = crawl_over("pipe", "");
  spec.size = 24;
  EXPECT_THAT(run(spec).reason, HasSubstr("at least"));
  EXPECT_THAT(run(crawl_over("pipe", "", {{"processes", 0}})).reason, HasSubstr("processes"));
}

TEST(Crawl, CatchesEveryFault) {
  for (const char* fault : {"lost_page", "visit_twice", "early_end"}) {
    for (const bool locked : {false, true}) {
      RunSpec spec = locked ? crawl_over("", "futex") : crawl_over("pipe", "");
      spec.fault = fault;
      const Trial trial = run(spec);
      EXPECT_EQ(trial.state, State::failed) << fault << (locked ? " under a lock" : "");
      EXPECT_THAT(trial.reason, HasSubstr("exactly once")) << fault;
    }
  }
  for (const char* fault : {"duplicate:3", "flip:3", "truncate:3"}) {
    RunSpec spec = crawl_over("pipe", "");
    spec.fault = fault;
    EXPECT_EQ(run(spec).state, State::failed) << fault;
  }
}

}  // namespace
}  // namespace ipcmark::toy
