// The worker's side of a trial: from exec to the report.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/launch/ending_signals.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/launch/plain_ping_pong.hpp"
#include "scenarios/launch/process_settings.hpp"
#include "scenarios/launch/spawn.hpp"
#include "scenarios/launch/worker_context.hpp"
#include "scenarios/machine/placement.hpp"

namespace ipcmark {
namespace {

constexpr int exit_orphan = 3;    // the coordinator is gone
constexpr int exit_unusable = 4;  // started by hand, or the link broke

// Before anything else: from here on this process cannot outlive its coordinator.
Status tie_to(int coordinator) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
    return fail(Errc::system, "prctl(PR_SET_PDEATHSIG)", errno);
  }
  // It died before the line above.
  return ::getppid() == coordinator ? Status{} : fail(Errc::peer_died, "the coordinator");
}

// What is open above the link. For a kernel before 5.9, or a filter that does not know the call.
void close_one_by_one() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
  if (!directory) return;
  std::vector<int> open;
  while (const dirent* entry = ::readdir(directory.get())) {  // NOLINT(concurrency-mt-unsafe)
    const int fd = std::atoi(entry->d_name);
    if (fd > worker_link_fd && fd != ::dirfd(directory.get())) open.push_back(fd);
  }
  for (const int fd : open) ::close(fd);
}

