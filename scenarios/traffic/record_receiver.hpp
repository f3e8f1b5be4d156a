// The receiver's side where many workers send it records: takes them as they come, on whichever
// channel, and accounts for them by their senders.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"

namespace ipcmark {

// Borrows the context. One thread.
template <class Record>
class RecordReceiver : public FanInReceiver {
 public:
  // `senders`: as given to add_fan_in, whose channels are the first of the layout.
  RecordReceiver(WorkerContext& context, std::size_t senders)
      : FanInReceiver(context, 0, senders), context_(context) {
    readers_.reserve(channels());
    for (std::size_t i = 0; i < channels(); ++i) {
      readers_.emplace_back(context, shared() ? senders : 1, i);
    }
  }

  // Takes a message from that channel; returns which of the senders it came from. closed: nothing
  // more comes on it, and it is done. Other errors are those of RecordReader::receive().
  Result<std::size_t> take(std::size_t channel, Deadline deadline) {
    RecordReader<Record>& reader = readers_[channel];
    const Status got = reader.receive(receiver(channel), deadline);
    if (got) [[likely]] {
      taken_ = &reader;
      return shared() ? std::size_t{reader.id.sender} : channel;
    }
    if (got.error().code == Errc::closed) done(channel);
    return tl::make_unexpected(got.error());
  }
  // The same from any of them, waiting for it. closed: all senders have closed.
  Result<std::size_t> next() {
    for (;;) {
      const auto channel = wait(Deadline::never());
      if (!channel) return channel;
      context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(*channel));
      const auto sender = take(*channel, Deadline::never());
      if (sender || sender.error().code != Errc::closed) return sender;
    }
  }
  // What was taken last; nothing before the first.
  const RecordReader<Record>& reader() const { return *taken_; }
  const Record& record() const { return taken_->record; }

  // `sent`: how many messages each of the senders has sent.
  void settle(std::span<const std::uint64_t> sent) {
    for (std::size_t i = 0; i < channels(); ++i) settle(i, sent);
  }
  // Of one channel alone.
  void settle(std::size_t channel, std::span<const std::uint64_t> sent) {
    readers_[channel].settle(shared() ? sent : sent.subspan(channel, 1));
  }

 private:
  WorkerContext& context_;
  std::vector<RecordReader<Record>> readers_;
  const RecordReader<Record>* taken_ = nullptr;
};

}  // namespace ipcmark
