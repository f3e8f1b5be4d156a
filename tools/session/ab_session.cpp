#include "tools/session/ab_session.hpp"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "backends/deadline.hpp"
#include "backends/saturating.hpp"
#include "results/comparison/comparison.hpp"
#include "results/comparison/fingerprint.hpp"
#include "results/comparison/pairing.hpp"
#include "results/json/json.hpp"
#include "results/json/trial_protocol.hpp"
#include "scenarios/cleanup/run_id.hpp"
#include "scenarios/launch/launch.hpp"
#include "scenarios/launch/trial_timeout.hpp"
#include "scenarios/machine/canary.hpp"
#include "scenarios/machine/control_group.hpp"
#include "scenarios/machine/environment_probe.hpp"
#include "scenarios/machine/placement.hpp"
#include "tools/session/child_program.hpp"
#include "tools/session/session.hpp"

namespace ipcmark {
namespace {

constexpr std::uint64_t rehearsal_ns = 5'000'000;
constexpr double tick_ns = 10'000'000;  // of /proc/stat: USER_HZ is 100

// The program's own watchdog ends a trial that hangs; this is for one whose watchdog hangs.
std::uint64_t limit_ns(const RunSpec& spec, std::uint64_t trial_timeout) {
  constexpr std::uint64_t start_ns = 120'000'000'000;
  return saturating_sum(start_ns,
                        saturating_product(max_attempts, trial_timeout_ns(spec, trial_timeout)));
}

std::vector<std::string> words(const AbContender& contender) {
  std::vector<std::string> all{"trial", "--spec", "-"};
  all.insert(all.end(), contender.options.begin(), contender.options.end());
  return all;
}

std::string first_line(const std::string& text) {
  std::string line = text.substr(0, text.find('\n'));
  if (line.starts_with("ipcmark: ")) line.erase(0, 9);
  return line;
}

// What a program that gave no answer is blamed for, in the words of a trial's reason.
std::string misbehaviour(const std::string& program, const ProgramOutput& output,
                         const std::string& mistake) {
  if (output.timed_out) return fmt::format("'{}' did not end within its time", program);
  if (!output.end.clean() && output.out.empty()) {
    const std::string said = first_line(output.err);
    return fmt::format("'{}' {}{}", program, describe(output.end),
                       said.empty() ? "" : fmt::format(" ({})", said));
  }
  return fmt::format("the answer of '{}' is none: {}", program, mistake);
}

// A trial is cut short by the user, or by what makes its round void. Whatever else ended its
// program (another one's signal, the deadline) is a failure of its side: left out, it would be good
// news.
void judge_interruption(Trial& trial, const std::string& program, const ProgramOutput& output) {
  if (trial.state != State::interrupted || trial.cause == Cause::void_round) return;
  trial.state = output.timed_out ? State::timeout : State::failed;
  trial.cause = output.timed_out ? Cause::stage_limit : Cause::operation;
  trial.reason = output.timed_out
                     ? misbehaviour(program, output, "")
                     : fmt::format("'{}' was ended by a signal that this run did not send ({})",
                                   program, trial.reason);
}

// Readers of a question ignore what they do not know, so an older program may measure another cell.
AbProblem another_cell(const std::string& program, const RunSpec& spec, const TrialAnswer& answer) {
  return {fmt::format("incomparable: '{}' was asked for {} and measured {}; leave out what it does "
                      "not know",
                      program, spec.key(), answer.key),
          true};
}

std::uint64_t steal_ticks_of(const std::vector<int>& cpus) {
  std::ifstream file("/proc/stat");
  std::uint64_t ticks = 0;
  std::string line;
  while (std::getline(file, line)) {
    for (const int cpu : cpus) {
      if (!line.starts_with(fmt::format("cpu{} ", cpu))) continue;
      std::istringstream words(line);
      std::string word;
      for (int column = 0; column <= 8; ++column) words >> word;  // the name, then eight: proc(5)
      ticks += std::strtoull(word.c_str(), nullptr, 10);
    }
  }
  return ticks;
}

std::uint64_t suspended_so_far_ns() {
  timespec boot{};
  timespec monotonic{};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
  return static_cast<std::uint64_t>((boot.tv_sec - monotonic.tv_sec) * 1'000'000'000 +
                                    (boot.tv_nsec - monotonic.tv_nsec));
}

// Of the control group that the programs share with this one; 0 where nothing tells.
std::uint64_t throttled_so_far_ns() { return ControlGroup::own().throttled_ns().value_or(0); }

// From before the first trial of a pair to after the second.
class Watch {
 public:
  explicit Watch(std::vector<int> cpus)
      : cpus_(std::move(cpus)),
        steal_(steal_ticks_of(cpus_)),
        suspended_(suspended_so_far_ns()),
        throttled_(throttled_so_far_ns()),
        began_(now_ns()) {}
  RoundWitness witness() const {
    RoundWitness seen;
    const auto elapsed_ns = static_cast<double>(now_ns() - began_);
    // The two clocks are read one after the other, a little apart each time.
    const std::uint64_t now = suspended_so_far_ns();
    seen.suspended_ns = now > suspended_ ? now - suspended_ : 0;
    const auto ticks = static_cast<double>(steal_ticks_of(cpus_) - steal_);
    // One tick alone may be the sum of many short times long before.
    if (ticks > 1) seen.steal = ticks * tick_ns / elapsed_ns;
    const std::uint64_t throttled = throttled_so_far_ns();
    if (throttled > throttled_) {
      seen.throttled = static_cast<double>(throttled - throttled_) / elapsed_ns;
    }
    return seen;
  }

