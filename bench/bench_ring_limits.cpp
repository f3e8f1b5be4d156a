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
// Each round takes both figures of a pair one right after the other, in alternating order, with
// fresh processes on two CPUs, so that drift of the machine hits both alike. A bare core-to-core
// round trip is taken between all of them; by it the figures are told apart into the machine's
// states, and one during which the state changed is left out.
//
//   bench_ring_limits [--rounds N] [--cpus A,B] [--size BYTES]
//   bench_ring_limits --rate BYTES,BATCH     one stream; prints its messages a second, nothing else
#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

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
#include "results/figures/statistics.hpp"
#include "scenarios/traffic/touch.hpp"

namespace ipcmark {
namespace {

struct Options {
  unsigned rounds = 31;
  int first_cpu = 0;
  int second_cpu = 1;
  std::uint64_t size = 1 << 20;
  std::uint64_t rate_size = 0;  // not 0: only this stream
  std::uint32_t rate_batch = 1;
};

void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<unsigned>(cpu), &set);
  ::sched_setaffinity(0, sizeof set, &set);
}

[[noreturn]] void stop(const char* what) {
  std::fprintf(stderr, "bench_ring_limits: %s\n", what);
  std::exit(2);
}

class NoNames final : public Names {
 public:
  Result<std::string> claim(ObjectKind) override { return fail(Errc::unsupported, "name"); }
  void released(const std::string&) override {}
};

// Runs `child` in a process on the second CPU and `parent` here on the first.
double in_two_processes(const Options& options, const std::function<double()>& parent,
                        const std::function<void()>& child) {
  const pid_t pid = ::fork();
  if (pid < 0) stop("fork failed");
  if (pid == 0) {
    pin(options.second_cpu);
    child();
    ::_exit(0);
  }
  pin(options.first_cpu);
  const double figure = parent();
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) stop("a child failed");
  return figure;
}

struct Lines {
  alignas(128) std::atomic<std::uint64_t> there;
  alignas(128) std::atomic<std::uint64_t> back;
};

// The control: one cache line each way, nothing but a load and a store. Nanoseconds a trip.
double core_to_core(const Options& options) {
  constexpr std::uint64_t trips = 20'000;
  void* page =
      ::mmap(nullptr, sizeof(Lines), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) stop("mmap failed");
  auto& lines = *new (page) Lines{};
  const double figure = in_two_processes(
      options,
      [&] {
        std::uint64_t begin = 0;
        for (std::uint64_t i = 1; i <= 2 * trips; ++i) {
          if (i == trips + 1) begin = now_ns();
          lines.there.store(i, std::memory_order_release);
          while (lines.back.load(std::memory_order_acquire) != i) {
          }
        }
        return static_cast<double>(now_ns() - begin) / trips;
      },
      [&] {
        for (std::uint64_t i = 1; i <= 2 * trips; ++i) {
          while (lines.there.load(std::memory_order_acquire) != i) {
          }
          lines.back.store(i, std::memory_order_release);
        }
      });
  ::munmap(page, sizeof(Lines));
  return figure;
}

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
      options,
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
      options,
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
      options,
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
  for (const int cpu : {options.first_cpu, options.second_cpu}) {
    pin(cpu);
    rate += copies_a_second(options.size) / 2;
  }
  return rate;
}

// What two processes could reach at most that both copy each message: the slower of two that copy
// at the same time. Where the CPUs are threads of one core, or a neighbour of one is busy, this is
// much less than the mean of one after the other.
double memcpy_at_once(const Options& options) {
  void* page =
      ::mmap(nullptr, sizeof(double), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) stop("mmap failed");
  auto& other = *new (page) double{0};
  const double own = in_two_processes(
      options, [&] { return copies_a_second(options.size); },
      [&] { other = copies_a_second(options.size); });
  const double slower = std::min(own, other);
  ::munmap(page, sizeof(double));
  return slower;
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

struct Sample {
  double ring = 0, control = 0;
  std::size_t before = 0;  // the core-to-core reading right before; the next is the one after
};

struct Row {
  const char* name;
  const char* unit;
  double scale;
  std::function<double()> ring;
  std::function<double()> control{};  // none: a rate alone
  std::vector<Sample> samples{};
};

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
       [options] { return core_to_core(options); }},
      {"stream / memcpy", "GB/s", bytes, stream, copies},
      {"stream / memcpy on both at once", "GB/s", bytes, stream,
       [options] { return memcpy_at_once(options); }},
      {"zero-copy stream / memcpy", "GB/s", bytes,
       [&entry, options, messages] { return zero_copy_stream(entry, options, messages); }, copies},
      {"to memory, nobody reads / memcpy", "GB/s", bytes,
       [options] { return memory_rate(options.second_cpu, options.size, true); }, copies},
      {"from memory alone / memcpy", "GB/s", bytes,
       [options] { return memory_rate(options.first_cpu, options.size, false); }, copies},
      {"stream 64 B, each published", "M msg/s", 1e-6, small(1, 400'000)},
      {"stream 64 B, batch 64", "M msg/s", 1e-6, small(64, 2'000'000)}};
}

void take_sample(Row& row, bool ring_first, std::size_t before) {
  Sample sample{.before = before};
  if (ring_first) sample.ring = row.ring();
  if (row.control) sample.control = row.control();
  if (!ring_first) sample.ring = row.ring();
  row.samples.push_back(sample);
}

// What was sampled while the machine was in this state, before and after.
void print(const Row& row, const MachineStates& states, int state) {
  std::vector<double> ring, control;
  for (const Sample& sample : row.samples) {
    if (states.group[sample.before] != state || states.group[sample.before + 1] != state) continue;
    ring.push_back(sample.ring * row.scale);
    control.push_back(sample.control * row.scale);
  }
  if (ring.empty()) return;
  if (row.control) {
    const Ratio ratio = paired_ratio(ring, control);
    std::printf("  %-32s %7.3f [%.3f, %.3f]   %.4g over %.4g %s, %zu pairs\n", row.name,
                ratio.ratio, ratio.interval.low, ratio.interval.high, median(ring), median(control),
                row.unit, ring.size());
  } else {
    const Interval interval = quantile_interval(ring);
    std::printf("  %-32s %7.2f [%.2f, %.2f]   %s, %zu samples\n", row.name, median(ring),
                interval.low, interval.high, row.unit, ring.size());
  }
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
  std::vector<Row> rows = make_rows(*entry, options);
  std::vector<double> canaries{core_to_core(options)};
  for (unsigned round = 0; round < options.rounds; ++round) {
    for (Row& row : rows) {
      take_sample(row, round % 2 == 0, canaries.size() - 1);
      canaries.push_back(core_to_core(options));
    }
  }
  const MachineStates states = group_canaries(canaries);
  for (std::size_t state = 0; state < states.medians.size(); ++state) {
    std::printf("while core-to-core took %.0f ns:\n", states.medians[state]);
    for (const Row& row : rows) print(row, states, static_cast<int>(state));
  }
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
               std::sscanf(value, "%d,%d", &options.first_cpu, &options.second_cpu) != 2) {
      ipcmark::stop(
          "usage: bench_ring_limits [--rounds N] [--cpus A,B] [--size BYTES] | --rate BYTES,BATCH");
    }
  }
  if (options.rounds == 0 || options.size == 0) ipcmark::stop("--rounds and --size start at 1");
  return ipcmark::run(options);
}
