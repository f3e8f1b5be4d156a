#include "tools/options/advise_options.hpp"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdlib>

#include "results/model/spec.hpp"
#include "results/text/nearest.hpp"
#include "results/text/quantities.hpp"
#include "scenarios/plan/plan.hpp"
#include "tools/options/cell_options.hpp"
#include "tools/options/checks.hpp"
#include "tools/options/measuring_options.hpp"
#include "tools/options/run_options.hpp"

namespace ipcmark {

namespace {

constexpr const char* advise_codes =
    R"(Exit codes:
  0        a mechanism is named
  2        wrong usage, or the file has not the cells
  3        what the file lacks was to be measured, and it is another
           machine's
  77       none fits, or none could be measured
  128 + N  ended by the signal N (130: SIGINT, 143: SIGTERM))";

constexpr std::uint64_t stream_size = 256U << 10U;  // from here on copying decides, not waking

std::optional<std::uint64_t> rate_from(const std::string& word) {
  constexpr std::uint64_t highest = 1'000'000'000'000;
  const auto rate = parse_rate(word);
  return rate && *rate >= 1 && *rate <= highest ? rate : std::nullopt;
}

// "10%" of one CPU, or "2": CPUs.
std::optional<double> cpus_from(const std::string& word) {
  char* end = nullptr;
  const double number = std::strtod(word.c_str(), &end);
  const std::string unit = end;
  if (end == word.c_str() || (!unit.empty() && unit != "%") || !(number > 0) || !(number <= 1e6)) {
    return std::nullopt;
  }
  return unit == "%" ? number / 100 : number;
}

template <class Value, class Parse>
void add_trait(CLI::App& command, const std::string& name, std::optional<Value>& value, Parse parse,
               const std::string& accepted, const std::string& type, const std::string& help,
               const std::string& default_text = "") {
  command
      .add_option_function<std::string>(
          name,
          [&value, parse, accepted, name](const std::string& word) {
            const auto parsed = parse(word);
            if (!parsed) refuse(name, fmt::format("'{}' is not {}", word, accepted));
            value = *parsed;
          },
          help)
      ->default_str(default_text)
      ->type_name(type)
      ->group("Traits");
}

std::optional<std::int64_t> count_from(const std::string& word) {
  char* end = nullptr;
  const long count = std::strtol(word.c_str(), &end, 10);
  if (end == word.c_str() || *end != '\0' || count < 1 || count > 1000) return std::nullopt;
  return count;
}

std::optional<std::uint64_t> size_from(const std::string& word) {
  const auto size = parse_size(word);
  return size && *size <= largest_size ? size : std::nullopt;
}

std::optional<std::uint64_t> time_from(const std::string& word) {
  const auto time = parse_duration(word);
  return time && *time > 0 ? time : std::nullopt;
}

void add_traits(CLI::App& command, AdviseOptions& options) {
  add_trait(command, "--size", options.size, size_from,
            "a size of at most 64MiB; write bytes with an optional unit, such as 64, 1KiB or 1MiB",
            "SIZE", "Size of one message", "64");
  add_trait(command, "--rate", options.rate, rate_from,
            "a rate; write messages a second, such as 500, 50k or 1.5M", "RATE",
            "Messages a second to get through, such as 50k");
  add_trait(command, "--producers", options.producers, count_from, "a number from 1 to 1000", "N",
            "Processes that send to one\nFrom 1 to 1000. Not several with several --receivers.");
  add_trait(command, "--receivers", options.receivers, count_from, "a number from 1 to 1000", "N",
            "Processes that all receive everything from one\nFrom 1 to 1000. Not several with "
            "several --producers.");
  add_trait(command, "--budget-cpu", options.cpus, cpus_from,
            "a CPU budget; write a share of one CPU such as 10%, or CPUs such as 1.5", "SHARE",
            "CPU time it may take, such as 10% or 1.5\nAll its processes together.");
  add_trait(command, "--p99", options.p99_ns, time_from, "a time; write one such as 50us or 2ms",
            "TIME", "Limit of the 99th percentile, such as 50us");
  const auto flag = [&command](const char* name, bool& value, const char* help) {
    command.add_flag(name, value, help)->group("Traits");
  };
  flag("--survive-crash", options.survive_crash, "Others go on when a process is killed");
  flag("--ordered", options.ordered, "Messages of one sender arrive in the order sent");
  flag("--network", options.network, "Reaches other machines, too");
}

std::string names_of_needs() {
  std::string text;
  for (const NamedNeed& row : named_needs()) {
    text.append(text.empty() ? "" : "|").append(row.need.name);
  }
  return text;
}

std::string needs_table(const Catalogue& catalogue) {
  std::string text = "Needs, and what decides:";
  for (const NamedNeed& row : named_needs()) {
    text += fmt::format("\n  {:<20}{}\n{:22}({})", row.need.name, row.summary, "",
                        basis_text(row.need, catalogue));
  }
  return text + "\n\n" + advise_codes;
}

using Refused = tl::unexpected<std::string>;

tl::expected<Need, std::string> named(const std::string& name) {
  if (const NamedNeed* row = named_need(name)) return row->need;
  std::vector<std::string> known;
  for (const NamedNeed& row : named_needs()) known.push_back(row.need.name);
  const std::string meant = nearest(name, known);
  return Refused(fmt::format("unknown need '{}'; {}", name,
                             meant.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                                           : fmt::format("did you mean '{}'?", meant)));
}

// What the traits come to where no need was named, or a refinement of the one that was.
Exchange exchange_of(const AdviseOptions& options, const Need& need) {
  if (options.producers && *options.producers > 1) return Exchange::fan_in;
  if (options.receivers && *options.receivers > 1) return Exchange::fan_out;
  if (!options.name.empty()) return need.exchange;
  if (options.rate) return Exchange::offered;
  return need.size >= stream_size && !options.p99_ns ? Exchange::stream : Exchange::two_way;
}

bool any_trait(const AdviseOptions& options) {
  return options.size || options.rate || options.producers || options.receivers || options.cpus ||
         options.p99_ns || options.survive_crash || options.ordered || options.network;
}

}  // namespace

