// What a worker does with channels of its own (Layout::own_channel): makes them, hands them to the
// other worker, opens their ends.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>

#include "scenarios/launch/worker_context.hpp"
#include "scenarios/traffic/faults.hpp"

namespace ipcmark {
namespace {

// An address as text: how many of the message's descriptors are its own, its id, its name.
std::string line_of(const Address& address) {
  return fmt::format("{} {} {}\n", address.descriptors.size(), address.id, address.name);
}

// Takes the number in front of the next space off the text.
template <class Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto read = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || read == text.size() || text[read] != ' ') return false;
  text.remove_prefix(read + 1);
  return true;
}

Result<Address> address_of(std::string_view line, std::vector<Fd>& descriptors) {
  Address address;
  std::size_t count = 0;
  if (!take_number(line, count) || !take_number(line, address.id) || count > descriptors.size()) {
    return fail(Errc::corrupt, "addresses of channels");
  }
  address.name = line;
  const auto end = descriptors.begin() + static_cast<std::ptrdiff_t>(count);
  address.descriptors.assign(std::make_move_iterator(descriptors.begin()),
                             std::make_move_iterator(end));
  descriptors.erase(descriptors.begin(), end);
  return address;
}

}  // namespace

Status LaunchedWorker::linked_by(ControlLink link) {
  other_ = std::move(link);
  auto entry = backend();
  if (!entry) return tl::make_unexpected(entry.error());
  const ScenarioEntry* scenario = program_.scenario(spec().scenario);
  if (scenario == nullptr) return fail(Errc::invalid, "unknown scenario");
  const auto channel = scenario->layout(spec(), *entry).own_channel;
  if (!channel) return fail(Errc::invalid, "a link to another worker");
  own_channel_ = *channel;
  return {};
}

Result<std::unique_ptr<Channel>> LaunchedWorker::create_channel() {
  auto entry = backend();
  if (!entry) return tl::make_unexpected(entry.error());
  // As the coordinator's: no stray message of another trial fits.
  if (own_ids_ == 0) own_ids_ = now_ns() << 10U;
  return (*entry)->create(own_channel_, ++own_ids_, names_);
}

Status LaunchedWorker::give(std::vector<Address> addresses) {
  LinkMessage message;
  message.type = MessageType::addresses;
  for (Address& address : addresses) {
    message.text += line_of(address);
    for (Fd& descriptor : address.descriptors) {
      message.descriptors.push_back(std::move(descriptor));
    }
  }
  return other_.send(message, Deadline::never());
}

Result<std::vector<Address>> LaunchedWorker::take() {
  auto message = other_.receive(Deadline::never());
  if (!message && message.error().code == Errc::closed) {
    return fail(Errc::peer_died, "addresses of channels");
  }
  if (!message) return tl::make_unexpected(message.error());
  if (message->type != MessageType::addresses) return fail(Errc::corrupt, "addresses of channels");
  std::vector<Address> addresses;
  std::string_view text = message->text;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1);
    auto address = address_of(text.substr(0, end), message->descriptors);
    if (!address) return tl::make_unexpected(address.error());
    address->backend = spec().backend;
    address->spec = own_channel_;
    addresses.push_back(std::move(*address));
    text.remove_prefix(end + 1);
  }
  return addresses;
}

Result<std::unique_ptr<Sender>> LaunchedWorker::open_own_sender(Address address,
                                                                std::size_t place) {
  auto entry = backend();
  if (!entry) return tl::make_unexpected(entry.error());
  const std::string fault = fault_of_next(spec().fault, own_senders_[place]++);
  return decorated((*entry)->open_sender(std::move(address), own_context_), fault, place);
}

Result<std::unique_ptr<Receiver>> LaunchedWorker::open_own_receiver(Address address,
                                                                    std::size_t place) {
  auto entry = backend();
  if (!entry) return tl::make_unexpected(entry.error());
  const std::string fault = fault_of_next(spec().fault, own_receivers_[place]++);
  return decorated((*entry)->open_receiver(std::move(address), own_context_), fault, place,
                   own_context_);
}

}  // namespace ipcmark
