// The workers of one trial as the coordinator sees them: their processes, links and reports.
#pragma once

#include <signal.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/launch/launch.hpp"
#include "scenarios/launch/pause.hpp"
#include "scenarios/launch/spawn.hpp"
#include "scenarios/launch/trial_objects.hpp"
#include "scenarios/launch/watchdog.hpp"

namespace ipcmark {

struct GroupMember {
  std::string name;  // "receiver 1"
  WorkerProcess process;
  ControlLink link;
  std::uint64_t started_ns = 0;
  std::uint64_t ended_ns = 0;  // when its end was seen
  bool up = false;             // its process runs our code
  std::uint32_t arrivals = 0;  // barriers reached
  bool at_last_line = false;   // finished; keeps its receivers open until all have
  std::optional<SentReport> sent;
  bool link_broken = false;
  bool ended_by_us = false;  // killed after the verdict: how it ended is then no finding
  bool may_die = false;      // see Layout::may_die
  bool asked_to_die = false;
  // Of what its scenario asked for. Any other end of it is a finding.
  bool died() const {
    const auto& end = process.end();
    return asked_to_die && end && end->by_signal && end->code == SIGKILL;
  }
  bool finished() const { return sent || at_last_line || died(); }
  // At a barrier that has not been released. Who has finished holds nobody up.
  bool waits(std::uint32_t released) const { return finished() || arrivals > released; }
};

class WorkerGroup final : public WatchedGroup {
 public:
  // Borrows all of these for its life. Nothing is started yet.
  WorkerGroup(TrialObjects& objects, const Layout& layout, const TrialSetting& setting,
              WatchedTime& time)
      : objects_(objects), layout_(layout), setting_(setting), time_(time) {}

  // Spawns one worker per role.
  Status spawn();
  // Each is up or has ended: opening is then timed without the start of a process.
  bool all_up() const;
  // Everything to everyone, then seals the channels. A worker that is stopped takes nothing: while
  // one has no room, `given_up` is asked, which may pump (see ControlLink::send).
  Status hand_over(const Assignment& common, const std::function<bool()>& given_up);
  // Sleeps until something happens or `wait_ns` has passed; handles all that has: arrivals (and
  // releases the barrier), questions, reports, ends.
  void pump(std::uint64_t wait_ns);

  bool all_ended() const;
  // Whether anybody has been stopped for a while, before it finished, or all together with the
  // coordinator. Asked after each wake-up.
  bool paused();
  // Whether the cell's fault has happened in any worker, however that one ended.
  bool fault_happened() const;

  unsigned size() const override { return static_cast<unsigned>(members_.size()); }
  WorkerSample line(unsigned worker) const override;
  ProcessState process(unsigned worker) const override;
  bool retransmits() const override;
  std::vector<GroupMember>& members() { return members_; }
  const std::vector<GroupMember>& members() const { return members_; }
  std::uint32_t released() const override { return released_; }
  std::uint64_t up_at_ns() const { return up_at_ns_; }                // when all were up
  std::uint64_t released_at_ns() const { return first_release_ns_; }  // of the start barrier

  // All together: none lives to see another end.
  void kill_all(int signal);
  // Pumps until all have ended or the watched time is over.
  void await_end(std::uint64_t grace_ns);

 private:
  void read_link(GroupMember& member);
  void note_end(GroupMember& member);  // if it has ended
  void handle(GroupMember& member, LinkMessage message);
  void answer(GroupMember& member, std::uint64_t channel_id);
  void release_if_complete();
  std::vector<int> pids() const;
  void orphan_channels();

  TrialObjects& objects_;
  const Layout& layout_;
  const TrialSetting& setting_;
  WatchedTime& time_;
  std::vector<GroupMember> members_;
  std::uint32_t released_ = 0;
  bool last_released_ = false;
  bool paused_ = false;
  PauseWatch pause_;
  std::uint64_t up_at_ns_ = 0;
  std::uint64_t first_release_ns_ = 0;
};

}  // namespace ipcmark
