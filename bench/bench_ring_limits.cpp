// How near shm_ring comes to what the machine itself can do, as interleaved ratios:
//
//   round trip  64 B, spinning, one message out and back   /  core-to-core round trip
//   stream      1 MiB, copied in and out, no other touch   /  memcpy of 1 MiB, mean of both CPUs
//   stream      the same                                   /  memcpy on both at once, the slower
//   zero copy   1 MiB, written in a loan and read in place /  the same
//   to memory   1 MiB copied past the caches, nobody reads /  the same
//   from memory 1 MiB copied from where no cache has it    /  the same
//
// The last two are the ceiling of cores that share no cache: what one writes must get out of its
// caches and into the other's.
//
// Taken in pairs (paired.hpp), with fresh processes on two CPUs, so that drift of the machine hits
// both alike.
//
//   bench_ring_limits [--rounds N] [--cpus A,B] [--size BYTES]
//   bench_ring_limits --rate BYTES,BATCH     one stream; prints its messages a second, nothing else
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string_view>
#include <vector>

#include "backends/registry.hpp"
#include "backends/shared_memory/non_temporal.hpp"
#include "bench/paired.hpp"
#include "scenarios/traffic/touch.hpp"

namespace ipcmark {
namespace {
using namespace bench;

struct Options {
  unsigned rounds = 31;
  Cpus cpus;
  std::uint64_t size = 1 << 20;
  std::uint64_t rate_size = 0;  // not 0: only this stream
  std::uint32_t rate_batch = 1;
};

class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "name"); }
  void released(const std::string&) override {}
};

struct Ends {
  std::unique_ptr<Sender> sender;
  std::unique_ptr<Receiver> receiver;
};

Ends open_ends(const BackendEntry& entry, const ChannelSpec& spec) {
  static const std::atomic<std::uint32_t> peer_died{0};
  static const OpenContext context{.peer_died = &peer_died};
  NoNames names;
  auto channel = entry.create(spec, 1, names);
  if (!channel) stop("the ring cannot be created");
  auto sender = entry.open_sender((*channel)->address(), context);
  auto receiver = entry.open_receiver((*channel)->address(), context);
  if (!sender || !receiver) stop("the ring cannot be opened");
  return {std::move(*sender), std::move(*receiver)};
}

void require(bool ok) {
  if (!ok) stop("a message was lost");
}

double ring_round_trip(const BackendEntry& entry, const Options& options) {
  constexpr int trips = 20'000;
  const ChannelSpec spec{.largest_message = 64, .wait = Wait::spin};
  Ends there = open_ends(entry, spec);
  Ends back = open_ends(entry, spec);
  return in_two_processes(
      options.cpus,
      [&] {
        std::byte message[64] = {};
        std::uint64_t begin = 0;
        for (int i = 0; i < 2 * trips; ++i) {
          if (i == trips) begin = now_ns();
          require(there.sender->send(message, Deadline::never()).has_value());
          require(back.receiver->receive(message, Deadline::never()).has_value());
        }
        return static_cast<double>(now_ns() - begin) / trips;
      },
      [&] {
        std::byte message[64];
        for (int i = 0; i < 2 * trips; ++i) {
          require(there.receiver->receive(message, Deadline::never()).has_value());
          require(back.sender->send(message, Deadline::never()).has_value());
        }
      });
}

double rate_since(std::uint64_t begin_ns, std::uint64_t messages) {
  return static_cast<double>(messages) * 1e9 / static_cast<double>(now_ns() - begin_ns);
}

