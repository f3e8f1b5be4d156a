// Trials in which something goes wrong: each must end by itself, and say what it was.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>

#include "backends/deadline.hpp"
#include "tests/launch/trials.hpp"

namespace ipcmark::toy {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t second = 1'000'000'000;

RunSpec stream_of(std::uint64_t messages, Act act) {
  RunSpec spec = spec_of("stream");
  spec.messages = messages;
  spec.options["act"] = act;
  return spec;
}

TEST(Fault, ACrashIsNamedWithSignalStageAndCount) {
  const Trial trial = run(stream_of(100'000'000, receiver_crashes));
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_EQ(trial.reason, "receiver 1 killed by SIGSEGV in stage run after 10 messages");
  EXPECT_EQ(trial.cause, Cause::crash);
  EXPECT_FALSE(has_children());
}

TEST(Fault, AnEarlyExitIsNamed) {
  const Trial trial = run(stream_of(100'000'000, receiver_exits));
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_THAT(trial.reason, HasSubstr("receiver 1 exited with code 7"));
  EXPECT_EQ(trial.cause, Cause::crash);
}

TEST(Fault, AReportedFailureFailsTheTrialWithItsReason) {
  const Trial trial = run(stream_of(100'000'000, receiver_refuses));
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_EQ(trial.reason, "receiver 1: the tenth message is not to my taste");
  EXPECT_EQ(trial.cause, Cause::check);
  EXPECT_FALSE(has_children());
}

TEST(Fault, ABugInAWorkerIsReported) {
  const Trial trial = run(stream_of(100'000'000, receiver_throws));
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_THAT(trial.reason, HasSubstr("a toy bug"));
}

TEST(Fault, AWorkerThatSkipsTheBarrierHoldsNobodyUp) {
  const Trial trial = run(stream_of(1, receiver_never_comes));
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
}

// Kills, or stops and continues, one worker once the trial has run for a while.
struct FaultInjector {
  int signal = SIGKILL;
  std::size_t victim = 1;
  std::uint64_t continue_after_ns = 0;  // 0: never
  std::uint64_t began = 0;
  std::uint64_t struck = 0;
  bool continued = false;
  static void act(const std::vector<int>& pids, void* user) {
    auto& self = *static_cast<FaultInjector*>(user);
    const std::uint64_t now = now_ns();
    if (self.began == 0) self.began = now;
    if (self.struck == 0 && now - self.began > 300 * ms && pids.size() > 1) {
      ::kill(pids[self.victim], self.signal);
      self.struck = now;
    }
    if (self.struck != 0 && self.continue_after_ns != 0 && !self.continued &&
        now - self.struck > self.continue_after_ns) {
      ::kill(pids[self.victim], SIGCONT);
      self.continued = true;
    }
  }
};

TrialSetting with_injector(FaultInjector& injector) {
  TrialSetting setting;
  setting.while_running = FaultInjector::act;
  setting.user = &injector;
  return setting;
}

TEST(Fault, AKilledWorkerIsNamedAndTheOtherDoesNotOutliveIt) {
  FaultInjector injector;
  const Trial trial = run(spec_of("trickle"), with_injector(injector));
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_THAT(trial.reason, MatchesRegex("receiver 1 killed by SIGKILL in stage .* messages"));
  EXPECT_EQ(trial.cause, Cause::killed);
  EXPECT_LT(now_ns() - injector.struck, 10 * second);
  EXPECT_FALSE(has_children());
}

// Its report, and with it what had reached it, is waited for the longer the busier the machine is.
TEST(Fault, ASurvivorThatIsSlowToNoticeStillReports) {
  FaultInjector injector;
  injector.victim = 0;
  TrialSetting setting = with_injector(injector);
  setting.machine_probe.tasks_per_cpu = [] { return 40.0; };
  RunSpec spec = stream_of(100'000'000, normal);
  spec.options["late_ns"] = 2 * second;
  const Trial trial = run(spec, setting);
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_EQ(trial.cause, Cause::killed) << trial.reason;
  EXPECT_EQ(trial.costs.size(), 1U) << "the receiver's";
}

RunSpec mortal(Act act) {
  RunSpec spec = spec_of("mortal", "");
  spec.options["act"] = act;
  return spec;
}

TEST(Fault, OnlyTheKillThatWasAskedForBelongsToTheScenario) {
  const Trial killed = run(mortal(normal));
  EXPECT_EQ(killed.state, State::passed) << killed.reason;
  const Trial crashed = run(mortal(receiver_crashes));
  EXPECT_EQ(crashed.state, State::failed);
  EXPECT_EQ(crashed.cause, Cause::crash);
  EXPECT_THAT(crashed.reason, HasSubstr("victim 1 killed by SIGSEGV"));
  FaultInjector injector;
  const Trial unasked = run(mortal(receiver_never_comes), with_injector(injector));
  EXPECT_EQ(unasked.state, State::failed);
  EXPECT_EQ(unasked.cause, Cause::killed) << unasked.reason;
}

// Its sender tries one after the other, for ever.
TEST(Fault, GoingRoundAmongReceiversThatTakeNothingIsAStall) {
  RunSpec spec = spec_of("fan_out", "deaf_stream");
  spec.options = {{"mode", 1}, {"receivers", 2}, {"count", 100'000}};
  TrialSetting setting;
  setting.limits.no_progress_ns = 50 * ms;
  const Trial trial = run(spec, setting);
  EXPECT_EQ(trial.state, State::timeout) << trial.reason;
  EXPECT_EQ(trial.cause, Cause::stall) << trial.reason;
}

TEST(Fault, TwoThatOnlySendAreADeadlockAndBothAreNamed) {
  const std::uint64_t began = now_ns();
  const Trial trial = run(spec_of("cross"));
  EXPECT_EQ(trial.state, State::deadlock) << trial.reason;
  EXPECT_EQ(trial.cause, Cause::deadlock);
  EXPECT_THAT(trial.reason, AllOf(HasSubstr("left 0 in send on channel 0 (pipe, full)"),
                                  HasSubstr("right 1 in send on channel 1 (pipe, full)")));
  EXPECT_GT(now_ns() - began, 1300 * ms);  // two samples after no_progress_ns
  EXPECT_LT(now_ns() - began, 20 * second);
  EXPECT_FALSE(has_children());
}

TEST(Fault, ATraceTellsOfThoseWhoseOwnNotesAreLost) {
  TrialSetting setting;
  setting.trace = true;
  const Trial stuck = run(spec_of("cross"), setting);
  ASSERT_EQ(stuck.trace.size(), 2U);
  EXPECT_EQ(stuck.trace[1].process, "right 1");
  EXPECT_GT(stuck.trace[1].pid, 0);
  ASSERT_EQ(stuck.trace[1].events.size(), 1U);
  EXPECT_GT(stuck.trace[1].events[0].start_ns, 0U);
  EXPECT_GT(stuck.trace[1].events[0].duration_ns, 1300 * ms);
  EXPECT_THAT(stuck.trace[1].outcome,
              AllOf(HasSubstr("ended with the trial"),
                    HasSubstr("right 1 in send on channel 1 (pipe, full) after")));

  const Trial crashed = run(stream_of(100'000'000, receiver_crashes), setting);
  ASSERT_EQ(crashed.trace.size(), 2U);
  EXPECT_FALSE(crashed.trace[0].events.empty()) << "the survivor's own";
  EXPECT_THAT(crashed.trace[1].outcome,
              AllOf(HasSubstr("killed by SIGSEGV"), HasSubstr("after 10 messages")));
}

TEST(Fault, AMutexThatAKilledProcessHoldsIsNamed) {
  RunSpec spec = spec_of("dies_inside", "boost_mq");
  spec.size = 4096;
  const Trial trial = run(spec);
  if (trial.state == State::skipped) GTEST_SKIP() << trial.reason;
  ASSERT_EQ(trial.granted.values.count("slots"), 1U);
  if (trial.granted.note.find("not robust") == std::string::npos) {
    EXPECT_EQ(trial.state, State::failed) << "a robust mutex refuses";
    return;
  }
  EXPECT_EQ(trial.state, State::timeout);
  EXPECT_EQ(trial.cause, Cause::stall);
  EXPECT_THAT(trial.reason,
              AllOf(HasSubstr("the queue's mutex is held by a killed process; Boost "),
                    HasSubstr("is not robust: "), HasSubstr("receiver 1 in receive")));
  EXPECT_FALSE(has_children());
}

TEST(Fault, ALateReceiverIsNoDeadlock) {
  RunSpec spec = stream_of(50'000, normal);
  spec.options["late_ns"] = 3 * second;
  TrialSetting setting;
  setting.limits.no_progress_ns = 300 * ms;
  const Trial trial = run(spec, setting);
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_EQ(trial.counts.at("received"), 50'000);
}

TEST(Fault, AStoppedReceiverIsNoDeadlockAndGoesOn) {
  FaultInjector injector;
  injector.signal = SIGSTOP;
  injector.continue_after_ns = 3 * second;
  TrialSetting setting = with_injector(injector);
  setting.limits.no_progress_ns = 300 * ms;
  RunSpec spec = stream_of(50'000, normal);
  spec.options["late_ns"] = second;  // so that it is stopped before it has received anything
  const Trial trial = run(spec, setting);
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_TRUE(injector.continued);
  EXPECT_EQ(trial.counts.at("received"), 50'000);
}

// Who measures asks to be told, and the trial is run again; the second attempt is left alone.
TEST(Fault, APausedTrialIsVoidAndIsRunAgain) {
  FaultInjector injector;
  injector.signal = SIGSTOP;
  injector.continue_after_ns = 100 * ms;
  TrialSetting setting = with_injector(injector);
  std::vector<std::string> reported;
  setting.voided = [&reported](const std::string& why) { reported.push_back(why); };
  RunSpec spec = stream_of(50'000, normal);
  spec.options["late_ns"] = second;
  const Trial trial = run(spec, setting);
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
  EXPECT_TRUE(injector.continued);
  ASSERT_EQ(reported.size(), 1U);
  EXPECT_THAT(reported[0], HasSubstr("stopped for a while"));
  EXPECT_EQ(trial.voids, reported);
  EXPECT_EQ(trial.counts.at("received"), 50'000);
}

// A pause explains a slow trial, and none that was killed.
TEST(Fault, APauseDoesNotEraseAKill) {
  FaultInjector injector;
  injector.signal = SIGSTOP;
  TrialSetting setting = with_injector(injector);
  setting.while_running = [](const std::vector<int>& pids, void* user) {
    auto& self = *static_cast<FaultInjector*>(user);
    FaultInjector::act(pids, user);
    if (self.struck == 0 || self.continued || now_ns() - self.struck < 100 * ms) return;
    ::kill(pids[1], SIGKILL);
    self.continued = true;
  };
  unsigned reported = 0;
  setting.voided = [&reported](const std::string&) { ++reported; };
  RunSpec spec = stream_of(50'000, normal);
  spec.options["late_ns"] = second;
  const Trial trial = run(spec, setting);
  EXPECT_EQ(reported, 0U);
  EXPECT_EQ(trial.state, State::failed);
  EXPECT_EQ(trial.cause, Cause::killed) << trial.reason;
}

TEST(Fault, ATrialThatIsPausedEachTimeIsLeftVoid) {
  TrialSetting setting;
  setting.while_running = [](const std::vector<int>& pids, void*) {
    ::kill(pids[0], SIGSTOP);
    ::kill(pids[0], SIGCONT);
  };
  unsigned reported = 0;
  setting.voided = [&reported](const std::string&) { ++reported; };
  RunSpec spec = stream_of(1000, normal);
  spec.options["late_ns"] = 200 * ms;
  const Trial trial = run(spec, setting);
  EXPECT_EQ(reported, max_attempts);
  EXPECT_EQ(trial.state, State::interrupted);
  EXPECT_EQ(trial.cause, Cause::void_round);
  EXPECT_THAT(trial.reason, HasSubstr("in each of 3 attempts"));
}

// Stops the only worker in the middle of the hand-over, after which the coordinator's clock runs as
// fast as it may.
class StoppedInHandOver {
 public:
  explicit StoppedInHandOver(unsigned attempts) : left_(attempts) {
    setting.limits.trial_ns = 10 * second;
    setting.machine_probe.now_ns = [this] {
      return clock_ += stopped_ ? WatchedTime::longest_gap_ns : ms;
    };
    setting.while_running = [](const std::vector<int>& pids, void* user) {
      auto& self = *static_cast<StoppedInHandOver*>(user);
      if (std::exchange(self.worker_, pids.front()) != pids.front()) self.stopped_ = false;
    };
    setting.user = this;
    lock_handed_over = [this] { strike(); };
  }
  StoppedInHandOver(const StoppedInHandOver&) = delete;
  StoppedInHandOver& operator=(const StoppedInHandOver&) = delete;
  ~StoppedInHandOver() { lock_handed_over = nullptr; }

  TrialSetting setting;

 private:
  void strike() {
    if (std::exchange(struck_, worker_) == worker_) return;
    stopped_ = left_ > 0;
    if (!stopped_) return;
    --left_;
    ::kill(worker_, SIGSTOP);
  }

  unsigned left_;
  bool stopped_ = false;
  int worker_ = 0;
  int struck_ = 0;
  std::uint64_t clock_ = 0;
};

TEST(Fault, AWorkerStoppedInTheHandOverIsATimeout) {
  StoppedInHandOver stopped(1);
  const Trial trial = run(spec_of("many_locks", ""), stopped.setting);
  EXPECT_EQ(trial.state, State::timeout) << trial.reason;
  EXPECT_EQ(trial.cause, Cause::stage_limit);
  EXPECT_THAT(trial.reason, AllOf(HasSubstr("did not end within 10 s (--trial-timeout)"),
                                  HasSubstr("holder 0 stopped")));
  EXPECT_FALSE(has_children());
}

TEST(Fault, ATrialPausedInTheHandOverIsRunAgain) {
  StoppedInHandOver stopped(1);
  unsigned reported = 0;
  stopped.setting.voided = [&reported](const std::string&) { ++reported; };
  const Trial trial = run(spec_of("many_locks", ""), stopped.setting);
  EXPECT_EQ(reported, 1U);
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
}

TEST(Fault, AStopSignalEndsTheHandOver) {
  StoppedInHandOver stopped(1);
  std::atomic<int> stop{0};
  stopped.setting.stop_signal = &stop;
  stopped.setting.limits.trial_ns = 0;
  lock_handed_over = [&stop, strike = lock_handed_over] {
    strike();
    stop.store(SIGINT);
  };
  const Trial trial = run(spec_of("many_locks", ""), stopped.setting);
  EXPECT_EQ(trial.state, State::interrupted) << trial.reason;
  EXPECT_FALSE(has_children());
}

// All were stopped for longer than a trial may take. The coordinator's clock leaves that out, and a
// worker's own, which does not, ends nothing.
TEST(Fault, ASenderThatClosesForLongerThanATrialMayTakeIsNoFailure) {
  RunSpec spec = stream_of(2, normal);
  spec.backend = "posix_mq";
  spec.depth = 2;  // so that the end frame finds no room before the receiver begins
  spec.options["late_ns"] = 1500 * ms;
  TrialSetting setting;
  setting.limits.trial_ns = second;
  setting.machine_probe.now_ns = [] { return second; };
  const Trial trial = run(spec, setting);
  if (trial.state == State::skipped) GTEST_SKIP() << trial.reason;
  EXPECT_EQ(trial.state, State::passed) << trial.reason;
}

TEST(Fault, AWorkerThatNeverOpensIsATimeoutOfThatStage) {
  RunSpec spec = spec_of("stream", "stuck_pipe");
  spec.messages = 1;
  TrialSetting setting;
  setting.limits.open_ns = second;
  const Trial trial = run(spec, setting);
  EXPECT_EQ(trial.state, State::timeout);
  EXPECT_THAT(trial.reason, AllOf(HasSubstr("in stage open nothing has moved for "),
                                  HasSubstr("not ready: receiver 1")));
  EXPECT_EQ(trial.cause, Cause::stage_limit);
  EXPECT_FALSE(has_children());
}

TEST(Fault, TheTrialHasADeadline) {
  TrialSetting setting;
  setting.limits.trial_ns = second;
  const Trial trial = run(spec_of("trickle"), setting);
  EXPECT_EQ(trial.state, State::timeout);
  EXPECT_THAT(trial.reason, HasSubstr("the trial did not end within 1 s (--trial-timeout)"));
}

TEST(Fault, AStopSignalEndsTheTrialAsInterrupted) {
  std::atomic<int> stop{0};
  TrialSetting setting;
  setting.stop_signal = &stop;
  std::thread user([&stop] {
    ::usleep(500'000);
    stop.store(SIGINT);
  });
  const Trial trial = run(spec_of("trickle"), setting);
  user.join();
  EXPECT_EQ(trial.state, State::interrupted);
  EXPECT_EQ(trial.reason, "ended by SIGINT");
  EXPECT_FALSE(has_children());
}

// It is no failure of what was being made; a resumed run makes it again.
TEST(Fault, AStopSignalWhileATrialIsMadeEndsItAsInterrupted) {
  const std::atomic<int> stop{SIGTERM};
  TrialSetting setting;
  setting.stop_signal = &stop;
  setting.limits.open_ns = 1;  // so that it cannot be made
  const Trial trial = run(spec_of("trickle"), setting);
  EXPECT_EQ(trial.state, State::interrupted) << trial.reason;
  EXPECT_EQ(trial.reason, "ended by SIGTERM");
  EXPECT_FALSE(has_children());
}

TEST(Fault, WorkersDieWithTheirCoordinator) {
  std::array<int, 2> reported{};
  ASSERT_EQ(::pipe2(reported.data(), O_CLOEXEC), 0);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, reported[1], 1);
  std::string name = "launch_tests";
  std::string argument = coordinate_argument;
  const std::array<char*, 3> arguments{name.data(), argument.data(), nullptr};
  pid_t coordinator = -1;
  ASSERT_EQ(
      ::posix_spawn(&coordinator, "/proc/self/exe", &actions, nullptr, arguments.data(), environ),
      0);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(reported[1]);
  std::FILE* from = ::fdopen(reported[0], "r");
  std::vector<int> workers;
  std::array<char, 32> line{};
  while (std::fgets(line.data(), line.size(), from) != nullptr && std::atoi(line.data()) > 0) {
    workers.push_back(std::atoi(line.data()));
  }
  std::fclose(from);
  EXPECT_EQ(workers.size(), 2U);
  for (const int worker : workers) EXPECT_TRUE(alive(worker));
  ::kill(coordinator, SIGKILL);
  int status = 0;
  ::waitpid(coordinator, &status, 0);
  EXPECT_TRUE(all_gone(workers));
}

}  // namespace
}  // namespace ipcmark::toy
