#include "tools/session/load_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>

#include "results/console/load_view.hpp"
#include "results/figures/statistics.hpp"
#include "results/model/option_value.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t capacity_messages = 50'000;
constexpr std::uint32_t capacity_trials = 3;
constexpr std::uint32_t search_trials = 3;
constexpr unsigned most_steps = 10;
constexpr std::uint64_t second = 1'000'000'000;
constexpr std::uint64_t usual_duration_ns = second / 2;
constexpr std::uint64_t longest_trial_ns = 4 * second;
// A p99 needs 100 samples beyond it.
constexpr double samples_for_p99 = 10'500;
constexpr std::int64_t lowest_searched = 1'000;
constexpr double near_enough = 1.05;

// One mechanism with its size and wait, at whatever rate.
struct Line {
  RunSpec spec;
  double capacity = 0;      // 0: not known
  std::int64_t within = 0;  // highest rate within the limit; 0: none
  std::int64_t beyond = 0;  // lowest rate beyond it
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
  const Cell* cell_of(const RunSpec& spec) const;
  void measure(std::vector<RunSpec> cells, std::uint32_t trials);
  void find_capacity();
  void sweep();
  void search();
  // Takes what is known of a line into account: every rate measured so far.
  void narrow(Line& line) const;
  void mark_highest();

  const Program& program_;
  const LoadRequest& request_;
  Manifest& manifest_;
  const SessionOptions& options_;
  Observer& observer_;
  Plan plan_;
  std::vector<Line> lines_;
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
  if (!request_.cells.names("duration") && cell.messages == 0) {
    const double wanted = samples_for_p99 / static_cast<double>(rate) * static_cast<double>(second);
    cell.duration_ns =
        std::clamp(static_cast<std::uint64_t>(wanted), usual_duration_ns, longest_trial_ns);
  }
  return cell;
}

const Cell* LoadRun::cell_of(const RunSpec& spec) const {
  if (!document_) return nullptr;
  const std::string key = spec.key();
  for (const Cell& cell : document_->cells) {
    if (cell.spec.key() == key) return &cell;
  }
  return nullptr;
}

// Adds the cells that are not measured yet to the document.
void LoadRun::measure(std::vector<RunSpec> cells, std::uint32_t trials) {
  std::erase_if(cells, [this](const RunSpec& spec) { return cell_of(spec) != nullptr; });
  if (cells.empty() || stopped()) return;
  Plan plan = plan_;
  plan.cells = std::move(cells);
  plan.trials = trials;
  plan.estimated_ns = estimated_ns(program_, plan);
  ResultDocument part = run_session(program_, plan, manifest_, options_, observer_);
  if (!document_) {
    document_.emplace(std::move(part));
    return;
  }
  document_->run.finished = part.run.finished;
  document_->run.interrupted = document_->run.interrupted || part.run.interrupted;
  for (Cell& cell : part.cells) document_->cells.push_back(std::move(cell));
}

void LoadRun::find_capacity() {
  std::vector<RunSpec> cells;
  for (const Line& line : lines_) {
    RunSpec spec = line.spec;
    spec.options["rate"] = unlimited_rate;
    spec.messages = capacity_messages;
    spec.duration_ns = spec.warmup_ns = 0;
    cells.push_back(std::move(spec));
  }
  measure(cells, capacity_trials);
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    const Cell* cell = cell_of(cells[i]);
    if (cell == nullptr) continue;
    lines_[i].capacity = capacity_of(*cell);
  }
}

void LoadRun::sweep() {
  std::vector<RunSpec> cells;
  std::map<std::string, bool> seen;
  for (const Line& line : lines_) {
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

void LoadRun::narrow(Line& line) const {
  std::vector<std::int64_t> good;
  for (const Cell& cell : document_->cells) {
    const std::int64_t rate = cell.spec.option("rate", 0);
    if (rate >= unlimited_rate || cell.spec.key() != at_rate(line.spec, rate).key()) continue;
    const auto p99 = p99_of(cell);
    if (p99 && *p99 <= static_cast<double>(request_.p99_ns)) {
      good.push_back(rate);
    } else {
      line.beyond = std::min(line.beyond, rate);
    }
  }
  // Noise can turn two neighbours round; then the lower one counts.
  line.within = 0;
  for (const std::int64_t rate : good) {
    if (rate < line.beyond) line.within = std::max(line.within, rate);
  }
}

void LoadRun::search() {
  for (Line& line : lines_) line.beyond = rounded_rate(line.capacity);
  for (unsigned step = 0; step < most_steps && !stopped(); ++step) {
    std::vector<RunSpec> cells;
    for (Line& line : lines_) {
      if (line.capacity <= 0) continue;
      narrow(line);
      const std::int64_t rate = next_rate(line.within, line.beyond);
      if (rate != 0) cells.push_back(at_rate(line.spec, rate));
    }
    std::erase_if(cells, [this](const RunSpec& spec) { return cell_of(spec) != nullptr; });
    if (cells.empty()) break;
    measure(std::move(cells), search_trials);
  }
  for (Line& line : lines_) narrow(line);
}

void LoadRun::mark_highest() {
  for (const Line& line : lines_) {
    if (line.within == 0) continue;
    const std::string key = at_rate(line.spec, line.within).key();
    for (Cell& cell : document_->cells) {
      if (cell.spec.key() != key) continue;
      for (Trial& trial : cell.trials) {
        trial.metrics.push_back({highest_rate_metric, static_cast<double>(line.within),
                                 Unit::messages_per_second, cell.trials.size()});
        trial.counts["p99_limit_ns"] = static_cast<std::int64_t>(request_.p99_ns);
      }
    }
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
    channel.wait = spec.wait;
    if (!backend->capabilities(channel).one_process) lines_.push_back({spec, 0, 0, 0});
  }
  if (lines_.empty())
    return tl::make_unexpected(std::string("no mechanism asked for can be loaded"));
  if (needs_capacity()) find_capacity();
  sweep();
  if (request_.p99_ns != 0 && document_) {
    search();
    mark_highest();
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

double capacity_of(const Cell& cell) {
  std::vector<double> rates;
  for (const Trial& trial : cell.trials) {
    if (trial.state != State::passed) return 0;
    if (const Metric* achieved = trial.metric("achieved_rate")) rates.push_back(achieved->value);
  }
  return median(std::move(rates));
}

std::optional<double> p99_of(const Cell& cell) {
  std::vector<double> values;
  for (const Trial& trial : cell.trials) {
    if (trial.state != State::passed) return std::nullopt;
    const auto found = trial.histograms.find("response");
    if (found == trial.histograms.end()) continue;
    values.push_back(static_cast<double>(found->second.quantile(0.99)));
  }
  if (2 * values.size() <= cell.trials.size()) return std::nullopt;
  return median(std::move(values));
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
