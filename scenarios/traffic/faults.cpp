#include "scenarios/traffic/faults.hpp"

#include <fmt/format.h>
#include <time.h>

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "results/text/nearest.hpp"
#include "scenarios/scenario.hpp"
#include "scenarios/traffic/forwarding.hpp"

namespace ipcmark {

namespace {

enum class Kind : std::uint8_t { drop, duplicate, swap, flip, truncate, stall, delay, slow };
constexpr std::array<std::pair<std::string_view, Kind>, 8> kinds{{{"drop", Kind::drop},
                                                                  {"duplicate", Kind::duplicate},
                                                                  {"swap", Kind::swap},
                                                                  {"flip", Kind::flip},
                                                                  {"truncate", Kind::truncate},
                                                                  {"stall", Kind::stall},
                                                                  {"delay", Kind::delay},
                                                                  {"slow", Kind::slow}}};

struct Fault {
  Kind kind;
  std::uint64_t number;
  std::uint64_t every = 1;  // of slow: each message that many
};

std::optional<Kind> kind_of(std::string_view name) {
  for (const auto& [known, kind] : kinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

// All of the text is a number above 0.
std::optional<std::uint64_t> positive(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && number > 0 ? std::optional(number) : std::nullopt;
}

std::optional<Fault> parse(std::string_view text) {
  const auto colon = text.find(':');
  const auto kind = kind_of(text.substr(0, colon));
  if (!kind || colon == std::string_view::npos) return std::nullopt;
  const std::string_view numbers = text.substr(colon + 1);
  const auto slash = *kind == Kind::slow ? numbers.find('/') : std::string_view::npos;
  const auto number = positive(numbers.substr(0, slash));
  const auto every = slash == std::string_view::npos ? 1 : positive(numbers.substr(slash + 1));
  if (!number || !every) return std::nullopt;
  return Fault{*kind, *number, *every};
}

// Spins: a sleep would be rounded to the timer's own slack.
void spin_for(std::uint64_t ns) {
  const std::uint64_t end = now_ns() + ns;
  while (now_ns() < end) {
  }
}

using Happened = std::atomic<std::uint32_t>*;  // may be null

void note(Happened happened) {
  if (happened != nullptr) happened->store(1, std::memory_order_relaxed);
}

// Spins at each message, or at every nth.
class Spin {
 public:
  explicit Spin(const Fault& fault) : ns_(fault.number), every_(fault.every) {}
  // Whether it did.
  bool operator()() {
    if (++count_ < every_) return false;
    count_ = 0;
    spin_for(ns_);
    return true;
  }

 private:
  std::uint64_t ns_, every_;
  std::uint64_t count_ = 0;
};

class Delaying : public ForwardingSender {
 public:
  Delaying(std::unique_ptr<Sender> inner, const Fault& fault, Happened happened)
      : ForwardingSender(std::move(inner)), spin_(fault), happened_(happened) {}
  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (spin_()) note(happened_);
    return ForwardingSender::send(message, deadline);
  }
  Status publish(std::size_t size) override {
    if (spin_()) note(happened_);
    return ForwardingSender::publish(size);
  }

 private:
  Spin spin_;
  Happened happened_;
};

class SlowReceiver : public ForwardingReceiver {
 public:
  SlowReceiver(std::unique_ptr<Receiver> inner, const Fault& fault)
      : ForwardingReceiver(std::move(inner)), spin_(fault) {}
  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    auto size = ForwardingReceiver::receive(buffer, deadline);
    if (size) spin_();
    return size;
  }
  Result<std::span<const std::byte>> borrow(Deadline deadline) override {
    auto message = ForwardingReceiver::borrow(deadline);
    if (message) spin_();
    return message;
  }

 private:
  Spin spin_;
};

class Damaging : public ForwardingSender {
 public:
  Damaging(std::unique_ptr<Sender> inner, Fault fault, Happened happened)
      : ForwardingSender(std::move(inner)), fault_(fault), happened_(happened) {}

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    const bool chosen = sent_ + 1 == fault_.number;
    const Status done =
        chosen ? damage(message, deadline) : ForwardingSender::send(message, deadline);
    if (!done) return done;  // may be repeated: still the same message
    ++sent_;
    // Of an empty message there is nothing to flip or to cut.
    const bool spoils = fault_.kind == Kind::flip || fault_.kind == Kind::truncate;
    if (chosen && !held_ && !(spoils && message.empty())) note(happened_);
    if (chosen || !held_) return done;
    note(happened_);
    return send_held();
  }
  Result<std::span<std::byte>> loan(std::size_t, Deadline) override {
    return fail(Errc::unsupported, "loan");
  }
  Status publish(std::size_t) override { return fail(Errc::unsupported, "publish"); }
  Status close(Deadline deadline) override {
    if (const Status done = send_held(); !done) return done;
    return ForwardingSender::close(deadline);
  }

