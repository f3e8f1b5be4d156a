#include "tests/conformance/stage.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <new>
#include <set>

namespace ipcmark::conformance {
namespace {

constexpr std::uint64_t second = 1'000'000'000;

// Waits for the process's end; false when the limit passed first.
bool ended_within(pid_t pid, std::uint64_t limit_ns) {
  const Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0U)));
  const Deadline deadline = Deadline::after(limit_ns);
  while (true) {
    pollfd entry{pidfd.get(), POLLIN, 0};
    const int left_ms = static_cast<int>(deadline.remaining_ns() / 1'000'000U) + 1;
    const int answer = poll(&entry, 1, left_ms);
    if (answer > 0) return true;
    if (answer == 0 && deadline.passed()) return false;
  }
}

std::string text_of(int memfd) {
  std::string text(4096, '\0');
  const auto length = pread(memfd, text.data(), text.size(), 0);
  text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return text;
}

}  // namespace

void require(bool condition, const std::string& what) {
  if (!condition) throw Broken(what);
}

void require_ok(const Status& status, const std::string& what) {
  if (!status) throw Broken(what + ": " + explain(status.error()));
}

std::string outcome(const Status& status) {
  return status ? std::string("success") : explain(status.error());
}

void sleep_ms(unsigned ms) {
  timespec left{ms / 1000U, static_cast<long>(ms % 1000U) * 1'000'000L};
  while (nanosleep(&left, &left) != 0) {
  }
}

void await_latch(SharedPage& page, unsigned latch, std::uint32_t value) {
  while (page.latches[latch].load() < value) {
    const timespec pause{0, 100'000};
    nanosleep(&pause, nullptr);
  }
}

void open_latch(SharedPage& page, unsigned latch) { page.latches[latch].fetch_add(1); }

void begin_storm() {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  require(sigaction(SIGALRM, &action, nullptr) == 0, "sigaction failed");
  const itimerval every{{0, 500}, {0, 500}};
  require(setitimer(ITIMER_REAL, &every, nullptr) == 0, "setitimer failed");
}

unsigned side_limit_s() {
  const char* text = std::getenv("IPCMARK_CONFORMANCE_LIMIT_S");
  return text == nullptr ? 20U : static_cast<unsigned>(std::strtoul(text, nullptr, 10));
}

std::size_t fitting(Stage& stage, std::size_t size) {
  const std::uint64_t max = stage.capabilities(spec_of(1)).largest_message;
  return max < size ? static_cast<std::size_t>(max) : size;
}

ChannelSpec with_depth(Stage& stage, ChannelSpec spec, std::uint32_t depth) {
  ChannelSpec deeper = spec;
  deeper.depth = depth;
  const bool granted = stage.capabilities(deeper).unsupported_reason.empty() &&
                       stage.backend().probe(deeper).empty();
  return granted ? deeper : spec;
}

Sender& Side::sender(std::size_t channel) const {
  if (channel >= senders_.size() || !senders_[channel]) throw std::logic_error("no such sender");
  return *senders_[channel];
}

Receiver& Side::receiver(std::size_t channel) const {
  if (channel >= receivers_.size() || !receivers_[channel]) {
    throw std::logic_error("no such receiver");
  }
  return *receivers_[channel];
}

Stage::Stage(const BackendEntry& backend) : backend_(backend) {
  void* memory =
      mmap(nullptr, sizeof(SharedPage), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  page_ = new (memory) SharedPage;
}

Stage::~Stage() {
  for (auto& process : processes_) {
    if (process.pid > 0) {
      kill(process.pid, SIGKILL);
      waitpid(process.pid, nullptr, 0);
    }
    if (process.text >= 0) close(process.text);
  }
  channels_.clear();
  munmap(page_, sizeof(SharedPage));
}

std::size_t Stage::channel(const ChannelSpec& spec) {
  const Capabilities capabilities = backend_.capabilities(spec);
  if (!capabilities.unsupported_reason.empty()) throw Skipped(capabilities.unsupported_reason);
  if (capabilities.largest_message < spec.largest_message) {
    throw Skipped("carries at most " + std::to_string(capabilities.largest_message) + " bytes");
  }
  const std::string unsupported_reason = backend_.probe(spec);
  if (!unsupported_reason.empty()) throw Skipped(unsupported_reason);
  auto created = backend_.create(spec, 100 + channels_.size(), names_);
  if (!created) throw Broken("create: " + explain(created.error()));
  channels_.push_back(std::move(*created));
  return channels_.size() - 1;
}

void Stage::side(std::string role, Ends ends, std::function<void(Side&)> body) {
  processes_.push_back({std::move(role), std::move(ends), std::move(body)});
}

std::size_t Stage::open_ends(const Process& process, Side& side) {
  side.page_ = page_;
  side.context_.peer_died = &page_->peer_died;
  side.context_.index = process.ends.index;
  side.context_.deadline = Deadline::after(10 * second);
  side.senders_.resize(channels_.size());
  side.receivers_.resize(channels_.size());
  std::vector<Address> addresses;
  for (auto& channel : channels_) {
    addresses.push_back(channel->address());
    channel->seal();  // this process's copies; the parent seals its own
  }
  std::size_t others = open_descriptors().size();
  for (const auto& address : addresses) others -= address.descriptors.size();
  const std::set<std::size_t> sends(process.ends.sends.begin(), process.ends.sends.end());
  const std::set<std::size_t> receives(process.ends.receives.begin(), process.ends.receives.end());
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    if (receives.contains(i)) {
      side.receivers_[i] =
          take(backend_.open_receiver(addresses[i].clone(), side.context_), "open_receiver");
    }
    if (sends.contains(i)) {
      side.senders_[i] =
          take(backend_.open_sender(addresses[i].clone(), side.context_), "open_sender");
    }
  }
  return others;
}

void Stage::live(const Process& process) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGPIPE, SIG_IGN);
  int code = 0;
  try {
    Side side;
    const std::size_t others = open_ends(process, side);
    page_->opened.fetch_add(1);
    while (page_->opened.load() < processes_.size()) {
      const timespec pause{0, 50'000};
      nanosleep(&pause, nullptr);
    }
    side.context_.deadline = Deadline::never();
    process.body(side);
    side.senders_.clear();
    side.receivers_.clear();
    const std::size_t left = open_descriptors().size();
    require(left <= others, "its ends left " + std::to_string(left - others) + " descriptors open");
  } catch (const std::exception& error) {
    const auto written = write(process.text, error.what(), std::strlen(error.what()));
    code = written > 0 ? 1 : 2;
  }
  _exit(code);  // no destructors of the parent's objects: the channels are not this process's
}

