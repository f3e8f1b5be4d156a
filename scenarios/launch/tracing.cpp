#include "scenarios/launch/tracing.hpp"

#include <utility>

#include "scenarios/traffic/forwarding.hpp"

namespace ipcmark {
namespace {

// Runs one operation and notes it. A try that found nothing to do is no event: loops that look
// again and again would fill the log with them.
template <class Operation>
auto traced(TraceLog& log, const char* name, std::size_t place, Operation operation) {
  const std::uint64_t start = now_ns();
  auto result = operation();
  const Error* error = result.has_value() ? nullptr : &result.error();
  if (error == nullptr || error->code != Errc::would_block) log.note(name, place, start, error);
  return result;
}

class TracedSender final : public ForwardingSender {
 public:
  TracedSender(std::unique_ptr<Sender> inner, TraceLog& log, std::size_t place)
      : ForwardingSender(std::move(inner)), log_(log), place_(place) {}
  Status send(std::span<const std::byte> message, Deadline deadline) override {
    return traced(log_, "send channel", place_,
                  [&] { return ForwardingSender::send(message, deadline); });
  }
  Status flush(Deadline deadline) override {
    return traced(log_, "flush channel", place_, [&] { return ForwardingSender::flush(deadline); });
  }
  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    return traced(log_, "loan channel", place_,
                  [&] { return ForwardingSender::loan(size, deadline); });
  }
  Status publish(std::size_t size) override {
    return traced(log_, "publish channel", place_, [&] { return ForwardingSender::publish(size); });
  }
  Status close(Deadline deadline) override {
    return traced(log_, "close channel", place_, [&] { return ForwardingSender::close(deadline); });
  }

 private:
  TraceLog& log_;
  std::size_t place_;
};

class TracedReceiver final : public ForwardingReceiver {
 public:
  TracedReceiver(std::unique_ptr<Receiver> inner, TraceLog& log, std::size_t place)
      : ForwardingReceiver(std::move(inner)), log_(log), place_(place) {}
  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    return traced(log_, "receive channel", place_,
                  [&] { return ForwardingReceiver::receive(buffer, deadline); });
  }
  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    return traced(log_, "borrow channel", place_,
                  [&] { return ForwardingReceiver::borrow(deadline); });
  }
  Status subscribe(std::uint8_t topic) override {
    return traced(log_, "subscribe channel", place_,
                  [&] { return ForwardingReceiver::subscribe(topic); });
  }

 private:
  TraceLog& log_;
  std::size_t place_;
};

class TracedLock final : public Lock {
 public:
  TracedLock(std::unique_ptr<Lock> inner, TraceLog& log, std::size_t place)
      : inner_(std::move(inner)), log_(log), place_(place) {}
  Status lock(Deadline deadline) override {
    return traced(log_, "lock", place_, [&] { return inner_->lock(deadline); });
  }
  Status unlock() override {
    return traced(log_, "unlock", place_, [&] { return inner_->unlock(); });
  }

 private:
  std::unique_ptr<Lock> inner_;
  TraceLog& log_;
  std::size_t place_;
};

class TracedNotifier final : public Notifier {
 public:
  TracedNotifier(std::unique_ptr<Notifier> inner, TraceLog& log, std::size_t place)
      : inner_(std::move(inner)), log_(log), place_(place) {}
  Status signal() override {
    return traced(log_, "signal notifier", place_, [&] { return inner_->signal(); });
  }
  Status wait(Deadline deadline) override {
    return traced(log_, "wait notifier", place_, [&] { return inner_->wait(deadline); });
  }

 private:
  std::unique_ptr<Notifier> inner_;
  TraceLog& log_;
  std::size_t place_;
};

}  // namespace

std::unique_ptr<Sender> traced(std::unique_ptr<Sender> sender, TraceLog& log, std::size_t place) {
  return std::make_unique<TracedSender>(std::move(sender), log, place);
}
std::unique_ptr<Receiver> traced(std::unique_ptr<Receiver> receiver, TraceLog& log,
                                 std::size_t place) {
  return std::make_unique<TracedReceiver>(std::move(receiver), log, place);
}
std::unique_ptr<Lock> traced(std::unique_ptr<Lock> lock, TraceLog& log, std::size_t place) {
  return std::make_unique<TracedLock>(std::move(lock), log, place);
}
std::unique_ptr<Notifier> traced(std::unique_ptr<Notifier> notifier, TraceLog& log,
                                 std::size_t place) {
  return std::make_unique<TracedNotifier>(std::move(notifier), log, place);
}

}  // namespace ipcmark
