// What a runner says of itself.
#include "results/json/runner_description.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <utility>

namespace ipcmark {
namespace {

const std::string head = R"({"schema":"ipcmark.runner","version":{"major":1,"minor":2})";

RunnerDescription sample() {
  RunnerDescription description;
  description.version = "CPython 3.11.7";
  description.facts = {{"start method", "fork"}};
  RunnerMechanism pipe;
  pipe.name = "pipe";
  pipe.summary = "a pipe";
  pipe.note = "a note";
  pipe.scenarios = {"latency", "throughput"};
  pipe.capabilities.largest_message = 1000;
  pipe.capabilities.many_senders = true;
  pipe.waits_outside = true;
  RunnerMechanism none;
  none.name = "none";
  none.lock = true;
  none.exclusive = false;
  none.scenarios = {"race"};
  description.mechanisms = {pipe, none};
  return description;
}

TEST(RunnerDescription, ComesBackAsItWasWritten) {
  const auto read = read_runner_description(runner_description(sample()));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->version, "CPython 3.11.7");
  EXPECT_EQ(read->facts, sample().facts);
  ASSERT_EQ(read->mechanisms.size(), 2U);
  const RunnerMechanism& pipe = read->mechanisms[0];
  EXPECT_EQ(pipe.name, "pipe");
  EXPECT_FALSE(pipe.lock);
  EXPECT_TRUE(pipe.exclusive);
  EXPECT_EQ(pipe.summary, "a pipe");
  EXPECT_EQ(pipe.note, "a note");
  EXPECT_EQ(pipe.scenarios, (std::vector<std::string>{"latency", "throughput"}));
  EXPECT_EQ(pipe.capabilities.largest_message, 1000U);
  EXPECT_TRUE(pipe.capabilities.many_senders);
  EXPECT_TRUE(pipe.waits_outside);
  EXPECT_TRUE(read->mechanisms[1].lock);
  EXPECT_FALSE(read->mechanisms[1].exclusive);
}

TEST(RunnerDescription, WhatIsNotDeclaredCannotBeDone) {
  const auto read = read_runner_description(
      head + R"(,"program":{"version":"x"},"mechanisms":[{"name":"a","scenarios":[]}]})");
  ASSERT_TRUE(read.has_value()) << read.error();
  const Capabilities& can = read->mechanisms.at(0).capabilities;
  for (const auto& [name, flag] : capability_flags) EXPECT_FALSE(can.*flag) << name;
}

TEST(RunnerDescription, MistakesAreNamedWithTheirPlace) {
  const std::string program = R"(,"program":{"version":"x"})";
  const auto one = [&](const std::string& mechanism) {
    return head + program + ",\"mechanisms\":[" + mechanism + "]}";
  };
  const std::pair<std::string, const char*> cases[] = {
      {"ready", "not JSON: line 1"},
      {R"({"schema":"ipcmark.result"})", "/schema: not an answer to 'trial --list'"},
      {R"({"schema":"ipcmark.runner","version":{"major":2}})", "newer ipcmark (format 2"},
      {head + R"(,"mechanisms":[]})", "/program: is missing"},
      {head + program + "}", "/mechanisms: is missing"},
      {one(R"({"scenarios":[]})"), "/mechanisms/0/name: is missing"},
      {one(R"({"name":"a/b","scenarios":[]})"), "/mechanisms/0/name: must be 1 to 40"},
      {one(R"({"name":"a"})"), "/mechanisms/0/scenarios: is missing"},
      {one(R"({"name":"a","kind":"queue","scenarios":[]})"), "/mechanisms/0/kind: unknown value"},
      {one(R"({"name":"a","scenarios":[],"capabilities":{"block":1}})"),
       "/mechanisms/0/capabilities/block: must be true or false"}};
  for (const auto& [text, part] : cases) {
    const auto read = read_runner_description(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_NE(read.error().find(part), std::string::npos) << read.error();
  }
}

// The documents that the schema is held to (tests/schema/validate_trial.py) are read and written
// alike.
TEST(RunnerDescription, TheSampleOfTheSchemaIsRead) {
  std::ifstream file(IPCMARK_GOLDEN_DIR "/runner.json");
  std::stringstream text;
  text << file.rdbuf();
  const auto read = read_runner_description(text.str());
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(runner_description(*read), text.str());
}

}  // namespace
}  // namespace ipcmark
