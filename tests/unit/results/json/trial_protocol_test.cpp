// The words between two builds.
#include "results/json/trial_protocol.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "results/json/json.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {
namespace {

TEST(TrialProtocol, QuestionsAndAnswersComeBack) {
  RunSpec spec;
  spec.scenario = "latency";
  spec.backend = "pipe";
  spec.fault = "slow:100";
  const auto asked = read_trial_question(trial_question({spec, 7}));
  ASSERT_TRUE(asked.has_value()) << asked.error();
  EXPECT_EQ(asked->spec, spec);
  EXPECT_EQ(asked->trial_timeout_ns, 7U);
  TrialAnswer answer;
  answer.version = "1.2.3";
  answer.build = {{"type", "Release"}};
  answer.key = spec.key();
  answer.capabilities = {{"ordered", "yes"}};
  answer.trial = sample_latency("pipe", 20000, 0.02, 1).trials[0];
  const auto read = read_trial_answer(trial_answer(answer));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->version, "1.2.3");
  EXPECT_EQ(read->build, answer.build);
  EXPECT_EQ(read->capabilities, answer.capabilities);
  EXPECT_EQ(trial_to_json(read->trial), trial_to_json(answer.trial));
}

TEST(TrialProtocol, ABuildThatKnowsNoDefaultsIsAskedForTheSameCell) {
  RunSpec spec;
  spec.scenario = "fan_in";
  spec.backend = "pipe";
  spec.options = {{"count", 7}, {"senders", 4}};
  spec.defaults = {{"count", 100}, {"senders", 4}};
  const std::string question = trial_question({spec, 0});
  EXPECT_NE(question.find(R"("options":{"count":7})"), std::string::npos) << question;
  const auto asked = read_trial_question(question);
  ASSERT_TRUE(asked.has_value()) << asked.error();
  EXPECT_EQ(asked->spec, spec);
}

TEST(TrialProtocol, AnOptionThatAProgramDoesNotKnowIsFoundInItsAnswer) {
  Trial trial;
  trial.state = State::skipped;
  trial.reason = "latency has no option 'pairs' in this ipcmark";  // as builds have always said it
  EXPECT_EQ(unknown_option_in("latency", trial), "pairs");
  EXPECT_EQ(unknown_option_in("throughput", trial), "");
  EXPECT_EQ(unknown_option_reason("latency", "pairs"), trial.reason);
  trial.state = State::failed;
  EXPECT_EQ(unknown_option_in("latency", trial), "");
  trial.state = State::skipped;
  for (const char* other : {"", "latency has no option 'pairs", "needs two CPUs",
                            "latency has no option 'pairs' in this ipcmark, sorry"}) {
    trial.reason = other;
    EXPECT_EQ(unknown_option_in("latency", trial), "") << other;
  }
}

TEST(TrialProtocol, ARunnerIsToldWhereItMayRunAndWhatItMayName) {
  TrialQuestion question;
  question.spec.scenario = "latency";
  question.key = "latency/pipe/64B";
  question.cpus = {0, 1};
  question.files = {"/run/x/1"};
  question.shared_memory = {"ipcmark.x.2"};
  const auto asked = read_trial_question(trial_question(question));
  ASSERT_TRUE(asked.has_value()) << asked.error();
  EXPECT_EQ(asked->key, question.key);
  EXPECT_EQ(asked->cpus, question.cpus);
  EXPECT_EQ(asked->files, question.files);
  EXPECT_EQ(asked->shared_memory, question.shared_memory);
  // Builds of our own are asked as before.
  question.key.clear();
  EXPECT_EQ(trial_question(question).find("\"key\""), std::string::npos);
}

TEST(TrialProtocol, MistakesAreNamedWithTheirPlace) {
  const std::string head = R"({"schema":"ipcmark.trial-spec","version":{"major":)";
  const std::pair<std::string, const char*> cases[] = {
      {"{", "not JSON: line 1"},
      {"[]", "must be an object"},
      {R"({"schema":"other"})", "/schema: not a question for 'ipcmark trial'"},
      {head + R"(1}})", "/spec: is missing"},
      {head + R"(2},"spec":{}})", "newer ipcmark (format 2"},
      {head + R"(1},"spec":{"scenario":"latency","size":"big"}})", "/spec/size: must be"},
      {head + R"(1},"spec":{}})", "/spec/scenario: is missing"}};
  for (const auto& [text, part] : cases) {
    const auto read = read_trial_question(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_NE(read.error().find(part), std::string::npos) << read.error();
  }
  // Fields it does not know are a newer minor version's.
  EXPECT_TRUE(read_trial_question(head + R"(1,"minor":7},"spec":{"scenario":"x","new":1}})"));
}

}  // namespace
}  // namespace ipcmark
