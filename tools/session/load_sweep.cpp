#include "tools/session/load_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "results/console/load_view.hpp"
#include "results/figures/machine_states.hpp"
#include "results/figures/published.hpp"
#include "results/figures/statistics.hpp"
#include "results/model/option_value.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t capacity_ns = 100'000'000;
constexpr std::uint32_t capacity_trials = 3;
constexpr unsigned max_steps = 20;
// Of one rate, where the trials that can be used are too few for an interval.
constexpr unsigned max_repeats = 2;
constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t default_duration_ns = second / 2;
constexpr std::uint64_t max_trial_ns = 4 * second;
constexpr double p99 = 0.99;
// Below it a trial would have to last longer for a p99.
constexpr std::int64_t lowest_searched = 3'000;
constexpr double near_enough = 1.05;

// Messages of one trial, with room for a Poisson schedule that has fewer.
double samples_for_p99() { return 1.05 * static_cast<double>(samples_needed(p99, samples_beyond)); }

// One mechanism with its size and wait, at whatever rate.
struct Line {
  RunSpec spec;
  double capacity = 0;                     // 0: not known
  std::int64_t within = 0;                 // highest rate within the limit; 0: none
  std::int64_t ceiling = 0;                // lowest rate above it that is not, as far as known
  std::int64_t beyond = 0;                 // lowest rate above it that is beyond it; 0: none
  std::map<std::int64_t, unsigned> asked;  // how often the search has asked for a rate
};

class LoadRun {
 public:
  LoadRun(const Program& program, const LoadRequest& request, Manifest& manifest,
          const SessionOptions& options, Observer& observer)
      : program_(program),
        request_(request),
        manifest_(manifest),
        options_(options),
        observer_(observer) {}

  tl::expected<ResultDocument, std::string> run();

 private:
  bool stopped() const {
    return options_.stop_signal != nullptr && options_.stop_signal->load() != 0;
  }
  bool needs_capacity() const;
  RunSpec at_rate(const RunSpec& spec, std::int64_t rate) const;
  Cell* cell_of(const RunSpec& spec);
  // Adds the cells, or more trials of those that are there, to the document.
  void measure(std::vector<RunSpec> cells, std::uint32_t trials);
  void add(Cell cell);
  static RunSpec at_full_speed(const RunSpec& spec);
  void find_capacity();
  void replay();
  void sweep();
  void search();
  // What is known of a line: from every rate measured so far.
  void narrow(Line& line, const MachineView& machine);
  std::optional<RunSpec> next_cell(Line& line, const MachineView& machine);
  void note_searches();

  const Program& program_;
  const LoadRequest& request_;
  Manifest& manifest_;
  const SessionOptions& options_;
  Observer& observer_;
  Plan plan_;
  std::vector<Line> lines_;
  std::uint64_t parts_ = 0;  // sessions so far
  std::optional<ResultDocument> document_;
};

bool LoadRun::needs_capacity() const {
  return request_.p99_ns != 0 || std::any_of(request_.rates.begin(), request_.rates.end(),
                                             [](const OfferedRate& r) { return r.of_capacity; });
}

RunSpec LoadRun::at_rate(const RunSpec& spec, std::int64_t rate) const {
  RunSpec cell = spec;
  cell.options["rate"] = rate;
  cell.defaults.erase("rate");  // the key of every cell says its rate
  const bool named = request_.cells.names("duration");
  // A search decides by p99s, so its trials are no shorter than these need.
  if (named && request_.p99_ns == 0) return cell;
  const auto wanted = static_cast<std::uint64_t>(samples_for_p99() / static_cast<double>(rate) *
                                                 static_cast<double>(second));
  cell.duration_ns =
      std::max(named ? cell.duration_ns : default_duration_ns, std::min(wanted, max_trial_ns));
  return cell;
}

Cell* LoadRun::cell_of(const RunSpec& spec) {
  if (!document_) return nullptr;
  const std::string key = spec.key();
  for (Cell& cell : document_->cells) {
    if (cell.spec.key() == key) return &cell;
  }
  return nullptr;
}

void LoadRun::add(Cell cell) {
  Cell* known = cell_of(cell.spec);
  if (known == nullptr) {
    document_->cells.push_back(std::move(cell));
    return;
  }
  std::uint32_t next = 0;
  for (const Trial& trial : known->trials) next = std::max(next, trial.round + 1);
  for (Trial& trial : cell.trials) {
    trial.round += next;
    known->trials.push_back(std::move(trial));
  }
}

