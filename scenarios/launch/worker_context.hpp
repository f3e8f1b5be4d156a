// The launcher's WorkerContext: opens what the coordinator hands over and keeps it open.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "scenarios/launch/lent_names.hpp"
#include "scenarios/launch/tracing.hpp"
#include "scenarios/link/barrier.hpp"
#include "scenarios/link/control_link.hpp"
#include "scenarios/link/handover.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {

// Waits for the coordinator as long as it is there: it may be stopped for a while (Ctrl-Z), and
// when it is gone, so is the link.
class LaunchedWorker final : public WorkerContext {
 public:
  // Borrows program and link. `shared` may be empty.
  LaunchedWorker(const Program& program, ControlLink& link, Assignment assignment,
                 SharedMemory page, SharedMemory shared);

  // Reads addresses up to all_given, then opens them in the order of the layout, which is the same
  // in every worker: where opening waits for the other end (FIFO), no cycle can arise. On failure
  // `failed_at()` says what was being opened.
  Status open_all();
  // What it hands addresses over to the other worker with, where the layout has an own_channel, of
  // which every channel is that it makes or takes. invalid: the layout has none.
  Status linked_by(ControlLink link);
  const std::string& failed_at() const { return failed_at_; }
  // Closes every sender. A receiver that has gone already is no failure here: it took what it
  // wanted, and whether that was everything is the scenario's invariant.
  Status close_senders();
  ProcessTrace take_trace() { return trace_.take(); }
  void fill_cost();  // the interval from the start barrier (else the opening) until now

  const RunSpec& spec() const override { return assignment_.spec; }
  unsigned index() const override { return assignment_.index; }
  std::string_view role() const override { return assignment_.roles[assignment_.index]; }
  unsigned workers() const override { return static_cast<unsigned>(assignment_.roles.size()); }
  Sender& sender(std::size_t channel) override;
  Receiver& receiver(std::size_t channel) override;
  bool sends(std::size_t channel) const override { return senders_.contains(channel); }
  bool receives(std::size_t channel) const override { return receivers_.contains(channel); }
  Lock& lock(std::size_t index) override;
  Notifier& notifier(std::size_t index) override;
  std::span<std::byte> shared() override;
  std::uint64_t buffer_bytes(std::size_t channel) const override {
    return assignment_.buffer_bytes.at(channel);
  }
  bool lossy(std::size_t channel) const override { return lossy_.contains(channel); }
  std::uint64_t channel_id(std::size_t channel) const override;
  Result<Sender*> open_sender(std::uint64_t channel_id) override;
  Result<std::unique_ptr<Channel>> create_channel() override;
  Status give(std::vector<Address> addresses) override;
  Result<std::vector<Address>> take() override;
  Result<std::unique_ptr<Sender>> open_own_sender(Address address, std::size_t place) override;
  Result<std::unique_ptr<Receiver>> open_own_receiver(Address address, std::size_t place) override;
  bool ended(unsigned worker) const override {
    return page_.start_page().ended[worker].load(std::memory_order_acquire) != 0;
  }
  Status kill(unsigned worker) override;
  Progress& progress() override { return page_.start_page().workers[assignment_.index]; }
  const OpenContext& open_context() const override { return open_context_; }
  Status barrier(Stage stage) override;
  WorkerReport& report() override { return report_; }
  SampleLog* samples() override { return samples_ ? &*samples_ : nullptr; }
  StampedTrips stamped_trips() override {
    const bool wanted = assignment_.trace && !wraps_;
    return {wanted ? &trace_ : nullptr, assignment_.trace_every};
  }

 private:
  Status open_one(LinkMessage message);
  Status open_shared(MessageType type, std::size_t place, Address address,
                     const OpenContext& context);
  Result<const BackendEntry*> backend() const;
  Result<std::unique_ptr<Sender>> decorated(Result<std::unique_ptr<Sender>> sender,
                                            const std::string& fault, std::size_t place);
  Result<std::unique_ptr<Receiver>> decorated(Result<std::unique_ptr<Receiver>> receiver,
                                              const std::string& fault, std::size_t place,
                                              const OpenContext& context);
  void note_losses_of(const BackendEntry& entry, const ChannelSpec& channel, std::size_t place);
  Result<std::unique_ptr<Sender>> open_sender_at(GivenAddress given, std::size_t place);

  const Program& program_;
  ControlLink& link_;
  Assignment assignment_;
  SharedMemory page_;
  SharedMemory shared_;
  OpenContext open_context_;
  TraceLog trace_;  // outlives the endpoints that write into it
  bool wraps_;      // notes every operation of every endpoint
  // Contexts given to endpoints outlive them: declared before, in nodes that never move.
  std::vector<std::unique_ptr<OpenContext>> contexts_;
  std::map<std::size_t, std::unique_ptr<Sender>> senders_;
  std::map<std::size_t, std::unique_ptr<Receiver>> receivers_;
  std::set<std::size_t> lossy_;  // channels whose mechanism may lose messages
  std::map<std::size_t, std::unique_ptr<Lock>> locks_;
  std::map<std::size_t, std::unique_ptr<Notifier>> notifiers_;
  // Opened by id, in that order, with the channel of each.
  std::vector<std::pair<std::size_t, std::unique_ptr<Sender>>> resolved_;
  // Of channels that workers make: the link to the other, the names, what ends are opened with, and
  // how many were opened at each place.
  ControlLink other_;
  ChannelSpec own_channel_;
  LentNames names_;
  OpenContext own_context_;
  std::uint64_t own_ids_ = 0;
  std::map<std::size_t, std::uint64_t> own_senders_, own_receivers_;
  std::uint32_t barriers_ = 0;
  std::string failed_at_;
  ProcessCost cost_base_;  // as it was when the interval began
  bool cost_started_ = false;
  WorkerReport report_;
  std::optional<SampleLog> samples_;
};

}  // namespace ipcmark