 private:
  std::vector<int> cpus_;
  std::uint64_t steal_;
  std::uint64_t suspended_;
  std::uint64_t throttled_;
  std::uint64_t began_;
};

struct Side {
  const AbContender& contender;
  ResultDocument document;
  // By scenario, the options that its program does not know and is asked without.
  std::map<std::string, std::set<std::string>> left_out = {};
};

struct Asked {
  ProgramOutput output;
  tl::expected<TrialAnswer, std::string> answer;
};

// Without the options that its program does not know, which have their defaults in it.
RunSpec known_to(const Side& side, RunSpec spec) {
  const auto unknown = side.left_out.find(spec.scenario);
  if (unknown == side.left_out.end()) return spec;
  for (const std::string& option : unknown->second) {
    if (spec.own_options().contains(option)) continue;
    spec.options.erase(option);
    spec.defaults.erase(option);
  }
  return spec;
}

// True: it was skipped for such an option, which is left out from now on.
bool leave_out_unknown(Side& side, const RunSpec& spec, const Trial& trial) {
  const std::string option = unknown_option_in(spec.scenario, trial);
  if (option.empty() || spec.own_options().contains(option)) return false;
  return side.left_out[spec.scenario].insert(option).second;
}

std::vector<std::string> notes_of(const Side& side) {
  std::vector<std::string> notes;
  for (const auto& [scenario, options] : side.left_out) {
    notes.push_back(
        fmt::format("'{}' does not know {} of {}, which its cells leave at the default: it was "
                    "asked without.",
                    side.contender.program, fmt::join(options, ", "), scenario));
  }
  return notes;
}

class AbRun {
 public:
  AbRun(const AbContender& a, const AbContender& b, const AbOptions& options, AbObserver& observer)
      : options_(options),
        observer_(observer),
        allowed_(allowed_cpus()),
        a_{a, {}, {}},
        b_{b, {}, {}},
        dropped_(a.cells.size(), false),
        witnesses_(a.cells.size()) {}

  tl::expected<AbMeasured, AbProblem> run();