void LoadRun::measure(std::vector<RunSpec> cells, std::uint32_t trials) {
  if (cells.empty() || stopped()) return;
  Plan plan = plan_;
  plan.cells = std::move(cells);
  plan.trials = trials;
  // Each session counts its rounds from 0, and no two trials of a cell may have the same arrivals.
  plan.seed = plan_.seed + parts_++;
  plan.estimated_ns = estimated_ns(program_, plan);
  ResultDocument part = run_session(program_, plan, manifest_, options_, observer_);
  if (!document_) {
    document_.emplace(std::move(part));
    return;
  }
  document_->run.finished = part.run.finished;
  document_->run.interrupted = document_->run.interrupted || part.run.interrupted;
  for (Cell& cell : part.cells) add(std::move(cell));
}

RunSpec LoadRun::at_full_speed(const RunSpec& spec) {
  RunSpec cell = spec;
  cell.options["rate"] = unlimited_rate;
  cell.messages = 0;
  cell.duration_ns = capacity_ns;
  return cell;
}

void LoadRun::find_capacity() {
  std::vector<RunSpec> cells;
  for (const Line& line : lines_) cells.push_back(at_full_speed(line.spec));
  measure(std::move(cells), capacity_trials);
  if (!document_) return;
  const MachineView machine(*document_);
  for (Line& line : lines_) {
    if (const Cell* cell = cell_of(at_full_speed(line.spec))) {
      line.capacity = capacity_of(summarize(*cell, machine, document_->catalogue));
    }
  }
}

void LoadRun::replay() {
  std::vector<RunSpec> cells;
  cells.reserve(lines_.size());
  for (const Line& line : lines_) {
    if (!line.spec.replay.empty()) cells.push_back(line.spec);
  }
  measure(std::move(cells), plan_.trials);
}

void LoadRun::sweep() {
  std::vector<RunSpec> cells;
  std::map<std::string, bool> seen;
  for (const Line& line : lines_) {
    if (!line.spec.replay.empty()) continue;
    for (const OfferedRate& rate : request_.rates) {
      // Skipped or failed at full speed: that cell tells why.
      if (rate.of_capacity && line.capacity <= 0) continue;
      const double wanted = rate.of_capacity ? rate.amount * line.capacity : rate.amount;
      RunSpec spec = at_rate(
          line.spec, rate.of_capacity ? rounded_rate(wanted) : static_cast<std::int64_t>(wanted));
      if (seen.emplace(spec.key(), true).second) cells.push_back(std::move(spec));
    }
  }
  measure(std::move(cells), plan_.trials);
}

void LoadRun::narrow(Line& line, const MachineView& machine) {
  std::map<std::int64_t, Keeping> found;
  for (const Cell& cell : document_->cells) {
    const std::int64_t rate = cell.spec.option("rate", 0);
    if (rate >= unlimited_rate || cell.spec.key() != at_rate(line.spec, rate).key()) continue;
    found[rate] = keeps_limit(summarize(cell, machine, document_->catalogue), request_.p99_ns);
  }
  line.within = 0;
  line.beyond = 0;
  line.ceiling = rounded_rate(line.capacity);
  // Noise can turn two neighbours round; then the lower one counts.
  for (const auto& [rate, keeping] : found) {
    if (keeping == Keeping::within && rate < line.ceiling) {
      line.within = rate;
    } else if (keeping != Keeping::within) {
      line.ceiling = std::min(line.ceiling, rate);
    }
    if (keeping == Keeping::beyond && line.beyond == 0) line.beyond = rate;
  }
}

// Where to look next for that line; nothing: the search is over.
std::optional<RunSpec> LoadRun::next_cell(Line& line, const MachineView& machine) {
  if (line.capacity <= 0) return std::nullopt;
  narrow(line, machine);
  RunSpec ceiling = at_rate(line.spec, line.ceiling);
  if (const Cell* cell = cell_of(ceiling)) {
    const Summary summary = summarize(*cell, machine, document_->catalogue);
    if (line.asked[line.ceiling] <= max_repeats && lacks_trials(summary)) return ceiling;
    // Where the fastest message of all took longer, no rate keeps the limit.
    const Figure* fastest = published_figure(summary, "response_min");
    if (fastest != nullptr && fastest->median > static_cast<double>(request_.p99_ns)) {
      return std::nullopt;
    }
  }
  const std::int64_t rate = next_rate(line.within, line.ceiling);
  return rate == 0 ? std::nullopt : std::optional(at_rate(line.spec, rate));
}

void LoadRun::search() {
  // As many as an interval needs.
  const auto trials = std::max(plan_.trials, static_cast<std::uint32_t>(min_trials_for_interval()));
  for (unsigned step = 0; step < max_steps && !stopped(); ++step) {
    const MachineView machine(*document_);
    std::vector<RunSpec> cells;
    for (Line& line : lines_) {
      std::optional<RunSpec> cell = next_cell(line, machine);
      if (!cell) continue;
      ++line.asked[cell->option("rate", 0)];
      cells.push_back(std::move(*cell));
    }
    if (cells.empty()) break;
    measure(std::move(cells), trials);
  }
}

