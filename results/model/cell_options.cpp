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
      {"scenario", "scenario", value, apart, every, &S::scenario, name(), "Only these scenarios"},
      {"backend", "backend", value, apart, every, &S::backend, name(),
       "Only these backends (see 'ipcmark list')"},
      {"lock", "lock", named, apart, every, &S::lock, name(),
       "Only these locks, for scenarios that use one"},
      {"notifier", "notifier", named, apart, every, &S::notifier, name(),
       "Only these notifiers, for scenarios that use one"},
      {"size",
       "size",
       value,
       apart,
       backend,
       &S::size,
       {OptionKind::size, 0, std::int64_t{largest_size}},
       "Payload sizes: 64,1KiB,1MiB"},
      {"wait", "wait", value, apart, backend, &S::wait, word({"block", "spin", "hybrid", "poll"}),
       "How an end waits; hybrid spins, then blocks; poll sleeps in epoll_wait(2), as servers do"},
      {"placement", "placement", value, table, every, &S::placement,
       word({"cross-cpu", "same-cpu", "unpinned", "same-core", "cross-socket"}),
       "Where workers run; same-core and cross-socket where the machine has them"},
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
       "Messages a channel shall hold (backend's own default)"},
      {"batch", "batch", named, row, backend, &S::batch, count(std::int64_t{1} << 20U),
       "Messages a sender may gather before it publishes them, where a backend can"},
      {"verify", "verify", named, table, every, &S::verify, word({"off", "header", "full"}),
       "Check each message: nothing, sequence and length, or every byte"},
      {"touch", "touch", named, table, backend, &S::touch, word({"none", "full"}),
       "full: the sender writes the whole payload and the receiver reads all of it"},
      {"wake", "wake", named, row, backend, &S::wake, word({"futex", "eventfd", "pipe"}),
       "What wakes an end of shared memory that sleeps; an eventfd and a pipe can be polled, too"},
      {"zero_copy", "zero-copy", named, row, backend, &S::zero_copy, flag(),
       "Loan and borrow messages in place, where a backend can"},
      {"huge_pages", "huge-pages", named, row, backend, &S::huge_pages,
       word({"off", "thp", "hugetlb"}),
       "Shared memory of huge pages, where a backend can: transparent ones, or reserved ones "
       "(vm.nr_hugepages)"},
      {"numa",
       "numa",
       named,
       row,
       every,
       &S::numa,
       {OptionKind::numa},
       "Memory policy of the processes and of what they share: bind:1, preferred:0 (a node), "
       "interleave"},
      {"mlock", "mlock", named, row, every, &S::mlock, flag(),
       "Lock the memory of the workers (mlockall)"},
      {"rt_priority",
       "rt-priority",
       named,
       row,
       every,
       &S::rt_priority,
       {OptionKind::number, 0, 99},
       "Run the workers under SCHED_FIFO with this priority, from 1 to 99; 0: the scheduler's "
       "default"},
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
       "Messages of several sizes, by weight, in place of one: 64:70,4KiB:25,1MiB:5; once for each "
       "mix"},
      {"burst",
       "burst",
       named,
       table,
       bursts,
       &S::burst,
       {OptionKind::burst},
       "Messages in bursts: 32:1ms for 32 that are due at once, every millisecond"},
      {"replay",
       "replay",
       named,
       table,
       replays,
       &S::replay,
       {OptionKind::replay},
       "Messages as a file has them: a line of time, size and channel for each; once for each "
       "file"},
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
       "Exact number of messages measured in each trial (of latency: of round trips); where "
       "nothing "
       "is timed: --count"},
      {"duration_ns", "duration", no, apart, timed, &S::duration_ns, time(),
       "Measured time of each trial, after warm-up: 100ms, 2s"},
      {"warmup_ns", "warm-up", no, apart, timed, &S::warmup_ns, time(),
       "Least warm-up of each trial, in the same processes: 15ms"},
      {"cpus",
       "cpus",
       last,
       table,
       every,
       &S::cpus,
       {OptionKind::cpus},
       "Pin worker i to the i-th of these CPUs: 0,2 or 0-3,8"},
      {"seed", "", no, apart, every, &S::seed, {OptionKind::number}, ""},
      {"fault", "fault", last, table, every, &S::fault, name(),
       "Break the cells on purpose, to see that it shows: drop:7, slow:500 (ns), slow:500/50 "
       "(of fifty messages one), ..."},
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