 private:
  Status damage(std::span<const std::byte> message, Deadline deadline) {
    switch (fault_.kind) {
      case Kind::drop:
        return {};
      case Kind::duplicate:
        held_.emplace(message.begin(), message.end());
        if (const Status first = ForwardingSender::send(message, deadline); !first) return first;
        return send_held();
      case Kind::swap:
        held_.emplace(message.begin(), message.end());
        return {};
      case Kind::flip: {
        std::vector<std::byte> copy(message.begin(), message.end());
        if (!copy.empty()) copy[copy.size() / 2] ^= std::byte{0x10};
        return ForwardingSender::send(copy, deadline);
      }
      case Kind::truncate:
        return ForwardingSender::send(message.first(message.empty() ? 0 : message.size() - 1),
                                      deadline);
      case Kind::stall: {
        constexpr timespec stall{0, 100'000'000};
        clock_nanosleep(CLOCK_MONOTONIC, 0, &stall, nullptr);
        break;
      }
      case Kind::delay:
      case Kind::slow:
        break;
    }
    return ForwardingSender::send(message, deadline);
  }

  // What is held back goes now, whatever the deadline: the caller's own message has been sent.
  Status send_held() {
    if (!held_) return {};
    const std::vector<std::byte> message = *std::exchange(held_, std::nullopt);
    return ForwardingSender::send(message, Deadline::never());
  }

  Fault fault_;
  Happened happened_;
  std::uint64_t sent_ = 0;
  std::optional<std::vector<std::byte>> held_;
};

}  // namespace

std::string fault_error(const std::string& fault, const ScenarioEntry* scenario) {
  if (fault.empty() || parse(fault)) return {};
  std::vector<std::string> names;
  names.reserve(std::size(kinds));
  for (const auto& [name, kind] : kinds) names.emplace_back(name);
  if (scenario != nullptr) {
    for (const FaultRow& row : scenario->faults) {
      if (fault == row.name) return {};
    }
  }
  const std::string name = fault.substr(0, fault.find(':'));
  const std::string meant = kind_of(name) ? name : nearest(name, names);
  return fmt::format("unknown fault '{}'; {}", fault,
                     meant.empty() ? "known are drop, duplicate, swap, flip, truncate, stall, "
                                     "delay and slow, each with a number ('drop:7', 'slow:500'; "
                                     "'slow:500/50' is every fiftieth message)"
                                   : fmt::format("did you mean '{}:' and a number from 1?", meant));
}

std::string fault_of_next(const std::string& fault, std::uint64_t before) {
  const auto parsed = parse(fault);
  if (!parsed || parsed->kind == Kind::delay) return fault;
  if (parsed->kind == Kind::slow) {
    return (before + 1) % parsed->every == 0 ? fmt::format("slow:{}", parsed->number) : "";
  }
  if (parsed->number != before + 1) return {};
  return fault.substr(0, fault.find(':')) + ":1";
}

std::string never_happened(const std::string& fault) {
  const auto parsed = parse(fault);
  if (!parsed) {
    return fmt::format(
        "the fault never happened: '{}' has no place in this cell; choose other "
        "options or another fault",
        fault);
  }
  const bool delays = parsed->kind == Kind::delay || parsed->kind == Kind::slow;
  // What is swapped is swapped with the one that follows it.
  const std::uint64_t needed =
      delays ? parsed->every : parsed->number + (parsed->kind == Kind::swap ? 1 : 0);
  return fmt::format(
      "the fault never happened: fewer than {} messages were sent by each sender; "
      "choose a smaller number or send more",
      needed);
}

std::unique_ptr<Sender> with_fault(std::unique_ptr<Sender> sender, const std::string& fault,
                                   std::atomic<std::uint32_t>* happened) {
  if (fault.empty()) return sender;
  const auto parsed = parse(fault);
  if (!parsed) {
    if (fault.find(':') == std::string::npos) return sender;  // the scenario's own
    throw std::logic_error("a fault that was not checked: " + fault);
  }
  if (parsed->kind == Kind::delay || parsed->kind == Kind::slow) {
    return std::make_unique<Delaying>(std::move(sender), *parsed, happened);
  }
  return std::make_unique<Damaging>(std::move(sender), *parsed, happened);
}

std::unique_ptr<Receiver> with_fault(std::unique_ptr<Receiver> receiver, const std::string& fault) {
  const auto parsed = parse(fault);
  if (!parsed || parsed->kind != Kind::slow) return receiver;
  return std::make_unique<SlowReceiver>(std::move(receiver), *parsed);
}

}  // namespace ipcmark
