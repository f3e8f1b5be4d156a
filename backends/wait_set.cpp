#include "backends/wait_set.hpp"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "backends/spinning.hpp"

namespace ipcmark {
namespace {

std::uint64_t polled(std::uint64_t ns, const OpenContext& context) {
  if (context.polled != nullptr) *context.polled = true;
  return std::min(ns, poll_interval_ns);
}

}  // namespace

void WaitSet::add(Receiver& receiver) {
  receivers_.push_back(&receiver);
  epoll_.reset();
}

void WaitSet::remove(Receiver& receiver) {
  std::erase(receivers_, &receiver);
  epoll_.reset();
  next_ = 0;
}

std::optional<std::size_t> WaitSet::find_ready() {
  const std::size_t count = receivers_.size();
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t index = (next_ + step) % count;
    if (receivers_[index]->ready()) {
      next_ = index + 1;
      return index;
    }
  }
  return std::nullopt;
}

void WaitSet::announce(bool waiting) {
  for (Receiver* receiver : receivers_) {
    if (receiver->must_announce()) receiver->announce_wait(waiting);
  }
}

Status WaitSet::sleep_in_epoll(std::uint64_t ns) {
  if (!epoll_) {
    Fd made(::epoll_create1(EPOLL_CLOEXEC));
    if (!made) return fail(Errc::system, "epoll_create1", errno);
    for (const pollfd& each : polled_) {
      epoll_event readable{};
      readable.events = EPOLLIN;
      if (::epoll_ctl(made.get(), EPOLL_CTL_ADD, each.fd, &readable) != 0) {
        return fail(Errc::system, "epoll_ctl", errno);
      }
    }
    epoll_ = std::move(made);
  }
  epoll_event event{};
  // Rounded up: a wait that ended before its deadline would be followed by one of no time.
  ::epoll_wait(epoll_.get(), &event, 1, static_cast<int>((ns + 999'999) / 1'000'000));
  return {};
}

// Returns after a change, after `ns`, or after a signal; the caller looks again in any case.
Status WaitSet::sleep(std::uint64_t ns, const OpenContext& context) {
  polled_.clear();
  for (Receiver* receiver : receivers_) {
    if (const int fd = receiver->descriptor(); fd >= 0) polled_.push_back({fd, POLLIN, 0});
  }
  const bool all_polled = polled_.size() == receivers_.size();
  const bool all_words =
      polled_.empty() && words_.size() == receivers_.size() && words_.size() <= FUTEX_WAITV_MAX;
  if (!all_polled && !all_words) ns = polled(ns, context);
  if (wait_ == Wait::poll && all_polled) return sleep_in_epoll(ns);
  if (!words_.empty()) {
    // The words end the sleep at once; descriptors beside them are seen after one short slice.
    const timespec until = to_timespec(now_ns() + ns);
    const std::size_t count = std::min<std::size_t>(words_.size(), FUTEX_WAITV_MAX);
    const long woken = syscall(SYS_futex_waitv, words_.data(), count, 0, &until, CLOCK_MONOTONIC);
    const bool ended = woken >= 0 || errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT;
    if (ended) return {};
    ns = polled(ns, context);  // a kernel before 5.16, or a filter that does not know the call
  }
  const timespec span = to_timespec(ns);
  ppoll(polled_.data(), polled_.size(), &span, nullptr);
  return {};
}

// About that long; tries_between_looks at the least.
std::optional<std::size_t> WaitSet::spin_for_ready(std::uint64_t ns) {
  const std::uint64_t end = now_ns() + ns;
  do {
    for (unsigned i = 0; i < tries_between_looks; ++i) {
      if (const auto index = find_ready()) return index;
      pause_cpu();
    }
  } while (now_ns() < end);
  return std::nullopt;
}

Result<std::size_t> WaitSet::wait(Deadline deadline, const OpenContext& context) {
  bool spins = !sleeps_at_once(wait_);
  for (;;) {
    if (const auto index = find_ready()) return *index;
    if (context.peer_died->load(std::memory_order_acquire) != 0) {
      return fail(Errc::peer_died, "wait set");
    }
    if (deadline.is_immediate()) return fail(Errc::would_block, "wait set");
    std::uint64_t ns = peer_check_interval_ns;
    if (!deadline.is_never()) {
      ns = std::min(ns, deadline.remaining_ns());
      if (ns == 0) return fail(Errc::timeout, "wait set");
    }
    if (spins) {
      if (const auto index = spin_for_ready(std::min(ns, hybrid_spin_ns))) return *index;
    } else {
      const auto index = block(ns, context);
      if (!index) return tl::make_unexpected(index.error());
      if (*index) return **index;
    }
    spins = wait_ == Wait::spin;
  }
}

// What was ready at the last look before the sleep; nothing after a sleep: the caller looks again.
Result<std::optional<std::size_t>> WaitSet::block(std::uint64_t ns, const OpenContext& context) {
  // Announce, then read the words, then look once more: a message that comes in between either
  // is seen by that look or has changed the word.
  announce(true);
  words_.clear();
  bool announced = false;
  for (Receiver* receiver : receivers_) {
    announced = announced || receiver->must_announce();
    if (auto* word = receiver->futex_word()) {
      futex_waitv entry{};
      entry.val = word->load(std::memory_order_seq_cst);
      entry.uaddr = reinterpret_cast<std::uintptr_t>(word);
      entry.flags = FUTEX_32;  // shared between processes: not private
      words_.push_back(entry);
    }
  }
  const auto index = announced ? find_ready() : std::nullopt;
  const Status slept = index ? Status{} : sleep(ns, context);
  announce(false);
  if (!slept) return tl::make_unexpected(slept.error());
  return index;
}

}  // namespace ipcmark
