// signal: real-time signals that carry a word each, sigqueue(3), read from a signalfd(2).
//
// A word holds up to 7 bytes of a message and a byte that says how many, and whether they are the
// last ones. Real-time signals of one number arrive in the order they were sent in.
//
// All pending signals of a user share RLIMIT_SIGPENDING, with timers and with other programs; so a
// channel never has more of them under way than its depth asks for. How many are is counted in a
// shared page, which also tells the sender where to send: signals go to the thread that opened the
// receiver, because only for that one it is known that they are blocked. They stay blocked, and
// their number stays taken, when the receiver is gone: one that came late would end the process.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "backends/kernel/address_channel.hpp"
#include "backends/kernel/interruptible_call.hpp"
#include "backends/kernel/shared_page.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/shared_memory/waiting.hpp"

namespace ipcmark {

BackendEntry signal_entry();

namespace {

using ring::EndState;

constexpr std::uint64_t largest_supported = 1024;
constexpr std::uint64_t default_depth = 16;
constexpr std::size_t word_payload = 7;

// The first byte of a word.
constexpr std::uint8_t count_mask = 7;
constexpr std::uint8_t is_last = 8;
constexpr std::uint8_t is_end = 16;  // no message: the sender has ended

using Word = std::array<std::byte, 8>;

constexpr std::uint32_t words_of(std::uint64_t bytes) {
  return bytes == 0 ? 1 : static_cast<std::uint32_t>((bytes - 1) / word_payload + 1);
}

std::uint64_t depth_of(const ChannelSpec& spec) {
  return spec.depth == 0 ? default_depth : spec.depth;
}
std::uint64_t capacity_of(const ChannelSpec& spec) {
  return depth_of(spec) * words_of(spec.largest_message);
}

// What both ends share; zero-filled is the valid initial state.
struct Page {
  std::atomic<std::uint32_t> receiver_thread;  // 0: not open yet; written last
  std::atomic<std::uint32_t> receiver_process;
  std::atomic<std::uint32_t> number;  // of the signal
  std::atomic<std::uint32_t> receiver_gone;
  std::atomic<std::uint32_t> sender_state;               // EndState
  alignas(64) std::atomic<std::uint32_t> words_pending;  // sent and not yet read
  std::atomic<std::uint32_t> sender_waits;
  std::atomic<std::uint32_t> room_word;  // changes before a waiting sender is woken
};

Page& page_in(const Mapping& mapping) { return *reinterpret_cast<Page*>(mapping.data()); }

class SignalSender final : public Sender {
 public:
  SignalSender(Mapping mapping, const ChannelSpec& spec, const OpenContext& context)
      : mapping_(std::move(mapping)),
        page_(page_in(mapping_)),
        largest_(spec.largest_message),
        capacity_(static_cast<std::uint32_t>(capacity_of(spec))),
        peer_died_(context.peer_died) {
    // Once: sigqueue(3) asks for both before each signal, which makes three system calls of one.
    info_.si_code = SI_QUEUE;
    info_.si_pid = ::getpid();
    info_.si_uid = ::getuid();
  }
  ~SignalSender() override { (void)end(EndState::abandoned); }

  Status send(std::span<const std::byte> message, Deadline deadline) override {
    if (message.size() > largest_) return fail(Errc::too_large, "send");
    if (ended_) return fail(Errc::invalid, "send after close");
    const std::uint32_t words = words_of(message.size());
    if (Status room = await_room(words, deadline); !room) return room;
    page_.words_pending.fetch_add(words, std::memory_order_seq_cst);
    do {
      const std::size_t count = std::min(message.size(), word_payload);
      const bool last = count == message.size();
      Status sent = queue_word(static_cast<std::uint8_t>(count | (last ? is_last : 0U)),
                               message.first(count));
      if (!sent) return sent;
      message = message.subspan(count);
    } while (!message.empty());
    return {};
  }

  Status close(Deadline) override { return end(EndState::closed); }

