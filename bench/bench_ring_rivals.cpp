// ipcmark's rings in shared memory against others between processes, as interleaved ratios:
//
//   shm_ring        / a plain ring of fixed slots with cached indices (spsc_ring.hpp)
//   shm_ring        / Boost.Lockfree's spsc_queue
//   shm_ring        / shm_mutex, from 8 B to 4 MiB, spinning and blocking
//   shm_ring        spinning / blocking, streams of the same sizes
//   mpmc_ring       / core-to-core, shm_ring; with many ends Boost.Lockfree's queue, shm_mutex
//   broadcast_ring  / as many shm_ring channels fed by one sender
//
// Taken in pairs (paired.hpp). Messages are copied in and out, and every one is checked: each
// sender's come in order, and all of them. Of two ends each has a CPU; of more all senders have the
// first and all receivers the second. Who shares a CPU waits as `hybrid` does: for Boost's queue by
// the same code as for the rings.
//
//   bench_ring_rivals [--rounds N] [--cpus A,B] [--only TEXT] [--messages N] [--list]
//
// --only takes the rows whose name contains TEXT; --messages sets how many go through in a stream.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "bench/paired.hpp"
#include "bench/ring_links.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/traffic/touch.hpp"

namespace ipcmark {
namespace {
using namespace bench;

struct Options {
  unsigned rounds = 31;
  Cpus cpus;
  std::uint64_t messages = 0;  // 0: about 50 ms of them
  std::string only;
  bool lists = false;
};

// What begins each message; smaller ones have its beginning.
struct Mark {
  std::uint64_t number = 0;
  std::uint64_t sender = 0;
};
constexpr std::uint64_t the_end = ~std::uint64_t{0};

// ---- figures

// Nanoseconds a trip, over a link each way.
template <class Link>
double round_trip(const Options& options, std::uint64_t size, const Link& there, const Link& back) {
  const std::uint64_t trips =
      std::clamp<std::uint64_t>((std::uint64_t{1} << 26U) / size, 64, 10'000);
  return in_two_processes(
      options.cpus,
      [&] {
        auto send = there.sender();
        auto receive = back.receiver();
        std::vector<std::byte> message(size);
        const std::uint64_t warm_up = trips / 4;
        std::uint64_t begin = 0;
        for (std::uint64_t i = 0; i < trips; ++i) {
          if (i == warm_up) begin = now_ns();
          send(message.data());
          receive(message.data());
        }
        return static_cast<double>(now_ns() - begin) / static_cast<double>(trips - warm_up);
      },
      [&] {
        auto receive = there.receiver();
        auto send = back.sender();
        std::vector<std::byte> message(size);
        for (std::uint64_t i = 0; i < trips; ++i) {
          receive(message.data());
          send(message.data());
        }
      });
}

// What the processes of a stream tell each other.
struct Progress {
  std::atomic<std::uint32_t> ready;
  std::atomic<std::uint32_t> senders_done;
  std::atomic<std::uint64_t> begin_ns;
  std::atomic<std::uint64_t> end_ns;  // of the last receiver
  std::atomic<std::uint64_t> received;
  std::atomic<std::uint64_t> bytes_read;  // so that no touch is left out
};

struct Ends {
  std::uint32_t senders = 1, receivers = 1;
};

void await_all(Progress& progress, Ends ends) {
  if (++progress.ready == ends.senders + ends.receivers) progress.begin_ns = now_ns();
  while (progress.begin_ns == 0) ::sched_yield();
}

void note_end(Progress& progress, std::uint64_t received) {
  progress.received += received;
  const std::uint64_t now = now_ns();
  std::uint64_t seen = progress.end_ns;
  while (seen < now && !progress.end_ns.compare_exchange_weak(seen, now)) {
  }
}

void put_mark(std::vector<std::byte>& message, const Mark& mark) {
  std::memcpy(message.data(), &mark, std::min(message.size(), sizeof mark));
}
Mark mark_of(const std::vector<std::byte>& message) {
  Mark mark;
  std::memcpy(&mark, message.data(), std::min(message.size(), sizeof mark));
  return mark;
}

// Forks `count` processes on a CPU.
void fork_on(int cpu, std::uint32_t count, std::vector<pid_t>& pids,
             const std::function<void(std::uint32_t)>& body) {
  for (std::uint32_t index = 0; index < count; ++index) {
    const pid_t pid = ::fork();
    if (pid < 0) stop("fork failed");
    if (pid == 0) {
      pin(cpu);
      body(index);
      ::_exit(0);
    }
    pids.push_back(pid);
  }
}

double rate_of(const std::vector<pid_t>& pids, const Progress& progress, std::uint64_t expected) {
  for (const pid_t pid : pids) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (status != 0) stop("a child failed");
  }
  require(progress.received == expected, "not every message arrived");
  return static_cast<double>(expected) * 1e9 /
         static_cast<double>(progress.end_ns - progress.begin_ns);
}

// Messages a second from all senders to all receivers, each to one of them.
template <class Link>
double stream(const Options& options, std::uint64_t size, Ends ends, const Link& link) {
  const std::uint64_t each =
      (options.messages != 0
           ? options.messages
           : std::clamp<std::uint64_t>((std::uint64_t{1} << 27U) / size, 64, 400'000)) /
      ends.senders;
  const SharedObject<Progress> progress;
  std::vector<pid_t> pids;
  fork_on(options.cpus.second, ends.receivers, pids, [&](std::uint32_t index) {
    auto receive = link.receiver(index);
    std::vector<std::byte> message(size);
    std::vector<std::uint64_t> next(ends.senders);
    std::uint64_t received = 0;
    await_all(*progress, ends);
    for (;;) {
      receive(message.data());
      const Mark mark = mark_of(message);
      if (mark.number == the_end) break;
      require(mark.sender < ends.senders && mark.number >= next[mark.sender],
              "a sender's messages came out of order");
      next[mark.sender] = mark.number + 1;
      ++received;
    }
    note_end(*progress, received);
  });
  fork_on(options.cpus.first, ends.senders, pids, [&](std::uint32_t index) {
    auto send = link.sender(index);
    std::vector<std::byte> message(size);
    await_all(*progress, ends);
    for (std::uint64_t i = 0; i < each; ++i) {
      put_mark(message, {i, index});
      send(message.data());
    }
    // The last of them ends the receivers, and stays until they are through.
    if (++progress->senders_done == ends.senders) {
      put_mark(message, {the_end, index});
      for (std::uint32_t i = 0; i < ends.receivers; ++i) send(message.data());
    }
    while (progress->received < each * ends.senders) ::usleep(100);
  });
  return rate_of(pids, *progress, each * ends.senders);
}

// Messages a second of all receivers together, each of which gets and reads every message; over one
// link that broadcasts, or a link for each.
double broadcast(const Options& options, std::uint64_t size, std::uint32_t receivers,
                 const std::vector<ChannelLink>& links) {
  const std::uint64_t count =
      std::clamp<std::uint64_t>((std::uint64_t{1} << 26U) / size, 64, 400'000);
  const Ends ends{1, receivers};
  const SharedObject<Progress> progress;
  std::vector<pid_t> pids;
  fork_on(options.cpus.second, receivers, pids, [&](std::uint32_t index) {
    auto receive = links[links.size() == 1 ? 0 : index].receiver(index);
    std::vector<std::byte> message(size);
    std::uint64_t sum = 0;
    await_all(*progress, ends);
    for (std::uint64_t i = 0; i < count; ++i) {
      receive(message.data());
      require(mark_of(message).number == i, "a message of a broadcast was lost");
      sum += touch_read(message);
    }
    progress->bytes_read += sum;
    note_end(*progress, count);
  });
  fork_on(options.cpus.first, 1, pids, [&](std::uint32_t) {
    std::vector<decltype(links[0].sender())> sends;
    sends.reserve(links.size());
    for (const ChannelLink& link : links) sends.push_back(link.sender());
    std::vector<std::byte> message(size);
    await_all(*progress, ends);
    for (std::uint64_t i = 0; i < count; ++i) {
      put_mark(message, {i, 0});
      for (auto& send : sends) send(message.data());
    }
    while (progress->received < count * receivers) ::usleep(100);
  });
  return rate_of(pids, *progress, count * receivers);
}

// ---- rows

ChannelSpec spec_of(std::uint64_t size, Wait wait, Ends ends = {}) {
  return {
      .largest_message = size, .senders = ends.senders, .receivers = ends.receivers, .wait = wait};
}

std::function<double()> trip_over(const Options& options, const char* backend, std::uint64_t size,
                                  Wait wait) {
  return [=] {
    const ChannelLink there(backend, spec_of(size, wait));
    const ChannelLink back(backend, spec_of(size, wait));
    return round_trip(options, size, there, back);
  };
}

std::function<double()> stream_over(const Options& options, const char* backend, std::uint64_t size,
                                    Wait wait, Ends ends = {}) {
  return
      [=] { return stream(options, size, ends, ChannelLink(backend, spec_of(size, wait, ends))); };
}

template <template <std::size_t> class Link, std::size_t size>
std::function<double()> trip_of(const Options& options) {
  return [=] {
    const Link<size> there, back;
    return round_trip(options, size, there, back);
  };
}

template <template <std::size_t> class Link, std::size_t size>
std::function<double()> stream_of(const Options& options, Ends ends = {}) {
  return [=] {
    const Link<size> link;
    return stream(options, size, ends, link);
  };
}

constexpr const char* per_trip = "ns";
constexpr const char* per_second = "M msg/s";

template <template <std::size_t> class Link, std::size_t size>
void add_plain(std::vector<Row>& rows, const Options& options, const std::string& rival) {
  const std::string bytes = size_text(size);
  rows.push_back({"shm_ring / " + rival + ", round trip " + bytes, per_trip, 1,
                  trip_over(options, "shm_ring", size, Wait::spin), trip_of<Link, size>(options)});
  rows.push_back({"shm_ring / " + rival + ", stream " + bytes, per_second, 1e-6,
                  stream_over(options, "shm_ring", size, Wait::spin),
                  stream_of<Link, size>(options)});
}

constexpr std::uint64_t sizes[] = {8,          64,          1U << 10U, 4U << 10U, 16U << 10U,
                                   64U << 10U, 256U << 10U, 1U << 20U, 4U << 20U};

void add_mutex(std::vector<Row>& rows, const Options& options) {
  for (const Wait wait : {Wait::spin, Wait::block}) {
    for (const std::uint64_t size : sizes) {
      const std::string what = size_text(size) + " " + to_string(wait);
      rows.push_back({"shm_ring / shm_mutex, round trip " + what, per_trip, 1,
                      trip_over(options, "shm_ring", size, wait),
                      trip_over(options, "shm_mutex", size, wait)});
      rows.push_back({"shm_ring / shm_mutex, stream " + what, per_second, 1e-6,
                      stream_over(options, "shm_ring", size, wait),
                      stream_over(options, "shm_mutex", size, wait)});
    }
  }
}

void add_waits(std::vector<Row>& rows, const Options& options) {
  for (const std::uint64_t size : sizes) {
    rows.push_back({"shm_ring spin / block, stream " + size_text(size), per_second, 1e-6,
                    stream_over(options, "shm_ring", size, Wait::spin),
                    stream_over(options, "shm_ring", size, Wait::block)});
  }
}

void add_many(std::vector<Row>& rows, const Options& options) {
  rows.push_back({"mpmc_ring / core-to-core, round trip 64B", per_trip, 1,
                  trip_over(options, "mpmc_ring", 64, Wait::spin),
                  [options] { return core_to_core(options.cpus); }});
  rows.push_back({"mpmc_ring / shm_ring, stream 64B", per_second, 1e-6,
                  stream_over(options, "mpmc_ring", 64, Wait::spin),
                  stream_over(options, "shm_ring", 64, Wait::spin)});
  for (const Ends ends : {Ends{2, 1}, Ends{1, 2}, Ends{2, 2}}) {
    const std::string what =
        ", " + std::to_string(ends.senders) + "x" + std::to_string(ends.receivers) + " 64B";
    rows.push_back({"mpmc_ring / Boost queue" + what, per_second, 1e-6,
                    stream_over(options, "mpmc_ring", 64, Wait::hybrid, ends),
                    stream_of<BoostQueueLink, 64>(options, ends)});
    rows.push_back({"mpmc_ring / shm_mutex" + what, per_second, 1e-6,
                    stream_over(options, "mpmc_ring", 64, Wait::hybrid, ends),
                    stream_over(options, "shm_mutex", 64, Wait::hybrid, ends)});
  }
}

void add_broadcast(std::vector<Row>& rows, const Options& options) {
  for (const std::uint64_t size : {64U, 1U << 10U}) {
    for (const std::uint32_t receivers : {1U, 2U, 4U}) {
      const double bytes = static_cast<double>(size) / 1e9;
      const auto run = [=](const char* backend, std::uint32_t channels) {
        std::vector<ChannelLink> links;
        for (std::uint32_t i = 0; i < channels; ++i) {
          links.emplace_back(backend, spec_of(size, Wait::hybrid, {1, receivers / channels}));
        }
        return broadcast(options, size, receivers, links);
      };
      rows.push_back(
          {"broadcast_ring / shm_rings, to " + std::to_string(receivers) + ", " + size_text(size),
           "GB/s", bytes, [=] { return run("broadcast_ring", 1); },
           [=] { return run("shm_ring", receivers); }});
    }
  }
}

int run(const Options& options) {
  std::vector<Row> rows;
  add_plain<PlainLink, 64>(rows, options, "plain ring");
  add_plain<PlainLink, 1024>(rows, options, "plain ring");
  add_plain<BoostSpscLink, 64>(rows, options, "Boost spsc_queue");
  add_mutex(rows, options);
  add_waits(rows, options);
  add_many(rows, options);
  add_broadcast(rows, options);
  std::erase_if(rows, [&](const Row& row) { return row.name.find(options.only) == row.name.npos; });
  if (rows.empty()) stop("--only matches no row; see --list");
  if (options.lists) {
    for (const Row& row : rows) std::puts(row.name.c_str());
    return 0;
  }
  measure_and_print(std::move(rows), options.rounds, options.cpus);
  return 0;
}

}  // namespace
}  // namespace ipcmark

int main(int argc, char** argv) {
  ipcmark::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--list") {
      options.lists = true;
      continue;
    }
    const char* value = i + 1 < argc ? argv[++i] : "";
    if (name == "--rounds") {
      options.rounds = static_cast<unsigned>(std::atoi(value));
    } else if (name == "--messages") {
      options.messages = static_cast<std::uint64_t>(std::atoll(value));
    } else if (name == "--only") {
      options.only = value;
    } else if (name != "--cpus" ||
               std::sscanf(value, "%d,%d", &options.cpus.first, &options.cpus.second) != 2) {
      ipcmark::bench::stop(
          "usage: bench_ring_rivals [--rounds N] [--cpus A,B] [--only TEXT] [--messages N] "
          "[--list]");
    }
  }
  if (options.rounds == 0) ipcmark::bench::stop("--rounds starts at 1");
  return ipcmark::run(options);
}
