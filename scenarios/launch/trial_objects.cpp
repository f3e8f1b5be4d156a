#include "scenarios/launch/trial_objects.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "backends/kernel/file_system.hpp"
#include "backends/kernel/mapping.hpp"

namespace ipcmark {
namespace {

Result<SharedMemory> create_shared(const Layout& layout, Names& names) {
  if (!layout.shared_is_file) return SharedMemory::create("ipcmark.shared", layout.shared_bytes);
  auto file = create_file_memory(layout.shared_bytes, names);
  if (!file) return tl::make_unexpected(file.error());
  return SharedMemory::map(std::move(*file), layout.shared_bytes);
}

}  // namespace

Result<TrialObjects> TrialObjects::create(const Program& program, const Admission& admission,
                                          Names& names) {
  TrialObjects objects;
  objects.layout_ = &admission.layout;
  auto page = SharedMemory::create("ipcmark.start_page", sizeof(StartPage));
  if (!page) return tl::make_unexpected(page.error());
  objects.page_ = std::move(*page);
  if (admission.layout.shared_bytes > 0) {
    auto shared = create_shared(admission.layout, names);
    if (!shared) return tl::make_unexpected(shared.error());
    objects.shared_ = std::move(*shared);
  }
  for (const std::string& name : admission.layout.locks) {
    auto lock = program.registry.lock(name)->create(names);
    if (!lock) return tl::make_unexpected(lock.error());
    objects.locks_.push_back(std::move(*lock));
  }
  for (const std::string& name : admission.layout.notifiers) {
    auto notifier = program.registry.notifier(name)->create(names);
    if (!notifier) return tl::make_unexpected(notifier.error());
    objects.notifiers_.push_back(std::move(*notifier));
  }
  // Ids differ from trial to trial, so that a stray message of another trial resolves to nothing.
  std::uint64_t id = now_ns() << 10U;
  for (const ChannelUse& use : admission.layout.channels) {
    auto channel = admission.backend->create(use.spec, ++id, names);
    if (!channel) return tl::make_unexpected(channel.error());
    objects.channels_.push_back(std::move(*channel));
    objects.ids_.push_back(id);
  }
  if (admission.layout.own_channel) {
    if (auto tried = objects.try_own_channels(admission, names); !tried) {
      return tl::make_unexpected(tried.error());
    }
  }
  for (std::size_t i = 0; i < admission.layout.channels.size(); ++i) {
    const ChannelUse& use = admission.layout.channels[i];
    const auto listed = static_cast<std::uint32_t>(use.senders.size());
    if (listed == use.spec.senders) continue;
    objects.late_.push_back({objects.ids_[i], static_cast<std::uint32_t>(i), listed,
                             use.spec.senders, objects.channels_[i]->address()});
  }
  return objects;
}

// Channels that are made and forgotten tell what the machine grants, or refuses. As many as may
// exist at once: one each way, and the two before them, which the other worker may still hold.
Status TrialObjects::try_own_channels(const Admission& admission, Names& names) {
  constexpr std::size_t at_once = 4;
  std::vector<std::unique_ptr<Channel>> tried;
  tried.reserve(at_once);
  while (tried.size() < at_once) {
    auto channel = admission.backend->create(*admission.layout.own_channel, 1, names);
    if (!channel) return tl::make_unexpected(channel.error());
    tried.push_back(std::move(*channel));
  }
  own_granted_ = tried.front()->granted();
  auto ends = ControlLink::make_pair();
  if (!ends) return tl::make_unexpected(ends.error());
  between_workers_.push_back(std::move(ends->first));
  between_workers_.push_back(std::move(ends->second));
  lender_.emplace(names);
  return {};
}

Status TrialObjects::hand_over(unsigned index, ControlLink& link, const Assignment& assignment,
                               const std::function<bool()>& given_up) const {
  const auto send = [&](const LinkMessage& message) {
    return link.send(message, Deadline::never(), given_up);
  };
  LinkMessage spec;
  spec.type = MessageType::spec;
  spec.text = assignment_to_json(assignment);
  std::vector<int> descriptors;
  for (const Fd* memfd : {&page_.memfd(), &shared_.memfd()}) {
    if (*memfd) descriptors.push_back(memfd->get());
  }
  if (!between_workers_.empty()) descriptors.push_back(between_workers_[index].descriptor());
  for (const int descriptor : descriptors) {
    spec.descriptors.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, 4));
    if (!spec.descriptors.back())
      return fail(Errc::system, "descriptors of the coordinator", errno);
  }
  if (auto sent = send(spec); !sent) return sent;
  const auto give_all = [&](MessageType type, const auto& objects) {
    for (std::size_t i = 0; i < objects.size(); ++i) {
      const auto message =
          address_message(type, static_cast<std::uint32_t>(i), index, objects[i]->address());
      if (auto sent = send(message); !sent) return sent;
    }
    return Status{};
  };
  if (auto given = give_all(MessageType::lock, locks_); !given) return given;
  if (auto given = give_all(MessageType::notifier, notifiers_); !given) return given;
  const auto give = [&](MessageType type, const std::vector<unsigned>& ends, std::size_t channel) {
    for (std::size_t end = 0; end < ends.size(); ++end) {
      if (ends[end] != index) continue;
      const auto message =
          address_message(type, static_cast<std::uint32_t>(channel),
                          static_cast<std::uint32_t>(end), channels_[channel]->address());
      if (auto sent = send(message); !sent) return sent;
    }
    return Status{};
  };
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    if (auto given = give(MessageType::receiver, layout_->channels[i].receivers, i); !given)
      return given;
    if (auto given = give(MessageType::sender, layout_->channels[i].senders, i); !given)
      return given;
  }
  LinkMessage all;
  all.type = MessageType::all_given;
  return send(all);
}

