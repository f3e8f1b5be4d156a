// Kills one end of a ring in shared memory in the middle of its work, again and again, and looks
// what the others make of it.
//
//   kill_ends BACKEND FROM COUNT
//
// Kill number N is the same every time but for the moment, which lies in the machine: who dies, how
// they wait, the size of messages. So a long series is run in parts. Of each kill:
//
//   hang        an end that was not killed has not come to its end within 10 s
//   corruption  a message that nobody sent, out of order, or twice
//   missing     messages of survivors to survivors that are lost, but for the one that a killed
//   receiver
//               can have had in hand
//   left over   a descriptor or a process of it is still there
//
// Prints one line; exits with 0 if it is all zeros.
#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "backends/registry.hpp"
#include "results/splitmix.hpp"
#include "tests/soak/end_processes.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t hang_ns = 10'000 * ms;
constexpr std::uint64_t after_the_kill = 300;  // messages of each surviving sender
constexpr unsigned max_of_a_kind = 2;

struct Totals {
  std::uint64_t hangs = 0, corruptions = 0, missing = 0, left = 0;
};

struct Page : EndsPage {
  std::atomic<std::uint32_t> killed;
  std::array<std::atomic<std::uint64_t>, max_of_a_kind> sent;  // by each sender
  // From each sender, at each receiver.
  std::array<std::array<std::atomic<std::uint64_t>, max_of_a_kind>, max_of_a_kind> got;
  std::atomic<std::uint64_t> corruptions;
};

struct Plan {
  ChannelSpec spec;
  bool broadcasts = false;
  bool loses = false;
  bool tells_itself = false;  // of a death; else the parent does
  bool kills_sender = false;
  std::uint64_t delay_us = 0;
};

Plan plan_for(const BackendEntry& entry, std::uint64_t number) {
  std::uint64_t state = number * 2 + 1;
  Plan plan;
  plan.spec.largest_message = next_random(state) % 2 == 0 ? 64 : 3000;
  plan.spec.depth = std::uint32_t{4} << next_random(state) % 5;
  plan.spec.wait = std::array{Wait::block, Wait::spin, Wait::hybrid}[next_random(state) % 3];
  ChannelSpec many = plan.spec;
  many.senders = max_of_a_kind;
  if (entry.capabilities(many).many_senders) plan.spec.senders = max_of_a_kind;
  many.senders = 1;
  many.receivers = max_of_a_kind;
  const Capabilities to_many = entry.capabilities(many);
  if (to_many.many_receivers || to_many.broadcast) plan.spec.receivers = max_of_a_kind;
  plan.broadcasts = to_many.broadcast;
  plan.loses = to_many.lossy;
  plan.tells_itself = to_many.reports_peer_death;
  plan.kills_sender = next_random(state) % 2 == 0;
  plan.delay_us = next_random(state) % 3000;
  return plan;
}

struct Mark {
  std::uint64_t sender, number;
};

void fill(std::vector<std::byte>& message, const Mark& mark) {
  std::memset(message.data(), static_cast<int>((mark.number + mark.sender) & 0x7FU),
              message.size());
  std::memcpy(message.data(), &mark, sizeof mark);
}

void send_on(Page& page, const Plan& plan, Sender& sender, std::uint32_t index) {
  std::vector<std::byte> message(plan.spec.largest_message);
  std::uint64_t more = after_the_kill;
  for (std::uint64_t i = 0; more != 0; ++i) {
    if (page.killed.load(std::memory_order_relaxed) != 0) --more;
    fill(message, {index, i});
    const Status sent = sender.send(message, Deadline::after(hang_ns));
    if (!sent) return;  // nobody left to send to; or a hang, which shows by the time it took
    page.sent[index].fetch_add(1, std::memory_order_relaxed);
  }
  (void)sender.close(Deadline::after(hang_ns));
}

void receive_on(Page& page, const Plan& plan, Receiver& receiver, std::uint32_t index) {
  std::vector<std::byte> message(plan.spec.largest_message), expected(plan.spec.largest_message);
  std::array<std::uint64_t, max_of_a_kind> next{};
  for (;;) {
    const auto size = receiver.receive(message, Deadline::after(hang_ns));
    if (!size) return;
    Mark mark{};
    std::memcpy(&mark, message.data(), sizeof mark);
    bool whole = *size == message.size() && mark.sender < plan.spec.senders;
    if (whole) {
      fill(expected, mark);
      whole = message == expected && mark.number >= next[mark.sender] &&
              (!plan.broadcasts || plan.loses || mark.number == next[mark.sender]);
    }
    if (!whole) {
      page.corruptions.fetch_add(1);
      return;
    }
    next[mark.sender] = mark.number + 1;
    page.got[index][mark.sender].fetch_add(1, std::memory_order_relaxed);
  }
}