// The coordinator decides when a run ends; a Ctrl-C, or timeout(1), signals the whole process
// group, and workers dying of it would look like crashes. A broken pipe is an error value, as is a
// file that would outgrow its limit.
void ignore_signals() {
  for (const int number : ending_signals()) {
    // Its CPU time is the worker's own: that limit ends it, and is then named as the cause.
    if (number != SIGXCPU && has_default_action(number)) ::signal(number, SIG_IGN);
  }
  ::signal(SIGXFSZ, SIG_IGN);
  // They were blocked until here: see spawn.cpp.
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void settle() {
  ignore_signals();
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  // Everything of ours is close-on-exec; this is for what the parent of us all left open.
  const unsigned first = static_cast<unsigned>(worker_link_fd) + 1U;
  if (::syscall(SYS_close_range, first, UINT_MAX, 0U) != 0) close_one_by_one();
  ::fcntl(worker_link_fd, F_SETFD, FD_CLOEXEC);
}

Status pin_to(int cpu) {
  if (cpu < 0) return {};
  const int error = pin_this_thread(cpu);
  if (error != 0) return fail(Errc::system, "sched_setaffinity", error);
  return {};
}

struct Failure {
  std::string reason;
  Errc code;
};

Failure failure(const Error& error, const std::string& where) {
  return {where.empty() ? explain(error) : where + ": " + explain(error), error.code};
}

// Opens, runs the scenario, closes the senders. What went wrong, or nothing.
std::optional<Failure> run_stages(const ScenarioEntry& scenario, LaunchedWorker& worker) {
  if (auto opened = worker.open_all(); !opened) {
    return failure(opened.error(), worker.failed_at());
  }
  if (auto locked = lock_memory(worker.spec()); !locked) return failure(locked.error(), "");
  if (auto begun = worker.barrier(Stage::warm_up); !begun) return failure(begun.error(), "");
  if (auto done = scenario.work(worker); !done) return failure(done.error(), "");
  worker.progress().leave();
  worker.progress().stage.store(static_cast<std::uint32_t>(Stage::drain),
                                std::memory_order_relaxed);
  // Broken invariants are reported before peers are let go, so that the cause comes first.
  if (!worker.report().ok) return {};
  if (auto closed = worker.close_senders(); !closed) return failure(closed.error(), "closing");
  worker.fill_cost();
  // Receivers stay open until every sender has closed: an end frame always finds its reader.
  if (auto drained = worker.barrier(Stage::report); !drained) return failure(drained.error(), "");
  return {};
}

std::optional<Failure> run_guarded(const ScenarioEntry& scenario, LaunchedWorker& worker) {
  try {
    return run_stages(scenario, worker);
  } catch (const std::bad_alloc&) {
    return failure({Errc::refused, ENOMEM, "memory of a worker"}, "");
  } catch (const std::exception& bug) {
    return Failure{std::string("bug: ") + bug.what(), Errc::invalid};
  }
}

Result<SharedMemory> map_page(Fd memfd, std::size_t bytes, bool wanted) {
  if (!wanted) return SharedMemory{};
  return SharedMemory::map(std::move(memfd), bytes);
}

int report_failure(ControlLink& link, const std::string& role, const Error& error,
                   const char* where) {
  const Failure failed = failure(error, where);
  SentReport sent;
  sent.report.role = role;
  sent.report.reason = failed.reason;
  sent.code = failed.code;
  return link.send(report_message(sent), Deadline::never()) ? 0 : exit_unusable;
}

int serve(const Program& program, ControlLink& link) {
  LinkMessage up;
  up.type = MessageType::up;
  if (!link.send(up, Deadline::never())) return exit_unusable;
  auto first = link.receive(Deadline::never());
  if (!first || first->type != MessageType::spec || first->descriptors.empty())
    return exit_unusable;
  auto assignment = assignment_from_json(first->text);
  if (!assignment) return exit_unusable;
  const std::string role = assignment->roles[assignment->index];
  const ScenarioEntry* scenario = program.scenario(assignment->spec.scenario);
  if (scenario == nullptr) return exit_unusable;

  // Before memory is touched and endpoints are opened: pages and I/O threads follow.
  if (auto pinned = pin_to(assignment->cpu); !pinned) {
    return report_failure(link, role, pinned.error(), "pinning");
  }
  if (auto applied = apply_settings(assignment->spec); !applied) {
    return report_failure(link, role, applied.error(), "");
  }
  const bool shares = assignment->shared_bytes > 0 && first->descriptors.size() > 1;
  auto page = SharedMemory::map(std::move(first->descriptors[0]), sizeof(StartPage));
  if (!page) return report_failure(link, role, page.error(), "start page");
  auto shared =
      map_page(shares ? std::move(first->descriptors[1]) : Fd{}, assignment->shared_bytes, shares);
  if (!shared) return report_failure(link, role, shared.error(), "shared memory");

  LaunchedWorker worker(program, link, std::move(*assignment), std::move(*page),
                        std::move(*shared));
  const std::size_t others = shares ? 2 : 1;
  if (first->descriptors.size() > others) {
    const Status linked = worker.linked_by(ControlLink{std::move(first->descriptors[others])});
    if (!linked) return report_failure(link, role, linked.error(), "link to the other worker");
  }
  const auto failed = run_guarded(*scenario, worker);
  if (worker.report().cost.pid == 0) worker.fill_cost();
  SentReport sent{worker.report(), {}, worker.take_trace(), {}, 0};
  if (SampleLog* samples = worker.samples()) {
    sent.dropped_trips = samples->dropped();
    sent.trips = samples->take();
  }
  if (failed) {
    sent.report.ok = false;
    sent.report.reason = failed->reason;
    sent.code = failed->code;
  }
  return link.send(report_message(sent), Deadline::never()) ? 0 : exit_unusable;
}

}  // namespace

std::optional<int> run_as_worker_if_asked(const Program& program, int argc, char** argv) {
  if (const auto code = run_as_control_if_asked(argc, argv)) return code;
  if (argc < 3 || std::string_view(argv[1]) != worker_argument) return std::nullopt;
  const std::string_view text(argv[2]);
  int coordinator = 0;
  std::from_chars(text.data(), text.data() + text.size(), coordinator);
  const Status tied = tie_to(coordinator);
  if (!tied && tied.error().code == Errc::peer_died) return exit_orphan;
  settle();
  ControlLink link{Fd(worker_link_fd)};
  if (!tied) return report_failure(link, "", tied.error(), "");
  return serve(program, link);
}

}  // namespace ipcmark
