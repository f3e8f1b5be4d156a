#include "tools/files/output_place.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "backends/fd.hpp"
#include "tests/unit/tools/files/scratch_directory.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

class OutputPlaceTest : public ScratchDirectory {
 protected:
  OutputPlace place(const std::string& name) const {
    const auto found = find_output_place(name);
    EXPECT_TRUE(found) << (found ? "" : found.error());
    return found.value_or(OutputPlace{});
  }
  std::string refusal(const std::string& name) const {
    const auto found = find_output_place(name);
    return found ? "" : found.error();
  }
  void link(const std::string& target, const std::string& name) const {
    fs::create_symlink(target, at(name));
  }
};

TEST_F(OutputPlaceTest, AFileIsFoundUnderEveryName) {
  put("file", "x");
  fs::create_hard_link(at("file"), at("hard"));
  fs::create_directory(at("folder"));
  link("../file", "folder/up");
  link("folder/up", "chain");
  link(".", "same");
  for (const char* name : {"file", "folder/up", "chain", "same/file", "folder/../same/chain"}) {
    EXPECT_EQ(place(at(name)).path, at("file")) << name;
    EXPECT_TRUE(place(at(name)).exists());
    EXPECT_FALSE(place(at(name)).is_stream());
    EXPECT_TRUE(is_same_file(at(name), at("file"))) << name;
  }
  EXPECT_TRUE(is_same_file(at("hard"), at("file")));
  EXPECT_EQ(place(at("chain")).named, at("chain"));
  EXPECT_FALSE(is_same_file(at("file"), at("other")));
}

TEST_F(OutputPlaceTest, WhatADanglingLinkNamesNeedNotExist) {
  fs::create_directory(at("folder"));
  link("folder/new", "dangling");
  link(at("dangling"), "again");
  EXPECT_EQ(place(at("again")).path, at("folder/new"));
  EXPECT_FALSE(place(at("again")).exists());
  EXPECT_TRUE(is_same_file(at("dangling"), at("folder/new")));
  EXPECT_FALSE(is_same_file(at("dangling"), at("new")));
  link("nowhere/new", "far");
  EXPECT_NE(refusal(at("far")).find("No such file or directory"), std::string::npos);
}

TEST_F(OutputPlaceTest, LoopsOfLinksAreRefused) {
  link("b", "a");
  link("a", "b");
  link("self", "self");
  link("b/file", "through");
  for (const char* name : {"a", "b", "self", "through", "a/file"}) {
    EXPECT_NE(refusal(at(name)).find("links lead in a circle"), std::string::npos) << name;
  }
}

TEST_F(OutputPlaceTest, WhatCannotBeWrittenIsRefused) {
  fs::create_directory(at("folder"));
  put("file", "");
  const Fd server(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, at("socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  for (const char* name : {"folder", "folder/", "new/", "folder/..", "."}) {
    EXPECT_NE(refusal(at(name)).find("it is a directory; give a file name"), std::string::npos)
        << name;
  }
  EXPECT_NE(refusal(at("socket")).find("it is a socket"), std::string::npos);
  EXPECT_NE(refusal(at("file/x")).find("Not a directory"), std::string::npos);
  EXPECT_NE(refusal(at("file/")).find("Not a directory"), std::string::npos);
  EXPECT_NE(refusal(at(std::string(256, 'x'))).find("File name too long"), std::string::npos);
}

TEST_F(OutputPlaceTest, DisksAreRefused) {
  if (::mknod(at("disk").c_str(), S_IFBLK | 0600, makedev(240, 0)) != 0) {
    GTEST_SKIP() << "needs root to make a device";
  }
  EXPECT_NE(refusal(at("disk")).find("it is a block device"), std::string::npos);
}

TEST_F(OutputPlaceTest, DescriptorsAreStreamsWhateverIsBehindThem) {
  const Fd file(::open(at("file").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const int number = file.get();
  link(fmt::format("/proc/self/fd/{}", number), "link");
  for (const std::string& name :
       {fmt::format("/proc/self/fd/{}", number), fmt::format("/dev/fd/{}", number),
        fmt::format("/proc/{}/fd/{}", ::getpid(), number),
        fmt::format("/proc/thread-self/fd/{}", number), at("link")}) {
    EXPECT_EQ(place(name).descriptor, number) << name;
    EXPECT_TRUE(place(name).is_stream());
    EXPECT_TRUE(is_same_file(name, at("file")));
  }
  EXPECT_EQ(place("-").descriptor, STDOUT_FILENO);
  EXPECT_EQ(place("/dev/stdout").descriptor, STDOUT_FILENO);
  EXPECT_EQ(place("/dev/stderr").descriptor, STDERR_FILENO);
  const Fd reading(::open(at("file").c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_NE(refusal(fmt::format("/dev/fd/{}", reading.get())).find("open for reading only"),
            std::string::npos);
  EXPECT_NE(refusal("/dev/fd/777"), "");
}

TEST_F(OutputPlaceTest, DevicesAndFifosAreStreams) {
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  link("fifo", "link");
  EXPECT_TRUE(place(at("link")).is_stream());
  EXPECT_EQ(place(at("link")).path, at("fifo"));
  EXPECT_TRUE(place("/dev/null").is_stream());
  EXPECT_EQ(name_beside("/dev/null", ".log"), "");
  EXPECT_EQ(name_beside("-", ".log"), "");
  EXPECT_EQ(name_beside("", ".log"), "");
  EXPECT_EQ(name_beside(at("file"), ".log"), at("file.log"));
}

TEST_F(OutputPlaceTest, TwoOutputsInOneFileAreRefused) {
  put("there", "x");
  link("there", "link");
  link("new", "dangling");
  ASSERT_EQ(::mkfifo(at("fifo").c_str(), 0600), 0);
  const auto wrong = [this](const char* first, const char* second) {
    return wrong_outputs({{"--one", at(first)}, {"--two", at(second)}});
  };
  EXPECT_EQ(wrong("there", "link"),
            fmt::format("--two: '{}' is also --one; name another file", at("link")));
  EXPECT_NE(wrong("new", "dangling"), "");
  EXPECT_NE(wrong("fifo", "fifo"), "");
  EXPECT_NE(wrong_outputs({{"--one", "-"}, {"--two", "-"}}), "");
  EXPECT_EQ(wrong("new", "newer"), "");
  EXPECT_EQ(wrong_outputs({{"--one", ""}, {"--two", ""}}), "");
  EXPECT_EQ(wrong_outputs({{"--one", "/dev/null"}, {"--two", "/dev/null"}}), "");
}

TEST_F(OutputPlaceTest, AnOutputInAFileThatIsReadIsRefused) {
  put("read", "x");
  link("read", "link");
  EXPECT_EQ(wrong_outputs({{"--out", at("link")}}, {{"what is read", at("read")}}),
            fmt::format("--out: '{}' is also what is read; name another file", at("link")));
  EXPECT_EQ(wrong_outputs({{"--out", at("other")}}, {{"what is read", at("read")}}), "");
  EXPECT_EQ(wrong_outputs({{"--out", at("other")}}, {{"what is read", at("other")}}), "");
  EXPECT_EQ(wrong_outputs({{"--out", at("other")}}, {{"what is read", ""}}), "");
}

}  // namespace
}  // namespace ipcmark
