#include "tools/files/text_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "backends/fd.hpp"

namespace ipcmark {
namespace {

Fd file_of(const std::string& text) {
  Fd file(::memfd_create("text", MFD_CLOEXEC));
  EXPECT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return file;
}

std::string path_of(const Fd& file) { return "/proc/self/fd/" + std::to_string(file.get()); }

TEST(TextFile, IsReadWhole) {
  std::string text = "a\0b\xff\n";
  while (text.size() < 1'000'000) text += text;
  EXPECT_EQ(read_text_file(path_of(file_of(text))).value(), text);
  EXPECT_EQ(read_text_file("/dev/null").value(), "");
}

TEST(TextFile, WhatCannotBeReadIsOneSentence) {
  EXPECT_EQ(read_text_file("/nonexistent").error(),
            "cannot read '/nonexistent': No such file or directory");
  EXPECT_EQ(read_text_file("/proc").error(),
            "cannot read '/proc': it is a directory; give a file name");
  // Opened well, and then not to be read.
  EXPECT_EQ(read_text_file("/proc/self/mem").error(),
            "cannot read '/proc/self/mem': Input/output error");
}

TEST(TextFile, WhatIsTooLargeIsRefusedBeforeItFillsTheMemory) {
  Fd file(::memfd_create("large", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(file.get(), off_t{1} << 40U), 0);  // holes
  const auto read = read_text_file(path_of(file));
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().find("is larger than 512MiB"), std::string::npos) << read.error();
  EXPECT_NE(read_text_file("/dev/zero").error().find("is larger than"), std::string::npos);
}

}  // namespace
}  // namespace ipcmark
