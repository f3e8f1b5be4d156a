#include "results/model/cell_options.hpp"

#include <fmt/core.h>

#include <type_traits>

#include "results/model/burst.hpp"
#include "results/model/replay.hpp"
#include "results/model/size_mix.hpp"

namespace ipcmark {
namespace {

constexpr std::int64_t longest_time = std::int64_t{longest_time_ns};

OptionRule name() { return {OptionKind::name}; }
OptionRule flag() { return {OptionKind::flag, 0, 1}; }
OptionRule time() { return {OptionKind::time, 1, longest_time}; }
OptionRule count(std::int64_t max) { return {OptionKind::count, 1, max}; }
OptionRule word(std::vector<std::string> words) {
  const auto last = static_cast<std::int64_t>(words.size()) - 1;
  return {OptionKind::word, 0, last, std::move(words)};
}

std::vector<CellOption> of_the_cell() {
  using enum InKey;
  using enum MeantFor;
  using S = RunSpec;
  constexpr auto apart = Shown::apart;
  constexpr auto table = Shown::table;
  return {
      {"scenario", "scenario", value, apart, every, &S::scenario, name(),
       "Only these scenarios\nDefault: the suite's."},
      {"backend", "backend", value, apart, every, &S::backend, name(),
       "Only these backends (see 'ipcmark list')\nDefault: the suite's."},
      {"lock", "lock", named, apart, every, &S::lock, name(),
       "Only these locks, for scenarios that use one\nDefault: the suite's."},
      {"notifier", "notifier", named, apart, every, &S::notifier, name(),
       "Only these notifiers, for scenarios that use one\nDefault: the suite's."},
      {"size",
       "size",
       value,
       apart,
       backend,
       &S::size,
       {OptionKind::size, 0, std::int64_t{largest_size}},
       "Payload sizes, such as 64,1KiB,1MiB\nDefault: the suite's."},
      {"wait", "wait", value, apart, backend, &S::wait, word({"block", "spin", "hybrid", "poll"}),
       "How an end waits for the other\n"
       "block: it sleeps in the kernel. spin: it looks all the time. hybrid: it spins, then "
       "blocks. poll: it reads until nothing is left, then sleeps in epoll_wait(2), as servers do. "
       "Default: the suite's."},
      {"placement", "placement", value, table, every, &S::placement,
       word({"cross-cpu", "same-cpu", "unpinned", "same-core", "cross-socket"}),
       "CPUs of workers: cross-cpu, same-cpu, unpinned\n"
       "same-core and cross-socket, too, where the machine has them. Default: the suite's, else "
       "cross-cpu."},
  };
}

std::vector<CellOption> of_its_channels() {
  using enum InKey;
  using enum MeantFor;
  using S = RunSpec;
  constexpr auto row = Shown::row;
  constexpr auto table = Shown::table;
  return {
      {"depth", "depth", named, row, backend, &S::depth, count(std::int64_t{1} << 24U),
       "Messages a channel shall hold\nDefault: the backend's own."},
      {"batch", "batch", named, row, backend, &S::batch, count(std::int64_t{1} << 20U),
       "Messages gathered before publishing\n"
       "A sender may gather as many before it publishes them, where a backend can."},
      {"verify", "verify", named, table, every, &S::verify, word({"off", "header", "full"}),
       "What is checked of each message\n"
       "off: nothing. header: sequence and length. full: every byte. Default: the suite's, and "
       "full where nothing is timed."},
      {"touch", "touch", named, table, backend, &S::touch, word({"none", "full"}),
       "Write and read the whole payload\n"
       "full: the sender writes the whole payload and the receiver reads all of it. none: neither "
       "does."},
      {"wake", "wake", named, row, backend, &S::wake, word({"futex", "eventfd", "pipe"}),
       "Wake-up over shared memory\n"
       "What wakes an end of shared memory that sleeps. An eventfd and a pipe can be polled, too."},
      {"zero_copy", "zero-copy", named, row, backend, &S::zero_copy, flag(),
       "Loan and borrow messages in place\nWhere a backend can."},
      {"huge_pages", "huge-pages", named, row, backend, &S::huge_pages,
       word({"off", "thp", "hugetlb"}),
       "Huge pages for shared memory\n"
       "Where a backend can. thp: transparent ones. hugetlb: reserved ones (vm.nr_hugepages)."},
      {"numa",
       "numa",
       named,
       row,
       every,
       &S::numa,
       {OptionKind::numa},
       "Memory policy: bind:1, preferred:0, interleave\n"
       "Of the processes and of what they share. bind:1: from node 1 alone. preferred:0: from node "
       "0 while it has any. interleave: from all nodes in turn."},
      {"mlock", "mlock", named, row, every, &S::mlock, flag(),
       "Lock the memory of the workers (mlockall)"},
      {"rt_priority",
       "rt-priority",
       named,
       row,
       every,
       &S::rt_priority,
       {OptionKind::number, 0, 99},
       "SCHED_FIFO priority of the workers\n0: the scheduler's default policy."},
  };
}

std::vector<CellOption> of_its_traffic() {
  using enum InKey;
  using enum MeantFor;
  using S = RunSpec;
  constexpr auto apart = Shown::apart;
  constexpr auto table = Shown::table;
  return {
      {"size_mix",
       "size-mix",
       named,
       table,
       mixed,
       &S::size_mix,
       {OptionKind::sizes},
       "Sizes by weight: 64:70,4KiB:25,1MiB:5\n"
       "Messages of several sizes in place of one. Not with --size. May be repeated: a cell for "
       "each mix."},
      {"burst",
       "burst",
       named,
       table,
       bursts,
       &S::burst,
       {OptionKind::burst},
       "Messages in bursts, such as 32:1ms\n32:1ms: 32 are due at once, every millisecond. "
       "Not with --rate, --gap, --schedule and --one-way."},
      {"replay",
       "replay",
       named,
       table,
       replays,
       &S::replay,
       {OptionKind::replay},
       "Messages with the times and sizes of a file\n"
       "A line of time, size and channel for each message. Not with --size, --size-mix, --burst, "
       "--rate, --schedule, --messages and --duration. May be repeated: a cell for each file."},
      {"replay_file", "", no, apart, every, &S::replay_file, name(), ""},
  };
}

std::vector<CellOption> of_its_trials() {
  using enum InKey;
  using enum MeantFor;
  using S = RunSpec;
  constexpr auto apart = Shown::apart;
  constexpr auto table = Shown::table;
  return {
      {"messages", "messages", no, apart, counted, &S::messages, count(std::int64_t{max_messages}),
       "Exact number of messages a trial\n"
       "Of latency, it is the number of round trips. Where nothing is timed, --count says it."},
      {"duration_ns", "duration", no, apart, timed, &S::duration_ns, time(),
       "Measured time of a trial\nAfter the warm-up, such as 100ms or 2s. Default: the suite's."},
      {"warmup_ns", "warm-up", no, apart, timed, &S::warmup_ns, time(),
       "Minimum warm-up of a trial, such as 15ms\n"
       "In the same processes and channels. Default: the suite's."},
      {"cpus",
       "cpus",
       last,
       table,
       every,
       &S::cpus,
       {OptionKind::cpus},
       "CPUs of the workers, in order: 0,2 or 0-3,8\nWorker i is pinned to the i-th."},
      {"seed", "", no, apart, every, &S::seed, {OptionKind::number}, ""},
      {"fault", "fault", last, table, every, &S::fault, name(),
       "Inject a fault, such as drop:7 or slow:500/50\n"
       "Breaks the cells on purpose, to see that it shows. drop:7, duplicate:7, swap:7, flip:7, "
       "truncate:7 and stall:7 strike the seventh message; delay:500 and slow:500 slow each by 500 "
       "ns, slow:500/50 one of fifty. Scenarios have faults of their own: ipcmark list SCENARIO."},
  };
}

// In the order in which keys and help have them.
std::vector<CellOption> made() {
  std::vector<CellOption> all = of_the_cell();
  for (const auto& more : {of_its_channels(), of_its_traffic(), of_its_trials()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

template <class Value>
constexpr bool is_text = std::is_same_v<Value, std::string>;
template <class Value>
constexpr bool is_list = std::is_same_v<Value, std::vector<int>>;

std::string set_burst(std::string_view text, RunSpec& spec) {
  const auto burst = parse_burst(text);
  if (!burst) return burst.error();
  spec.burst = burst_text(*burst);
  return {};
}

std::string set_replay_id(std::string_view text, RunSpec& spec) {
  if (!is_replay_id(text)) {
    return fmt::format("'{}' is not a file's name and hash, such as web.txt@0123456789abcdef",
                       text);
  }
  spec.replay = std::string(text);
  return {};
}

// A channel must carry the largest.
std::string set_size_mix(std::string_view text, RunSpec& spec) {
  const auto mix = parse_size_mix(text);
  if (!mix) return mix.error();
  spec.size_mix = size_mix_text(*mix);
  spec.size = mix->back().size;
  return {};
}

}  // namespace

const std::vector<CellOption>& cell_options() {
  static const std::vector<CellOption> options = made();
  return options;
}

const CellOption* cell_option(std::string_view flag) {
  for (const CellOption& option : cell_options()) {
    if (!flag.empty() && flag == option.flag) return &option;
  }
  return nullptr;
}

std::int64_t cell_number(const CellOption& option, const RunSpec& spec) {
  return std::visit(
      [&spec](auto member) {
        using Value = std::remove_cvref_t<decltype(spec.*member)>;
        if constexpr (is_text<Value> || is_list<Value>) {
          return std::int64_t{0};
        } else {
          return static_cast<std::int64_t>(spec.*member);
        }
      },
      option.member);
}

std::string cell_text(const CellOption& option, const RunSpec& spec) {
  return std::visit(
      [&](auto member) -> std::string {
        using Value = std::remove_cvref_t<decltype(spec.*member)>;
        if constexpr (is_text<Value>) {
          return spec.*member;
        } else if constexpr (is_list<Value>) {
          return cpus_text(spec.*member);
        } else {
          return option_text(option.rule, cell_number(option, spec));
        }
      },
      option.member);
}

std::string set_cell_option(const CellOption& option, std::string_view text, RunSpec& spec) {
  if (option.rule.kind == OptionKind::sizes) return set_size_mix(text, spec);
  if (option.rule.kind == OptionKind::burst) return set_burst(text, spec);
  if (option.rule.kind == OptionKind::replay) return set_replay_id(text, spec);
  return std::visit(
      [&](auto member) -> std::string {
        using Value = std::remove_cvref_t<decltype(spec.*member)>;
        if constexpr (is_text<Value>) {
          if (text.empty()) return "must not be empty";
          if (option.rule.kind == OptionKind::numa) {
            if (auto policy = numa_value(text); !policy) return std::move(policy.error());
          }
          spec.*member = std::string(text);
        } else if constexpr (is_list<Value>) {
          auto cpus = cpus_value(text);
          if (!cpus) return std::move(cpus.error());
          spec.*member = std::move(*cpus);
        } else {
          auto number = option_value(option.rule, text);
          if (!number) return std::move(number.error());
          spec.*member = static_cast<Value>(*number);
        }
        return {};
      },
      option.member);
}

bool is_default(const CellOption& option, const RunSpec& spec) {
  static const RunSpec plain;
  return is_same(option, spec, plain);
}

bool is_same(const CellOption& option, const RunSpec& a, const RunSpec& b) {
  return std::visit([&](auto member) { return a.*member == b.*member; }, option.member);
}

void copy_value(const CellOption& option, const RunSpec& from, RunSpec& to) {
  std::visit([&](auto member) { to.*member = from.*member; }, option.member);
}

std::string named_text(const CellOption& option, const RunSpec& spec) {
  if (option.rule.kind == OptionKind::flag) return option.flag;
  return fmt::format("{}={}", option.flag, cell_text(option, spec));
}

std::string first_difference(const RunSpec& ours, const RunSpec& theirs) {
  for (const CellOption& option : cell_options()) {
    const std::string here = cell_text(option, ours);
    const std::string there = cell_text(option, theirs);
    if (here != there) return fmt::format("{} {}, and {}", option.name, here, there);
  }
  for (const auto& [name, value] : ours.options) {
    const std::int64_t other = theirs.option(name, value);
    if (other != value) return fmt::format("{} {}, and {}", name, value, other);
  }
  return {};
}

}  // namespace ipcmark
