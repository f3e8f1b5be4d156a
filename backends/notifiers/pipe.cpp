// pipe: a signal is one byte in an anonymous pipe(2).
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "backends/kernel/address_object.hpp"
#include "backends/kernel/interruptible_call.hpp"
#include "backends/notifier.hpp"

namespace ipcmark {

NotifierEntry pipe_notifier_entry();

namespace pipe_notifier_detail {
namespace {

// Every process holds both ends, so that neither end of file nor SIGPIPE can come.
class PipeNotifier final : public Notifier {
 public:
  // `trying` reads the same pipe without waiting.
  PipeNotifier(Address address, Fd trying, const OpenContext& context)
      : read_(std::move(address.descriptors[0])),
        write_(std::move(address.descriptors[1])),
        trying_(std::move(trying)),
        call_(context) {}

  Status signal() override {
    const char byte = 0;
    for (;;) {
      if (::write(write_.get(), &byte, 1) == 1) return {};
      if (errno == EAGAIN) return fail(Errc::limit, "write: the pipe is full of signals", errno);
      if (errno != EINTR) return fail(Errc::system, "write", errno);
    }
  }

  Status wait(Deadline deadline) override {
    return call_.get(
        "read", deadline, [&] { return take(read_); }, [&] { return take(trying_); },
        [&](std::uint64_t ns) {
          pollfd one{trying_.get(), POLLIN, 0};
          const timespec at_most{0, static_cast<long>(ns)};
          ::ppoll(&one, 1, &at_most, nullptr);
          return take(trying_);
        });
  }

 private:
  static bool take(const Fd& fd) {
    char byte = 0;
    return ::read(fd.get(), &byte, 1) == 1;
  }

  Fd read_;
  Fd write_;
  Fd trying_;
  InterruptibleCall call_;
};

Result<std::unique_ptr<NotifierObject>> create(Names&) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Errc::system, "pipe2", errno);
  Address address;
  address.backend = "pipe";
  address.descriptors.emplace_back(ends[0]);
  address.descriptors.emplace_back(ends[1]);
  // The read end stays as it is: never() is a plain read.
  if (::fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) return fail(Errc::system, "fcntl", errno);
  return object_of<NotifierObject>(std::move(address));
}

Result<std::unique_ptr<Notifier>> open(Address address, const OpenContext& context) {
  if (address.descriptors.size() != 2) return fail(Errc::invalid, "address of a pipe");
  // O_NONBLOCK belongs to the open file description, so a try needs one of its own.
  char path[40];
  std::snprintf(path, sizeof path, "/proc/self/fd/%d", address.descriptors[0].get());
  Fd trying(::open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!trying) return fail(Errc::system, "open /proc/self/fd", errno);
  return std::make_unique<PipeNotifier>(std::move(address), std::move(trying), context);
}

}  // namespace
}  // namespace pipe_notifier_detail

NotifierEntry pipe_notifier_entry() {
  using namespace pipe_notifier_detail;
  NotifierEntry entry;
  entry.name = "pipe";
  entry.summary = "one byte a signal in an anonymous pipe, up to its capacity pending";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A byte for each signal: works with poll, and the reader sees end of file when the other "
      "side dies.";
  entry.snippet = "notify/pipe";
  entry.counts = true;
  entry.create = create;
  entry.open = open;
  return entry;
}

}  // namespace ipcmark
