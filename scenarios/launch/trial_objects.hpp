// The objects of one trial, which live in the coordinator from before the first worker to after
// the last: channels, locks, the start page, shared memory.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "scenarios/launch/admission.hpp"
#include "scenarios/launch/lent_names.hpp"
#include "scenarios/link/barrier.hpp"
#include "scenarios/link/handover.hpp"

namespace ipcmark {

class TrialObjects {
 public:
  static Result<TrialObjects> create(const Program& program, const Admission& admission,
                                     Names& names);

  // Everything worker `index` needs, in the order the worker expects it. Waits for as long as the
  // worker does not take it, until `given_up` (see ControlLink::send).
  Status hand_over(unsigned index, ControlLink& link, const Assignment& assignment,
                   const std::function<bool()>& given_up) const;
  // After every worker has been given its addresses: only channels whose senders are yet to be
  // opened by id keep an address here.
  void seal();
  // A sender of channel `id` for somebody who asks by id; nothing when none is left. Dropping the
  // last lets end of file through.
  std::optional<LinkMessage> resolve(std::uint64_t id);

  // A name for a worker that makes objects itself: the answer to MessageType::claim.
  LinkMessage lend(std::uint32_t kind) { return lender_->lend(kind); }

  StartPage& page() const { return page_.start_page(); }
  std::vector<std::uint64_t> channel_ids() const;
  std::vector<std::uint64_t> buffer_bytes() const;  // of each channel; 0: not known
  Granted granted() const;
  // Of a trial in which nothing moves any more: what its channels tell of the reason; else empty.
  std::string obstruction() const;

 private:
  struct LateSenders {
    std::uint64_t id = 0;
    std::uint32_t channel = 0;
    std::uint32_t next = 0;  // index of the next sender
    std::uint32_t all = 0;
    Address address;
  };
  Status try_own_channels(const Admission& admission, Names& names);

  const Layout* layout_ = nullptr;
  SharedMemory page_;
  SharedMemory shared_;
  std::vector<std::unique_ptr<LockObject>> locks_;
  std::vector<std::unique_ptr<NotifierObject>> notifiers_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::uint64_t> ids_;
  std::vector<LateSenders> late_;
  // Of a layout with an own_channel: what the machine grants such a channel, who lends the names,
  // and what the two workers hand addresses over.
  Granted own_granted_;
  std::optional<NameLender> lender_;
  std::vector<ControlLink> between_workers_;
};

}  // namespace ipcmark
