#include "scenarios/launch/diagnosis.hpp"

#include <algorithm>

#include "scenarios/launch/admission.hpp"

namespace ipcmark {
namespace {

// Whom a worker waits for. `every`: one of them stuck is enough to be stuck oneself (a barrier);
// otherwise one of them free is enough to be helped.
struct Helpers {
  std::vector<unsigned> workers;
  bool every = false;
};

class Waits {
 public:
  Waits(const Layout& layout, const std::vector<WorkerSample>& workers)
      : layout_(layout), workers_(workers) {}

  Helpers of(unsigned worker) const {
    Helpers helpers;
    const WorkerSample& sample = workers_[worker];
    switch (sample.operation) {
      case Operation::send:
      case Operation::close:
        if (sample.place < layout_.channels.size()) {
          add_live(helpers, layout_.channels[sample.place].receivers);
        } else {
          add_others(helpers, worker);  // a sender opened by id
        }
        break;
      case Operation::receive:
        if (sample.place < layout_.channels.size()) {
          add_senders(helpers, sample.place, worker);
        } else {
          add_others(helpers, worker);  // on a channel that a worker made
        }
        break;
      case Operation::wait_set:
        for (std::size_t c = 0; c < layout_.channels.size(); ++c) {
          const auto& receivers = layout_.channels[c].receivers;
          if (std::find(receivers.begin(), receivers.end(), worker) != receivers.end()) {
            add_senders(helpers, c, worker);
          }
        }
        break;
      case Operation::lock:
      case Operation::wait:
      case Operation::shared_word:
        add_others(helpers, worker);
        break;
      case Operation::barrier:
        helpers.every = true;
        for (unsigned i = 0; i < workers_.size(); ++i) {
          if (!workers_[i].arrived && live(i)) helpers.workers.push_back(i);
        }
        break;
      case Operation::none:
        break;
    }
    return helpers;
  }

 private:
  bool live(unsigned worker) const { return !workers_[worker].ended && !workers_[worker].finished; }
  void add_live(Helpers& helpers, const std::vector<unsigned>& ends) const {
    for (const unsigned end : ends) {
      if (live(end)) helpers.workers.push_back(end);
    }
  }
  void add_others(Helpers& helpers, unsigned worker) const {
    for (unsigned i = 0; i < workers_.size(); ++i) {
      if (i != worker && live(i)) helpers.workers.push_back(i);
    }
  }
  void add_senders(Helpers& helpers, std::size_t channel, unsigned worker) const {
    const ChannelUse& use = layout_.channels[channel];
    // Senders opened by id may be anybody's.
    if (use.senders.size() < use.spec.senders) add_others(helpers, worker);
    add_live(helpers, use.senders);
  }