// Messages a second at the receiver, after a first quarter that is not counted.
double ring_stream(const BackendEntry& entry, const Options& options, std::uint64_t size,
                   std::uint32_t batch, std::uint64_t messages) {
  Ends ends = open_ends(entry, {.largest_message = size, .batch = batch, .wait = Wait::spin});
  return in_two_processes(
      options.cpus,
      [&] {
        std::vector<std::byte> buffer(size, std::byte{1});
        std::uint64_t begin = 0;
        for (std::uint64_t i = 0; i < messages; ++i) {
          if (i == messages / 4) begin = now_ns();
          require(ends.receiver->receive(buffer, Deadline::never()).has_value());
        }
        return rate_since(begin, messages - messages / 4);
      },
      [&] {
        const std::vector<std::byte> message(size, std::byte{2});
        for (std::uint64_t i = 0; i < messages; ++i) {
          require(ends.sender->send(message, Deadline::never()).has_value());
        }
        require(ends.sender->close(Deadline::never()).has_value());
      });
}

// The same without a copy: every byte is written where the ring lends room, and read where it lies.
double zero_copy_stream(const BackendEntry& entry, const Options& options, std::uint64_t messages) {
  Ends ends = open_ends(entry, {.largest_message = options.size, .wait = Wait::spin});
  return in_two_processes(
      options.cpus,
      [&] {
        std::uint64_t begin = 0;
        for (std::uint64_t i = 0; i < messages; ++i) {
          if (i == messages / 4) begin = now_ns();
          const auto message = ends.receiver->borrow(Deadline::never());
          require(message.has_value() && message->size() == options.size);
          keep(touch_read(*message));
          ends.receiver->release();
        }
        return rate_since(begin, messages - messages / 4);
      },
      [&] {
        for (std::uint64_t i = 0; i < messages; ++i) {
          const auto place = ends.sender->loan(options.size, Deadline::never());
          require(place.has_value());
          touch_write(*place, i);
          require(ends.sender->publish(options.size).has_value());
        }
        require(ends.sender->close(Deadline::never()).has_value());
      });
}

// The same two buffers copied on this CPU, after as many copies to warm up; copies a second.
double copies_a_second(std::uint64_t size) {
  constexpr int copies = 400;
  std::vector<std::byte> from(size, std::byte{1});
  std::vector<std::byte> to(size, std::byte{2});
  std::uint64_t begin = 0;
  for (int i = 0; i < 2 * copies; ++i) {
    if (i == copies) begin = now_ns();
    std::memcpy(to.data(), from.data(), size);
    asm volatile("" : : "r"(to.data()) : "memory");
  }
  return copies * 1e9 / static_cast<double>(now_ns() - begin);
}

// The control: one CPU after the other, their mean.
double memcpy_rate(const Options& options) {
  double rate = 0;
  for (const int cpu : {options.cpus.first, options.cpus.second}) {
    pin(cpu);
    rate += copies_a_second(options.size) / 2;
  }
  return rate;
}

// What two processes could reach at most that both copy each message: the slower of two that copy
// at the same time. Where the CPUs are threads of one core, or a neighbour of one is busy, this is
// much less than the mean of one after the other.
double memcpy_at_once(const Options& options) {
  const SharedObject<double> other;
  const double own = in_two_processes(
      options.cpus, [&] { return copies_a_second(options.size); },
      [&] { *other = copies_a_second(options.size); });
  return std::min(own, *other);
}

// Memory of its own, in whole pages.
struct Pages {
  explicit Pages(std::uint64_t bytes)
      : bytes(bytes),
        data(static_cast<std::byte*>(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0))) {
    if (data == MAP_FAILED) stop("mmap failed");
  }
  ~Pages() { ::munmap(data, bytes); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  const std::uint64_t bytes;
  std::byte* const data;
};

