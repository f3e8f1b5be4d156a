// Scoreboard: players score on one board, a monitor looks on. The same board in two forms, so that
// they can be compared: in shared memory under a lock (scoreboard_locked.cpp), and kept by a
// manager process that is reached by messages (scoreboard_messages.cpp).
#include <fmt/format.h>

#include "scenarios/figures.hpp"
#include "scenarios/shared_state/scoreboard_game.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/reports.hpp"

namespace ipcmark {

// Puts an award on the board, or what a fault makes of it.
void give_award(ManagedScoreboard& board, WorkerContext& context, std::uint32_t player,
                std::uint64_t round) {
  const RunSpec& spec = context.spec();
  const std::uint64_t points = points_of(spec.seed, player, round);
  const bool chosen = player == 0 && round == fault_round;
  if (!(chosen && context.inject("lost"))) board.award(player, points);
  if (chosen && context.inject("duplicated")) board.award(player, points);
  if (board.rounds() == players_of(spec) * rounds_of(spec) && context.inject("unsorted")) {
    board.swap_ends();
  }
}

namespace scoreboard_detail {
namespace {

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t asked = spec.option("processes");
  if (asked < 1 || asked > max_processes) {
    result.unsupported_reason = fmt::format("needs processes between 1 and {}", max_processes);
    return result;
  }
  const auto players = static_cast<unsigned>(asked);
  result.roles.assign(players, "player");
  result.roles.emplace_back("monitor");
  result.shared_bytes = sizeof(GameMemory);
  if (backend == nullptr) {
    result.locks = {spec.lock};
    result.shared_bytes += ManagedScoreboard::bytes_for(players);
    // Without exclusion the containers' own links break: no lost update, but a crash.
    if (spec.lock == "none") result.unsupported_reason = "needs a lock that excludes";
    return result;
  }
  const unsigned manager = players + 1;
  result.roles.emplace_back("manager");
  std::vector<unsigned> clients;
  for (unsigned i = 0; i < manager; ++i) clients.push_back(i);
  result.unsupported_reason = scoreboard_unsupported(spec);
  add_fan_in(result, *backend, spec, clients, manager);
  add_fan_out(result, spec, manager, clients);
  return result;
}

Status do_part(WorkerContext& context) {
  if (context.role() == "manager") return manage_scoreboard(context);
  const bool plays = context.role() == "player";
  if (context.spec().lock.empty()) {
    return plays ? play_by_messages(context) : monitor_by_messages(context);
  }
  return plays ? play_under_lock(context) : monitor_under_lock(context);
}

Status work(WorkerContext& context) {
  const Status done = do_part(context);
  context.progress().leave();
  context.report().ok = done.has_value();
  return done;
}

void judge(const WorkerReport& monitor, std::int64_t awarded, std::int64_t players, Trial& trial) {
  const std::int64_t looks = count_of(monitor, "looks");
  const auto wrong = [&](const char* name, const char* what) {
    if (const std::int64_t count = count_of(monitor, name); count != 0) {
      reject(trial, fmt::format("{} of {} looks {}", count, looks, what));
    }
  };
  wrong("backwards", "found a score or a player gone back");
  if (count_of(monitor, "points") != awarded) {
    reject(trial, fmt::format("the board has {} points, {} were awarded",
                              count_of(monitor, "points"), awarded));
  }
  wrong("torn", "found a board that was never true as a whole");
  wrong("unsorted", "found the ranking out of order");
  if (count_of(monitor, "players") != players) {
    reject(trial, fmt::format("{} players are on the board, not {}", count_of(monitor, "players"),
                              players));
  }
}

std::string contradiction(const RunSpec&, const Trial& trial) {
  const auto awarded = trial.counts.find("points_awarded");
  if (awarded == trial.counts.end()) return "has no points_awarded";
  return wrong_count(trial, "points", awarded->second);
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const std::uint32_t players = players_of(spec);
  const std::uint64_t awards = players * rounds_of(spec);
  const WorkerReport& monitor = report_of(reports, "monitor");
  double cpu_ns = 0;
  std::int64_t awarded = 0;
  std::int64_t mismatched = 0;
  for (const WorkerReport& report : reports) {
    const auto times = report.histograms.find("award");
    if (times != report.histograms.end()) trial.histograms["award"].merge(times->second);
    cpu_ns += static_cast<double>(report.cost.user_ns + report.cost.system_ns);
    awarded += count_of(report, "awarded");
    mismatched += count_of(report, "mismatched");
  }
  trial.histograms["look"] = monitor.histograms.at("look");
  trial.metrics.push_back(
      joint_rate(reports, static_cast<std::int64_t>(awards), Unit::messages_per_second));
  if (awards != 0) {
    trial.metrics.push_back(
        {"cpu_per_award", cpu_ns / static_cast<double>(awards), Unit::nanoseconds, awards});
  }
  trial.counts["points"] = count_of(monitor, "points");
  trial.counts["points_awarded"] = awarded;
  trial.counts["looks"] = count_of(monitor, "looks");
  trial.counts["messages_total"] = static_cast<std::int64_t>(awards);
  judge(monitor, awarded, players, trial);
  if (mismatched != 0) {
    reject(trial, fmt::format("{} awards were answered with another score", mismatched));
  }
  gather(reports, trial);
}

}  // namespace
}  // namespace scoreboard_detail

ScenarioEntry scoreboard_scenario() {
  using namespace scoreboard_detail;
  ScenarioEntry entry;
  entry.name = "scoreboard";
  entry.awaits_answers = true;
  entry.summary = "players score on one board, shared under a lock or kept by a manager process";
  entry.uses_lock = true;
  entry.timed = false;
  entry.options = {
      count_option("processes", default_players, "how many play", 1, max_processes),
      count_option("count", default_rounds, "rounds of each player"),
      time_option("think_time_ns", 0, "pause of a player before each award"),
      time_option("look_ns", default_look_ns, "pause between two looks\nOf the monitor.")};
  entry.faults = {{"lost", "one award does not reach the board"},
                  {"duplicated", "one award counts twice"},
                  {"torn", "the board is shown with half an award on it"},
                  {"backwards", "an award is taken back after it was seen"},
                  {"unsorted", "the best and the last change places in the ranking"},
                  {"unlocked", "the sum of points is updated without the lock (over locks)"}};
  entry.processes = "processes (4) players, 1 monitor; over a backend a manager beside them";
  entry.invariants = {"the points on the board are exactly those awarded",
                      "no look finds a board that was never true as a whole",
                      "no look finds a score or a player gone back",
                      "the ranking is sorted at every look",
                      "over a backend: every award is answered with the player's new score",
                      "over a backend: every message arrives once, in order and intact"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "Awards of all players in a second."),
      time_figure("award",
                  "Over a lock from asking for it to having released it, over a backend from the "
                  "request to the answer; the board is then changed."),
      time_figure("look", "The same for the monitor and the whole board."),
      {.name = "cpu_per_award",
       .unit = Unit::nanoseconds,
       .better = Better::lower,
       .sentence = "CPU time of all processes, the monitor's included, over all awards; the figure "
                   "to compare a lock with a backend by."},
      count_figure("points", "Points on the board at the end."),
      count_figure("points_awarded", "Points that the players gave out."),
      count_figure("looks", "How often the monitor looked."),
  };
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = contradiction;
  return entry;
}

}  // namespace ipcmark
