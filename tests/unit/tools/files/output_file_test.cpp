#include "tools/files/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <thread>

#include "tests/unit/tools/files/scratch_directory.hpp"
#include "tools/files/growing_file.hpp"
#include "tools/files/new_file.hpp"
#include "tools/files/save_elsewhere.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

class OutputFileTest : public ScratchDirectory {
 protected:
  void write(const std::string& name, const std::string& content) const {
    auto file = OutputFile::open(at(name));
    ASSERT_TRUE(file) << file.error();
    const auto done = file->commit(content);
    EXPECT_TRUE(done) << done.error();
  }
  unsigned mode(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::lstat(at(name).c_str(), &status), 0);
    return status.st_mode & 07777U;
  }
};

TEST_F(OutputFileTest, AppearsWholeOrNotAtAll) {
  put("old", "old");
  auto fresh = OutputFile::open(at("new"));
  auto other = OutputFile::open(at("old"));
  ASSERT_TRUE(fresh && other);
  EXPECT_EQ(names(), Names{"old"});
  EXPECT_EQ(text("old"), "old");
  EXPECT_TRUE(fresh->commit("first"));
  EXPECT_TRUE(other->commit("second"));
  EXPECT_EQ(names(), (Names{"new", "old"}));
  EXPECT_EQ(text("new"), "first");
  EXPECT_EQ(text("old"), "second");
}

TEST_F(OutputFileTest, NothingIsLeftOfOneThatIsNotWritten) {
  put("old", "old");
  { const auto dropped = OutputFile::open(at("old")); }
  { const auto dropped = OutputFile::open(at("new")); }
  EXPECT_EQ(names(), Names{"old"});
  EXPECT_EQ(text("old"), "old");
}

TEST_F(OutputFileTest, KeepsTheModeAndTheLink) {
  put("file", "a longer text than what comes", 0640);
  fs::create_symlink("file", at("link"));
  write("link", "short");
  EXPECT_EQ(text("file"), "short");
  EXPECT_EQ(mode("file"), 0640U);
  EXPECT_TRUE(fs::is_symlink(at("link")));
}

TEST_F(OutputFileTest, AnotherNameOfTheFileKeepsWhatItHad) {
  put("file", "old");
  fs::create_hard_link(at("file"), at("backup"));
  write("file", "new");
  EXPECT_EQ(text("backup"), "old");
  EXPECT_EQ(text("file"), "new");
}

TEST_F(OutputFileTest, AFileWithAnAccessListKeepsItsAccess) {
  put("file", "a longer text than what comes");
  // user::rw-, user:1:rw-, group::---, mask::rw-, other::---
  const std::array<unsigned char, 44> list{2,   0,   0,   0,   1,   0,   6,  0,   255, 255, 255,
                                           255, 2,   0,   6,   0,   1,   0,  0,   0,   4,   0,
                                           0,   0,   255, 255, 255, 255, 16, 0,   6,   0,   255,
                                           255, 255, 255, 32,  0,   0,   0,  255, 255, 255, 255};
  const char* name = "system.posix_acl_access";
  if (::setxattr(at("file").c_str(), name, list.data(), list.size(), 0) != 0) {
    GTEST_SKIP() << "no access control lists here";
  }
  write("file", "short");
  EXPECT_EQ(text("file"), "short");
  EXPECT_EQ(::getxattr(at("file").c_str(), name, nullptr, 0), 44);
}

TEST_F(OutputFileTest, WhatCannotBeHadAgainIsSavedElsewhere) {
  fs::create_directory(at("elsewhere"));
  ::setenv("TMPDIR", at("elsewhere").c_str(), 1);
  auto full = OutputFile::open("/dev/full");
  ASSERT_TRUE(full);
  const auto done = full->commit_measured("precious");
  ::unsetenv("TMPDIR");
  ASSERT_FALSE(done);
  const fs::path saved = fs::directory_iterator(at("elsewhere"))->path();
  EXPECT_NE(done.error().find(saved), std::string::npos) << done.error();
  EXPECT_TRUE(saved.filename().string().ends_with("-full"));
  EXPECT_EQ(text("elsewhere/" + saved.filename().string()), "precious");
}

TEST_F(OutputFileTest, ElsewhereIsTheFirstPlaceThatTakesIt) {
  ::setenv("TMPDIR", at("nowhere").c_str(), 1);
  const std::string saved = save_elsewhere("precious", std::string(200, 'n') + ".json");
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(saved.starts_with("/tmp/ipcmark-")) << saved;
  EXPECT_TRUE(saved.ends_with("n.json"));
  EXPECT_EQ(fs::file_size(saved), 8U);
  fs::remove(saved);
}

TEST_F(OutputFileTest, ASignalEndsTheWaitForAReader) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  const std::atomic<int> stop{15};
  const auto file = OutputFile::open(at("fifo"), &stop);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().find("ended by a signal"), std::string::npos);
}

TEST_F(OutputFileTest, AStreamThatDoesNotBlockGetsAllOfIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC), 0);
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const std::string content(1'000'000, 'x');
  std::string got;
  std::thread reader([&] {
    std::string buffer(4096, '\0');
    ::fcntl(reading.get(), F_SETFL, 0);
    while (true) {
      const ssize_t count = ::read(reading.get(), buffer.data(), buffer.size());
      if (count <= 0) return;
      got.append(buffer, 0, static_cast<std::size_t>(count));
    }
  });
  EXPECT_EQ(write_all(writing.get(), content), 0);
  writing.reset();
  reader.join();
  EXPECT_EQ(got, content);
}

TEST_F(OutputFileTest, ANewFileHasNoNameUntilItIsPublished) {
  {
    auto dropped = NewFile::make(at("."));
    ASSERT_TRUE(dropped);
    EXPECT_EQ(dropped->write("x"), 0);
  }
  auto file = NewFile::make(at("."));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->write("new"), 0);
  EXPECT_EQ(names(), Names{});
  put("file", "old");
  EXPECT_EQ(file->publish(at("file")), 0);
  EXPECT_EQ(names(), Names{"file"});
  EXPECT_EQ(text("file"), "new");
  EXPECT_EQ(NewFile::make(at("nowhere")).error(), ENOENT);
}

TEST_F(OutputFileTest, AGrowingFileKeepsWhatWasThereUntilItGrows) {
  put("old", "a longer text than what comes");
  {
    const auto unused = GrowingFile::open(at("old"));
    const auto made = GrowingFile::open(at("new"));
    ASSERT_TRUE(unused && made);
  }
  EXPECT_EQ(names(), Names{"old"});
  EXPECT_EQ(text("old"), "a longer text than what comes");
  {
    auto file = GrowingFile::open(at("old"));
    ASSERT_TRUE(file);
    EXPECT_TRUE(file->append("one "));
    EXPECT_TRUE(file->append("two"));
    EXPECT_EQ(text("old"), "one two");  // at once: an interrupted run leaves it
  }
  EXPECT_EQ(text("old"), "one two");
  auto full = GrowingFile::open("/dev/full");
  ASSERT_TRUE(full);
  EXPECT_FALSE(full->append("x"));
}

}  // namespace
}  // namespace ipcmark