  const Layout& layout_;
  const std::vector<WorkerSample>& workers_;
};

bool held(const Helpers& helpers, const std::vector<bool>& in, bool alone_counts) {
  const auto is_in = [&](unsigned worker) { return static_cast<bool>(in[worker]); };
  if (helpers.every) return std::any_of(helpers.workers.begin(), helpers.workers.end(), is_in);
  if (helpers.workers.empty()) return alone_counts;
  return std::all_of(helpers.workers.begin(), helpers.workers.end(), is_in);
}

// The largest set in which everyone's help lies within: take out whoever can be helped from
// outside, until nobody is. `alone_counts`: those whom nobody can help belong to it.
std::vector<bool> closed_set(const Waits& waits, std::vector<bool> in, bool alone_counts) {
  for (bool changed = true; changed;) {
    changed = false;
    for (unsigned i = 0; i < in.size(); ++i) {
      if (!in[i] || held(waits.of(i), in, alone_counts)) continue;
      in[i] = false;
      changed = true;
    }
  }
  return in;
}

std::string list(const Layout& layout, const std::string& mechanism,
                 const std::vector<WorkerSample>& workers, const std::vector<bool>& in) {
  std::string text;
  std::string kernel;
  for (unsigned i = 0; i < in.size(); ++i) {
    if (!in[i]) continue;
    text += (text.empty() ? "" : ", ") + doing_text(layout, mechanism, i, workers[i]);
    const std::string& place = workers[i].process.waiting_in;
    if (!place.empty()) kernel += (kernel.empty() ? "" : ", ") + place;
  }
  return kernel.empty() ? text : text + "; in the kernel: " + kernel;
}

bool receives(const WorkerSample& sample) {
  return sample.operation == Operation::receive || sample.operation == Operation::wait_set;
}

// The workers that find the channel full, and those that find it empty; none unless there are both.
std::vector<unsigned> stalled_ends(const Layout& layout, const std::vector<WorkerSample>& workers,
                                   std::size_t channel) {
  const auto add = [&](std::vector<unsigned>& ends, const std::vector<unsigned>& candidates,
                       auto&& waits) {
    for (const unsigned worker : candidates) {
      const WorkerSample& sample = workers[worker];
      const bool here = sample.place == channel || sample.operation == Operation::wait_set;
      if (!sample.ended && !sample.finished && here && waits(sample)) ends.push_back(worker);
    }
  };
  const auto sends = [](const WorkerSample& sample) {
    return sample.operation == Operation::send || sample.operation == Operation::close;
  };
  std::vector<unsigned> full;
  std::vector<unsigned> empty;
  add(full, layout.channels[channel].senders, sends);
  add(empty, layout.channels[channel].receivers, receives);
  if (full.empty() || empty.empty()) return {};
  full.insert(full.end(), empty.begin(), empty.end());
  return full;
}

// In one operation from the first to the second, with nothing finished, and nothing on its way.
bool stands_still(const WorkerSample& first, const WorkerSample& second) {
  return !second.ended && !second.finished && second.operation != Operation::none &&
         first.stage == second.stage && first.operation == second.operation &&
         first.place == second.place && first.done == second.done &&
         !(receives(second) && second.in_flight);
}

bool any(const std::vector<bool>& in) { return std::find(in.begin(), in.end(), true) != in.end(); }

}  // namespace

std::optional<std::size_t> stalled_channel(const Layout& layout,
                                           const std::vector<WorkerSample>& workers) {
  for (std::size_t channel = 0; channel < layout.channels.size(); ++channel) {
    if (!stalled_ends(layout, workers, channel).empty()) return channel;
  }
  return std::nullopt;
}

std::uint64_t switches_of_slices(std::uint64_t between_samples_ns) {
  return 4 + between_samples_ns / 40'000'000U;  // 25 a second
}

std::uint64_t switches_of_polling(std::uint64_t between_samples_ns) {
  return 4 + between_samples_ns / 800'000U;
}

bool stuck(const WorkerSample& first, const WorkerSample& second, std::uint64_t between_ns) {
  return stands_still(first, second) && first.process.asleep() && second.process.asleep() &&
         second.process.switches - first.process.switches <=
             (second.operation == Operation::wait_set ? switches_of_polling(between_ns)
                                                      : switches_of_slices(between_ns));
}

bool spins(const WorkerSample& first, const WorkerSample& second) {
  return stands_still(first, second) && first.process.may_run() && second.process.may_run() &&
         second.process.ran_ns >= first.process.ran_ns + spinning_ns;
}

std::string doing_text(const Layout& layout, const std::string& mechanism, unsigned worker,
                       const WorkerSample& sample) {
  std::string text = worker_name(layout, worker) + " in " + to_string(sample.operation);
  const std::string place = std::to_string(sample.place);
  switch (sample.operation) {
    case Operation::send:
    case Operation::close:
      return text + " on channel " + place + " (" + mechanism + ", full)";
    case Operation::receive:
      return text + " on channel " + place + " (" + mechanism + ", empty)";
    case Operation::lock:
      if (sample.place < layout.locks.size()) text += " " + layout.locks[sample.place];
      return text;
    case Operation::wait:
      text += " on notifier " + place;
      if (sample.place < layout.notifiers.size()) {
        text += " (" + layout.notifiers[sample.place] + ")";
      }
      return text;
    case Operation::wait_set:
      return text + " (" + mechanism + ", all empty)";
    case Operation::barrier:
    case Operation::shared_word:
    case Operation::none:
      break;
  }
  return text;
}

std::optional<TrialEnd> diagnose(const Layout& layout, const std::string& mechanism,
                                 const std::vector<WorkerSample>& workers,
                                 const std::vector<bool>& stuck_workers) {
  const Waits waits(layout, workers);
  std::vector<bool> stuck_for_good = stuck_workers;
  for (std::size_t channel = 0; channel < layout.channels.size(); ++channel) {
    for (const unsigned end : stalled_ends(layout, workers, channel)) stuck_for_good[end] = false;
  }
  const auto cycle = closed_set(waits, stuck_for_good, false);
  if (any(cycle)) {
    return TrialEnd{State::deadlock, Cause::deadlock, list(layout, mechanism, workers, cycle)};
  }
  const auto orphaned = closed_set(waits, stuck_for_good, true);
  if (any(orphaned)) {
    return TrialEnd{
        State::timeout, Cause::stall,
        "nobody is left who could end the wait of " + list(layout, mechanism, workers, orphaned)};
  }
  return std::nullopt;
}

}  // namespace ipcmark