// One channel, its ends in processes of their own, and one of them killed.
class Kill {
 public:
  Kill(const BackendEntry& entry, const Plan& plan, Totals& totals)
      : ends_(entry, plan.spec), plan_(plan), totals_(totals) {}

  void run() {
    ends_.start([this](Page& page, Receiver& receiver,
                       std::uint32_t index) { receive_on(page, plan_, receiver, index); },
                [this](Page& page, Sender& sender, std::uint32_t index) {
                  send_on(page, plan_, sender, index);
                });
    ends_.seal();
    Page& page = ends_.page();
    const Deadline flows = Deadline::after(hang_ns);
    while (page.got[0][0].load() == 0 && !flows.passed()) ::usleep(50);
    ::usleep(static_cast<useconds_t>(plan_.delay_us));
    const pid_t victim = ends_.pids()[plan_.kills_sender ? plan_.spec.receivers : 0];
    ::kill(victim, SIGKILL);
    ::waitpid(victim, nullptr, 0);
    page.killed = 1;
    if (!plan_.tells_itself) page.peer_died = 1;
    for (const pid_t pid : ends_.pids()) {
      if (pid != victim && !ends(pid)) ++totals_.hangs;
    }
    totals_.corruptions += page.corruptions;
    totals_.missing += missing();
  }

 private:
  // False: a hang; it is then killed.
  static bool ends(pid_t pid) {
    const Deadline limit = Deadline::after(hang_ns + 2'000 * ms);
    const std::uint64_t began = now_ns();
    int status = 0;
    while (::waitpid(pid, &status, WNOHANG) == 0) {
      if (limit.passed()) {
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        return false;
      }
      ::usleep(200);
    }
    return now_ns() - began < hang_ns;
  }
  // What a send has returned for arrives, even if the sender was then killed, but for what a killed
  // receiver had in hand. Where that was the only one, nothing can be said.
  std::uint64_t missing() const {
    if (plan_.loses || (!plan_.kills_sender && plan_.spec.receivers == 1)) return 0;
    const Page& page = ends_.page();
    std::uint64_t lost = 0;
    for (unsigned sender = 0; sender < plan_.spec.senders; ++sender) {
      const std::uint64_t sent = page.sent[sender];
      if (plan_.broadcasts) {
        for (unsigned i = plan_.kills_sender ? 0 : 1; i < plan_.spec.receivers; ++i) {
          lost += sent - std::min<std::uint64_t>(sent, page.got[i][sender]);
        }
        continue;
      }
      std::uint64_t got = 0;
      for (unsigned i = 0; i < plan_.spec.receivers; ++i) got += page.got[i][sender];
      lost += sent - std::min(sent, got);
    }
    const std::uint64_t in_hand = plan_.kills_sender || plan_.broadcasts ? 0 : 1;
    return lost - std::min(lost, in_hand);
  }

  EndProcesses<Page> ends_;
  Plan plan_;
  Totals& totals_;
};

std::uint64_t open_descriptors() {
  std::uint64_t count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return 0;
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

int run(const char* name, std::uint64_t from, std::uint64_t count) {
  const Registry registry = built_in_registry();
  const BackendEntry* entry = registry.backend(name);
  if (entry == nullptr) {
    std::fprintf(stderr, "kill_ends: no backend '%s'\n", name);
    return 2;
  }
  Totals totals;
  const std::uint64_t descriptors = open_descriptors();
  for (std::uint64_t number = from; number < from + count; ++number) {
    const Totals before = totals;
    Kill(*entry, plan_for(*entry, number), totals).run();
    if (open_descriptors() != descriptors || ::waitpid(-1, nullptr, WNOHANG) >= 0) ++totals.left;
    if (totals.hangs + totals.corruptions + totals.missing + totals.left !=
        before.hangs + before.corruptions + before.missing + before.left) {
      std::fprintf(stderr, "kill_ends: kill %lu\n", number);
    }
  }
  std::printf("%lu kills from %lu: %lu hangs, %lu corruptions, %lu missing, %lu left over\n", count,
              from, totals.hangs, totals.corruptions, totals.missing, totals.left);
  return totals.hangs + totals.corruptions + totals.missing + totals.left == 0 ? 0 : 1;
}

}  // namespace
}  // namespace ipcmark

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: kill_ends BACKEND FROM COUNT\n");
    return 2;
  }
  return ipcmark::run(argv[1], std::strtoull(argv[2], nullptr, 10),
                      std::strtoull(argv[3], nullptr, 10));
}
