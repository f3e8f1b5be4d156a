#include "scenarios/launch/worker_group.hpp"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <utility>

namespace ipcmark {

Status Crew::start(Deadline deadline) {
  members_.reserve(layout_.roles.size());
  for (unsigned i = 0; i < layout_.roles.size(); ++i) {
    auto ends = ControlLink::make_pair();
    if (!ends) return tl::make_unexpected(ends.error());
    const std::uint64_t started_ns = now_ns();
    auto process = WorkerProcess::spawn(ends->second);
    if (!process) return tl::make_unexpected(process.error());
    members_.push_back(CrewMember{.name = worker_name(layout_, i),
                                  .process = std::move(*process),
                                  .link = std::move(ends->first),
                                  .started_ns = started_ns,
                                  .sent = {}});
  }
  for (const unsigned worker : layout_.may_die) members_[worker].may_die = true;
  // So that opening is timed without the start of a process. Who never comes up is found later.
  const auto settled = [](const CrewMember& m) { return m.up || m.process.end() || m.link_broken; };
  while (!deadline.passed() && !std::all_of(members_.begin(), members_.end(), settled)) {
    pump(deadline.remaining_ns());
  }
  up_at_ns_ = now_ns();
  return {};
}

Status Crew::hand_over(const Assignment& common, Deadline deadline) {
  for (unsigned i = 0; i < members_.size(); ++i) {
    Assignment mine = common;
    mine.index = i;
    mine.cpu = setting_.cpus.empty() ? -1 : setting_.cpus[i % setting_.cpus.size()];
    const Status given = objects_.hand_over(i, members_[i].link, mine, deadline);
    // A worker that has died already is found by its pidfd, with the way it ended.
    if (!given && given.error().code != Errc::peer_died) return given;
  }
  objects_.seal();
  return {};
}

void Crew::pump(std::uint64_t wait_ns) {
  std::vector<pollfd> watched;
  std::vector<CrewMember*> owners;
  for (CrewMember& member : members_) {
    if (!member.process.end()) {
      watched.push_back({member.process.pidfd(), POLLIN, 0});
      owners.push_back(&member);
    }
    if (!member.link_broken) {
      watched.push_back({member.link.descriptor(), POLLIN, 0});
      owners.push_back(&member);
    }
  }
  const timespec wait{static_cast<time_t>(wait_ns / 1'000'000'000U),
                      static_cast<long>(wait_ns % 1'000'000'000U)};
  // EINTR is an answer too: the caller looks at its stop signal.
  if (::ppoll(watched.data(), watched.size(), &wait, nullptr) > 0) {
    // Links first: a report sent just before the end must be seen before the end.
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].revents != 0) read_link(*owners[i]);
    }
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].revents == 0 || watched[i].fd != owners[i]->process.pidfd()) continue;
      if (owners[i]->process.reap(false)) owners[i]->ended_ns = now_ns();
      read_link(*owners[i]);  // what it sent between the two looks
      const auto worker = static_cast<std::size_t>(owners[i] - members_.data());
      objects_.page().ended[worker].store(1, std::memory_order_release);
      if (owners[i]->died()) orphan_channels();
    }
  }
  release_if_complete();
}

void Crew::read_link(CrewMember& member) {
  while (!member.link_broken) {
    auto message = member.link.receive(Deadline::immediate());
    if (!message) {
      member.link_broken = message.error().code != Errc::would_block;
      return;
    }
    handle(member, std::move(*message));
  }
}

void Crew::handle(CrewMember& member, LinkMessage message) {
  switch (message.word) {
    case Word::up:
      member.up = true;
      break;
    case Word::arrived:
      if (message.value == static_cast<std::uint32_t>(Stage::report)) {
        member.at_last_line = true;
      } else {
        ++member.arrivals;
      }
      break;
    case Word::report: {
      auto sent = report_from_message(message);
      if (sent) {
        member.sent = std::move(*sent);
      } else {
        member.sent = SentReport{};
        member.sent->report.reason = "its report could not be read";
        member.sent->code = Errc::corrupt;
      }
      break;
    }
    case Word::resolve:
      answer(member, message.id);
      break;
    case Word::kill:
      if (message.value < members_.size() && members_[message.value].may_die) {
        members_[message.value].process.kill(SIGKILL);
      }
      break;
    default:
      member.link_broken = true;
  }
}

void Crew::answer(CrewMember& member, std::uint64_t channel_id) {
  LinkMessage refusal;
  refusal.word = Word::resolved;
  refusal.value = 1;
  const auto found = objects_.resolve(channel_id);
  // Never waits long: the worker sleeps in its question, so its queue is empty.
  if (!member.link.send(found ? *found : refusal, Deadline::after(1'000'000'000))) {
    member.link_broken = true;
  }
}

// Tells those at the other end of a channel that nobody is left there. Senders opened by id may be
// anybody's, so a channel that has some keeps its senders.
void Crew::orphan_channels() {
  const auto all_died = [this](const std::vector<unsigned>& ends) {
    return !ends.empty() && std::all_of(ends.begin(), ends.end(), [this](unsigned worker) {
      return members_[worker].died();
    });
  };
  for (std::size_t i = 0; i < layout_.channels.size(); ++i) {
    const ChannelUse& use = layout_.channels[i];
    const bool all_listed = use.senders.size() == use.spec.senders;
    if (all_died(use.receivers) || (all_listed && all_died(use.senders))) {
      objects_.page().orphaned[i].store(1, std::memory_order_release);
    }
  }
}

void Crew::release_if_complete() {
  const auto all = [this](auto&& holds) {
    return std::all_of(members_.begin(), members_.end(), holds);
  };
  if (!all([this](const CrewMember& m) { return m.waits(released_); })) return;
  if (all([](const CrewMember& m) { return m.finished(); })) {
    if (!std::exchange(last_released_, true)) release_last(objects_.page());
    return;
  }
  ++released_;
  if (released_ == 1) first_release_ns_ = now_ns();
  release(objects_.page());
}

bool Crew::all_ended() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const CrewMember& m) { return m.process.end().has_value(); });
}

void Crew::kill_all(int signal) {
  // Stopped first: the last to be signalled would see the first ones end, and report that.
  for (const int step : {SIGSTOP, signal, SIGCONT}) {
    for (CrewMember& member : members_) {
      if (member.process.end()) continue;
      member.ended_by_us = true;
      member.process.kill(step);
    }
  }
}

void Crew::await_end(std::uint64_t grace_ns) {
  const Deadline deadline = Deadline::after(grace_ns);
  while (!all_ended() && !deadline.passed()) {
    pump(std::min<std::uint64_t>(deadline.remaining_ns(), 50'000'000));
  }
}

}  // namespace ipcmark
