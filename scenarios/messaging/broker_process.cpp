// A broker as a process: it is told who wants which topic and passes each message on to those, over
// a channel to each. It never blocks while somebody may still send to it, but for a subscriber that
// is far behind: those send nothing any more by then.
#include <deque>

#include "scenarios/messaging/broker_plan.hpp"
#include "scenarios/shared_word.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/send_queue.hpp"

namespace ipcmark::broker {

namespace {

constexpr std::size_t max_behind = 1024;  // messages of one subscriber, then publishers must wait

class BrokerProcess {
 public:
  explicit BrokerProcess(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        fan_in_(context, 0, context.workers() - 1),
        reader_(context, context.workers() - 1, sealed_as),
        wanted_by_(topics_of(spec_).topics) {
    for (std::uint32_t i = 0; i < subscribers_of(spec_); ++i) {
      send_queues_.emplace_back(context.sender(channel_to(i)));
    }
  }

  Status run() {
    for (;;) {
      if (const Status caught_up = let_catch_up(); !caught_up) return caught_up;
      bool behind = false;
      for (SendQueue& send_queue : send_queues_) {
        if (const Status pumped = send_queue.pump(); !pumped) return pumped;
        behind = behind || !send_queue.empty();
      }
      const auto channel =
          fan_in_.wait(behind ? Deadline::after(send_queue_retry_ns) : Deadline::never());
      if (!channel && channel.error().code == Errc::timeout) continue;
      if (!channel && channel.error().code == Errc::closed) return end();
      if (!channel) return tl::make_unexpected(channel.error());
      if (const Status taken = take(*channel); !taken) return taken;
    }
  }
  std::uint64_t handled() const { return handled_; }
  // What everybody sent here is known beforehand.
  void settle() {
    std::vector<std::uint64_t> sent(publishers_of(spec_), topics_of(spec_).each);
    for (std::uint32_t i = 0; i < subscribers_of(spec_); ++i) sent.push_back(wishes_of(spec_, i));
    reader_.settle(sent);
  }

 private:
  std::size_t channel_to(std::uint32_t subscriber) const { return fan_in_.channels() + subscriber; }

  Status take(std::size_t channel) {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(channel));
    const Status got = reader_.receive(fan_in_.receiver(channel), Deadline::immediate());
    if (!got) {
      if (got.error().code == Errc::would_block) return {};
      if (got.error().code != Errc::closed) return got;
      fan_in_.done(channel);
      return {};
    }
    const Publication& record = reader_.record;
    if (record.topic >= wanted_by_.size()) return not_intact(Finding::corrupted);
    if (record.subscribes != 0) return subscribe(record);
    context_.progress().count(++handled_);
    for (const std::uint32_t subscriber : wanted_by_[record.topic]) {
      if (const Status posted = send_queues_[subscriber].post(reader_.message()); !posted)
        return posted;
    }
    return {};
  }

  Status subscribe(const Publication& record) {
    if (record.from >= send_queues_.size()) return fail(Errc::corrupt, "an unknown subscriber");
    wanted_by_[record.topic].push_back(record.from);
    if (record.subscribes == 2) {
      raise_word(context_.shared_as<Shared>().subscribed);
    }
    return {};
  }

  Status push(std::uint32_t subscriber, Deadline deadline) {
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(channel_to(subscriber)));
    return send_queues_[subscriber].push(deadline);
  }
  Status let_catch_up() {
    for (std::uint32_t i = 0; i < send_queues_.size(); ++i) {
      while (send_queues_[i].size() >= max_behind) {
        if (const Status pushed = push(i, Deadline::never()); !pushed) return pushed;
      }
    }
    return {};
  }
  // Every publisher has closed: what is left goes out, then each subscriber finds its channel
  // closed.
  Status end() {
    for (std::uint32_t i = 0; i < send_queues_.size(); ++i) {
      while (!send_queues_[i].empty()) {
        if (const Status pushed = push(i, Deadline::never()); !pushed) return pushed;
      }
      context_.progress().enter(Operation::close, static_cast<std::uint32_t>(channel_to(i)));
      const Status closed = send_queues_[i].sender().close(Deadline::never());
      if (!closed) return closed;
    }
    return {};
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  FanInReceiver fan_in_;
  RecordReader<Publication> reader_;                   // whoever sends here has a number of its own
  std::vector<std::vector<std::uint32_t>> wanted_by_;  // subscribers, by topic
  std::deque<SendQueue> send_queues_;
  std::uint64_t handled_ = 0;
};

}  // namespace

Status run_broker_process(WorkerContext& context) {
  BrokerProcess broker(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (const Status done = broker.run(); !done) return done;
  broker.settle();
  context.report().tallies["published"] = static_cast<std::int64_t>(broker.handled());
  context.report().ok = true;
  return {};
}

}  // namespace ipcmark::broker
