#include "backends/kernel/file_text.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "backends/fd.hpp"

namespace ipcmark {
namespace {

Fd file_with(const std::string& text) {
  Fd file(::memfd_create("text", MFD_CLOEXEC));
  EXPECT_EQ(::pwrite(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  return file;
}

TEST(FileText, IsReadFromWhereTheFileStands) {
  const Fd file = file_with("one two");
  EXPECT_EQ(read_to_end(file.get(), 7).value(), "one two");
  EXPECT_EQ(read_to_end(file.get(), 7).value(), "");
  ::lseek(file.get(), 4, SEEK_SET);
  EXPECT_EQ(read_to_end(file.get(), 7).value(), "two");
}

TEST(FileText, AFileThatIsTooLargeIsRefusedBeforeItIsRead) {
  const Fd file = file_with("one two");
  const auto text = read_to_end(file.get(), 6);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().code, Errc::too_large);
  EXPECT_EQ(::lseek(file.get(), 0, SEEK_CUR), 0);
}

TEST(FileText, WhatDoesNotSayItsSizeIsReadUpToTheLimit) {
  const Fd status(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
  const auto text = read_to_end(status.get(), 1U << 20U);
  ASSERT_TRUE(text);
  EXPECT_NE(text->find("Pid:"), std::string::npos);
  ::lseek(status.get(), 0, SEEK_SET);
  EXPECT_EQ(read_to_end(status.get(), 10).error().code, Errc::too_large);
  const Fd zeros(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(read_to_end(zeros.get(), 1U << 20U).error().code, Errc::too_large);
}

}  // namespace
}  // namespace ipcmark
