#include "scenarios/launch/worker_group.hpp"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <span>
#include <utility>

namespace ipcmark {
namespace {

// How late an end may be seen that no descriptor tells.
constexpr std::uint64_t without_pidfd_ns = 20'000'000;

}  // namespace

Status WorkerGroup::spawn() {
  members_.reserve(layout_.roles.size());
  for (unsigned i = 0; i < layout_.roles.size(); ++i) {
    auto ends = ControlLink::make_pair();
    if (!ends) return tl::make_unexpected(ends.error());
    const std::uint64_t started_ns = now_ns();
    auto process = WorkerProcess::spawn(ends->second);
    if (!process) return tl::make_unexpected(process.error());
    members_.push_back(GroupMember{.name = worker_name(layout_, i),
                                   .process = std::move(*process),
                                   .link = std::move(ends->first),
                                   .started_ns = started_ns,
                                   .sent = {}});
  }
  for (const unsigned worker : layout_.may_die) members_[worker].may_die = true;
  return {};
}

bool WorkerGroup::all_up() const {
  return std::all_of(members_.begin(), members_.end(), [](const GroupMember& member) {
    return member.up || member.process.end() || member.link_broken;
  });
}

Status WorkerGroup::hand_over(const Assignment& common, const std::function<bool()>& given_up) {
  for (unsigned i = 0; i < members_.size(); ++i) {
    Assignment mine = common;
    mine.index = i;
    mine.cpu = setting_.cpus.empty() ? -1 : setting_.cpus[i % setting_.cpus.size()];
    const Status given = objects_.hand_over(i, members_[i].link, mine, given_up);
    // A worker that has died already is found by its pidfd, with the way it ended.
    if (!given && given.error().code != Errc::peer_died) return given;
  }
  objects_.seal();
  return {};
}

WorkerSample WorkerGroup::line(unsigned worker) const {
  const Progress& progress = objects_.page().workers[worker];
  const std::uint64_t doing = progress.doing.load(std::memory_order_relaxed);
  const GroupMember& member = members_[worker];
  WorkerSample sample;
  sample.up = member.up;
  sample.ended = member.process.end().has_value();
  sample.finished = member.sent.has_value();
  sample.arrived = member.at_last_line || member.arrivals > released_;
  sample.stage = static_cast<Stage>(progress.stage.load(std::memory_order_relaxed));
  sample.operation = static_cast<Operation>(doing >> 32U);
  sample.place = static_cast<std::uint32_t>(doing);
  sample.done = progress.done.load(std::memory_order_relaxed);
  return sample;
}

ProcessState WorkerGroup::process(unsigned worker) const {
  return process_state(members_[worker].process.pid());
}

bool WorkerGroup::retransmits() const {
  std::set<std::uint64_t> sockets;
  for (const GroupMember& member : members_) {
    if (!member.process.end()) sockets.merge(sockets_of(member.process.pid()));
  }
  return ipcmark::retransmits(sockets);
}

bool WorkerGroup::fault_happened() const {
  const std::span workers(objects_.page().workers, members_.size());
  return std::any_of(workers.begin(), workers.end(), [](const Progress& worker) {
    return worker.fault_happened.load(std::memory_order_relaxed) != 0;
  });
}

bool WorkerGroup::paused() {
  for (GroupMember& member : members_) {
    if (!member.at_last_line && !member.ended_by_us && member.process.was_stopped()) paused_ = true;
  }
  std::uint64_t done = 0;
  for (unsigned i = 0; i < size(); ++i) done += line(i).done;
  const std::uint64_t now = time_.now_ns();
  pause_.look(now, time_.missed_ns(), done);
  return paused_ || pause_.seen();
}

void WorkerGroup::pump(std::uint64_t wait_ns) {
  std::vector<pollfd> watched;
  std::vector<GroupMember*> owners;
  for (GroupMember& member : members_) {
    if (!member.process.end()) {
      // Its link then tells that it ends, a little before it has.
      if (member.process.pidfd() < 0 && member.link_broken) {
        wait_ns = std::min(wait_ns, without_pidfd_ns);
      }
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
  ::ppoll(watched.data(), watched.size(), &wait, nullptr);
  // Links first: a report sent just before the end must be seen before the end.
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (watched[i].revents != 0) read_link(*owners[i]);
  }
  for (std::size_t i = 0; i < watched.size(); ++i) {
    const bool ended = watched[i].revents != 0 || watched[i].fd < 0;
    if (ended && watched[i].fd == owners[i]->process.pidfd()) note_end(*owners[i]);
  }
  if (up_at_ns_ == 0 && all_up()) up_at_ns_ = now_ns();
  release_if_complete();
}

void WorkerGroup::note_end(GroupMember& member) {
  if (!member.process.reap(false)) return;
  member.ended_ns = now_ns();
  read_link(member);  // what it sent between the two looks
  const auto worker = static_cast<std::size_t>(&member - members_.data());
  objects_.page().ended[worker].store(1, std::memory_order_release);
  if (member.died()) orphan_channels();
}

void WorkerGroup::read_link(GroupMember& member) {
  while (!member.link_broken) {
    auto message = member.link.receive(Deadline::immediate());
    if (!message) {
      member.link_broken = message.error().code != Errc::would_block;
      return;
    }
    handle(member, std::move(*message));
  }
}

void WorkerGroup::handle(GroupMember& member, LinkMessage message) {
  switch (message.type) {
    case MessageType::up:
      member.up = true;
      break;
    case MessageType::arrived:
      // Later it may have ended, and would tell no more.
      if (member.process.was_stopped()) paused_ = true;
      if (message.value == static_cast<std::uint32_t>(Stage::report)) {
        member.at_last_line = true;
      } else {
        ++member.arrivals;
      }
      break;
    case MessageType::report: {
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
    case MessageType::resolve:
      answer(member, message.id);
      break;
    case MessageType::claim:
      // As in answer(): the worker sleeps in its question.
      if (!layout_.own_channel ||
          !member.link.send(objects_.lend(message.value), Deadline::after(1'000'000'000))) {
        member.link_broken = true;
      }
      break;
    case MessageType::kill:
      if (message.value < members_.size() && members_[message.value].may_die) {
        members_[message.value].asked_to_die = true;
        members_[message.value].process.kill(SIGKILL);
      }
      break;
    default:
      member.link_broken = true;
  }
}

void WorkerGroup::answer(GroupMember& member, std::uint64_t channel_id) {
  LinkMessage refusal;
  refusal.type = MessageType::resolved;
  refusal.value = 1;
  const auto found = objects_.resolve(channel_id);
  // Never waits long: the worker sleeps in its question, so its queue is empty.
  if (!member.link.send(found ? *found : refusal, Deadline::after(1'000'000'000))) {
    member.link_broken = true;
  }
}

// Tells those at the other end of a channel that nobody is left there. Senders opened by id may be
// anybody's, so a channel that has some keeps its senders.
void WorkerGroup::orphan_channels() {
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

void WorkerGroup::release_if_complete() {
  const auto all = [this](auto&& holds) {
    return std::all_of(members_.begin(), members_.end(), holds);
  };
  if (!all([this](const GroupMember& m) { return m.waits(released_); })) return;
  if (all([](const GroupMember& m) { return m.finished(); })) {
    if (!std::exchange(last_released_, true)) {
      if (setting_.drained) setting_.drained();
      release_last(objects_.page());
    }
    return;
  }
  if (released_ == 0 && setting_.opened) setting_.opened(pids());
  ++released_;
  if (released_ == 1) first_release_ns_ = now_ns();
  release(objects_.page());
}

std::vector<int> WorkerGroup::pids() const {
  std::vector<int> pids;
  pids.reserve(members_.size());
  for (const GroupMember& member : members_) pids.push_back(member.process.pid());
  return pids;
}

bool WorkerGroup::all_ended() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const GroupMember& m) { return m.process.end().has_value(); });
}

void WorkerGroup::kill_all(int signal) {
  // Stopped first: the last to be signalled would see the first ones end, and report that.
  for (const int step : {SIGSTOP, signal, SIGCONT}) {
    for (GroupMember& member : members_) {
      if (member.process.end()) continue;
      member.ended_by_us = true;
      member.process.kill(step);
    }
  }
}

void WorkerGroup::await_end(std::uint64_t grace_ns) {
  const std::uint64_t began = time_.now_ns();
  for (std::uint64_t spent = 0; !all_ended() && spent < grace_ns;) {
    pump(std::min<std::uint64_t>(grace_ns - spent, 50'000'000));
    spent = time_.now_ns() - began;
  }
}

}  // namespace ipcmark