 private:
  // A receiver, and room for so many words.
  Status await_room(std::uint32_t words, Deadline deadline) {
    const auto opened = [this] {
      return page_.receiver_thread.load(std::memory_order_seq_cst) != 0;
    };
    if (!opened()) {
      if (Status waited = ring::wait_until(
              Wait::block, opened, [](bool) {}, page_.receiver_thread, deadline, peer_died_);
          !waited) {
        return waited;
      }
    }
    const auto has_room = [this, words] {
      return page_.words_pending.load(std::memory_order_seq_cst) + words <= capacity_ ||
             page_.receiver_gone.load(std::memory_order_seq_cst) != 0;
    };
    if (!has_room()) {
      const auto announce = [this](bool waits) {
        page_.sender_waits.store(waits ? 1 : 0, std::memory_order_seq_cst);
      };
      if (Status waited = ring::wait_until(Wait::block, has_room, announce, page_.room_word,
                                           deadline, peer_died_);
          !waited) {
        return waited;
      }
    }
    if (page_.receiver_gone.load(std::memory_order_seq_cst) != 0) {
      return fail(Errc::peer_died, "sigqueue");
    }
    return {};
  }

  Status queue_word(std::uint8_t first, std::span<const std::byte> payload) {
    Word word{};
    word[0] = std::byte{first};
    std::copy(payload.begin(), payload.end(), word.begin() + 1);
    std::memcpy(&info_.si_value.sival_ptr, word.data(), sizeof info_.si_value.sival_ptr);
    const auto process = static_cast<pid_t>(page_.receiver_process.load());
    const auto thread = static_cast<pid_t>(page_.receiver_thread.load());
    const auto number = static_cast<int>(page_.number.load());
    if (::syscall(SYS_rt_tgsigqueueinfo, process, thread, number, &info_) == 0) [[likely]]
      return {};
    if (errno == ESRCH) return fail(Errc::peer_died, "sigqueue", errno);
    if (errno == EAGAIN) {
      return fail(Errc::refused,
                  "sigqueue: no more signals may be pending for this user; raise ulimit -i", errno);
    }
    return fail(Errc::system, "sigqueue", errno);
  }

  Status end(EndState state) {
    if (std::exchange(ended_, true)) return {};
    page_.sender_state.store(static_cast<std::uint32_t>(state), std::memory_order_seq_cst);
    // Who has not opened yet sees the state; who is gone needs no word.
    if (page_.receiver_thread.load(std::memory_order_seq_cst) == 0) return {};
    if (page_.receiver_gone.load(std::memory_order_seq_cst) != 0) return {};
    const Status reported = queue_word(is_end, {});
    return reported || reported.error().code == Errc::peer_died ? Status{} : reported;
  }

  Mapping mapping_;
  Page& page_;
  std::uint64_t largest_;
  std::uint32_t capacity_;
  const std::atomic<std::uint32_t>* peer_died_;
  siginfo_t info_{};  // of each signal, but for its word
  bool ended_ = false;
};

class SignalReceiver final : public Receiver {
 public:
  SignalReceiver(Mapping mapping, Fd signals, const ChannelSpec& spec, const OpenContext& context)
      : mapping_(std::move(mapping)),
        page_(page_in(mapping_)),
        signals_(std::move(signals)),
        message_(spec.largest_message),
        call_(context) {}
  ~SignalReceiver() override {
    page_.receiver_gone.store(1, std::memory_order_seq_cst);
    wake_sender();
    while (read_within(0)) {  // what is pending counts against the user's limit
    }
  }

  Result<std::size_t> receive(std::span<std::byte> buffer, Deadline deadline) override {
    if (Status pumped = pump(deadline); !pumped) return tl::make_unexpected(pumped.error());
    if (size_ > buffer.size()) return fail(Errc::too_large, "receive");
    std::copy_n(message_.begin(), size_, buffer.begin());
    complete_ = false;
    return std::exchange(size_, 0);
  }