void Stage::start() {
  started_ = true;
  for (auto& process : processes_) process.text = memfd_create("ipcmark-test", MFD_CLOEXEC);
  for (auto& process : processes_) {
    process.pid = fork();
    if (process.pid == 0) live(process);
    if (process.pid < 0) throw Broken("fork failed");
  }
  for (auto& channel : channels_) channel->seal();
}

void Stage::await(unsigned latch, std::uint32_t value) {
  const Deadline limit = Deadline::after(side_limit_s() * second);
  while (page_->latches[latch].load() < value) {
    bool ended = false;
    for (const auto& process : processes_) {
      siginfo_t info{};
      if (process.pid > 0 &&
          waitid(P_PID, static_cast<id_t>(process.pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
        ended = ended || info.si_pid != 0;
      }
    }
    if (ended || limit.passed()) {
      raise_peer_died();
      finish();  // says what the side that ended had to say
      throw Broken("the sides never came to where the case wanted them");
    }
    sleep_ms(1);
  }
}

void Stage::kill_side(const std::string& role) {
  for (auto& process : processes_) {
    if (process.role != role || process.pid < 0) continue;
    kill(process.pid, SIGKILL);
    waitpid(process.pid, nullptr, 0);
    process.pid = -1;
    process.killed = true;
  }
}

void Stage::reap(Process& process, bool hung, bool blamed) {
  if (hung) kill(process.pid, SIGKILL);
  int status = 0;
  waitpid(process.pid, &status, 0);
  process.pid = -1;
  const std::string who = process.role + " " + std::to_string(process.ends.index);
  if (hung) {
    if (blamed) {
      ADD_FAILURE() << who << " hung: killed after " << side_limit_s() << " s";
    } else {
      ADD_FAILURE() << who << " was still waiting 2 s after another side had failed";
    }
  } else if (WIFSIGNALED(status)) {
    ADD_FAILURE() << who << " died of signal " << WTERMSIG(status);
  } else if (WEXITSTATUS(status) != 0) {
    ADD_FAILURE() << who << ": " << text_of(process.text);
  }
}

void Stage::finish() {
  const Deadline limit = Deadline::after(side_limit_s() * second);
  bool failed = false;
  while (true) {
    // Whoever ends first is looked at first: one side's failure explains the others' hanging.
    Process* alive = nullptr;
    for (auto& process : processes_) {
      if (process.pid < 0) continue;
      if (!ended_within(process.pid, 1'000'000)) {
        alive = &process;
        continue;
      }
      reap(process, false, true);
      if (testing::Test::HasFailure() && !failed) {
        failed = true;
        raise_peer_died();
      }
    }
    if (alive == nullptr) break;
    if (failed) {
      const bool ended = ended_within(alive->pid, 2 * second);
      reap(*alive, !ended, false);
    } else if (limit.passed()) {
      reap(*alive, true, true);
      failed = true;
      raise_peer_died();
    }
  }
}

}  // namespace ipcmark::conformance
