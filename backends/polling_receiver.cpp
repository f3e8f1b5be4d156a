#include "backends/polling_receiver.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace ipcmark {
namespace {

// For as long as it lives, of a receiver that must.
class Announced {
 public:
  explicit Announced(Receiver& receiver)
      : receiver_(receiver.must_announce() ? &receiver : nullptr) {
    if (receiver_ != nullptr) receiver_->announce_wait(true);
  }
  ~Announced() {
    if (receiver_ != nullptr) receiver_->announce_wait(false);
  }
  Announced(const Announced&) = delete;
  Announced& operator=(const Announced&) = delete;
  bool is_needed() const { return receiver_ != nullptr; }

 private:
  Receiver* receiver_;
};

class PollingReceiver final : public Receiver {
 public:
  PollingReceiver(std::unique_ptr<Receiver> receiver, Fd epoll, const OpenContext& context)
      : receiver_(std::move(receiver)), epoll_(std::move(epoll)), context_(context) {}

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    return poll_until(deadline, [&] { return receiver_->receive(buffer, Deadline::immediate()); });
  }
  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    return poll_until(deadline, [&] { return receiver_->borrow(Deadline::immediate()); });
  }
  void release() override { receiver_->release(); }
  Status subscribe(std::uint8_t topic) override { return receiver_->subscribe(topic); }
  bool ready() override { return receiver_->ready(); }
  int descriptor() const override { return receiver_->descriptor(); }
  void announce_wait(bool waiting) override { receiver_->announce_wait(waiting); }
  bool must_announce() override { return receiver_->must_announce(); }

 private:
  template <class Try>
  auto poll_until(Deadline deadline, Try attempt) -> decltype(attempt()) {
    for (;;) {
      auto got = attempt();
      if (got || got.error().code != Errc::would_block || deadline.is_immediate()) return got;
      if (context_.peer_died->load(std::memory_order_acquire) != 0) {
        // What came before the death is still to be had.
        auto last = attempt();
        if (last || last.error().code != Errc::would_block) return last;
        return fail(Errc::peer_died, "epoll_wait");
      }
      std::uint64_t ns = peer_check_interval_ns;
      if (!deadline.is_never()) ns = std::min(ns, deadline.remaining_ns());
      if (ns == 0) return fail(Errc::timeout, "epoll_wait");
      const Announced announced(*receiver_);
      if (announced.is_needed()) {
        auto last = attempt();
        if (last || last.error().code != Errc::would_block) return last;
      }
      epoll_event event{};
      // Rounded up: a wait that ended before its deadline would be followed by one of no time.
      const int ms = static_cast<int>((ns + 999'999) / 1'000'000);
      if (::epoll_wait(epoll_.get(), &event, 1, ms) < 0 && errno != EINTR) {
        return fail(Errc::system, "epoll_wait", errno);
      }
    }
  }

  std::unique_ptr<Receiver> receiver_;
  Fd epoll_;
  const OpenContext& context_;
};

}  // namespace

Result<std::unique_ptr<Receiver>> polling(std::unique_ptr<Receiver> receiver,
                                          const OpenContext& context) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail(Errc::system, "epoll_create1", errno);
  epoll_event readable{};
  readable.events = EPOLLIN;
  const int fd = receiver->descriptor();
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &readable) != 0) {
    return fail(Errc::system, "epoll_ctl", errno);
  }
  return std::make_unique<PollingReceiver>(std::move(receiver), std::move(epoll), context);
}

}  // namespace ipcmark
