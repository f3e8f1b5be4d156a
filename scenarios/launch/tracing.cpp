#include "scenarios/launch/tracing.hpp"

#include <algorithm>
#include <utility>

#include "scenarios/traffic/forwarding.hpp"

namespace ipcmark {
namespace {

// Runs one operation and notes it. A try that found nothing to do is no event: loops that look
// again and again would fill the log with them.
// `left`: how many operations of this kind the endpoint carries out until the one that is noted; a
// division instead would be a tenth of the shortest ones.
template <class Operation>
auto noted(TraceLog& log, std::uint32_t& left, const char* name, std::size_t place,
           Operation operation) {
  if (left > 0) {
    auto result = operation();
    if (result.has_value()) --left;
    return result;
  }
  const std::uint64_t start = now_ns();
  auto result = operation();
  const Error* error = result.has_value() ? nullptr : &result.error();
  if (error == nullptr || error->code != Errc::would_block) log.note(name, place, start, error);
  if (error == nullptr) left = log.every() - 1;
  return result;
}

class TracedSender final : public ForwardingSender {
 public:
  TracedSender(std::unique_ptr<Sender> inner, TraceLog& log, std::size_t place)
      : ForwardingSender(std::move(inner)), log_(log), place_(place) {}
  Status send(std::span<const std::byte> message, Deadline deadline) override {
    return noted(log_, sent_, "send channel", place_,
                 [&] { return ForwardingSender::send(message, deadline); });
  }
  Status flush(Deadline deadline) override {
    return noted(log_, flushed_, "flush channel", place_,
                 [&] { return ForwardingSender::flush(deadline); });
  }
  Result<std::span<std::byte>> loan(std::size_t size, Deadline deadline) override {
    return noted(log_, loaned_, "loan channel", place_,
                 [&] { return ForwardingSender::loan(size, deadline); });
  }
  Status publish(std::size_t size) override {
    return noted(log_, published_, "publish channel", place_,
                 [&] { return ForwardingSender::publish(size); });
  }
  Status close(Deadline deadline) override {
    return noted(log_, closed_, "close channel", place_,
                 [&] { return ForwardingSender::close(deadline); });
  }

 private:
  TraceLog& log_;
  std::size_t place_;
  std::uint32_t sent_ = 0, flushed_ = 0, loaned_ = 0, published_ = 0, closed_ = 0;
};

class TracedReceiver final : public ForwardingReceiver {
 public:
  TracedReceiver(std::unique_ptr<Receiver> inner, TraceLog& log, std::size_t place)
      : ForwardingReceiver(std::move(inner)), log_(log), place_(place) {}
  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    return noted(log_, received_, "receive channel", place_,
                 [&] { return ForwardingReceiver::receive(buffer, deadline); });
  }
  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    return noted(log_, borrowed_, "borrow channel", place_,
                 [&] { return ForwardingReceiver::borrow(deadline); });
  }
  Status subscribe(std::uint8_t topic) override {
    return noted(log_, subscribed_, "subscribe channel", place_,
                 [&] { return ForwardingReceiver::subscribe(topic); });
  }

 private:
  TraceLog& log_;
  std::size_t place_;
  std::uint32_t received_ = 0, borrowed_ = 0, subscribed_ = 0;
};

class TracedLock final : public Lock {
 public:
  TracedLock(std::unique_ptr<Lock> inner, TraceLog& log, std::size_t place)
      : inner_(std::move(inner)), log_(log), place_(place) {}
  Status lock(Deadline deadline) override {
    return noted(log_, locked_, "lock", place_, [&] { return inner_->lock(deadline); });
  }
  Status unlock() override {
    return noted(log_, unlocked_, "unlock", place_, [&] { return inner_->unlock(); });
  }

 private:
  std::unique_ptr<Lock> inner_;
  TraceLog& log_;
  std::size_t place_;
  std::uint32_t locked_ = 0, unlocked_ = 0;
};

class TracedNotifier final : public Notifier {
 public:
  TracedNotifier(std::unique_ptr<Notifier> inner, TraceLog& log, std::size_t place)
      : inner_(std::move(inner)), log_(log), place_(place) {}
  Status signal() override {
    return noted(log_, signalled_, "signal notifier", place_, [&] { return inner_->signal(); });
  }
  Status wait(Deadline deadline) override {
    return noted(log_, waited_, "wait notifier", place_, [&] { return inner_->wait(deadline); });
  }

 private:
  std::unique_ptr<Notifier> inner_;
  TraceLog& log_;
  std::size_t place_;
  std::uint32_t signalled_ = 0, waited_ = 0;
};

}  // namespace

TraceLog::TraceLog(std::size_t most, std::uint32_t every)
    : most_(most), every_(std::max(every, 1U)) {
  events_.resize(most_);  // touches it
  events_.clear();        // and keeps it
}

void TraceLog::note(const char* name, std::size_t place, std::uint64_t start_ns,
                    const Error* error) {
  if (events_.size() == most_) {
    ++dropped_;
    return;
  }
  events_.push_back(
      {name, place, start_ns, now_ns(), error == nullptr ? "ok" : to_string(error->code)});
}

ProcessTrace TraceLog::take() {
  ProcessTrace trace;
  trace.dropped = dropped_;
  trace.events.reserve(events_.size());
  for (const Event& event : events_) {
    trace.events.push_back({std::string(event.name) + " " + std::to_string(event.place),
                            event.start_ns, event.end_ns - event.start_ns, event.outcome});
  }
  events_.clear();
  return trace;
}

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