void add_advise_options(CLI::App& command, const Program& program, AdviseOptions& options) {
  command.add_option("NEED", options.name, "What for, from the list below")
      ->type_name(names_of_needs());
  add_traits(command, options);
  CLI::Option* from =
      command.add_option("--from", options.from, "Answer from this result, and measure nothing")
          ->type_name("FILE");
  command
      .add_flag("--measure-missing", options.measure_missing,
                "Measure what that file has not\nIt must be of this machine.")
      ->needs(from);
  command.add_option("--backend", options.backends, "Only these backends (see 'ipcmark list')")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("LIST");
  // The need says what is measured; of the scenarios' own options none is left to say.
  add_cell_options(command, program, options.cells,
                   {.without = {"scenario", "backend", "lock", "notifier", "size", "size-mix",
                                "burst", "messages"},
                    .scenarios = {""},
                    .suite = false,
                    .only = false,
                    .exclude = true});
  add_number(command, "--trials", options.trials, "Trials of each cell", 1, 100'000)
      ->default_str("6, for a p99 20");
  command.add_option("--json", options.json, "Write the result behind the answer here, for --from")
      ->type_name("FILE")
      ->group("Output");
  command.add_flag("--no-code", options.no_code, "Leave out the program to start with")
      ->group("Output");
  command.add_flag("--quiet", options.quiet, "No progress on stderr")->group("Output");
  add_color_option(command, options.color)->group("Output");
  add_measuring_options(command, options.measuring, "Measuring");
  // `program` outlives every command line.
  command.footer([&program] { return needs_table(catalogue_of(program)); });
}

tl::expected<Need, std::string> need_of(const AdviseOptions& options) {
  if (options.name.empty() && !any_trait(options)) {
    return Refused(
        "say what for: a need such as simple_two_way, or traits such as --size 4KiB --rate 50k "
        "(see 'ipcmark advise --help')");
  }
  if (!options.from.empty() && !options.measure_missing && !options.cells.named.empty()) {
    return Refused(fmt::format(
        "--{} is of what is measured, and --from measures nothing; leave out one of them",
        options.cells.named.begin()->first));
  }
  Need need;
  if (!options.name.empty()) {
    auto known = named(options.name);
    if (!known) return known;
    need = *known;
  }
  if (options.producers.value_or(1) > 1 && options.receivers.value_or(1) > 1) {
    return Refused("--producers and --receivers exclude each other; ask for one after the other");
  }
  if (options.size) need.size = *options.size;
  need.exchange = exchange_of(options, need);
  if (need.exchange == Exchange::signals && (options.size || options.ordered || options.network ||
                                             options.survive_crash || !options.backends.empty())) {
    return Refused(
        "simple_flags carries no messages and stays on one machine; leave out --size, --ordered, "
        "--network, --survive-crash and --backend, or ask for another need");
  }
  if (options.producers) need.producers = *options.producers;
  if (options.receivers) need.receivers = *options.receivers;
  if (options.rate) need.rate = static_cast<std::int64_t>(*options.rate);
  need.cpus = options.cpus.value_or(0);
  need.p99_ns = options.p99_ns.value_or(0);
  need.survive_crash = options.survive_crash;
  need.ordered = options.ordered;
  need.network = need.network || options.network;
  return need;
}

}  // namespace ipcmark
