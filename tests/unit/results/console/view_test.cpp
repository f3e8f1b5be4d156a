#include "results/console/view.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "results/console/console.hpp"
#include "results/model/capabilities.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

// Trials whose round trips lie evenly around `ns`, 20 000 of each.
std::vector<Trial> trials_around(std::uint64_t ns) {
  std::vector<Trial> trials(6);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    trials[i].round = static_cast<std::uint32_t>(i);
    Histogram& trips = trials[i].histograms["round_trip"];
    for (std::uint64_t j = 0; j < 20'000; ++j) trips.record(ns + i + j % 10);
  }
  return trials;
}

TEST(Ranking, ThoseWhoseIntervalsOverlapShareAPlace) {
  ResultDocument document = empty_document();
  const std::pair<const char*, std::uint64_t> rows[] = {
      {"a", 10'000}, {"b", 10'003}, {"c", 20'000}, {"d", 20'003}, {"e", 30'000}};
  for (const auto& [name, ns] : rows) {
    Cell cell;
    cell.spec.scenario = "latency";
    cell.spec.backend = name;
    cell.trials = trials_around(ns);
    document.cells.push_back(cell);
  }
  const View view = make_view(document);
  std::vector<unsigned> places;
  for (const ViewRow& row : view.groups.at(0).rows) places.push_back(row.place);
  EXPECT_EQ(places, (std::vector<unsigned>{1, 1, 3, 3, 5}));
}

TEST(Ranking, WhatTheHarnessPollsForIsShownAndNotRanked) {
  ResultDocument document = empty_document();
  const std::pair<const char*, std::uint64_t> rows[] = {{"polled", 1'000}, {"a", 10'000}};
  for (const auto& [name, ns] : rows) {
    Cell cell;
    cell.spec.scenario = "latency";
    cell.spec.backend = name;
    cell.trials = trials_around(ns);
    document.cells.push_back(cell);
  }
  // One trial is enough: on another machine, or with another filter, none might be.
  document.cells[0].trials[2].granted.values[poll_interval_name] = 1'000'000;
  const View view = make_view(document);
  const ViewGroup& group = view.groups.at(0);
  ASSERT_NE(group.best(), nullptr);
  EXPECT_EQ(group.best()->label, "a");
  const ViewRow& polled = group.rows.at(1);
  EXPECT_EQ(polled.label, "polled");
  EXPECT_EQ(polled.place, 0U);
  EXPECT_EQ(polled.ratio, 0);
  EXPECT_EQ(polled_text(polled), "polled every 1.00 ms");
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(document, wide);
  EXPECT_NE(text.find(" polled: polled every 1.00 ms by the harness"), std::string::npos) << text;
}

// The fastest of all, and it keeps no promise that the others keep.
TEST(Ranking, WhatMayLoseMessagesIsShownAndNotRanked) {
  ResultDocument document = empty_document();
  for (const auto& [name, ns] :
       {std::pair<const char*, std::uint64_t>{"loses", 1'000}, {"a", 10'000}}) {
    Cell cell;
    cell.spec.scenario = "latency";
    cell.spec.backend = name;
    cell.trials = trials_around(ns);
    document.cells.push_back(cell);
  }
  Cell& loses = document.cells[0];
  loses.capabilities["lossy"] = "yes";
  const auto lose = [&loses](double share, double run) {
    for (Trial& trial : loses.trials) {
      trial.metrics = {{lost_share_name, share, Unit::ratio, 1000},
                       {longest_loss_name, run, Unit::count, 1000},
                       {sent_rate_name, 52'000, Unit::messages_per_second, 1000}};
    }
  };
  lose(0.03, 41);
  loses.trials[2].metrics[0].value = 0.25;
  const View view = make_view(document);
  const ViewGroup& group = view.groups.at(0);
  ASSERT_NE(group.best(), nullptr);
  EXPECT_EQ(group.best()->label, "a");
  const ViewRow& row = group.rows.at(1);
  EXPECT_EQ(row.label, "loses");
  EXPECT_EQ(row.place, 0U);
  EXPECT_EQ(row.ratio, 0);
  EXPECT_EQ(unranked_text(row), "lossy");
  EXPECT_EQ(losses_text(row, true),
            "3 % (at most 25 % in a trial) of those sent at 52.0 k/s, 41 in a row at most");
  EXPECT_EQ(losses_text(*group.best(), true), "");
  ConsoleStyle wide;
  wide.width = 1000;
  const std::string text = result_to_console(document, wide);
  EXPECT_NE(text.find("lossy: may lose messages"), std::string::npos) << text;
  EXPECT_NE(text.find("Lost: latency 64 B loses: 3 % (at most"), std::string::npos) << text;
  lose(0, 0);
  EXPECT_EQ(losses_text(make_view(document).groups.at(0).rows.at(1), true),
            "none of those sent at 52.0 k/s");
}

RunSpec cell_of(const char* scenario, const char* backend, std::uint64_t size) {
  RunSpec spec;
  spec.scenario = scenario;
  spec.backend = backend;
  spec.size = size;
  spec.duration_ns = 1'000'000;
  return spec;
}

// Each measured once.
ResultDocument measured(const std::vector<RunSpec>& cells) {
  ResultDocument document = empty_document();
  for (const RunSpec& spec : cells) {
    Cell cell;
    cell.spec = spec;
    Trial trial;
    if (spec.scenario == "latency") {
      for (int i = 0; i < 1000; ++i) trial.histograms["round_trip"].record(5000);
    } else {
      trial.metrics.push_back({"rate", 1e6, Unit::messages_per_second, 1000});
    }
    cell.trials.push_back(trial);
    document.cells.push_back(cell);
  }
  return document;
}

TEST(View, TheFirstTableIsKnownBeforeAnythingIsMeasured) {
  std::vector<RunSpec> cells{
      cell_of("throughput", "pipe", 64), cell_of("counter", "pipe", 64),
      cell_of("latency", "pipe", 1024),  cell_of("latency", "pipe", 64),
      cell_of("latency", "pipe", 64),    cell_of("latency", "fifo", 64),
  };
  cells[1].duration_ns = 0;  // its trials end with their work
  cells[4].options["gap_ns"] = 1000;
  EXPECT_EQ(first_table(cells, built_in_catalogue()), (std::vector<std::size_t>{3, 5}));

  const ResultDocument document = measured(cells);
  const View view = make_view(document);
  std::vector<std::string> shown_first;
  for (const ViewRow& row : view.groups.front().rows) shown_first.push_back(row.cell->spec.key());
  EXPECT_EQ(shown_first, (std::vector<std::string>{cells[3].key(), cells[5].key()}));
}

TEST(View, VerdictsAloneHaveNoFirstTable) {
  RunSpec spec = cell_of("counter", "pipe", 64);
  spec.duration_ns = 0;
  EXPECT_TRUE(first_table({spec}, built_in_catalogue()).empty());
  EXPECT_TRUE(first_table({}, built_in_catalogue()).empty());
}

Cell latency_cell(const char* backend, std::uint64_t ns) {
  Cell cell;
  cell.spec.scenario = "latency";
  cell.spec.backend = backend;
  cell.trials = trials_around(ns);
  return cell;
}

Cell throughput_cell(const char* backend, double rate) {
  Cell cell;
  cell.spec.scenario = "throughput";
  cell.spec.backend = backend;
  for (unsigned i = 0; i < 6; ++i) {
    cell.trials.emplace_back().metrics = {{"rate", rate + i, Unit::messages_per_second, 1000}};
  }
  return cell;
}

// The same, but so many trials, from the last, ended like that.
Cell broken(Cell cell, State state, std::size_t trials) {
  for (std::size_t i = 0; i < trials; ++i) {
    Trial& trial = *(cell.trials.rbegin() + static_cast<std::ptrdiff_t>(i));
    trial.state = state;
    trial.reason = "3 lost";
  }
  return cell;
}

std::vector<std::string> labels(const ViewGroup& group) {
  std::vector<std::string> names;
  for (const ViewRow& row : group.rows) names.push_back(row.label);
  return names;
}

void expect_unranked(const ViewRow& row) {
  EXPECT_TRUE(row.broken);
  EXPECT_EQ(row.main, nullptr);
  EXPECT_EQ(row.ratio, 0);
  EXPECT_EQ(row.place, 0U);
  EXPECT_FALSE(row.tie);
  EXPECT_TRUE(row.summary.figures.empty());
}

TEST(Ranking, WhatDidNotPassInEveryTrialIsLastHoweverFast) {
  for (const State state : {State::failed, State::timeout, State::deadlock, State::skipped}) {
    for (const std::size_t trials : {std::size_t{1}, std::size_t{5}, std::size_t{6}}) {
      SCOPED_TRACE(std::string(to_string(state)) + " in " + std::to_string(trials));
      ResultDocument document = empty_document();
      document.cells = {broken(latency_cell("broken", 100), state, trials),
                        latency_cell("slow", 20'000), latency_cell("floor", 50),
                        latency_cell("good", 10'000), latency_cell("short", 10)};
      document.cells[2].capabilities["one_process"] = "yes";
      for (Trial& trial : document.cells[4].trials) {
        trial.histograms["round_trip"] = {};
        trial.histograms["round_trip"].record(10, 5);  // too few samples to publish
      }
      const View view = make_view(document);
      const ViewGroup& group = view.groups.at(0);
      EXPECT_EQ(labels(group),
                (std::vector<std::string>{"good", "slow", "floor", "short", "broken"}));
      ASSERT_NE(group.best(), nullptr);
      EXPECT_EQ(group.best()->label, "good");
      EXPECT_EQ(group.rows.front().ratio, 1);
      expect_unranked(group.rows.back());
    }
  }
}

TEST(Ranking, WhatDidNotPassInEveryTrialHasNotTheMostMessages) {
  ResultDocument document = empty_document();
  document.cells = {throughput_cell("good", 1e6),
                    broken(throughput_cell("broken", 9e6), State::timeout, 1)};
  const View view = make_view(document);
  EXPECT_EQ(view.groups.at(0).best()->label, "good");
  expect_unranked(view.groups.at(0).rows.back());
}

TEST(Ranking, WhatDidNotPassInEveryTrialTiesWithNobody) {
  ResultDocument document = empty_document();
  document.cells = {latency_cell("good", 10'000),
                    broken(latency_cell("broken", 10'001), State::failed, 1)};
  const View view = make_view(document);
  EXPECT_EQ(view.groups.at(0).rows.front().place, 1U);
  expect_unranked(view.groups.at(0).rows.back());
}

TEST(Ranking, AloneItIsNotTheBestEither) {
  ResultDocument document = empty_document();
  document.cells = {broken(latency_cell("broken", 100), State::failed, 1)};
  const View view = make_view(document);
  EXPECT_EQ(view.groups.at(0).best(), nullptr);
}

// A round that a comparison called off is no trial of the mechanism's.
TEST(Ranking, AnInterruptedTrialCountsForNothing) {
  ResultDocument document = empty_document();
  document.cells = {latency_cell("slow", 20'000),
                    broken(latency_cell("good", 10'000), State::interrupted, 1)};
  Trial& more = document.cells[1].trials.emplace_back(document.cells[1].trials.front());
  more.round = 6;
  const View view = make_view(document);
  EXPECT_EQ(view.groups.at(0).best()->label, "good");
  EXPECT_EQ(view.groups.at(0).best()->summary.published, 6U);
}

TEST(Ranking, SaysHowItEnded) {
  ResultDocument document = empty_document();
  document.cells = {broken(latency_cell("a", 100), State::failed, 5),
                    broken(latency_cell("b", 100), State::skipped, 6),
                    broken(latency_cell("c", 100), State::skipped, 2)};
  const View view = make_view(document);
  EXPECT_EQ(outcome_text(view.groups.at(0).rows[0]), "failed in 5 of 6 trials: 3 lost");
  EXPECT_EQ(outcome_text(view.groups.at(0).rows[1]), "skipped");
  EXPECT_EQ(outcome_text(view.groups.at(0).rows[2]), "skipped in 2 of 6 trials: 3 lost");
}

Cell with_trials(Cell cell, std::size_t trials) {
  cell.trials.resize(trials);
  return cell;
}

// The range of two to five trials covers the median with 50 to 93.8 %: it is no interval.
TEST(Ranking, TooFewTrialsAreInOrderButNeitherRankedNorTied) {
  for (std::size_t trials = 1; trials < 6; ++trials) {
    SCOPED_TRACE(trials);
    ResultDocument document = empty_document();
    document.cells = {with_trials(latency_cell("second", 10'100), trials),
                      with_trials(latency_cell("third", 20'000), trials),
                      with_trials(latency_cell("first", 10'000), trials)};
    const View view = make_view(document);
    const ViewGroup& group = view.groups.at(0);
    EXPECT_EQ(labels(group), (std::vector<std::string>{"first", "second", "third"}));
    EXPECT_EQ(group.best(), nullptr);
    for (const ViewRow& row : group.rows) {
      EXPECT_TRUE(row.few);
      EXPECT_EQ(row.ratio, 0);
      EXPECT_EQ(row.place, 0U);
      EXPECT_FALSE(row.tie);
      EXPECT_EQ(unranked_text(row), "few trials");
    }
  }
}

TEST(Ranking, TooFewTrialsComeBehindThoseThatAreRanked) {
  ResultDocument document = empty_document();
  document.cells = {with_trials(latency_cell("few", 9'999), 5), latency_cell("slow", 20'000),
                    latency_cell("good", 10'000)};
  const View view = make_view(document);
  const ViewGroup& group = view.groups.at(0);
  EXPECT_EQ(labels(group), (std::vector<std::string>{"good", "slow", "few"}));
  EXPECT_EQ(group.best()->label, "good");
  EXPECT_EQ(group.rows[0].place, 1U);
  EXPECT_EQ(group.rows[1].place, 2U);
  EXPECT_FALSE(group.rows[0].few);
  EXPECT_EQ(group.rows[2].place, 0U);
}

Cell seen_in(Cell cell, double ns) {
  for (Trial& trial : cell.trials) {
    trial.canary = {ns, ns, 1000, 1000, ns <= 0, {0, 1}};
  }
  return cell;
}

TEST(Ranking, WhatIsNotRankedSaysWhy) {
  ResultDocument document = empty_document();
  document.cells = {seen_in(latency_cell("lost", 100), 0), seen_in(latency_cell("slow", 100), 500),
                    seen_in(latency_cell("one", 10'000), 150),
                    seen_in(latency_cell("two", 20'000), 150),
                    seen_in(latency_cell("three", 20'000), 150)};
  const View view = make_view(document);
  std::vector<std::string> why;
  for (const ViewRow& row : view.groups.at(0).rows) why.push_back(unranked_text(row));
  EXPECT_EQ(why, (std::vector<std::string>{"", "", "", "unsteady", "other state"}));
  EXPECT_EQ(view.groups.at(0).best()->label, "one");
}

// Groups of one scenario and size are distinguished by what not all of them have.
TEST(View, PlacesAreDistinguished) {
  ResultDocument document = empty_document();
  document.cells = {latency_cell("pipe", 100), latency_cell("pipe", 100), latency_cell("pipe", 100),
                    throughput_cell("pipe", 1e6)};
  document.cells[1].spec.options["gap_ns"] = 1'000'000;
  document.cells[2].spec.placement = Placement::same_cpu;
  for (Cell& cell : document.cells) cell.spec.verify = Verify::full;
  const View view = make_view(document);
  std::vector<std::string> names;
  for (const ViewGroup& group : view.groups) names.push_back(place_name(group, group.rows[0]));
  EXPECT_EQ(names, (std::vector<std::string>{
                       "latency 64 B (cross-cpu) pipe", "latency 64 B (same-cpu) pipe",
                       "latency 64 B (cross-cpu, 1.00 ms of silence before each message) pipe",
                       "throughput 64 B pipe"}));
}

// Six trials whose trips all take that long, as a coarse clock tells them.
Cell stepped(const char* backend, std::uint64_t ns, std::uint64_t batch_mean_ns = 0) {
  Cell cell;
  cell.spec.scenario = "latency";
  cell.spec.backend = backend;
  for (int i = 0; i < 6; ++i) {
    Trial& trial = cell.trials.emplace_back();
    trial.histograms["round_trip"].record(ns, 20'000);
    if (batch_mean_ns > 0) trial.histograms["batch_mean"].record(batch_mean_ns, 20'000);
  }
  return cell;
}

ResultDocument coarse(std::vector<Cell> cells) {
  ResultDocument document = empty_document();
  document.environment.facts["clock"]["step_ns"] = "10";
  document.cells = std::move(cells);
  return document;
}

TEST(Ranking, OneStepOfTheClockIsATie) {
  const ResultDocument document = coarse({stepped("c", 191), stepped("b", 181), stepped("a", 171)});
  const View view = make_view(document);
  const ViewGroup& group = view.groups.at(0);
  EXPECT_EQ(labels(group), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(group.rows[1].tie);
  EXPECT_FALSE(group.rows[2].tie);
  EXPECT_EQ(group.rows[1].place, 1U);
  EXPECT_EQ(group.rows[2].place, 3U);
  // Of times that are long beside it, a step says nothing.
  const ResultDocument slow = coarse({stepped("a", 171'000), stepped("b", 172'000)});
  EXPECT_FALSE(make_view(slow).groups.at(0).rows[1].tie);
}

TEST(Ranking, MeansOfBatchesDecideWhereTheClockIsCoarse) {
  const ResultDocument document = coarse({stepped("a", 171, 178), stepped("b", 181, 172)});
  const View view = make_view(document);
  const ViewGroup& group = view.groups.at(0);
  EXPECT_EQ(labels(group), (std::vector<std::string>{"b", "a"}));
  EXPECT_FALSE(group.rows[1].tie);
  EXPECT_NEAR(group.rows[1].ratio, 178.0 / 172, 1e-9);
  EXPECT_EQ(group.rows[0].main->name, "batch_mean");
  EXPECT_EQ(group.rows[0].shown->name, "round_trip");
  EXPECT_EQ(ranked_text(group.rows[0], false), "172 ns (batch mean)");
  // With a fine clock the medians do.
  ResultDocument fine = document;
  fine.environment.facts.clear();
  const View by_median = make_view(fine);
  EXPECT_EQ(labels(by_median.groups.at(0)), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(by_median.groups.at(0).rows[0].main->name, "round_trip");
}

TEST(Ranking, WhatTheClockAddsIsNotCalledNoise) {
  const ResultDocument document = coarse({stepped("a", 31)});
  const View view = make_view(document);
  EXPECT_FALSE(view.groups.at(0).rows[0].wide);
  EXPECT_EQ(more_trials_for(*view.groups.at(0).rows[0].main, 0.03), 0U);
  EXPECT_NEAR(half_width(*view.groups.at(0).rows[0].main), 5.0 / 31, 1e-9);
}

TEST(Ranking, TwoStepsOfTheClockAreNoTwoGroups) {
  Cell cell = stepped("a", 171);
  for (int i = 0; i < 6; ++i) {
    cell.trials.emplace_back().histograms["round_trip"].record(191, 20'000);
  }
  const ResultDocument document = coarse({cell});
  EXPECT_FALSE(make_view(document).groups.at(0).rows[0].grouped());
}

}  // namespace
}  // namespace ipcmark