// Copies a second past the caches, or out of memory that no cache holds, by one CPU alone. Four
// places in turn, as a ring has them.
double memory_rate(int cpu, std::uint64_t size, bool writing) {
  constexpr unsigned places = 4, laps = 100;
  pin(cpu);
  const Pages memory(places * size);
  std::vector<std::byte> buffer(size, std::byte{1});
  std::uint64_t taken = 0;
  for (unsigned lap = 0; lap < 2 * laps; ++lap) {
    std::uint64_t begin = now_ns();
    for (unsigned i = 0; i < places; ++i) {
      ring::copy_non_temporal(memory.data + i * size, buffer.data(), size);
    }
    if (!writing) begin = now_ns();
    for (unsigned i = 0; i < places && !writing; ++i) {
      std::memcpy(buffer.data(), memory.data + i * size, size);
      asm volatile("" : : "r"(buffer.data()) : "memory");
    }
    if (lap >= laps) taken += now_ns() - begin;
  }
  return places * laps * 1e9 / static_cast<double>(taken);
}

std::vector<Row> make_rows(const BackendEntry& entry, const Options& options) {
  const double bytes = static_cast<double>(options.size) / 1e9;
  const std::uint64_t messages =
      std::clamp<std::uint64_t>((std::uint64_t{1} << 30U) / options.size, 64, 100'000);
  const auto stream = [&entry, options, messages] {
    return ring_stream(entry, options, options.size, 1, messages);
  };
  const auto small = [&entry, options](std::uint32_t batch, std::uint64_t count) {
    return
        [&entry, options, batch, count] { return ring_stream(entry, options, 64, batch, count); };
  };
  const auto copies = [options] { return memcpy_rate(options); };
  return {
      {"round trip 64 B / core-to-core", "ns", 1,
       [&entry, options] { return ring_round_trip(entry, options); },
       [options] { return core_to_core(options.cpus); }},
      {"stream / memcpy", "GB/s", bytes, stream, copies},
      {"stream / memcpy on both at once", "GB/s", bytes, stream,
       [options] { return memcpy_at_once(options); }},
      {"zero-copy stream / memcpy", "GB/s", bytes,
       [&entry, options, messages] { return zero_copy_stream(entry, options, messages); }, copies},
      {"to memory, nobody reads / memcpy", "GB/s", bytes,
       [options] { return memory_rate(options.cpus.second, options.size, true); }, copies},
      {"from memory alone / memcpy", "GB/s", bytes,
       [options] { return memory_rate(options.cpus.first, options.size, false); }, copies},
      {"stream 64 B, each published", "M msg/s", 1e-6, small(1, 400'000)},
      {"stream 64 B, batch 64", "M msg/s", 1e-6, small(64, 2'000'000)}};
}

int run(const Options& options) {
  const Registry registry = built_in_registry();
  const BackendEntry* entry = registry.backend("shm_ring");
  if (entry == nullptr) stop("no shm_ring in this build");
  if (options.rate_size != 0) {
    const std::uint64_t messages =
        std::clamp<std::uint64_t>((std::uint64_t{1} << 28U) / options.rate_size, 64, 4'000'000);
    std::printf("%.0f\n",
                ring_stream(*entry, options, options.rate_size, options.rate_batch, messages));
    return 0;
  }
  measure_and_print(make_rows(*entry, options), options.rounds, options.cpus);
  return 0;
}

}  // namespace
}  // namespace ipcmark

int main(int argc, char** argv) {
  ipcmark::Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string_view name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--rounds") {
      options.rounds = static_cast<unsigned>(std::atoi(value));
    } else if (name == "--size") {
      options.size = static_cast<std::uint64_t>(std::atoll(value));
    } else if (name == "--rate" &&
               std::sscanf(value, "%lu,%u", &options.rate_size, &options.rate_batch) == 2) {
      continue;
    } else if (name != "--cpus" ||
               std::sscanf(value, "%d,%d", &options.cpus.first, &options.cpus.second) != 2) {
      ipcmark::bench::stop(
          "usage: bench_ring_limits [--rounds N] [--cpus A,B] [--size BYTES] | --rate BYTES,BATCH");
    }
  }
  if (options.rounds == 0 || options.size == 0)
    ipcmark::bench::stop("--rounds and --size start at 1");
  return ipcmark::run(options);
}
