#include "tools/session/journal_file.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "tools/session/run_journal.hpp"

namespace {

int syncs = 0;
int sync_error = 0;

}  // namespace

// In place of the C library's, which nobody can see the effect of without cutting the power.
extern "C" int fdatasync(int /*file*/) {
  ++syncs;
  errno = sync_error;
  return sync_error == 0 ? 0 : -1;
}

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

class JournalFileTest : public testing::Test {
 protected:
  JournalFileTest() {
    std::string path = std::filesystem::temp_directory_path() / "ipcmark-test-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) root_ = path;
    path_ = root_ + "/run.journal";
    head_.run_id = "abc";
    head_.trials = 3;
    RunSpec spec;
    spec.scenario = "latency";
    spec.backend = "pipe";
    head_.cells.push_back(spec);
    syncs = sync_error = 0;
  }
  ~JournalFileTest() override { fs::remove_all(root_); }

  JournalEntry entry(std::uint32_t round) const {
    JournalEntry result{0, head_.cells[0].key(), {}};
    result.trial.round = round;
    return result;
  }
  std::string whole() const { return journal_head_line(head_) + journal_entry_line(entry(0)); }
  void write(const std::string& text) const { std::ofstream(path_) << text; }
  static std::string text_of(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  std::string text() const { return text_of(path_); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(root_), fs::directory_iterator()));
  }

  std::string root_, path_;
  JournalHead head_;
};

TEST_F(JournalFileTest, WhatIsWrittenIsReadAgain) {
  {
    auto journal = Journal::start(path_, head_);
    ASSERT_TRUE(journal) << journal.error();
    ASSERT_TRUE(journal->append(entry(0)));
  }
  const auto read = read_journal(path_);
  ASSERT_TRUE(read) << read.error();
  EXPECT_EQ(read->text.entries.size(), 1U);
  EXPECT_EQ(read->bytes, fs::file_size(path_));
  EXPECT_EQ(text(), whole());
}

// Each may be all that is left of something.
TEST_F(JournalFileTest, WhatIsNotOursOrNotOverIsLeftAsItIs) {
  auto newer = journal_head_line(head_);
  newer.replace(newer.find(":1"), 2, ":7");
  for (const auto& [before, part] : std::vector<std::pair<std::string, std::string>>{
           {"notes\n", "not JSON"},
           {"no newline", "cut off"},
           {"{\"a\": 1}\n", "not a journal of ipcmark"},
           {newer, "newer ipcmark"},
           {std::string(64, '\0'), "cut off"},
           {whole(), "holds 1 trials of a run that did not end; go on with --resume"},
           {whole() + "x\n" + whole(), "holds 1 trials of a run that did not end (line 3: "},
           {journal_head_line(head_) + "x\n", "holds 0 trials"},
           {journal_head_line(head_) + "x", "holds 0 trials"}}) {
    write(before);
    const auto started = Journal::start(path_, head_);
    ASSERT_FALSE(started) << before;
    EXPECT_NE(started.error().find(part), std::string::npos) << started.error();
    EXPECT_NE(started.error().find(path_), std::string::npos) << started.error();
    EXPECT_NE(started.error().find("--fresh"), std::string::npos) << started.error();
    EXPECT_EQ(text(), before);
  }
}

TEST_F(JournalFileTest, WhereNothingIsLostOneIsBegun) {
  for (const auto& before : {std::string(), journal_head_line(head_)}) {
    write(before);
    const auto started = Journal::start(path_, head_);
    ASSERT_TRUE(started) << started.error();
    EXPECT_EQ(text(), journal_head_line(head_));
  }
}

TEST_F(JournalFileTest, ATornLineIsWrittenOver) {
  const auto last = journal_entry_line(entry(1));
  write(whole() + last.substr(0, last.size() / 2));
  const auto read = read_journal(path_);
  ASSERT_TRUE(read) << read.error();
  std::string kept;
  {
    auto journal = Journal::go_on(path_, *read, kept);
    ASSERT_TRUE(journal) << journal.error();
    ASSERT_TRUE(journal->append(entry(2)));
  }
  EXPECT_EQ(text(), whole() + journal_entry_line(entry(2)));
  EXPECT_EQ(kept, "");
  EXPECT_EQ(files(), 1U);
}

TEST_F(JournalFileTest, BeforeABadLineIsCutOffTheFileIsKept) {
  const auto before = whole() + "x\n" + journal_entry_line(entry(1));
  write(before);
  std::ofstream(path_ + ".1") << "taken";
  const auto read = read_journal(path_);
  ASSERT_TRUE(read) << read.error();
  std::string kept;
  const auto journal = Journal::go_on(path_, *read, kept);
  ASSERT_TRUE(journal) << journal.error();
  EXPECT_EQ(text(), whole());
  EXPECT_EQ(kept, path_ + ".2");
  EXPECT_EQ(text_of(kept), before);
  EXPECT_EQ(text_of(path_ + ".1"), "taken");
}