 private:
  Side& side(AbSide which) { return which == AbSide::a ? a_ : b_; }
  tl::expected<Asked, std::string> ask(Side& side, const RunSpec& spec) const;
  tl::expected<void, AbProblem> rehearse(Side& side);
  void prepare(Side& side);
  void run_round(std::uint32_t round, const std::vector<bool>& left_out);
  std::vector<VoidRound> declare_all();
  std::vector<bool> whole_cells(std::uint32_t rounds);
  std::uint32_t measure_again(std::uint32_t rounds, std::uint64_t began);
  void run_pair(const AbTurn& turn, std::uint32_t round, std::uint32_t position);
  Trial measure(AbSide which, std::size_t cell, std::uint32_t round);
  bool stopped() const { return problem_.has_value() || signalled(); }
  bool signalled() const {
    return options_.stop_signal != nullptr && options_.stop_signal->load() != 0;
  }
  bool time_is_over(std::uint64_t began) const {
    return options_.for_ns > 0 && now_ns() - began >= options_.for_ns;
  }
  AbMeasured finish(std::uint32_t rounds, std::uint32_t again);

  const AbOptions& options_;
  AbObserver& observer_;
  std::vector<int> allowed_;
  Side a_, b_;
  std::vector<bool> dropped_;  // by cell
  std::vector<std::map<std::uint32_t, RoundWitness>> witnesses_;
  std::optional<AbProblem> problem_;          // ends the run
  std::optional<CanaryReading> last_canary_;  // of a pair's first trial, after it
  CanaryCpus last_canary_cpus_;               // which it is of
};

// The program, until it knows all that it is asked. The error: it could not be started.
tl::expected<Asked, std::string> AbRun::ask(Side& side, const RunSpec& spec) const {
  for (;;) {
    auto output = run_program(side.contender.program, words(side.contender),
                              trial_question({known_to(side, spec), options_.trial_timeout_ns}),
                              limit_ns(spec, options_.trial_timeout_ns), options_.stop_signal);
    if (!output) return tl::make_unexpected(output.error());
    auto answer = read_trial_answer(output->out);
    if (answer && leave_out_unknown(side, spec, answer->trial)) continue;
    return Asked{std::move(*output), std::move(answer)};
  }
}

// A short trial of the first cell: only what stands round it is looked at.
tl::expected<void, AbProblem> AbRun::rehearse(Side& side) {
  const std::string& program = side.contender.program;
  RunSpec spec = side.contender.cells.front();
  if (spec.messages == 0) spec.duration_ns = rehearsal_ns;
  const auto asked = ask(side, spec);
  if (!asked) return tl::make_unexpected(AbProblem{asked.error() + "; name an ipcmark", false});
  const auto& [output, answer] = *asked;
  if (!output.end.by_signal && output.end.code == trial_refused) {
    return tl::make_unexpected(AbProblem{
        fmt::format("incomparable: '{}' refuses: {}", program, first_line(output.err)), true});
  }
  if (!answer) {
    const bool newer = document_major(output.out, trial_answer_schema) > trial_major;
    if (newer) {
      return tl::make_unexpected(
          AbProblem{fmt::format("incomparable: '{}': {}", program, answer.error()), true});
    }
    return tl::make_unexpected(
        AbProblem{fmt::format("{}; name an ipcmark that knows 'trial --spec' (older ones do not)",
                              misbehaviour(program, output, answer.error())),
                  false});
  }
  if (const std::string option = unknown_option_in(spec.scenario, answer->trial); !option.empty()) {
    return tl::make_unexpected(AbProblem{
        fmt::format("incomparable: '{}' has no option '{}', which {} sets; leave it out, or name a "
                    "build that has it",
                    program, option, spec.key()),
        true});
  }
  if (answer->key != spec.key()) {
    return tl::make_unexpected(another_cell(program, spec, *answer));
  }
  side.document.run.version = answer->version;
  side.document.environment.facts["build"] = answer->build;
  return {};
}

void AbRun::prepare(Side& side) {
  side.document.run.started = utc_now();
  side.document.run.suite = "ab";
  side.document.run.seed = options_.seed;
  for (const RunSpec& spec : side.contender.cells) {
    side.document.cells.emplace_back().spec = spec;
  }
}

Trial AbRun::measure(AbSide which, std::size_t cell, std::uint32_t round) {
  Side& from = side(which);
  RunSpec spec = from.contender.cells[cell];
  // One seed for both of a pair.
  spec.seed = trial_seed(options_.seed, round, a_.contender.cells[cell].key());
  const CanaryCpus cpus = options_.program == nullptr
                              ? first_two(cpus_for_canary(spec, allowed_))
                              : cpus_for_canary(*options_.program, spec, allowed_);
  // Both of a pair get an environment of one size: what that does to a trial is the same for both.
  vary_environment_size(options_.seed, round, static_cast<std::uint32_t>(cell));
  const bool taken = last_canary_ && last_canary_cpus_ == cpus;
  const CanaryReading before = taken ? *last_canary_ : take_canary(cpus);
  Trial trial;
  const std::string& program = from.contender.program;
  auto asked = ask(from, spec);
  if (!asked) {
    trial.state = State::failed;
    trial.cause = Cause::operation;
    trial.reason = asked.error();
  } else if (asked->answer) {
    TrialAnswer& answer = *asked->answer;
    if (answer.key != spec.key()) problem_ = another_cell(program, spec, answer);
    trial = std::move(answer.trial);
    if (!signalled()) judge_interruption(trial, program, asked->output);
    const std::string option = unknown_option_in(spec.scenario, trial);
    if (!option.empty()) {
      trial.reason = fmt::format("'{}' has no option '{}', which it sets", program, option);
    }
    from.document.cells[cell].capabilities = std::move(answer.capabilities);
  } else {
    trial.state = signalled() ? State::interrupted : State::failed;
    trial.cause = signalled() ? Cause::stopped : Cause::operation;
    trial.reason = misbehaviour(program, asked->output, asked->answer.error());
  }
  last_canary_ = take_canary(cpus);
  last_canary_cpus_ = cpus;
  trial.canary = canary_between(before, *last_canary_);
  return trial;
}

void AbRun::run_pair(const AbTurn& turn, std::uint32_t round, std::uint32_t position) {
  std::set<int> cpus;
  for (const AbSide which : {AbSide::a, AbSide::b}) {
    for (const int cpu : cpus_for_canary(side(which).contender.cells[turn.cell], allowed_)) {
      cpus.insert(cpu);
    }
  }
  const Watch watch({cpus.begin(), cpus.end()});
  last_canary_.reset();
  bool whole = true;
  RoundWitness seen;
  for (const AbSide which : {turn.first, other(turn.first)}) {
    Trial trial = measure(which, turn.cell, round);
    trial.round = round;
    trial.position = 2 * position + (which == turn.first ? 0 : 1);
    observer_.trial_ended(side(which).contender.cells[turn.cell], which, trial);
    // Half a trial is no trial; and one that cannot work will not work next time.
    const bool died = trial.cause == Cause::killed;
    if (trial.state == State::interrupted) whole = false;
    const bool left_void = trial.cause == Cause::void_round;
    if (trial.state != State::passed && !died && !left_void) dropped_[turn.cell] = true;
    side(which).document.cells[turn.cell].trials.push_back(std::move(trial));
    if (!why_void(seen)) {  // what was void before the second trial was not made so by it
      seen = watch.witness();
      seen.last = which;
    }
    if (stopped()) break;
  }
  if (whole) witnesses_[turn.cell].emplace(round, seen);
}

void AbRun::run_round(std::uint32_t round, const std::vector<bool>& left_out) {
  std::uint32_t position = 0;
  for (const AbTurn& turn : ab_round(dropped_.size(), options_.seed, round)) {
    if (stopped()) return;
    if (!left_out[turn.cell] && !dropped_[turn.cell]) run_pair(turn, round, position++);
  }
}

std::vector<VoidRound> AbRun::declare_all() {
  std::vector<VoidRound> all;
  for (std::size_t cell = 0; cell < dropped_.size(); ++cell) {
    Cell& ours = a_.document.cells[cell];
    Cell& theirs = b_.document.cells[cell];
    const auto voids =
        declare_void(ours, theirs, joint_key(ours.spec.key(), theirs.spec.key()), witnesses_[cell]);
    all.insert(all.end(), voids.begin(), voids.end());
  }
  return all;
}

// Of which as many rounds count as were to be measured: a trial that failed is none to repeat.
std::vector<bool> AbRun::whole_cells(std::uint32_t rounds) {
  declare_all();
  std::vector<bool> whole;
  for (std::size_t cell = 0; cell < dropped_.size(); ++cell) {
    whole.push_back(dropped_[cell] ||
                    rounds_lacking(a_.document.cells[cell], b_.document.cells[cell], rounds) == 0);
  }
  return whole;
}

std::uint32_t AbRun::measure_again(std::uint32_t rounds, std::uint64_t began) {
  std::uint32_t again = 0;
  while (again < rounds && !stopped() && !time_is_over(began)) {
    const std::vector<bool> whole = whole_cells(rounds);
    if (std::find(whole.begin(), whole.end(), false) == whole.end()) break;
    run_round(options_.first_round + rounds + again, whole);
    ++again;
    observer_.round_ended(rounds + again, rounds + again);
  }
  return again;
}

AbMeasured AbRun::finish(std::uint32_t rounds, std::uint32_t again) {
  AbMeasured measured;
  measured.rounds = rounds;
  measured.again = again;
  measured.interrupted = signalled();
  measured.voids = declare_all();
  for (Side* each : {&a_, &b_}) {
    each->document.run.finished = utc_now();
    each->document.run.trials_asked = rounds;
    each->document.run.interrupted = measured.interrupted;
    note_end_of_run(each->document.environment);
    for (std::string& note : notes_of(*each)) measured.notes.push_back(std::move(note));
  }
  measured.a = std::move(a_.document);
  measured.b = std::move(b_.document);
  return measured;
}

tl::expected<AbMeasured, AbProblem> AbRun::run() {
  const Environment machine = probe_environment();
  for (Side* each : {&a_, &b_}) {
    each->document.environment = machine;
    if (!options_.runners.empty()) each->document.environment.facts["runners"] = options_.runners;
    prepare(*each);
    // Each side's own, as both are results of their own among many.
    auto id = random_run_id();
    if (!id) return tl::make_unexpected(AbProblem{explain(id.error()), false});
    each->document.run.id = std::move(*id);
    if (auto good = rehearse(*each); !good) return tl::make_unexpected(good.error());
  }
  const auto differences =
      fingerprint_differences(a_.document.environment, b_.document.environment);
  if (!differences.empty()) {
    return tl::make_unexpected(AbProblem{
        fmt::format("incomparable: the two programs are different kinds of build ({}); build both "
                    "alike",
                    fmt::join(differences, "; ")),
        true});
  }
  const std::uint64_t began = now_ns();
  std::uint32_t done = 0;
  observer_.round_ended(0, options_.rounds);
  while (done < options_.rounds && !stopped()) {
    if (time_is_over(began)) break;
    if (std::all_of(dropped_.begin(), dropped_.end(), [](bool dropped) { return dropped; })) break;
    run_round(options_.first_round + done, dropped_);
    observer_.round_ended(++done, options_.rounds);
  }
  const std::uint32_t again = measure_again(done, began);
  if (problem_) return tl::make_unexpected(*problem_);
  return finish(done, again);
}

}  // namespace

tl::expected<AbMeasured, AbProblem> run_ab(const AbContender& a, const AbContender& b,
                                           const AbOptions& options, AbObserver& observer) {
  return AbRun(a, b, options, observer).run();
}

}  // namespace ipcmark
