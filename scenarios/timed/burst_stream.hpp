// A stream in bursts, of the scenario throughput: the sender waits until each is due, the receiver
// measures how long each took from then until its last message was there.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "backends/deadline.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/timing/bursts.hpp"
#include "scenarios/timing/due_time.hpp"
#include "scenarios/traffic/message_ends.hpp"

namespace ipcmark {

inline constexpr const char* burst_figure = "burst";

// Until `enough` is raised. `begin`: set to when the first burst is due, before it is sent.
inline Status send_bursts(WorkerContext& context, std::size_t channel, Outbox& outbox,
                          const std::atomic<std::uint32_t>& enough,
                          std::atomic<std::uint64_t>& begin) {
  const Bursts bursts(context.spec());
  const std::uint64_t begin_ns = now_ns() + spin_before_ns;
  begin.store(begin_ns, std::memory_order_release);
  DueWait wait;
  while (enough.load(std::memory_order_relaxed) == 0) {
    context.progress().leave();  // waits for nobody
    wait.until(bursts.due_ns(begin_ns, outbox.sent()));
    context.progress().enter(Operation::send, static_cast<std::uint32_t>(channel));
    for (std::uint64_t i = 0; i < bursts.messages(); ++i) {
      if (const Status sent = outbox.send_next(); !sent) return sent;
    }
    // What a sender gathers belongs to its burst.
    if (const Status sent = context.sender(channel).flush(Deadline::never()); !sent) return sent;
    context.progress().count(outbox.sent());
  }
  wait.account(context.report().cost);
  return {};
}

// The receiver's side. One thread.
class BurstMeter {
 public:
  BurstMeter(const RunSpec& spec, const std::atomic<std::uint64_t>& begin)
      : bursts_(spec), begin_(begin), end_(bursts_.on() ? bursts_.messages() : no_end) {}

  // The count of messages with which the next burst is complete; beyond any where there are none.
  std::uint64_t end() const { return end_; }
  // It is. Recorded if it belongs to the measured part.
  void complete(bool measured) {
    const std::uint64_t due = bursts_.due_ns(begin_.load(std::memory_order_acquire), end_ - 1);
    const std::uint64_t now = now_ns();
    if (measured && now >= due) times_.record(now - due);
    end_ += bursts_.messages();
  }
  void report(WorkerReport& report) {
    if (bursts_.on()) report.histograms[burst_figure] = std::move(times_);
  }

 private:
  static constexpr std::uint64_t no_end = ~std::uint64_t{0};
  Bursts bursts_;
  const std::atomic<std::uint64_t>& begin_;
  std::uint64_t end_;
  Histogram times_;
};

}  // namespace ipcmark
