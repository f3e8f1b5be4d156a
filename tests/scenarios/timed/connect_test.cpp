#include <dirent.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/resource.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backends/registry.hpp"
#include "scenarios/cleanup/manifest.hpp"
#include "tests/scenarios/scenario_test.hpp"

namespace ipcmark::toy {
namespace {

RunSpec connect_of(const std::string& backend, std::uint64_t connections) {
  RunSpec spec = over_backend("connect", backend);
  spec.messages = connections;
  return spec;
}

TEST(Connect, EveryMechanismThatCanBeOpenedAgainAndAgain) {
  unsigned passed = 0;
  for (const BackendEntry& backend : built_in_registry().backends) {
    if (*backend.compiled_out != '\0') continue;
    const Trial trial = run_one(connect_of(backend.name, 100));
    if (*backend.opened_once != '\0' || std::string_view(backend.name) == "null") {
      EXPECT_EQ(trial.state, State::skipped) << backend.name << ": " << trial.reason;
      EXPECT_THAT(trial.reason, testing::HasSubstr("needs")) << backend.name;
      continue;
    }
    ASSERT_TRUE(trial.state == State::passed || trial.state == State::skipped)
        << backend.name << ": " << to_string(trial.state) << ", " << trial.reason;
    if (trial.state == State::skipped) continue;
    ++passed;
    EXPECT_EQ(trial.histograms.at("connection").count(), 100U) << backend.name;
    EXPECT_EQ(trial.counts.at("messages"), 200) << backend.name;
    EXPECT_GE(trial.integrity.checked, 200U) << backend.name;
  }
  EXPECT_GE(passed, 15U);
}

// No file can be larger than so many bytes while it lives; what would be is refused, by no signal.
class FilesUpTo {
 public:
  explicit FilesUpTo(rlim_t bytes) : signal_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const struct rlimit limited { bytes, before_.rlim_max };
    ::setrlimit(RLIMIT_FSIZE, &limited);
  }
  ~FilesUpTo() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, signal_);
  }
  FilesUpTo(const FilesUpTo&) = delete;
  FilesUpTo& operator=(const FilesUpTo&) = delete;

 private:
  struct rlimit before_ {};
  sighandler_t signal_;
};

// What they reserve is one message's memory, as the layout asks, and not the default depth of them.
TEST(Connect, ReservesMemoryForOneMessage) {
  for (const char* backend : {"shm_ring", "shm_mutex"}) {
    RunSpec spec = connect_of(backend, 20);
    spec.size = 64 << 10;
    const FilesUpTo limit(512 << 10);
    const Trial trial = run_one(spec);
    EXPECT_EQ(trial.state, State::passed) << backend << ": " << trial.reason;
    spec.depth = 64;
    const Trial refused = run_one(spec);
    EXPECT_EQ(refused.state, State::skipped) << backend << ": " << refused.reason;
  }
}

// The whole is at least each of its parts.
TEST(Connect, ItsPartsAreOfTheWhole) {
  const Trial trial = run_one(connect_of("fifo", 300));
  ASSERT_EQ(trial.state, State::passed) << trial.reason;
  const Histogram& whole = trial.histograms.at("connection");
  for (const char* part : {"set_up", "exchange", "take_down"}) {
    EXPECT_EQ(trial.histograms.at(part).count(), whole.count()) << part;
    EXPECT_LT(trial.histograms.at(part).min(), whole.max()) << part;
  }
}

TEST(Connect, CatchesEveryFault) {
  for (const char* backend : {"pipe", "posix_mq"}) {
    for (const char* fault : {"flip:7", "truncate:7", "duplicate:7"}) {
      expect_caught(connect_of(backend, 50), fault, "message");
    }
    const Trial lost = run_one(connect_of(backend, 50), "drop:7");
    EXPECT_EQ(lost.state, State::deadlock) << lost.reason;
    EXPECT_THAT(lost.reason, testing::HasSubstr("client 0 in receive"));
  }
}

// The names of dead workers' objects are the coordinator's to remove.
TEST(Connect, LeavesNothingWhenAWorkerIsKilled) {
  struct Killer {
    unsigned looks = 0;
    static void act(const std::vector<int>& pids, void* user) {
      auto& self = *static_cast<Killer*>(user);
      if (++self.looks == 60 && !pids.empty()) ::kill(pids.front(), SIGKILL);
    }
  };
  for (const char* backend : {"fifo", "boost_mq", "sysv_mq", "zeromq"}) {
    auto manifest = Manifest::create();
    ASSERT_TRUE(manifest.has_value()) << manifest.error();
    Killer killer;
    TrialSetting setting;
    setting.while_running = Killer::act;
    setting.user = &killer;
    RunSpec spec = connect_of(backend, 0);
    spec.duration_ns = 60'000'000'000;
    const Trial trial = run(spec, setting, **manifest);
    ASSERT_EQ(trial.state, State::failed) << backend << ": " << trial.reason;
    EXPECT_EQ(trial.cause, Cause::killed) << backend << ": " << trial.reason;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir((*manifest)->directory().c_str()),
                                                        ::closedir);
    ASSERT_TRUE(directory);
    while (const dirent* entry = ::readdir(directory.get())) {
      EXPECT_EQ(entry->d_name[0], '.') << backend << " left " << entry->d_name;
    }
    EXPECT_THAT((*manifest)->finish(), testing::IsEmpty());
  }
}

}  // namespace
}  // namespace ipcmark::toy