void LoadRun::note_searches() {
  const MachineView machine(*document_);
  for (Line& line : lines_) {
    if (line.capacity <= 0) continue;
    narrow(line, machine);
    document_->searches.push_back({at_full_speed(line.spec).key(), request_.p99_ns,
                                   static_cast<std::uint64_t>(line.within),
                                   static_cast<std::uint64_t>(line.beyond)});
  }
}

tl::expected<ResultDocument, std::string> LoadRun::run() {
  auto plan = make_plan(program_, request_.cells);
  if (!plan) return tl::make_unexpected(plan.error());
  plan_ = std::move(*plan);
  for (const RunSpec& spec : plan_.cells) {
    const BackendEntry* backend = program_.registry.backend(spec.backend);
    // Both ends in one process: there is nobody to send while the other receives.
    if (backend == nullptr || backend->capabilities == nullptr) continue;
    ChannelSpec channel;
    channel.wait = own_wait(spec.wait);
    if (!backend->capabilities(channel).one_process) lines_.emplace_back().spec = spec;
  }
  if (lines_.empty())
    return tl::make_unexpected(std::string("no mechanism asked for can be loaded"));
  replay();
  if (needs_capacity()) find_capacity();
  sweep();
  if (request_.p99_ns != 0 && document_) {
    search();
    note_searches();
  }
  if (!document_) return tl::make_unexpected(std::string("ended before anything was measured"));
  document_->run.interrupted = document_->run.interrupted || stopped();
  document_->run.trials_asked = plan_.trials;
  return std::move(*document_);
}

}  // namespace

std::int64_t rounded_rate(double rate) {
  if (!(rate >= 1)) return 1;
  const double step = std::pow(10.0, std::floor(std::log10(rate)) - 1);
  return std::max(
      std::int64_t{1},
      static_cast<std::int64_t>(std::llround(step < 1 ? rate : std::round(rate / step) * step)));
}

std::int64_t next_rate(std::int64_t within, std::int64_t beyond) {
  if (beyond <= lowest_searched && within == 0) return 0;
  const auto high = static_cast<double>(beyond);
  const auto low = static_cast<double>(within);
  if (within > 0 && high / low <= near_enough) return 0;
  const double middle = within == 0 ? std::max(high / 2, static_cast<double>(lowest_searched))
                                    : std::sqrt(low * high);
  const std::int64_t rate = rounded_rate(middle);
  return rate > within && rate < beyond ? rate : 0;
}

double capacity_of(const Summary& summary) {
  const Figure* achieved = published_figure(summary, "achieved_rate");
  return summary.not_passed > 0 || achieved == nullptr ? 0 : achieved->median;
}

Keeping keeps_limit(const Summary& summary, std::uint64_t limit_ns) {
  if (summary.not_passed > 0) return Keeping::unknown;
  if (2 * summary.saturated > summary.trials) return Keeping::beyond;
  const Figure* figure = published_figure(summary, "response", p99);
  if (figure == nullptr || !summary.comparable || figure->coverage <= 0) return Keeping::unknown;
  const auto limit = static_cast<double>(limit_ns);
  if (figure->high <= limit) return Keeping::within;
  return figure->low > limit ? Keeping::beyond : Keeping::unknown;
}

bool lacks_trials(const Summary& summary) {
  if (summary.not_passed > 0 || summary.saturated > 0) return false;
  const Figure* figure = published_figure(summary, "response", p99);
  return figure != nullptr && (!summary.comparable || figure->coverage <= 0);
}

tl::expected<OfferedRate, std::string> offered_rate_from(std::string_view text) {
  if (text.ends_with('%')) {
    const std::string word(text);
    char* end = nullptr;
    const double share = std::strtod(word.c_str(), &end);
    const bool whole =
        end == word.c_str() + word.size() - 1 && word.front() >= '0' && word.front() <= '9';
    if (whole && share > 0 && share <= 200) return OfferedRate{share / 100, true};
    return tl::make_unexpected(
        fmt::format("'{}' is not a share of what gets through; write one such as 75%", text));
  }
  const OptionRule rule{OptionKind::rate, 1, unlimited_rate - 1};
  const auto rate = option_value(rule, text);
  if (rate) return OfferedRate{static_cast<double>(*rate), false};
  return tl::make_unexpected(rate.error() + ", or a share such as 75%");
}

tl::expected<ResultDocument, std::string> run_load(const Program& program,
                                                   const LoadRequest& request, Manifest& manifest,
                                                   const SessionOptions& options,
                                                   Observer& observer) {
  return LoadRun{program, request, manifest, options, observer}.run();
}

}  // namespace ipcmark
