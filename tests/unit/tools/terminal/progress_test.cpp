#include "tools/terminal/progress.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

RunSpec latency_of(const char* backend, Wait wait) {
  RunSpec spec;
  spec.scenario = "latency";
  spec.backend = backend;
  spec.size = 64;
  spec.wait = wait;
  return spec;
}

// Two cells in the first table, and one beside it.
Plan small_plan() {
  Plan plan;
  plan.cells = {latency_of("pipe", Wait::block), latency_of("shm_ring", Wait::spin),
                latency_of("pipe", Wait::block)};
  plan.cells[2].size = 1024;
  plan.first_table = {0, 1};
  plan.trials = 6;
  return plan;
}

Trial passed(std::uint32_t round, std::uint64_t trip_ns) {
  Trial trial;
  trial.round = round;
  trial.histograms["round_trip"].record(trip_ns);
  return trial;
}

// What went to stderr after the opening line.
template <class Act>
std::string reported(bool terminal, const Act& act) {
  TerminalProgress progress(terminal, 80, built_in_catalogue());
  const Plan plan = small_plan();
  testing::internal::CaptureStderr();
  progress.started(plan, 18);
  act(progress, plan.cells);
  const std::string all = testing::internal::GetCapturedStderr();
  return all.substr(all.find('\n') + 1);
}

TEST(Progress, FirstTrialsOfTheFirstTableAreRows) {
  const std::string text = reported(false, [](TerminalProgress& progress, const auto& cells) {
    progress.trial_ended(cells[1], passed(0, 212), 1);
    progress.trial_ended(cells[0], passed(0, 14'600), 1);
    progress.trial_ended(cells[2], passed(0, 15'000), 1);  // of another table
    progress.trial_ended(cells[0], passed(1, 99'000), 1);  // not its first
  });
  EXPECT_EQ(text,
            "latency 64 B, first trial of 6; the table follows\n"
            "  shm_ring             spin       212 ns\n"
            "  pipe                 block     14.6 us\n");
}

TEST(Progress, WhatWasSkippedIsNoRow) {
  const std::string text = reported(false, [](TerminalProgress& progress, const auto& cells) {
    Trial trial;
    trial.state = State::skipped;
    progress.trial_ended(cells[0], trial, 1);
  });
  EXPECT_EQ(text, "");
}

// Later rounds of a resumed run are no first trials, though this process sees none before them.
TEST(Progress, AResumedRunShowsNoLaterTrialAsTheFirst) {
  const std::string text = reported(false, [](TerminalProgress& progress, const auto& cells) {
    progress.trial_ended(cells[0], passed(3, 14'600), 1);
  });
  EXPECT_EQ(text, "");
}

TEST(Progress, OnATerminalTheRedrawnLineMakesRoomForRows) {
  const std::string text = reported(true, [](TerminalProgress& progress, const auto& cells) {
    progress.trial_begins(cells[0], 0, 18);
    progress.trial_ended(cells[0], passed(0, 14'600), 1);
  });
  EXPECT_NE(text.find("\r\x1b[K  pipe                 block     14.6 us\n\r["), std::string::npos)
      << text;
}

TEST(Progress, WithoutATerminalALineTellsOfEachFinishedCell) {
  const std::string text = reported(false, [](TerminalProgress& progress, const auto& cells) {
    for (std::uint32_t round = 0; round < 6; ++round) {
      progress.trial_ended(cells[2], passed(round, 15'000), 1);
    }
  });
  EXPECT_EQ(text, "6/18 latency/pipe/1KiB/block/cross-cpu 15.0 us\n");
}

}  // namespace
}  // namespace ipcmark