  bool ready() override {
    const Status pumped = pump(Deadline::immediate());
    return pumped || !is_wait_over(pumped.error());
  }
  int descriptor() const override { return signals_.get(); }

 private:
  // Until a message is complete.
  Status pump(Deadline deadline) {
    while (!complete_) {
      if (next_ < read_) {
        if (Status taken = take(batch_[next_++]); !taken) return taken;
        continue;
      }
      if (ended_ && !read_within(0)) return end_of_sender();
      if (ended_) continue;
      Status read = call_.get(
          "read of a signalfd", deadline, [this] { return read_batch(); },
          [this] { return read_within(0); }, [this](std::uint64_t ns) { return read_within(ns); });
      if (!read) return read;
    }
    return {};
  }

  tl::unexpected<Error> end_of_sender() const {
    const auto state = static_cast<EndState>(page_.sender_state.load(std::memory_order_seq_cst));
    return fail(state == EndState::closed ? Errc::closed : Errc::peer_died, "receive");
  }

  static Word word_of(const signalfd_siginfo& signal) {
    Word word;
    std::memcpy(word.data(), &signal.ssi_ptr, sizeof word);
    return word;
  }

  Status take(const signalfd_siginfo& signal) {
    if (signal.ssi_code != SI_QUEUE) return {};  // somebody else's, of no message
    const Word word = word_of(signal);
    const auto first = std::to_integer<std::uint8_t>(word[0]);
    if ((first & is_end) != 0) {
      ended_ = true;
      return {};
    }
    const std::size_t count = first & count_mask;
    if (size_ + count > message_.size()) return fail(Errc::corrupt, "word of a signal");
    std::copy_n(word.begin() + 1, count, message_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ += count;
    complete_ = (first & is_last) != 0;
    return {};
  }

  // Waits for the first signal; takes all that are there.
  bool read_batch() {
    const ssize_t got = ::read(signals_.get(), batch_.data(), sizeof batch_);
    if (got <= 0) return false;
    next_ = 0;
    read_ = static_cast<std::size_t>(got) / sizeof batch_[0];
    std::uint32_t words = 0;
    for (std::size_t i = 0; i < read_; ++i) {
      const bool ends = (std::to_integer<std::uint8_t>(word_of(batch_[i])[0]) & is_end) != 0;
      words += batch_[i].ssi_code == SI_QUEUE && !ends ? 1U : 0U;
    }
    page_.words_pending.fetch_sub(words, std::memory_order_seq_cst);
    if (page_.sender_waits.load(std::memory_order_seq_cst) != 0) wake_sender();
    return true;
  }

  void wake_sender() {
    page_.sender_waits.store(0, std::memory_order_seq_cst);
    page_.room_word.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(page_.room_word, 1);
  }

  // Nobody else reads them, so what poll(2) saw is there.
  bool read_within(std::uint64_t ns) {
    pollfd one{signals_.get(), POLLIN, 0};
    const timespec at_most = to_timespec(ns);
    const int found = ::ppoll(&one, 1, &at_most, nullptr);
    if (found > 0) return read_batch();
    if (found == 0) errno = EAGAIN;
    return false;
  }

  Mapping mapping_;
  Page& page_;
  Fd signals_;
  std::vector<std::byte> message_;  // as far as it has come
  std::size_t size_ = 0;
  bool complete_ = false;
  bool ended_ = false;
  std::size_t next_ = 0;  // of the batch
  std::size_t read_ = 0;
  std::array<signalfd_siginfo, 32> batch_{};
  InterruptibleCall call_;
};

Granted granted_by(const ChannelSpec& spec) {
  Granted granted;
  granted.values["depth"] = static_cast<std::int64_t>(depth_of(spec));
  granted.values["queue_messages"] = static_cast<std::int64_t>(capacity_of(spec));
  granted.note = fmt::format("in signals of {} B", word_payload);
  return granted;
}

Capabilities capabilities(const ChannelSpec& spec) {
  Capabilities can;
  can.pollable = true;
  can.survives_peer_kill = true;
  can.fragments = spec.largest_message > word_payload;
  can.native_boundaries = !can.fragments;
  can.largest_message = largest_supported;
  can.depth = static_cast<std::uint32_t>(depth_of(spec));
  if (spec.wait != Wait::block) can.unsupported_reason = "needs a wait other than block";
  if (spec.senders > 1) can.unsupported_reason = "needs many_senders";
  if (spec.receivers > 1) can.unsupported_reason = "needs many_receivers";
  if (spec.largest_message > largest_supported) can.unsupported_reason = "carries at most 1 KiB";
  return can;
}

std::string probe(const ChannelSpec& spec) {
  sigset_t none;
  sigemptyset(&none);
  const Fd signals(::signalfd(-1, &none, SFD_CLOEXEC));
  if (!signals && is_refusal(errno)) {
    return "signal: " + explain(fail(Errc::system, "signalfd", errno).value());
  }
  rlimit pending{};
  if (::getrlimit(RLIMIT_SIGPENDING, &pending) != 0 || pending.rlim_cur == RLIM_INFINITY) return {};
  // Half: other programs and timers of this user live from the same limit.
  if (capacity_of(spec) <= pending.rlim_cur / 2) return {};
  return fmt::format(
      "signal: depth {} of {} B takes {} signals, above half of the {} that may be pending for "
      "this "
      "user; lower --depth or raise ulimit -i",
      depth_of(spec), spec.largest_message, capacity_of(spec), pending.rlim_cur);
}

Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id, Names&) {
  auto address = create_shared_page("signal");
  if (!address) return tl::make_unexpected(address.error());
  address->id = id;
  address->spec = spec;
  return std::make_unique<AddressChannel>(std::move(*address), granted_by(spec));
}

// A number that no other channel of this process has; 0: none is left.
int claim_number() {
  static std::atomic<int> taken{0};
  const int number = SIGRTMAX - taken.fetch_add(1);
  return number >= SIGRTMIN ? number : 0;
}

Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) {
  auto page = map_shared_page(address);
  if (!page) return tl::make_unexpected(page.error());
  return std::make_unique<SignalSender>(std::move(*page), address.spec, context);
}

Result<std::unique_ptr<Receiver>> open_receiver(Address address, const OpenContext& context) {
  auto mapping = map_shared_page(address);
  if (!mapping) return tl::make_unexpected(mapping.error());
  const int number = claim_number();
  if (number == 0) {
    return fail(Errc::limit, "all real-time signals of a process are in use; use fewer processes");
  }
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, number);
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &set, nullptr); error != 0) {
    return fail(Errc::system, "pthread_sigmask", error);
  }
  Fd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  if (!signals) return fail(Errc::system, "signalfd", errno);
  Page& page = page_in(*mapping);
  page.number.store(static_cast<std::uint32_t>(number));
  page.receiver_process.store(static_cast<std::uint32_t>(::getpid()));
  page.receiver_thread.store(static_cast<std::uint32_t>(::gettid()));
  futex_wake(page.receiver_thread, 1);
  return std::make_unique<SignalReceiver>(std::move(*mapping), std::move(signals), address.spec,
                                          context);
}

}  // namespace

BackendEntry signal_entry() {
  BackendEntry entry;
  entry.name = "signal";
  entry.summary = "real-time signals with a word each, read from a signalfd";
  entry.group = MechanismGroup::kernel;
  entry.note =
      "A word a signal, queued by the kernel for one process or thread: for events that must not "
      "be "
      "lost, not for data. All of a user's pending signals share one limit.";
  entry.snippet = "signal";
  entry.basic = false;
  entry.opened_once = "needs a number of its own for each channel, of which a process has about 30";
  entry.capabilities = capabilities;
  entry.probe = probe;
  entry.create = create;
  entry.open_sender = open_sender;
  entry.open_receiver = open_receiver;
  return entry;
}

}  // namespace ipcmark
