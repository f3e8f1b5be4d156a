// The crawl: every page that can be reached exactly once, over messages and in shared memory, and
// every fault caught.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "scenarios/shared_state/page_graph.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

using testing::HasSubstr;

RunSpec crawl_over(const char* backend, Options options = {}) {
  RunSpec spec = over_backend("crawl", backend, std::move(options));
  spec.size = 1024;
  return spec;
}

RunSpec crawl_under(const char* lock, Options options = {}) {
  RunSpec spec = over_lock("crawl", lock, std::move(options));
  spec.size = 1024;
  return spec;
}

void expect_every_page(const RunSpec& spec) {
  const Trial trial = run_one(spec);
  ASSERT_EQ(trial.state, State::passed) << spec.key() << ": " << trial.reason;
  const PageSum expected =
      reachable({static_cast<std::uint64_t>(spec.option("count", 1000)), spec.seed});
  EXPECT_EQ(trial.counts.at("pages_visited"), static_cast<std::int64_t>(expected.pages));
  EXPECT_GT(trial.histograms.at("take").count(), 0U);
  EXPECT_GT(trial.metric("rate")->value, 0);
}

TEST(Crawl, VisitsEveryPageOnceOverMessages) {
  for (const char* backend : {"pipe", "shm_ring", "unix_seqpacket", "posix_mq"}) {
    expect_every_page(crawl_over(backend));
  }
}

TEST(Crawl, VisitsEveryPageOnceUnderLocks) {
  for (const char* lock : {"pthread_mutex", "futex", "posix_sem", "spin"}) {
    expect_every_page(crawl_under(lock));
  }
}

TEST(Crawl, RunsAtEverySize) {
  RunSpec spec = crawl_over("pipe", {{"count", 1}});
  expect_every_page(spec);  // one page, which links to itself
  expect_every_page(crawl_under("futex", {{"count", 1}, {"processes", 8}}));
  expect_every_page(crawl_under("futex", {{"count", 60'000}, {"processes", 8}}));
  spec = crawl_over("pipe", {{"count", 20'000}, {"processes", 8}});
  spec.size = 64;  // six pages a message: queues fill in both directions
  spec.depth = 1;
  expect_every_page(spec);
}

TEST(Crawl, SaysWhatItCannotDo) {
  EXPECT_THAT(run_one(crawl_under("none")).reason, HasSubstr("a lock that excludes"));
  RunSpec spec = crawl_over("pipe");
  spec.size = 24;
  EXPECT_THAT(run_one(spec).reason, HasSubstr("at least"));
  EXPECT_THAT(run_one(crawl_over("pipe", {{"processes", 0}})).reason, HasSubstr("processes"));
}

TEST(Crawl, CatchesEveryFault) {
  for (const char* fault : {"lost_page", "visit_twice", "early_end"}) {
    expect_caught(crawl_over("pipe"), fault, "exactly once");
    expect_caught(crawl_under("futex"), fault, "exactly once");
  }
  for (const char* fault : {"duplicate:3", "flip:3", "truncate:3"}) {
    expect_caught(crawl_over("pipe"), fault);
  }
}

}  // namespace
}  // namespace ipcmark::toy
