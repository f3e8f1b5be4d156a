// Crawl over a backend: one process holds the frontier, each worker has a channel from it and all
// have one to it. A worker has one batch of pages at a time and answers with what they link to.
//
// Nobody waits for ever in a send that somebody else's send waits for: the frontier sends at once
// or not now, and goes on receiving.
#include <deque>

#include "scenarios/shared_state/crawl_plan.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/record_receiver.hpp"
#include "scenarios/traffic/send_queue.hpp"

namespace ipcmark::crawl {

namespace {

// Followed by page numbers. A batch is one message; its answer as many as it takes.
struct Batch {
  std::uint32_t pages = 0;
  std::uint32_t last = 0;  // 1: nothing more was found in this batch
};

// How many messages each has sent, told before it closes.
struct Sent {
  std::array<SentCount, max_processes> batches;
  std::array<SentCount, max_processes> answers;
};
Sent& sent_of(WorkerContext& context) { return context.shared_as<Sent>(); }

// The page numbers of a message that was read.
std::span<const std::uint32_t> pages_of_message(const RecordReader<Batch>& reader,
                                                std::vector<std::uint32_t>& into) {
  const std::size_t count =
      std::min<std::size_t>(reader.record.pages, reader.more().size() / sizeof(std::uint32_t));
  into.resize(count);
  const auto bytes = std::as_writable_bytes(std::span(into));
  std::copy_n(reader.more().begin(), bytes.size(), bytes.begin());
  return into;
}

class Worker {
 public:
  explicit Worker(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        me_(context.index() - 1),
        route_(fan_in_route(context, 0, me_)),
        own_(first_received(context)),
        reader_(context, 1, own_),
        writer_(spec_, route_.number, route_.channel),
        visitor_(context) {}

  Status run() {
    const std::uint64_t begin = now_ns();
    for (;;) {
      const std::uint64_t asked = now_ns();
      context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(own_));
      const Status got = reader_.receive(context_.receiver(own_), Deadline::never());
      if (!got && got.error().code == Errc::closed) break;
      if (!got) return got;
      take_.record(now_ns() - asked);
      const bool twice = me_ == 0 && visitor_.visited() == 0 && context_.inject("visit_twice");
      visitor_.visit(pages_of_message(reader_, pages_), twice);
      context_.progress().count(visitor_.visited());
      if (const Status answered = answer(visitor_.found()); !answered) return answered;
    }
    return finish(begin);
  }

 private:
  Status answer(std::span<const std::uint32_t> found) {
    const std::size_t max = pages_in_message(spec_);
    const auto channel = static_cast<std::uint32_t>(route_.channel);
    do {
      const auto part = found.first(std::min(found.size(), max));
      found = found.subspan(part.size());
      const Batch batch{static_cast<std::uint32_t>(part.size()), found.empty() ? 1U : 0U};
      context_.progress().enter(Operation::send, channel);
      const Status sent = context_.sender(channel).send(writer_.next(batch, std::as_bytes(part)),
                                                        Deadline::never());
      if (!sent) return sent;
    } while (!found.empty());
    return {};
  }

