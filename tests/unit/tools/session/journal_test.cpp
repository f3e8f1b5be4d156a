#include "tools/session/journal.hpp"

#include <gtest/gtest.h>

#include <array>
#include <utility>
#include <vector>

namespace ipcmark {
namespace {

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    head_.run_id = "abc";
    head_.version = "0.1.0 (r)";
    head_.conditions.facts = {{"cpu", {{"model", "cpu"}, {"governor", "performance"}}},
                              {"kernel", {{"release", "6.1"}}},
                              {"build", {{"type", "Release"}, {"sanitizers", "none"}}},
                              {"limits", {{"msgmax", "8192"}}}};
    head_.cpus = {0, 1};
    head_.seed = 0xfedcba9876543210U;
    head_.trials = 3;
    for (const auto* backend : {"pipe", "fifo"}) {
      RunSpec spec;
      spec.scenario = "latency";
      spec.backend = backend;
      head_.cells.push_back(spec);
    }
  }

  JournalEntry entry(std::size_t cell, std::uint32_t round) const {
    JournalEntry result{cell, head_.cells[cell].key(), {}};
    result.trial.round = round;
    result.trial.position = static_cast<std::uint32_t>(cell);
    result.trial.counts["messages"] = 7 + round;
    return result;
  }
  std::string good() const { return journal_head_line(head_) + journal_entry_line(entry(0, 0)); }

  JournalHead head_;
};

TEST_F(JournalTest, ANumberThatDoesNotFitIsRefused) {
  for (const auto& [seed, part] : std::vector<std::pair<const char*, const char*>>{
           {"8.9e109", "/seed: must be a whole number"},
           {"-1", "/seed: is out of range"},
           {"18446744073709551616", "a number is too large to be read"},
           {"\"7\"", "/seed: must be a whole number"}}) {
    const auto read =
        parse_journal(std::string(R"({"journal":"ipcmark","major":1,"run":"abc","version":"0",)") +
                      R"("started":"","seed":)" + seed + R"(,"trials":3,"cells":[]})" + "\n");
    ASSERT_FALSE(read) << seed;
    EXPECT_NE(read.error().find(part), std::string::npos) << read.error();
  }
}

TEST_F(JournalTest, WhatIsWrittenIsReadAgain) {
  const auto text = good() + journal_entry_line(entry(1, 2));
  const auto read = parse_journal(text);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(mismatch(read->head, head_), "");
  EXPECT_EQ(read->head.seed, head_.seed);
  EXPECT_EQ(read->head.cpus, head_.cpus);
  EXPECT_EQ(read->head.conditions.facts, head_.conditions.facts);
  ASSERT_EQ(read->entries.size(), 2U);
  EXPECT_EQ(read->entries[1].cell, 1U);
  EXPECT_EQ(read->entries[1].key, head_.cells[1].key());
  EXPECT_EQ(read->entries[1].trial.round, 2U);
  EXPECT_EQ(read->entries[1].trial.position, 1U);
  EXPECT_EQ(read->entries[1].trial.counts.at("messages"), 9);
  EXPECT_EQ(read->whole_bytes, text.size());
  EXPECT_EQ(read->damage, "");
  EXPECT_FALSE(read->torn);
}

TEST_F(JournalTest, WhatIsCutOffCostsOneTrial) {
  const auto last = journal_entry_line(entry(1, 0));
  for (std::size_t kept = 1; kept < last.size(); ++kept) {
    const auto read = parse_journal(good() + last.substr(0, kept));
    ASSERT_TRUE(read) << kept << ": " << read.error();
    EXPECT_EQ(read->entries.size(), 1U);
    EXPECT_EQ(read->whole_bytes, good().size());
    EXPECT_EQ(read->damage, "line 3: cut off");
    EXPECT_TRUE(read->torn);
  }
}

TEST_F(JournalTest, WhatStandsBeforeABadLineIsRead) {
  auto beyond = entry(1, 0);
  beyond.cell = 9;
  auto another = entry(1, 0);
  another.cell = 0;
  const std::string zeros(4096, '\0');
  for (const auto& bad :
       {std::string("{\"cell\":\n"), zeros + "\n", std::string("\n"), std::string("[]\n"),
        std::string("{}\n"), journal_head_line(head_), journal_entry_line(beyond),
        journal_entry_line(another), journal_entry_line(entry(1, 0)).substr(1)}) {
    const auto read = parse_journal(good() + bad + journal_entry_line(entry(1, 1)));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->entries.size(), 1U) << bad;
    EXPECT_EQ(read->whole_bytes, good().size()) << bad;
    EXPECT_EQ(read->damage.find("line 3: "), 0U) << read->damage;
    EXPECT_FALSE(read->torn) << bad;
  }
}

