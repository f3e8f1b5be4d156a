// eventfd: eventfd(2) in semaphore mode.
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/interruptible_call.hpp"
#include "backends/notifier.hpp"

namespace ipcmark {

NotifierEntry eventfd_notifier_entry();

namespace eventfd_notifier_detail {
namespace {

constexpr ssize_t signal_bytes = sizeof(std::uint64_t);

// One read that does not wait, of a descriptor that is not O_NONBLOCK: that flag would belong to
// all processes, and would cost never() its plain read.
bool try_read(int fd) {
  std::uint64_t value = 0;
  const iovec into{&value, sizeof value};
  constexpr off_t no_offset = -1;
  return ::preadv2(fd, &into, 1, no_offset, RWF_NOWAIT) == signal_bytes;
}

class EventNotifier final : public Notifier {
 public:
  EventNotifier(Fd fd, const OpenContext& context) : fd_(std::move(fd)), call_(context) {}

  Status signal() override {
    const std::uint64_t one = 1;
    for (;;) {
      // Would wait only with 2^64 - 2 signals pending.
      if (::write(fd_.get(), &one, sizeof one) == signal_bytes) return {};
      if (errno != EINTR) return fail(Errc::system, "write", errno);
    }
  }

  Status wait(Deadline deadline) override {
    return call_.get(
        "read", deadline,
        [&] {
          std::uint64_t value = 0;
          return ::read(fd_.get(), &value, sizeof value) == signal_bytes;
        },
        [&] { return try_read(fd_.get()); },
        [&](std::uint64_t ns) {
          pollfd one{fd_.get(), POLLIN, 0};
          const timespec at_most{0, static_cast<long>(ns)};
          ::ppoll(&one, 1, &at_most, nullptr);
          return try_read(fd_.get());
        });
  }

 private:
  Fd fd_;
  InterruptibleCall call_;
};

std::string probe() {
  const Fd fd(::eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC));
  if (!fd || try_read(fd.get()) || errno == EAGAIN) return {};  // create() says what is wrong
  if (errno == EOPNOTSUPP) {
    return "eventfd: this kernel cannot read one without waiting; use Linux 5.8 or later";
  }
  return "eventfd needs " + explain(fail(Errc::system, "preadv2", errno).value());
}

Result<std::unique_ptr<NotifierObject>> create(Names&) {
  Fd fd(::eventfd(0, EFD_SEMAPHORE | EFD_CLOEXEC));
  if (!fd) return fail(Errc::system, "eventfd", errno);
  Address address;
  address.backend = "eventfd";
  address.descriptors.push_back(std::move(fd));
  return object_of<NotifierObject>(std::move(address));
}

Result<std::unique_ptr<Notifier>> open(Address address, const OpenContext& context) {
  if (address.descriptors.size() != 1) return fail(Errc::invalid, "address of an eventfd");
  return std::make_unique<EventNotifier>(std::move(address.descriptors[0]), context);
}

}  // namespace
}  // namespace eventfd_notifier_detail

NotifierEntry eventfd_notifier_entry() {
  using namespace eventfd_notifier_detail;
  NotifierEntry entry;
  entry.name = "eventfd";
  entry.summary = "eventfd(2) in semaphore mode";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A counter behind a descriptor: works with poll and epoll, and is passed on by inheritance "
      "or over a Unix socket.";
  entry.snippet = "notify/eventfd";
  entry.counts = true;
  entry.probe = probe;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