  Status finish(std::uint64_t begin) {
    const std::uint64_t given[] = {sent_of(context_).batches[me_].published()};
    reader_.settle(given);
    sent_of(context_).answers[me_].publish(writer_.made());
    context_.progress().enter(Operation::close, static_cast<std::uint32_t>(route_.channel));
    const Status closed = context_.sender(route_.channel).close(Deadline::never());
    visitor_.report(context_.report(), std::move(take_), begin);
    return closed;
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  std::uint32_t me_;
  Route route_;
  std::size_t own_;
  RecordReader<Batch> reader_;
  RecordWriter<Batch> writer_;
  Visitor visitor_;
  std::vector<std::uint32_t> pages_;
  Histogram take_;
};

// One worker as the frontier's process sees it.
struct WorkerEnd {
  WorkerEnd(const RunSpec& spec, Sender& sender, std::size_t channel)
      : writer(spec, 0, channel), send_queue(sender) {}
  RecordWriter<Batch> writer;
  SendQueue send_queue;
  bool busy = false;
};

class FrontierProcess {
 public:
  explicit FrontierProcess(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        workers_(context.workers() - 1),
        fan_in_(context, workers_),
        memory_((Frontier::bytes(pages_of(spec_)) + 7) / 8),
        frontier_(std::as_writable_bytes(std::span(memory_)), pages_of(spec_)),
        batch_(pages_in_message(spec_)) {
    for (std::size_t i = 0; i < workers_; ++i) {
      const std::size_t channel = fan_in_.channels() + i;
      worker_ends_.emplace_back(spec_, context.sender(channel), channel);
    }
  }

  Status run() {
    frontier_.add(first_page);
    for (;;) {
      if (const Status given = give_out(); !given) return given;
      if (over(frontier_, context_)) break;
      if (const Status taken = take_next(); !taken) return taken;
    }
    for (std::size_t i = 0; i < workers_; ++i) {
      sent_of(context_).batches[i].publish(worker_ends_[i].writer.made());
      const std::size_t channel = fan_in_.channels() + i;
      context_.progress().enter(Operation::close, static_cast<std::uint32_t>(channel));
      if (const Status closed = context_.sender(channel).close(Deadline::never()); !closed) {
        return closed;
      }
    }
    return drain();
  }

  void report() {
    WorkerReport& report = context_.report();
    std::vector<std::uint64_t> sent;
    for (std::size_t i = 0; i < workers_; ++i)
      sent.push_back(sent_of(context_).answers[i].published());
    fan_in_.settle(sent);
    report.ok = true;
  }

 private:
  // A batch to everybody who has none, as long as pages wait.
  Status give_out() {
    for (WorkerEnd& worker_end : worker_ends_) {
      if (worker_end.busy) continue;
      const std::size_t count = deal(frontier_, context_, batch_);
      if (count == 0) break;
      worker_end.busy = true;
      const auto pages = std::span<const std::uint32_t>(batch_).first(count);
      const Batch head{static_cast<std::uint32_t>(count), 1};
      const Status posted =
          worker_end.send_queue.post(worker_end.writer.next(head, std::as_bytes(pages)));
      if (!posted) return posted;
    }
    return {};
  }

  // Waits for a message of the workers; tries again meanwhile to send what had no room.
  Status take_next() {
    bool full = false;
    for (WorkerEnd& worker_end : worker_ends_) {
      if (const Status pumped = worker_end.send_queue.pump(); !pumped) return pumped;
      full = full || !worker_end.send_queue.empty();
    }
    const auto channel =
        fan_in_.wait(full ? Deadline::after(send_queue_retry_ns) : Deadline::never());
    if (channel) return take(*channel);
    if (channel.error().code == Errc::timeout) return {};
    return tl::make_unexpected(channel.error());
  }

  Status take(std::size_t channel) {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(channel));
    const auto who = fan_in_.take(channel, Deadline::immediate());
    if (!who) {
      const Errc code = who.error().code;
      if (code == Errc::would_block || code == Errc::closed) return {};
      return tl::make_unexpected(who.error());
    }
    if (*who >= worker_ends_.size() || !worker_ends_[*who].busy) {
      return fail(Errc::corrupt, "an answer to a batch that was never given");
    }
    for (const std::uint32_t page : pages_of_message(fan_in_.reader(), found_)) frontier_.add(page);
    if (fan_in_.record().last != 0) {
      worker_ends_[*who].busy = false;
      frontier_.done();
      context_.progress().count(++answered_);
    }
    return {};
  }

  // Until every worker has closed.
  Status drain() {
    for (;;) {
      const auto channel = fan_in_.wait(Deadline::never());
      if (!channel && channel.error().code == Errc::closed) return {};
      if (!channel) return tl::make_unexpected(channel.error());
      if (const Status taken = take(*channel); !taken) return taken;
    }
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  std::size_t workers_;
  RecordReceiver<Batch> fan_in_;
  std::vector<std::uint64_t> memory_;
  Frontier frontier_;
  std::vector<std::uint32_t> batch_, found_;
  std::deque<WorkerEnd> worker_ends_;
  std::uint64_t answered_ = 0;
};

}  // namespace

std::size_t pages_in_message(const RunSpec& spec) {
  const std::size_t head = record_bytes<Batch>;
  return spec.size > head ? (spec.size - head) / sizeof(std::uint32_t) : 0;
}

Status work_by_messages(WorkerContext& context) {
  if (context.role() == "frontier") {
    FrontierProcess frontier(context);
    if (const Status ready = context.barrier(Stage::run); !ready) return ready;
    if (const Status done = frontier.run(); !done) return done;
    frontier.report();
    return {};
  }
  Worker worker(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  return worker.run();
}

}  // namespace ipcmark::crawl
