// What every lock must do, between forked processes: exclude, keep its deadlines, and behave as it
// declares when its holder is killed. Cases are named Conformance/lock.<name>.<Case>.
#include "tests/conformance/lock_conformance.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/conformance/stage.hpp"
#include "tests/conformance/test_names.hpp"

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t patience_ns = 20'000 * ms;  // only a hang exceeds it

// One lock, and memory shared by the processes that use it.
class Scene {
 public:
  explicit Scene(const LockEntry& entry)
      : entry_(entry),
        page_(static_cast<SharedPage*>(::mmap(nullptr, sizeof(SharedPage), PROT_READ | PROT_WRITE,
                                              MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
    new (page_) SharedPage();
    context_.peer_died = &page_->peer_died;
    object_ = take(entry.create(names_), "create");
  }
  ~Scene() {
    for (const pid_t pid : pids_) {
      ::kill(pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
    ::munmap(page_, sizeof(SharedPage));
  }
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  std::unique_ptr<Lock> open() const {
    return take(entry_.open(object_->address(), context_), "open");
  }
  SharedPage& page() const { return *page_; }
  const LockEntry& entry() const { return entry_; }
  TestNames& names() { return names_; }
  void drop_object() { object_.reset(); }

  // Runs `body` in a process of its own; what it throws makes its exit code 1.
  pid_t run(const std::function<void(Lock&)>& body) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      int code = 0;
      try {
        const auto lock = open();
        body(*lock);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        code = 1;
      }
      ::_exit(code);
    }
    pids_.push_back(pid);
    return pid;
  }
  // Waits for all; throws when one failed or did not end.
  void await_all() {
    const std::uint64_t until = now_ns() + patience_ns;
    while (!pids_.empty()) {
      int status = 0;
      const pid_t ended = ::waitpid(pids_.back(), &status, WNOHANG);
      if (ended == 0) {
        require(now_ns() < until, "a process did not end");
        sleep_ms(1);
        continue;
      }
      pids_.pop_back();
      require(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a process failed");
    }
  }
  void kill_now(pid_t pid) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    std::erase(pids_, pid);
  }

 private:
  const LockEntry& entry_;
  TestNames names_;
  SharedPage* page_;
  OpenContext context_;
  std::unique_ptr<LockObject> object_;
  std::vector<pid_t> pids_;
};

void only_exclusive(const Scene& scene) {
  if (!scene.entry().exclusive) throw Skipped("excludes nobody, by its own declaration");
}

void excludes(Scene& scene) {
  only_exclusive(scene);
  constexpr unsigned processes = 4;
  constexpr unsigned turns = 2000;
  auto& value = scene.page().counts[0];
  auto& inside = scene.page().counts[1];
  for (unsigned i = 0; i < processes; ++i) {
    scene.run([&](Lock& lock) {
      for (unsigned turn = 0; turn < turns; ++turn) {
        require_ok(lock.lock(Deadline::never()), "lock");
        require(inside.fetch_add(1) == 0, "two inside at once");
        value.store(value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        inside.fetch_sub(1);
        require_ok(lock.unlock(), "unlock");
      }
    });
  }
  scene.await_all();
  require(value.load() == processes * turns, "updates were lost");
}

// A process that takes the lock and keeps it until gate 1 is opened (or it is killed).
pid_t hold(Scene& scene) {
  const pid_t holder = scene.run([&scene](Lock& lock) {
    require_ok(lock.lock(Deadline::never()), "lock");
    open_gate(scene.page(), 0);
    await_gate(scene.page(), 1);
    require_ok(lock.unlock(), "unlock");
  });
  await_gate(scene.page(), 0);
  return holder;
}

void keeps_deadlines(Scene& scene) {
  only_exclusive(scene);
  hold(scene);
  const auto lock = scene.open();
  require_error(lock->lock(Deadline::immediate()), Errc::would_block, "immediate, while held");
  const std::uint64_t begin = now_ns();
  require_error(lock->lock(Deadline::after(250 * ms)), Errc::timeout, "timed, while held");
  const std::uint64_t took = now_ns() - begin;
  require(took >= 250 * ms, "timed out early");
  require(took < patience_ns, "timed out far too late");
  require_error(lock->lock(Deadline::at(1)), Errc::timeout, "a deadline long past, while held");
  open_gate(scene.page(), 1);
  require_ok(lock->lock(Deadline::after(patience_ns)), "timed, while it becomes free");
  require_ok(lock->unlock(), "unlock");
  require_ok(lock->lock(Deadline::immediate()), "immediate, while free");
  require_ok(lock->unlock(), "unlock");
  scene.await_all();
}

void wakes_a_waiter(Scene& scene) {
  only_exclusive(scene);
  hold(scene);
  for (int i = 0; i < 3; ++i) {
    scene.run([](Lock& lock) {
      require_ok(lock.lock(Deadline::never()), "lock");
      require_ok(lock.unlock(), "unlock");
    });
  }
  sleep_ms(50);  // so that most of them sleep
  open_gate(scene.page(), 1);
  scene.await_all();
}

void holder_killed(Scene& scene) {
  only_exclusive(scene);
  const pid_t holder = hold(scene);
  scene.kill_now(holder);
  const auto lock = scene.open();
  const Status next = lock->lock(Deadline::after(300 * ms));
  switch (scene.entry().owner_death) {
    case OwnerDeath::repairs:
    case OwnerDeath::releases:
      require_ok(next, "lock after its holder was killed");
      require_ok(lock->unlock(), "unlock");
      require_ok(lock->lock(Deadline::immediate()), "lock once more");
      require_ok(lock->unlock(), "unlock");
      return;
    case OwnerDeath::refuses:
      require_error(next, Errc::peer_died, "lock after its holder was killed");
      return;
    case OwnerDeath::hangs:
      require_error(next, Errc::timeout, "lock after its holder was killed");
      break;
  }
  // Declared to hang: then the coordinator's word must end the wait.
  scene.run([](Lock& waiting) {
    require_error(waiting.lock(Deadline::never()), Errc::peer_died, "wait for a dead holder");
  });
  sleep_ms(50);
  scene.page().peer_died.store(1);
  scene.await_all();
}

void leaves_nothing(Scene& scene) {
  {
    const auto lock = scene.open();
    require_ok(lock->lock(Deadline::immediate()), "lock");
    require_ok(lock->unlock(), "unlock");
  }
  scene.drop_object();
  for (const std::string& left : scene.names().left_over()) throw Broken(left);
}

struct LockCase {
  const char* name;
  void (*run)(Scene&);
};

constexpr LockCase cases[] = {
    {"ExcludesOtherProcesses", excludes}, {"KeepsDeadlines", keeps_deadlines},
    {"WakesWaiters", wakes_a_waiter},     {"HolderKilled", holder_killed},
    {"LeavesNothing", leaves_nothing},
};

class LockTest : public testing::Test {
 public:
  LockTest(const LockEntry& lock, LockCase one) : lock_(lock), case_(one) {}
  void TestBody() override {
    if (*lock_.compiled_out != '\0') GTEST_SKIP() << "not in this build: " << lock_.compiled_out;
    const std::string impossible = lock_.probe == nullptr ? "" : lock_.probe();
    if (!impossible.empty()) GTEST_SKIP() << impossible;
    const Census before = take_census();
    try {
      Scene scene(lock_);
      case_.run(scene);
    } catch (const Skipped& reason) {
      GTEST_SKIP() << lock_.name << ": " << reason.what();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
    for (const auto& fd : grown(before.descriptors, take_census().descriptors)) {
      ADD_FAILURE() << "descriptor left open: " << fd;
    }
  }

 private:
  const LockEntry& lock_;
  LockCase case_;
};

}  // namespace

void register_lock_cases(const Registry& registry) {
  for (const LockEntry& lock : registry.locks) {
    for (const LockCase& one : cases) {
      const std::string suite = std::string("Conformance/lock.") + lock.name;
      testing::RegisterTest(suite.c_str(), one.name, nullptr, nullptr, __FILE__, __LINE__,
                            [&lock, one]() -> testing::Test* { return new LockTest(lock, one); });
    }
  }
}

}  // namespace ipcmark::conformance
