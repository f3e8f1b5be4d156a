#include "results/json/json.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

RunSpec full_spec() {
  RunSpec spec;
  spec.scenario = "latency";
  spec.backend = "shm_ring";
  spec.lock = "futex";
  spec.size = largest_size;
  spec.wait = Wait::hybrid;
  spec.placement = Placement::unpinned;
  spec.verify = Verify::header;
  spec.touch = Touch::none;
  spec.depth = 3;
  spec.batch = 7;
  spec.zero_copy = true;
  spec.messages = 11;
  spec.duration_ns = 12;
  spec.warmup_ns = 13;
  spec.cpus = {1, 0};
  spec.seed = 14;
  spec.options = {{"late_ns", 5}, {"processes", 4}};
  spec.defaults = {{"late_ns", 5}, {"processes", 2}};
  spec.fault = "drop:7";
  return spec;
}

Trial full_trial() {
  Trial trial;
  trial.round = 3;
  trial.position = 2;
  trial.state = State::deadlock;
  trial.reason = "sender 0 in write \"on\" channel 1";
  trial.steady = false;
  trial.metrics = {{"rate", 1.25e6, Unit::messages_per_second, 9},
                   {"create_ns", 5, Unit::nanoseconds, 1}};
  trial.histograms["round_trip"].record(14'600, 500);
  trial.histograms["round_trip"].record(1'000'000);
  trial.histograms["batch_mean"];
  trial.costs.push_back({"sender", 4711, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  trial.integrity = {1, 2, 3, 4, 5, 6};
  trial.counts = {{"counter_final", 15}, {"updates_lost", -1}};
  trial.granted.values = {{"depth", 10}};
  trial.granted.note = "fragments above 8192 B";
  trial.granted.file_system = "ext4";
  trial.canary = {150.5, 151, 1000, 1001, true, {0, 1}, {{{0, 2}, 160, 170}, {{0, 3}, 0, 180}}};
  return trial;
}

TEST(Json, SpecSurvives) {
  const auto read = spec_from_json(spec_to_json(full_spec()));
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(*read, full_spec());
  EXPECT_EQ(spec_to_json(full_spec()).find('\n'), std::string::npos);
}

TEST(Json, ExplanationsOfADocumentSurvive) {
  ResultDocument document = empty_document();
  ExplainedCell& cell = document.explained.emplace_back();
  cell.cell = "latency/pipe/64B/block/cross-cpu";
  cell.plain_ns = 20'000.5;
  cell.by_trial.chains_ns = {20'000, 20'001};
  cell.counts.system_calls["write"] = 2;
  cell.paths.push_back(
      {5, 0.5, 21'000, 20'000, {{"write", 2}}, {{"A: in write", "call", true, 1, 7, 6}}});
  cell.work.push_back({"call", 2, 4, 1000, 900});
  cell.disturbances.push_back({"timer", "", 0.1, 3000});
  cell.slowest.push_back({90'000, true, {{"A: page fault", 80'000, false}}});
  cell.sentences = {"a sentence"};
  const std::string text = result_to_json(document);
  const auto read = result_from_json(text, {});
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(result_to_json(*read), text);
  EXPECT_EQ(read->explained.at(0).paths.at(0).segments.at(0).label, "A: in write");
  EXPECT_EQ(result_to_json(empty_document()).find("explained"), std::string::npos);
}

TEST(Json, TrialSurvives) {
  const std::string text = trial_to_json(full_trial());
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const auto read = trial_from_json(text);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(trial_to_json(*read), text);
  EXPECT_EQ(read->state, State::deadlock);
  EXPECT_EQ(read->reason, full_trial().reason);
  EXPECT_FALSE(read->steady);
  EXPECT_EQ(read->metrics, full_trial().metrics);
  EXPECT_EQ(read->histograms.at("round_trip").count(), 501U);
  EXPECT_EQ(read->histograms.at("round_trip").max(), 1'000'000U);
  EXPECT_EQ(read->histograms.at("batch_mean").count(), 0U);
  EXPECT_EQ(read->costs.at(0).start_ns, 12U);
  EXPECT_EQ(read->costs.at(0).wall_ns, 13U);
  EXPECT_EQ(read->integrity.wrong_length, 6U);
  EXPECT_EQ(read->counts.at("updates_lost"), -1);
  EXPECT_EQ(read->granted.note, "fragments above 8192 B");
  EXPECT_EQ(read->granted.file_system, "ext4");
  EXPECT_TRUE(read->canary.unsteady);
  EXPECT_EQ(read->canary.cpus, (std::vector<int>{0, 1}));
  ASSERT_EQ(read->canary.others.size(), 2U);
  EXPECT_EQ(read->canary.others[1].cpus, (std::vector<int>{0, 3}));
  EXPECT_EQ(read->canary.others[0].before_ns, 160);
  EXPECT_EQ(read->canary.others[1].after_ns, 180);
  EXPECT_EQ(trial_to_json({}).find("others"), std::string::npos) << "absent where there is none";
}

TEST(Json, WhatIsNotUtf8OrNotFiniteDoesNotBreakTheFile) {
  Trial trial;
  trial.reason = "bad \xff byte";
  trial.metrics = {{"rate", std::nan(""), Unit::messages_per_second, 1}};
  const auto read = trial_from_json(trial_to_json(trial));
  ASSERT_TRUE(read) << read.error();
  EXPECT_TRUE(std::isnan(read->metrics.at(0).value));
}

TEST(Json, DocumentSurvives) {
  ResultDocument document = empty_document();
  document.run = {"a1b2",
                  "2026-01-02T03:04:05Z",
                  "2026-01-02T03:05:05Z",
                  "run --size 64",
                  "0.1.0",
                  "quick",
                  77,
                  6,
                  true,
                  true,
                  "lab-7",
                  {{"commit", "4f2a9c1"}},
                  "3/8"};
  document.environment.facts["cpu"]["model"] = "A \"CPU\"";
  document.cells.resize(2);
  document.cells[0].spec = full_spec();
  document.cells[0].capabilities["ordered"] = "yes";
  document.cells[0].trials = {full_trial(), full_trial()};
  document.cells[1].spec.scenario = "counter";
  const std::string text = result_to_json(document);
  const auto read = result_from_json(text, built_in_catalogue());
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(result_to_json(*read), text);
  EXPECT_EQ(read->run.seed, 77U);
  EXPECT_TRUE(read->run.shared_machine);
  EXPECT_EQ(read->run.host, "lab-7");
  EXPECT_EQ(read->run.labels.at("commit"), "4f2a9c1");
  EXPECT_EQ(read->run.shard, "3/8");
  EXPECT_EQ(read->environment.get("cpu", "model"), "A \"CPU\"");
  EXPECT_EQ(read->environment.get("cpu", "none"), "");
  EXPECT_EQ(read->cells.at(0).trials.size(), 2U);
}

std::string mistake_in(const std::string& text) {
  const auto read = result_from_json(text, built_in_catalogue());
  return read ? "" : read.error();
}

TEST(Json, MistakesAreNamedByPlace) {
  EXPECT_EQ(mistake_in("{\n  \"schema\": x\n}"), "not JSON: line 2, column 13");
  EXPECT_EQ(mistake_in(""), "not JSON: line 1, column 1");
  EXPECT_EQ(mistake_in("[]"), "/: must be an object");
  EXPECT_EQ(mistake_in(R"({"schema":"fio"})"), "/schema: not an ipcmark result (\"fio\")");
  EXPECT_NE(mistake_in(R"({"schema":"ipcmark.result","version":{"major":2}})").find("newer"),
            std::string::npos);
  const std::string head =
      R"({"schema":"ipcmark.result","version":{"major":1,"minor":9},"run":{"id":"x"},)";
  EXPECT_EQ(mistake_in(head + R"("new":[1],"cells":[]})"), "");  // unknown fields are ignored
  EXPECT_EQ(mistake_in(head + R"("cells":[{"asked":{"scenario":"latency","size":-1}}]})"),
            "/cells/0/asked/size: is out of range");
  EXPECT_EQ(mistake_in(head + R"("cells":[{"asked":{"size":1}}]})"),
            "/cells/0/asked/scenario: is missing");
  EXPECT_EQ(mistake_in(head + R"("cells":[{"asked":{"scenario":"l","wait":"sleep"}}]})"),
            "/cells/0/asked/wait: unknown value \"sleep\"");
  EXPECT_EQ(mistake_in(head + R"("cells":[{"asked":{"scenario":"l"},"trials":[{}]}]})"),
            "/cells/0/trials/0/state: is missing");
}

TEST(Json, AContradictoryHistogramIsRefused) {
  const std::string text =
      R"({"state":"passed","histograms":{"round_trip":{"count":3,"min":5,"max":9,"sum":23,)"
      R"("bucket_index":[5,4000000000,9],"bucket_count":[1,1,1]}}})";
  const auto read = trial_from_json(text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().substr(0, 41), "/histograms/round_trip: not a histogram: ");
}

}  // namespace
}  // namespace ipcmark