TEST_F(JournalTest, WithoutAHeadThereIsNothing) {
  const auto newer = [&] {
    auto line = journal_head_line(head_);
    const std::string major = "\"major\":1";
    return line.replace(line.find(major), major.size(), "\"major\":2");
  }();
  for (const auto& [text, part] : std::vector<std::pair<std::string, std::string>>{
           {"", "nothing can be resumed"},
           {std::string(100, '\0'), "nothing can be resumed"},
           {journal_head_line(head_).substr(0, 80), "nothing can be resumed"},
           {"{}\n", "not a journal of ipcmark"},
           {"[1,2]\n", "not a journal of ipcmark"},
           {"notes\n", "not JSON"},
           {newer, "newer ipcmark"}}) {
    const auto read = parse_journal(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().find("line 1: "), 0U) << read.error();
    EXPECT_NE(read.error().find(part), std::string::npos) << read.error();
  }
}

TEST_F(JournalTest, AnotherPlanDoesNotFit) {
  auto other = head_;
  other.seed = 2;
  EXPECT_NE(mismatch(head_, other).find("--seed"), std::string::npos);
  other = head_;
  other.trials = 4;
  EXPECT_NE(mismatch(head_, other).find("--trials"), std::string::npos);
  other = head_;
  other.cells[1].size = 1;
  EXPECT_NE(mismatch(head_, other).find("another plan"), std::string::npos);
  other = head_;
  other.version = "0.2.0 (r)";
  EXPECT_NE(mismatch(head_, other).find("0.2.0"), std::string::npos);
}

TEST_F(JournalTest, HostLabelsAndShardAreWrittenReadAndComparedWithTheRuns) {
  EXPECT_EQ(journal_head_line(head_).find("\"labels\""), std::string::npos);
  head_.host = "lab-7";
  head_.labels = {{"commit", "4f"}, {"kernel", "6.1"}};
  head_.shard = "3/8";
  const auto read = parse_journal(good());
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->head.host, head_.host);
  EXPECT_EQ(read->head.labels, head_.labels);
  EXPECT_EQ(read->head.shard, head_.shard);
  EXPECT_EQ(mismatch(read->head, head_), "");
  auto other = head_;
  other.host = "lab-8";
  EXPECT_NE(mismatch(head_, other).find("on the host 'lab-7', this is 'lab-8'"), std::string::npos);
  other = head_;
  other.shard = "4/8";
  EXPECT_NE(mismatch(head_, other).find("--shard 3/8, this run has --shard 4/8"),
            std::string::npos);
  other.shard.clear();
  EXPECT_NE(mismatch(head_, other).find("this run has no --shard"), std::string::npos);
  other = head_;
  other.labels["commit"] = "5f";
  EXPECT_NE(mismatch(head_, other)
                .find("--label commit=4f,kernel=6.1, this run has --label "
                      "commit=5f,kernel=6.1"),
            std::string::npos);
  other = head_;
  head_.host.clear();
  EXPECT_NE(mismatch(head_, other).find("begun without --host-name"), std::string::npos);
}

TEST_F(JournalTest, OtherConditionsDoNotFitAndAreNamed) {
  auto other = head_;
  other.cpus = {1};
  EXPECT_NE(mismatch(head_, other).find("the CPUs 0,1, this run may use 1"), std::string::npos);
  for (const auto& [group, name, value] :
       std::vector<std::array<const char*, 3>>{{"build", "type", "Debug"},
                                               {"build", "sanitizers", "address"},
                                               {"cpu", "model", "another"},
                                               {"cpu", "governor", "powersave"},
                                               {"kernel", "release", "6.2"},
                                               {"limits", "msgmax", "16"}}) {
    other = head_;
    other.conditions.facts[group][name] = value;
    const auto sentence = mismatch(head_, other);
    EXPECT_NE(sentence.find(std::string(group) + " " + name + ": "), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(std::string("and ") + value), std::string::npos) << sentence;
  }
  auto silent = head_;  // of an ipcmark that did not write them
  silent.conditions.facts.clear();
  EXPECT_NE(mismatch(silent, head_).find("not recorded"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
