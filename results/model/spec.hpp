// What is asked for: one RunSpec describes one cell of a run, completely.
//
// Plain values. A RunSpec travels as JSON from the coordinator to its workers (see json.hpp)
// and stands in the result file as "asked"; what the machine granted stands beside it in the Trial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ipcmark {

// hybrid: spin, then block; poll: read until nothing is left, then sleep in epoll_wait(2).
enum class Wait : std::uint8_t { block, spin, hybrid, poll };
enum class Placement : std::uint8_t { cross_cpu, same_cpu, unpinned, same_core, cross_socket };
enum class Verify : std::uint8_t { off, header, full };  // header: sequence and length
// What wakes an end of shared memory that sleeps.
enum class Wake : std::uint8_t { futex, eventfd, pipe };
enum class Touch : std::uint8_t { none, full };  // full: sender writes all, receiver reads all
// thp: transparent ones; hugetlb: those that the administrator reserved (vm.nr_hugepages).
enum class HugePages : std::uint8_t { off, thp, hugetlb };

// What a mechanism does for it: who polls does so from outside of the mechanism.
constexpr Wait own_wait(Wait value) { return value == Wait::poll ? Wait::block : value; }
// Whether an end sleeps as soon as there is nothing to do.
constexpr bool sleeps_at_once(Wait value) { return value == Wait::block || value == Wait::poll; }

const char* to_string(Wait value);
const char* to_string(Placement value);
const char* to_string(Verify value);
const char* to_string(Touch value);
const char* to_string(HugePages value);
const char* to_string(Wake value);
std::optional<Wait> wait_from(std::string_view text);
std::optional<Placement> placement_from(std::string_view text);
std::optional<Verify> verify_from(std::string_view text);
std::optional<Touch> touch_from(std::string_view text);
std::optional<HugePages> huge_pages_from(std::string_view text);
std::optional<Wake> wake_from(std::string_view text);

// The limits of a spec, whoever writes it: within them no sum of its sizes and times overflows.
inline constexpr std::uint64_t largest_size = std::uint64_t{64} << 20U;
inline constexpr std::uint64_t longest_time_ns = std::uint64_t{366} * 86'400 * 1'000'000'000;
inline constexpr std::uint64_t max_messages = std::uint64_t{1} << 48U;

struct RunSpec {
  std::string scenario;
  std::string backend;      // empty when the scenario runs over a lock alone
  std::string lock;         // empty when the scenario uses no lock
  std::string notifier;     // empty when the scenario uses no notifier
  std::uint64_t size = 64;  // payload bytes of one message; of a mix the largest
  Wait wait = Wait::block;
  Placement placement = Placement::cross_cpu;
  Verify verify = Verify::off;
  Touch touch = Touch::full;
  std::uint32_t depth = 0;  // messages the channel shall hold; 0: the backend's own default
  std::uint32_t batch = 1;  // messages a sender may gather before flush(); 1: none
  Wake wake = Wake::futex;
  bool zero_copy = false;                 // loan/publish and borrow/release instead of send/receive
  HugePages huge_pages = HugePages::off;  // of the memory that a channel's ends share
  std::string numa;               // memory policy of the processes (numa_value()); empty: none
  bool mlock = false;             // the workers' memory is locked
  std::uint32_t rt_priority = 0;  // the workers run under SCHED_FIFO with it; 0: they do not
  std::string burst;              // "32:1ms" (burst.hpp); empty: messages do not come in bursts
  // "web.txt@0123456789abcdef" (replay.hpp): the traffic of a file, `size` being its largest;
  // empty: none. And where that file is, which is no part of the cell's identity.
  std::string replay, replay_file;
  std::string size_mix;           // "64B:70,4KiB:25,1MiB:5" (size_mix.hpp); empty: all of one size
  std::uint64_t messages = 0;     // timed scenarios: exact count; 0: run for duration_ns instead
  std::uint64_t duration_ns = 0;  // measured part of one trial, after warm-up
  std::uint64_t warmup_ns = 0;    // minimum warm-up, in the same processes and channels
  std::vector<int> cpus;          // CPUs to use, in order of workers; empty: chosen by placement
  std::uint64_t seed = 1;
  // The scenario's own options ("processes", "increments", "receiver_late_ns", "protocol", …), and
  // what their defaults were when the cell was planned. A planned cell has a value of each; what
  // was written by an ipcmark that knew no `defaults` has those alone that differ.
  std::map<std::string, std::int64_t> options, defaults;
  // Faults to inject, by name ("drop:7", "flip:3"); empty in every measured cell. See faults.hpp.
  std::string fault;

  bool operator==(const RunSpec&) const = default;

  // Of a planned cell. An option that its scenario does not declare is a bug (std::logic_error).
  std::int64_t option(const std::string& name) const;
  // `default_value` where the cell has no such option.
  std::int64_t option(const std::string& name, std::int64_t default_value) const;
  // Those of the options that differ from their defaults.
  std::map<std::string, std::int64_t> own_options() const;
  // The cell's identity: everything that makes two figures comparable, and nothing else (no seed,
  // no length of a timed trial). "latency/pipe/64B/block/cross-cpu", further parts only where they
  // differ from their default (cell_options.hpp), and in place of the size where they are of
  // several: "/size-mix=64B:70,4KiB:30", "/depth=64", "/batch=16", "/verify=full",
  // "/zero-copy", "/lock=futex", "/notifier=eventfd", "/processes=4". Accepted by --only.
  std::string key() const;
};

// What is beyond the limits of its option, or negative, in one sentence; empty: nothing is.
std::string beyond_limits(const RunSpec& spec);

}  // namespace ipcmark