void TrialObjects::seal() {
  for (auto& channel : channels_) channel->seal();
  between_workers_.clear();
}

std::optional<LinkMessage> TrialObjects::resolve(std::uint64_t id) {
  const auto found = std::find_if(late_.begin(), late_.end(),
                                  [&](const LateSenders& late) { return late.id == id; });
  if (found == late_.end()) return std::nullopt;
  const bool last = found->next + 1 == found->all;
  auto message = address_message(MessageType::resolved, 0, found->next,
                                 last ? std::move(found->address) : found->address.clone());
  ++found->next;
  if (last) late_.erase(found);
  return message;
}

std::vector<std::uint64_t> TrialObjects::channel_ids() const { return ids_; }

std::vector<std::uint64_t> TrialObjects::buffer_bytes() const {
  std::vector<std::uint64_t> bytes;
  bytes.reserve(channels_.size());
  for (const auto& channel : channels_) {
    const Granted granted = channel->granted();
    const auto found = granted.values.find("buffer_bytes");
    bytes.push_back(found == granted.values.end() ? 0 : static_cast<std::uint64_t>(found->second));
  }
  return bytes;
}

std::string TrialObjects::obstruction() const {
  for (const auto& channel : channels_) {
    if (std::string why = channel->obstruction(); !why.empty()) return why;
  }
  return {};
}

Granted TrialObjects::granted() const {
  if (layout_->own_channel) return own_granted_;
  if (channels_.empty()) {
    Granted file;
    if (layout_->shared_is_file) file.file_system = file_system_name(shared_.memfd().get());
    return file;
  }
  Granted all = channels_.front()->granted();
  for (std::size_t i = 1; i < channels_.size(); ++i) {
    const Granted more = channels_[i]->granted();
    for (const auto& [name, value] : more.values) {
      const auto [at, is_new] = all.values.emplace(name, value);
      // Where channels differ, the others stand beside the first under their own number.
      if (!is_new && at->second != value) {
        all.values["channel_" + std::to_string(i) + "." + name] = value;
      }
    }
    all.add_note(more.note);
  }
  return all;
}

}  // namespace ipcmark