TEST_F(JournalFileTest, AJournalThatGrewMeanwhileIsNotCutOff) {
  write(whole());
  const auto read = read_journal(path_);
  ASSERT_TRUE(read) << read.error();
  write(whole() + journal_entry_line(entry(1)));
  std::string kept;
  EXPECT_FALSE(Journal::go_on(path_, *read, kept));
  EXPECT_EQ(text(), whole() + journal_entry_line(entry(1)));
}

TEST_F(JournalFileTest, SettingAsideTakesNoName) {
  EXPECT_EQ(set_aside(path_).value_or("?"), "");
  for (const char* number : {".1", ".2", ".3"}) {
    write(number);
    EXPECT_EQ(set_aside(path_).value_or("?"), path_ + number);
  }
  for (const char* number : {".1", ".2", ".3"}) EXPECT_EQ(text_of(path_ + number), number);
  EXPECT_FALSE(fs::exists(path_));
  fs::create_directory(path_);
  EXPECT_FALSE(set_aside(path_));
}

TEST_F(JournalFileTest, OneWriterAtATime) {
  auto journal = Journal::start(path_, head_);
  ASSERT_TRUE(journal);
  const auto read = read_journal(path_);
  ASSERT_TRUE(read);
  std::string kept;
  EXPECT_FALSE(Journal::start(path_, head_));
  EXPECT_FALSE(Journal::go_on(path_, *read, kept));
  EXPECT_FALSE(set_aside(path_));
  EXPECT_EQ(text(), journal_head_line(head_));
}

TEST_F(JournalFileTest, OnlyItsOwnFileIsRemoved) {
  {
    auto journal = Journal::start(path_, head_);
    ASSERT_TRUE(journal);
    fs::remove(path_);
    write("another's");
    journal->remove();
    EXPECT_EQ(text(), "another's");
    fs::remove(path_);
  }
  auto journal = Journal::start(path_, head_);
  ASSERT_TRUE(journal);
  journal->remove();
  EXPECT_FALSE(fs::exists(path_));
}

TEST_F(JournalFileTest, APlaceThatCannotBeWrittenIsNamed) {
  const auto nowhere = Journal::start(root_ + "/no/such/run.journal", head_);
  ASSERT_FALSE(nowhere);
  EXPECT_NE(nowhere.error().find("/no/such/run.journal"), std::string::npos);
  EXPECT_FALSE(Journal::start("/dev/full", head_));
  fs::create_symlink("elsewhere", path_);
  const auto linked = Journal::start(path_, head_);
  ASSERT_FALSE(linked);
  EXPECT_NE(linked.error().find("symbolic link"), std::string::npos) << linked.error();
  EXPECT_FALSE(fs::exists(root_ + "/elsewhere"));
}

TEST_F(JournalFileTest, LinesReachTheDisk) {
  {
    auto journal = Journal::start(path_, head_);
    ASSERT_TRUE(journal);
    EXPECT_EQ(syncs, 1);
    // Not after each of many short trials, but before the file is closed.
    for (std::uint32_t round = 0; round < 100; ++round) ASSERT_TRUE(journal->append(entry(round)));
    EXPECT_LT(syncs, 50);
    syncs = 0;
  }
  EXPECT_EQ(syncs, 1);
  std::string kept;
  auto journal = Journal::go_on(path_, read_journal(path_).value(), kept);
  ASSERT_TRUE(journal);
  syncs = 0;
  ASSERT_TRUE(journal->append(entry(100)));
  EXPECT_EQ(syncs, 1);
}

TEST_F(JournalFileTest, WhatCannotBeWrittenAnyMoreGoesWithTheRest) {
  const Program program{built_in_registry(), built_in_scenarios()};
  auto journal = RunJournal::open({path_, "", false}, program, Plan{}, head_, false);
  ASSERT_TRUE(journal) << journal.error();
  ASSERT_TRUE(journal->append(entry(0)));
  const auto before = text();
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
  const rlimit full{before.size() + 1, limit.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto failed = journal->append(entry(1));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().find("File too large"), std::string::npos) << failed.error();
  EXPECT_EQ(text(), before);
  EXPECT_TRUE(journal->append(entry(2)));  // of which nothing more is kept
  EXPECT_EQ(text(), before);
  journal->remove();
  EXPECT_EQ(files(), 0U);
}

TEST_F(JournalFileTest, ADiskThatFailsIsSaid) {
  sync_error = EIO;
  const auto journal = Journal::start(path_, head_);
  ASSERT_FALSE(journal);
  EXPECT_NE(journal.error().find("Input/output error"), std::string::npos) << journal.error();
  EXPECT_EQ(files(), 0U);
  sync_error = EINVAL;  // a file system that has no such thing
  EXPECT_TRUE(Journal::start(root_ + "/other", head_));
}

}  // namespace
}  // namespace ipcmark
