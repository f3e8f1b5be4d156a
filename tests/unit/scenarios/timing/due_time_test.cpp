// What waiting costs is told by the thread's own CPU time, whatever else the machine does
// meanwhile.
#include "scenarios/timing/due_time.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "backends/deadline.hpp"

namespace ipcmark {
namespace {

struct Used {
  std::uint64_t cpu_ns = 0, switches = 0;
};

Used used_by_thread() {
  rusage used{};
  getrusage(RUSAGE_THREAD, &used);
  const auto ns = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_usec) * 1'000U;
  };
  return {ns(used.ru_utime) + ns(used.ru_stime), static_cast<std::uint64_t>(used.ru_nvcsw)};
}

// Waits so often, and holds what the wait says it cost against what the kernel says.
void expect_accounted(std::uint64_t waits, std::uint64_t each_ns) {
  DueWait wait;
  const Used before = used_by_thread();
  for (std::uint64_t i = 0; i < waits; ++i) {
    const std::uint64_t due = now_ns() + each_ns;
    EXPECT_GE(wait.until(due), due);
  }
  const Used after = used_by_thread();
  ProcessCost cost;
  wait.account(cost);
  const auto cpu = static_cast<double>(after.cpu_ns - before.cpu_ns);
  const auto said = static_cast<double>(cost.harness_user_ns + cost.harness_system_ns);
  EXPECT_GT(said, 0.6 * cpu) << each_ns;
  // A hypervisor that takes the CPU for microseconds is seen by neither; whole waits would be twice
  // as much and more.
  EXPECT_LT(said, 1.5 * cpu) << each_ns;
  // On a busy machine a sleep may be over before it begins. How often the kernel puts the thread
  // aside for reasons of its own is its affair.
  EXPECT_LE(cost.harness_switches, after.switches - before.switches + waits / 20) << each_ns;
}

TEST(DueWait, AccountsForPolling) { expect_accounted(2'000, 60'000); }

TEST(DueWait, AccountsForSleepingAndPolling) { expect_accounted(300, 600'000); }

TEST(DueWait, CountsEachSleepOnce) {
  DueWait wait;
  // Far enough ahead that it is never late already.
  for (int i = 0; i < 2; ++i) wait.until(now_ns() + 200'000'000);
  ProcessCost cost;
  wait.account(cost);
  EXPECT_EQ(cost.harness_switches, 2U);
}

TEST(DueWait, CostsNothingWhereItIsLate) {
  DueWait wait;
  for (int i = 0; i < 1000; ++i) wait.until(1);
  ProcessCost cost;
  wait.account(cost);
  EXPECT_EQ(cost.harness_user_ns + cost.harness_system_ns + cost.harness_switches, 0U);
}

}  // namespace
}  // namespace ipcmark
