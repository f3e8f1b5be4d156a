// What every notifier must do, between forked processes: lose no signal, wake who waits, keep
// deadlines, and go on when one of its users is killed. Cases are named
// Conformance/notifier.<name>.<Case>.
#include "tests/conformance/notifier_conformance.hpp"

#include "tests/conformance/scene.hpp"

namespace ipcmark::conformance {
namespace {

using NotifierScene = Scene<NotifierEntry, NotifierObject, Notifier>;

void none_pending(Notifier& notifier, const std::string& when) {
  require_error(notifier.wait(Deadline::immediate()), Errc::would_block, "wait " + when);
}

// Until `count` has come to `value`; a lost wake-up is a failure, not a hang.
void await_count(const std::atomic<std::uint64_t>& count, std::uint64_t value,
                 const std::string& what) {
  const Deadline limit = Deadline::after(hang_timeout);
  while (count.load() < value) {
    require(!limit.passed(), what);
    sleep_ms(1);
  }
}

void keeps_a_signal(NotifierScene& scene) {
  const auto notifier = scene.open();
  none_pending(*notifier, "before any signal");
  for (const Deadline deadline :
       {Deadline::immediate(), Deadline::never(), Deadline::after(hang_timeout), Deadline::at(1)}) {
    require_ok(notifier->signal(), "signal");
    scene.run([deadline](Notifier& other) {
      require_ok(other.wait(deadline), "wait for a signal given before");
    });
    scene.await_all();
    none_pending(*notifier, "after the signal was taken");
  }
}

void counts_as_declared(NotifierScene& scene) {
  constexpr unsigned given = 5;
  const auto notifier = scene.open();
  const auto waiting = scene.open();
  for (unsigned i = 0; i < given; ++i) require_ok(notifier->signal(), "signal");
  unsigned taken = 0;
  while (waiting->wait(Deadline::immediate())) ++taken;
  require(taken >= 1, "a signal was lost");
  require(taken <= given, "waits without a signal");
  require((taken == given) == scene.entry().counts,
          std::to_string(taken) + " waits after 5 signals are not as declared");
}

// More signals than some mechanisms hold: each is kept or refused, none waits.
void signals_without_waiters(NotifierScene& scene) {
  constexpr unsigned given = 70'000;
  const bool counts = scene.entry().counts;
  const auto notifier = scene.open();
  unsigned kept = 0;
  for (unsigned i = 0; i < given; ++i) {
    const Status status = notifier->signal();
    if (status) {
      ++kept;
      continue;
    }
    require(counts, "a notifier that does not count refused a signal");
    require_error(status, Errc::limit, "signal " + std::to_string(i));
  }
  require(kept >= 4000, "holds less than the interface says");
  unsigned taken = 0;
  while (notifier->wait(Deadline::immediate())) ++taken;
  require(counts ? taken == kept : taken >= 1,
          std::to_string(taken) + " of " + std::to_string(kept) + " signals were kept");
  require_ok(notifier->signal(), "signal after many");
  require_ok(notifier->wait(Deadline::never()), "wait after many");
}

void times_out(Notifier& notifier, std::uint64_t ns) {
  const std::uint64_t begin = now_ns();
  require_error(notifier.wait(Deadline::at(begin + ns)), Errc::timeout, "timed wait");
  const std::uint64_t took = now_ns() - begin;
  require(took >= ns, "timed out early");
  require(took < hang_timeout, "timed out far too late");
}

void keeps_deadlines(NotifierScene& scene) {
  const auto notifier = scene.open();
  none_pending(*notifier, "immediate");
  require_error(notifier->wait(Deadline::at(1)), Errc::timeout, "a deadline long past");
  times_out(*notifier, 3 * ms);
  times_out(*notifier, 120 * ms);
}

void wakes_a_waiter(NotifierScene& scene) {
  auto& woken = scene.page().counts[0];
  constexpr unsigned waiters = 3;
  for (unsigned i = 0; i < waiters; ++i) {
    scene.run([&, i](Notifier& notifier) {
      open_latch(scene.page(), 0);
      require_ok(notifier.wait(i == 0 ? Deadline::after(hang_timeout) : Deadline::never()), "wait");
      woken.fetch_add(1);
    });
  }
  await_latch(scene.page(), 0, waiters);
  sleep_ms(30);  // so that most of them sleep
  const auto notifier = scene.open();
  for (unsigned i = 1; i <= waiters; ++i) {
    require_ok(notifier->signal(), "signal");
    await_count(woken, i, "a signal woke nobody");
  }
  scene.await_all();
  none_pending(*notifier, "after as many signals as waits");
}

// Two processes signal each other. A lost wake-up is made good when the waiter looks again, after
// 100 ms: so waits of that length are counted. Load makes few and long ones.
void ping_pong(NotifierScene& scene) {
  scene.add_object();
  constexpr std::uint64_t rounds = 1000;
  auto& ball = scene.page().counts[0];
  auto& late = scene.page().counts[1];
  const auto play = [&](Notifier& mine, Notifier& other, bool serves) {
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const std::uint64_t begin = now_ns();
      if (!serves || round > 0) require_ok(mine.wait(Deadline::never()), "wait");
      const std::uint64_t took = now_ns() - begin;
      if (took > 90 * ms && took < 130 * ms) late.fetch_add(1);
      const std::uint64_t expected = 2 * round + (serves ? 0 : 1);
      require(ball.load(std::memory_order_relaxed) == expected, "out of turn");
      ball.store(expected + 1, std::memory_order_relaxed);
      require_ok(other.signal(), "signal");
    }
  };
  scene.run([&](Notifier& first) { play(first, *scene.open(1), true); });
  scene.run([&](Notifier& first) { play(*scene.open(1), first, false); });
  scene.await_all();
  require(ball.load() == 2 * rounds, "rounds are missing");
  require(late.load() < 10, std::to_string(late.load()) + " wake-ups were lost and made good");
}

void many_to_many(NotifierScene& scene) {
  if (!scene.entry().counts) throw Skipped("does not count, by its own declaration");
  constexpr unsigned each = 1000;
  for (int i = 0; i < 2; ++i) {
    scene.run([](Notifier& notifier) {
      for (unsigned turn = 0; turn < each; ++turn) require_ok(notifier.signal(), "signal");
    });
    scene.run([](Notifier& notifier) {
      for (unsigned turn = 0; turn < each; ++turn) {
        require_ok(notifier.wait(Deadline::never()), "wait");
      }
    });
  }
  scene.await_all();
  none_pending(*scene.open(), "after as many waits as signals");
}

void sees_dead_peers(NotifierScene& scene) {
  for (const Deadline deadline : {Deadline::never(), Deadline::after(hang_timeout)}) {
    scene.run([&, deadline](Notifier& notifier) {
      open_latch(scene.page(), 0);
      require_error(notifier.wait(deadline), Errc::peer_died, "wait for the dead");
    });
  }
  await_latch(scene.page(), 0, 2);
  sleep_ms(20);
  scene.page().peer_died.store(1);
  scene.await_all();
  const auto notifier = scene.open();
  require_ok(notifier->signal(), "signal");
  require_ok(notifier->wait(Deadline::never()), "a signal given before a death");
}

void waiter_killed(NotifierScene& scene) {
  const auto notifier = scene.open();
  auto& woken = scene.page().counts[0];
  const auto wait_once = [&](Notifier& mine) {
    open_latch(scene.page(), 0);
    require_ok(mine.wait(Deadline::never()), "wait");
    woken.fetch_add(1);
  };
  const pid_t victim = scene.run(wait_once);
  scene.run(wait_once);
  await_latch(scene.page(), 0, 2);
  sleep_ms(20);
  // The killed one cannot have taken a signal that came after its death.
  scene.kill_now(victim);
  require_ok(notifier->signal(), "signal");
  await_count(woken, 1, "a signal was lost with a waiter that was dead before it");
  scene.await_all();
  none_pending(*notifier, "after the survivor's wait");
}

// Killed anywhere in signal() or wait(), also inside whatever guards the notifier.
void user_killed_at_work(NotifierScene& scene) {
  const auto notifier = scene.open();
  for (unsigned round = 0; round < 20; ++round) {
    const pid_t victim = scene.run([&](Notifier& mine) {
      open_latch(scene.page(), 0);
      for (;;) {
        require_ok(mine.signal(), "signal");
        require_ok(mine.wait(Deadline::never()), "wait");
      }
    });
    await_latch(scene.page(), 0, round + 1);
    const timespec pause{0, 100'000L * (round % 5)};
    nanosleep(&pause, nullptr);
    scene.kill_now(victim);
    while (notifier->wait(Deadline::immediate())) {
    }
    require_ok(notifier->signal(), "signal after a kill");
    require_ok(notifier->wait(Deadline::after(hang_timeout)), "wait after a kill");
    none_pending(*notifier, "after a kill");
  }
}

void waits_in_a_storm(NotifierScene& scene) {
  scene.add_object();
  scene.run([&](Notifier& first) {
    begin_storm();
    times_out(first, 60 * ms);
    const auto second = scene.open(1);
    for (unsigned i = 0; i < 300; ++i) {
      require_ok(first.signal(), "signal");
      require_ok(second->wait(i % 2 == 0 ? Deadline::never() : Deadline::after(hang_timeout)),
                 "wait");
    }
  });
  scene.run([&](Notifier& first) {
    begin_storm();
    const auto second = scene.open(1);
    for (unsigned i = 0; i < 300; ++i) {
      require_ok(first.wait(Deadline::never()), "wait");
      require_ok(second->signal(), "signal");
    }
    none_pending(first, "after as many waits as signals");
  });
  scene.await_all();
}

void leaves_nothing(NotifierScene& scene) {
  scene.add_object();
  {
    const auto notifier = scene.open(1);
    require_ok(notifier->signal(), "signal");
    require_ok(notifier->wait(Deadline::never()), "wait");
    require_ok(notifier->signal(), "signal");
  }
  scene.drop_objects();
  for (const std::string& left : scene.names().left_over()) throw Broken(left);
}

constexpr SceneCase<NotifierScene> cases[] = {
    {"KeepsASignal", keeps_a_signal},
    {"CountsAsDeclared", counts_as_declared},
    {"SignalsWithoutWaiters", signals_without_waiters},
    {"KeepsDeadlines", keeps_deadlines},
    {"WakesWaiters", wakes_a_waiter},
    {"PingPong", ping_pong},
    {"ManyToMany", many_to_many},
    {"SeesDeadPeers", sees_dead_peers},
    {"WaiterKilled", waiter_killed},
    {"UserKilledAtWork", user_killed_at_work},
    {"WaitsInASignalStorm", waits_in_a_storm},
    {"LeavesNothing", leaves_nothing},
};

}  // namespace

void register_notifier_cases(const Registry& registry) {
  register_scenes("notifier", registry.notifiers, cases);
}

}  // namespace ipcmark::conformance
