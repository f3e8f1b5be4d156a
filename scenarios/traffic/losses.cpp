#include "scenarios/traffic/losses.hpp"

#include "results/model/capabilities.hpp"
#include "scenarios/traffic/reports.hpp"
#include "scenarios/traffic/sent_count.hpp"

namespace ipcmark {
namespace {

// Tallies of a worker's report.
constexpr const char* due_tally = "loss_due";  // messages that should have come
constexpr const char* lost_tally = "loss_lost";
constexpr const char* run_tally = "loss_longest_run";
constexpr const char* sent_tally = "loss_sent";
constexpr const char* sending_tally = "loss_sending_ns";

}  // namespace

Finding LossTracker::arrived(std::span<const std::byte> message, std::size_t expected_size) {
  ++integrity_.checked;
  const Examination seen = examine_message(message, expected_size, seed_, verify_);
  if (seen.finding == Finding::wrong_length) {
    ++integrity_.wrong_length;
    return seen.finding;
  }
  // One that cannot say which it is would hide what is lost.
  if (seen.finding != Finding::intact || seen.id.sender != 0) {
    ++integrity_.corrupted;
    return Finding::corrupted;
  }
  const std::uint64_t number = seen.id.sequence;
  last_ = number;
  if (number >= next_) {
    if (number > next_) losses_.lose(number - next_);
    next_ = number + 1;
  } else if (number + 1 == next_) {
    ++integrity_.duplicated;
  } else {
    ++integrity_.reordered;
  }
  return Finding::intact;
}

void LossTracker::damaged() {
  ++integrity_.checked;
  ++integrity_.corrupted;
}

Losses LossTracker::settle(std::uint64_t sent) {
  settled_ = true;
  if (sent == not_published) {
    ++integrity_.lost;
    losses_.sent = next_;
  } else {
    if (sent > next_) losses_.lose(sent - next_);
    if (next_ > sent) integrity_.corrupted += next_ - sent;
    losses_.sent = sent;
  }
  add(report_.integrity, integrity_);
  return losses_;
}

void note_losses(WorkerReport& report, const Losses& losses) {
  report.tallies[due_tally] += static_cast<std::int64_t>(losses.sent);
  report.tallies[lost_tally] += static_cast<std::int64_t>(losses.lost);
  std::int64_t& longest = report.tallies[run_tally];
  longest = std::max(longest, static_cast<std::int64_t>(losses.longest_run));
}

void note_sending(WorkerReport& report, std::uint64_t messages, std::uint64_t begin_ns,
                  std::uint64_t end_ns) {
  report.tallies[sent_tally] = static_cast<std::int64_t>(messages);
  report.tallies[sending_tally] = static_cast<std::int64_t>(end_ns - begin_ns);
}

bool has_losses(const WorkerReport& report) { return report.tallies.contains(due_tally); }

void publish_losses(const std::vector<WorkerReport>& reports, Trial& trial) {
  std::int64_t due = 0;
  std::int64_t lost = 0;
  std::int64_t longest = 0;
  double rate = 0;
  bool any = false;
  for (const WorkerReport& report : reports) {
    any = any || has_losses(report);
    due += count_of(report, due_tally);
    lost += count_of(report, lost_tally);
    longest = std::max(longest, count_of(report, run_tally));
    const std::int64_t took_ns = count_of(report, sending_tally);
    if (took_ns > 0) {
      rate +=
          static_cast<double>(count_of(report, sent_tally)) * 1e9 / static_cast<double>(took_ns);
    }
  }
  if (!any) return;
  const auto samples = static_cast<std::uint64_t>(due);
  const double share = due > 0 ? static_cast<double>(lost) / static_cast<double>(due) : 0;
  trial.metrics.push_back({lost_share_name, share, Unit::ratio, samples});
  trial.metrics.push_back({longest_loss_name, static_cast<double>(longest), Unit::count, samples});
  trial.metrics.push_back({sent_rate_name, rate, Unit::messages_per_second, samples});
}

}  // namespace ipcmark
