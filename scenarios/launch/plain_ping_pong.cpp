#include "scenarios/launch/plain_ping_pong.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "backends/deadline.hpp"
#include "backends/fd.hpp"
#include "scenarios/launch/spawn.hpp"

namespace ipcmark {
namespace {

constexpr const char* control_argument = "--ipcmark-control";
constexpr int arguments_of_control = 7;
constexpr std::size_t max_trips = std::size_t{4} << 20U;
constexpr std::uint64_t control_grace_ns = 10'000'000'000;

std::uint64_t clock_now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(t.tv_nsec);
}

struct Control {
  PlainPingPong how;
  std::vector<std::uint64_t> words;
  std::array<int, 2> there{}, back{};

  void pin(int cpu) const {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) _exit(1);
  }
  void fill(std::uint64_t turn) {
    for (std::uint64_t& word : words) word = turn;
  }
  void look() const {
    std::uint64_t sum = 0;
    for (const std::uint64_t word : words) sum += word;
    asm volatile("" : : "r"(sum));
  }
  void put(int fd) const {
    const char* at = reinterpret_cast<const char*>(words.data());
    for (std::size_t left = how.size; left > 0;) {
      const ssize_t done = write(fd, at, left);
      if (done <= 0) _exit(1);
      at += done;
      left -= static_cast<std::size_t>(done);
    }
  }
  void get(int fd) {
    char* at = reinterpret_cast<char*>(words.data());
    for (std::size_t left = how.size; left > 0;) {
      const ssize_t done = read(fd, at, left);
      if (done <= 0) _exit(1);
      at += done;
      left -= static_cast<std::size_t>(done);
    }
  }

  [[noreturn]] void echo() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(there[1]);  // else it would never see that the other side has died
    close(back[0]);
    pin(how.cpus[1]);
    for (std::uint64_t turn = 0;; ++turn) {
      get(there[0]);
      look();
      if (how.slowed_ns > 0) {
        const std::uint64_t end = clock_now() + how.slowed_ns;
        while (clock_now() < end) {
        }
      }
      fill(turn);
      put(back[1]);
    }
  }

  std::uint64_t median_trip() {
    close(there[0]);
    close(back[1]);
    pin(how.cpus[0]);
    std::vector<std::uint64_t> trips(max_trips, 0);
    std::size_t count = 0;
    std::uint64_t last = clock_now();
    const std::uint64_t begin = last + how.duration_ns / 10;
    const std::uint64_t end = begin + how.duration_ns;
    for (std::uint64_t turn = 0; last < end && count < trips.size(); ++turn) {
      fill(turn);
      put(there[1]);
      get(back[0]);
      look();
      const std::uint64_t later = clock_now();
      if (last >= begin) trips[count++] = later - last;
      last = later;
    }
    if (count == 0) return 0;
    const auto middle = trips.begin() + static_cast<std::ptrdiff_t>(count / 2);
    std::nth_element(trips.begin(), middle, trips.begin() + static_cast<std::ptrdiff_t>(count));
    return *middle;
  }
};

// What the control writes to its standard output, until it ends, `late` or the user ends the run.
std::string output_of(const Fd& from, Deadline late, const std::atomic<int>* stop_signal) {
  std::string text;
  std::array<char, 64> part{};
  while (!late.passed() && (stop_signal == nullptr || stop_signal->load() == 0)) {
    pollfd polled{from.get(), POLLIN, 0};
    // In slices: a signal may come just before the call.
    constexpr int slice_ms = 200;
    if (poll(&polled, 1, slice_ms) <= 0) continue;
    const ssize_t got = read(from.get(), part.data(), part.size());
    if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EINTR)) return text;
  }
  return {};
}

Result<pid_t> spawn_control(const PlainPingPong& how, int output) {
  std::vector<std::string> words{"ipcmark-control",
                                 control_argument,
                                 std::to_string(how.size),
                                 std::to_string(how.duration_ns),
                                 std::to_string(how.slowed_ns),
                                 std::to_string(how.cpus[0]),
                                 std::to_string(how.cpus[1])};
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  // No signal ignored or blocked, whatever the caller did to its own: SIGALRM and SIGPIPE end it.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = -1;
  const int error =
      posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return fail(Errc::system, "posix_spawn of the control", error);
  return pid;
}

}  // namespace

Result<double> plain_ping_pong(const PlainPingPong& how) {
  std::array<int, 2> fds{};
  if (pipe2(fds.data(), O_CLOEXEC) != 0) return fail(Errc::system, "pipe2", errno);
  Fd from(fds[0]);
  Fd to(fds[1]);
  const KeptChildEnds kept;
  const auto pid = spawn_control(how, to.get());
  if (!pid) return tl::make_unexpected(pid.error());
  to.reset();
  const Deadline late = Deadline::after(2 * how.duration_ns + control_grace_ns);
  const std::string text = output_of(from, late, how.stop_signal);
  if (text.empty()) kill(*pid, SIGKILL);  // its echo dies with it
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (how.stop_signal != nullptr && how.stop_signal->load() != 0) {
    return fail(Errc::interrupted, "the handwritten control");
  }
  const double figure = std::strtod(text.c_str(), nullptr);
  if (status != 0 || !(figure > 0)) return fail(Errc::corrupt, "the handwritten control");
  return figure;
}

std::optional<int> run_as_control_if_asked(int argc, char** argv) {
  if (argc != arguments_of_control || std::string_view(argv[1]) != control_argument) {
    return std::nullopt;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  Control control;
  control.how.size = std::strtoull(argv[2], nullptr, 10);
  control.how.duration_ns = std::strtoull(argv[3], nullptr, 10);
  control.how.slowed_ns = std::strtoull(argv[4], nullptr, 10);
  control.how.cpus = {std::atoi(argv[5]), std::atoi(argv[6])};
  // Whatever becomes of who waits for it.
  alarm(static_cast<unsigned>((2 * control.how.duration_ns + control_grace_ns) / 1'000'000'000U));
  control.words.assign((control.how.size + 7) / 8, 0);
  if (pipe(control.there.data()) != 0 || pipe(control.back.data()) != 0) return 1;
  const pid_t echo = fork();
  if (echo < 0) return 1;
  if (echo == 0) control.echo();
  const std::string text = std::to_string(control.median_trip()) + "\n";
  kill(echo, SIGKILL);
  waitpid(echo, nullptr, 0);
  return write(1, text.data(), text.size()) == static_cast<ssize_t>(text.size()) ? 0 : 1;
}

}  // namespace ipcmark
