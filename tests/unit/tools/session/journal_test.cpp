#include "tools/session/journal.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    std::string path = "/tmp/ipcmark-test-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) root_ = path;
    path_ = root_ + "/run.journal";
    head_.run_id = "abc";
    head_.version = "0.1.0 (r)";
    head_.machine = "cpu, 6.1";
    head_.seed = 0xfedcba9876543210U;
    head_.trials = 3;
    for (const auto* backend : {"pipe", "fifo"}) {
      RunSpec spec;
      spec.scenario = "latency";
      spec.backend = backend;
      head_.cells.push_back(spec);
    }
  }
  ~JournalTest() override { fs::remove_all(root_); }

  JournalEntry entry(std::size_t cell, std::uint32_t round) const {
    JournalEntry result{cell, head_.cells[cell].key(), {}};
    result.trial.round = round;
    result.trial.position = static_cast<std::uint32_t>(cell);
    result.trial.counts["messages"] = 7 + round;
    return result;
  }
  std::string text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  std::string root_, path_;
  JournalHead head_;
};

TEST_F(JournalTest, ANumberThatDoesNotFitIsRefused) {
  for (const char* seed : {"8.9e109", "-1", "18446744073709551616", "\"7\""}) {
    std::ofstream(path_)
        << R"({"journal":"ipcmark","major":1,"run":"abc","version":"0","machine":"",)"
        << R"("started":"","seed":)" << seed << R"(,"trials":3,"cells":[]})" << '\n';
    const auto read = read_journal(path_);
    ASSERT_FALSE(read) << seed;
    EXPECT_NE(read.error().find("'seed' must be a whole number that fits"), std::string::npos)
        << read.error();
  }
}

TEST_F(JournalTest, WhatIsWrittenIsReadAgain) {
  {
    auto journal = Journal::start(path_, head_);
    ASSERT_TRUE(journal) << journal.error();
    ASSERT_TRUE(journal->append(entry(0, 0)));
    ASSERT_TRUE(journal->append(entry(1, 2)));
  }
  const auto read = read_journal(path_);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(misfit(read->head, head_), "");
  EXPECT_EQ(read->head.seed, head_.seed);
  ASSERT_EQ(read->entries.size(), 2U);
  EXPECT_EQ(read->entries[1].cell, 1U);
  EXPECT_EQ(read->entries[1].key, head_.cells[1].key());
  EXPECT_EQ(read->entries[1].trial.round, 2U);
  EXPECT_EQ(read->entries[1].trial.position, 1U);
  EXPECT_EQ(read->entries[1].trial.counts.at("messages"), 9);
  EXPECT_EQ(read->whole_bytes, fs::file_size(path_));
}

// Cut off at every byte of the last line: the whole lines are read, the rest is overwritten.
TEST_F(JournalTest, ATornLastLineCostsOneTrial) {
  const auto whole = journal_head_line(head_) + journal_entry_line(entry(0, 0));
  const auto last = journal_entry_line(entry(1, 0));
  for (std::size_t kept = 0; kept < last.size(); ++kept) {
    const auto read = parse_journal(whole + last.substr(0, kept));
    ASSERT_TRUE(read) << kept << ": " << read.error();
    EXPECT_EQ(read->entries.size(), 1U);
    EXPECT_EQ(read->whole_bytes, whole.size());
  }
  std::ofstream(path_) << whole << last.substr(0, last.size() / 2);
  {
    auto journal = Journal::go_on(path_, whole.size());
    ASSERT_TRUE(journal) << journal.error();
    ASSERT_TRUE(journal->append(entry(1, 1)));
  }
  EXPECT_EQ(text(), whole + journal_entry_line(entry(1, 1)));
}

TEST_F(JournalTest, DamageInTheMiddleIsNamedByItsLine) {
  const auto bad =
      parse_journal(journal_head_line(head_) + "{\"cell\":\n" + journal_entry_line(entry(0, 0)));
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().find("line 2"), std::string::npos) << bad.error();
  EXPECT_FALSE(parse_journal(""));
  EXPECT_FALSE(parse_journal("{}\n"));
  EXPECT_FALSE(parse_journal("[1,2]\n"));
  auto beyond = entry(1, 0);
  beyond.cell = 9;
  EXPECT_FALSE(parse_journal(journal_head_line(head_) + journal_entry_line(beyond)));
}

TEST_F(JournalTest, AnotherPlanDoesNotFit) {
  auto other = head_;
  other.seed = 2;
  EXPECT_NE(misfit(head_, other).find("--seed"), std::string::npos);
  other = head_;
  other.trials = 4;
  EXPECT_NE(misfit(head_, other).find("--trials"), std::string::npos);
  other = head_;
  other.cells[1].size = 1;
  EXPECT_NE(misfit(head_, other).find("another plan"), std::string::npos);
  other = head_;
  other.version = "0.2.0 (r)";
  EXPECT_NE(misfit(head_, other).find("0.2.0"), std::string::npos);
  other = head_;
  other.machine = "cpu, 6.2";
  EXPECT_NE(misfit(head_, other).find("another machine"), std::string::npos);
}

TEST_F(JournalTest, TrialsOfAnUnfinishedRunAreNotOverwritten) {
  {
    auto journal = Journal::start(path_, head_);
    ASSERT_TRUE(journal);
    ASSERT_TRUE(journal->append(entry(0, 0)));
  }
  const auto before = text();
  const auto again = Journal::start(path_, head_);
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().find("--resume"), std::string::npos) << again.error();
  EXPECT_EQ(text(), before);
}

TEST_F(JournalTest, OneWriterAtATime) {
  auto journal = Journal::start(path_, head_);
  ASSERT_TRUE(journal);
  const auto second = Journal::go_on(path_, 0);
  ASSERT_FALSE(second);
  EXPECT_EQ(text(), journal_head_line(head_));
}

TEST_F(JournalTest, APlaceThatCannotBeWrittenIsNamed) {
  const auto nowhere = Journal::start(root_ + "/no/such/run.journal", head_);
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().find("/no/such/run.journal"), std::string::npos);
  EXPECT_FALSE(Journal::start("/dev/full", head_));
}

}  // namespace
}  // namespace ipcmark
