// When processes that say nothing are called deadlocked.
#include "scenarios/foreign/tree_diagnosis.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace ipcmark {
namespace {

TaskSample task(CallKind kind, const char* name, const char* on) {
  TaskSample sample;
  sample.state = 'S';
  sample.known = true;
  sample.call = {kind, name, 5};
  sample.on = on;
  return sample;
}

ProcessSample process(pid_t pid, const char* name, TaskSample main_thread) {
  ProcessSample sample;
  sample.pid = pid;
  sample.name = name;
  sample.tasks = {std::move(main_thread)};
  sample.cpu_ns = 1000;
  sample.switches = 7;
  return sample;
}

// Two that send to each other, and the one that waits for both.
std::vector<ProcessSample> exchange() {
  return {process(10, "runner", task(CallKind::takes, "poll", "")),
          process(11, "left 0", task(CallKind::gives, "write", "a socket")),
          process(12, "right 1", task(CallKind::gives, "write", "a socket"))};
}

TEST(TreeDiagnosis, AllThatSleepForEverAreDeadlocked) {
  EXPECT_EQ(stillness(exchange(), exchange()), Stillness::for_ever);
  EXPECT_EQ(waits_text(exchange()),
            "left 0 (11) waits in write on a socket, right 1 (12) waits in write on a socket");
}

TEST(TreeDiagnosis, WhoeverMayMoveProvesNone) {
  const std::pair<const char*, std::function<void(ProcessSample&)>> changes[] = {
      {"it sleeps until a time",
       [](ProcessSample& each) { each.tasks[0].call.kind = CallKind::sleeps; }},
      {"it is stopped", [](ProcessSample& each) { each.tasks[0].state = 'T'; }},
      {"it runs", [](ProcessSample& each) { each.tasks[0].state = 'R'; }},
      {"a disk is waited for", [](ProcessSample& each) { each.tasks[0].state = 'D'; }},
      {"it may not be looked at", [](ProcessSample& each) { each.tasks[0].known = false; }},
      {"its call is not known",
       [](ProcessSample& each) { each.tasks[0].call.kind = CallKind::other; }},
      {"another thread of it sleeps until a time",
       [](ProcessSample& each) { each.tasks.push_back(task(CallKind::sleeps, "sleep", "")); }}};
  for (const auto& [what, change] : changes) {
    auto looked = exchange();
    change(looked[2]);
    EXPECT_EQ(stillness(looked, looked), Stillness::none) << what;
  }
}

TEST(TreeDiagnosis, WhoeverHasMovedInBetweenProvesNone) {
  const std::pair<const char*, std::function<void(ProcessSample&)>> changes[] = {
      {"it has run", [](ProcessSample& each) { each.cpu_ns += 1; }},
      {"it was woken", [](ProcessSample& each) { each.switches += 1; }},
      {"it is in another call", [](ProcessSample& each) { each.tasks[0].call.name = "read"; }},
      {"it waits on another thing", [](ProcessSample& each) { each.tasks[0].on = "a pipe"; }},
      {"it is another process", [](ProcessSample& each) { each.pid = 99; }}};
  for (const auto& [what, change] : changes) {
    auto later = exchange();
    change(later[1]);
    EXPECT_EQ(stillness(exchange(), later), Stillness::none) << what;
  }
  auto fewer = exchange();
  fewer.pop_back();
  EXPECT_EQ(stillness(exchange(), fewer), Stillness::none);
  EXPECT_EQ(stillness({}, {}), Stillness::none);
}

TEST(TreeDiagnosis, WhoHasEndedCannotEndAWait) {
  auto looked = exchange();
  looked[2].tasks[0].state = 'Z';
  EXPECT_EQ(stillness(looked, looked), Stillness::for_ever);
  EXPECT_NE(waits_text(looked).find("right 1 (12) has ended"), std::string::npos)
      << waits_text(looked);
  for (ProcessSample& each : looked) each.tasks[0].state = 'Z';
  EXPECT_EQ(stillness(looked, looked), Stillness::none);
}

TEST(TreeDiagnosis, OfManyAFewAreNamed) {
  std::vector<ProcessSample> many;
  for (pid_t pid = 1; pid <= 9; ++pid) {
    many.push_back(process(pid, "reader", task(CallKind::takes, "read", "a pipe")));
  }
  const std::string text = waits_text(many);
  EXPECT_NE(text.find("reader (1) waits in read on a pipe"), std::string::npos) << text;
  EXPECT_NE(text.find("and 3 more"), std::string::npos) << text;
}

}  // namespace
}  // namespace ipcmark
