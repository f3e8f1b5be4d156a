// What every lock must do, between forked processes: exclude, keep its deadlines, and behave as it
// declares when its holder is killed. Cases are named Conformance/lock.<name>.<Case>.
#include "tests/conformance/lock_conformance.hpp"

#include "tests/conformance/scene.hpp"

namespace ipcmark::conformance {
namespace {

using LockScene = Scene<LockEntry, LockObject, Lock>;

void only_exclusive(const LockScene& scene) {
  if (!scene.entry().exclusive) throw Skipped("excludes nobody, by its own declaration");
}

void excludes(LockScene& scene) {
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
pid_t hold(LockScene& scene) {
  const pid_t holder = scene.run([&scene](Lock& lock) {
    require_ok(lock.lock(Deadline::never()), "lock");
    open_latch(scene.page(), 0);
    await_latch(scene.page(), 1);
    require_ok(lock.unlock(), "unlock");
  });
  await_latch(scene.page(), 0);
  return holder;
}

void keeps_deadlines(LockScene& scene) {
  only_exclusive(scene);
  hold(scene);
  const auto lock = scene.open();
  require_error(lock->lock(Deadline::immediate()), Errc::would_block, "immediate, while held");
  const std::uint64_t begin = now_ns();
  require_error(lock->lock(Deadline::after(250 * ms)), Errc::timeout, "timed, while held");
  const std::uint64_t took = now_ns() - begin;
  require(took >= 250 * ms, "timed out early");
  require(took < hang_timeout, "timed out far too late");
  require_error(lock->lock(Deadline::at(1)), Errc::timeout, "a deadline long past, while held");
  open_latch(scene.page(), 1);
  require_ok(lock->lock(Deadline::after(hang_timeout)), "timed, while it becomes free");
  require_ok(lock->unlock(), "unlock");
  require_ok(lock->lock(Deadline::immediate()), "immediate, while free");
  require_ok(lock->unlock(), "unlock");
  scene.await_all();
}

void wakes_a_waiter(LockScene& scene) {
  only_exclusive(scene);
  hold(scene);
  for (int i = 0; i < 3; ++i) {
    scene.run([](Lock& lock) {
      require_ok(lock.lock(Deadline::never()), "lock");
      require_ok(lock.unlock(), "unlock");
    });
  }
  sleep_ms(50);  // so that most of them sleep
  open_latch(scene.page(), 1);
  scene.await_all();
}

void holder_killed(LockScene& scene) {
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

void leaves_nothing(LockScene& scene) {
  {
    const auto lock = scene.open();
    require_ok(lock->lock(Deadline::immediate()), "lock");
    require_ok(lock->unlock(), "unlock");
  }
  scene.drop_objects();
  for (const std::string& left : scene.names().left_over()) throw Broken(left);
}

constexpr SceneCase<LockScene> cases[] = {
    {"ExcludesOtherProcesses", excludes}, {"KeepsDeadlines", keeps_deadlines},
    {"WakesWaiters", wakes_a_waiter},     {"HolderKilled", holder_killed},
    {"LeavesNothing", leaves_nothing},
};

}  // namespace

void register_lock_cases(const Registry& registry) {
  register_scenes("lock", registry.locks, cases);
}

}  // namespace ipcmark::conformance
