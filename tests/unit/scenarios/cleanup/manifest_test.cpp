// Every test has a runtime directory of its own.
#include "scenarios/cleanup/manifest.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "scenarios/cleanup/manifest_file.hpp"
#include "tests/unit/scenarios/cleanup/manifest_fixture.hpp"

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

TEST_F(ManifestTest, DirectoryAndFileArePrivateWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const auto before = ::umask(mask);
    auto manifest = Manifest::create();
    ::umask(before);
    ASSERT_TRUE(manifest) << manifest.error();
    EXPECT_EQ(mode_of(base_), 0700U);
    EXPECT_EQ(mode_of((*manifest)->directory()), 0700U);
    EXPECT_EQ(mode_of(base_ + "/" + (*manifest)->run_id() + ".manifest"), 0600U);
    manifest->reset();
    EXPECT_TRUE(fs::is_empty(root_));
  }
}

TEST_F(ManifestTest, NothingIsLeftAfterItsLife) {
  {
    auto manifest = Manifest::create();
    ASSERT_TRUE(manifest);
    for (const auto kind : all_kinds) {
      const auto name = (*manifest)->claim(kind);
      ASSERT_TRUE(name);
      make(kind, *name);
      EXPECT_TRUE(exists(kind, *name));
    }
    EXPECT_TRUE((*manifest)->finish().empty());
    EXPECT_TRUE(fs::is_empty(root_));
    EXPECT_TRUE((*manifest)->finish().empty());
  }
  EXPECT_EQ(clean_up(false).runs, 0U);
}

TEST_F(ManifestTest, WhatIsNotTheRunsStaysInItsDirectoryAndIsSaid) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  const auto fifo = (*manifest)->claim(ObjectKind::file);
  make(ObjectKind::file, *fifo);
  const auto foreign = (*manifest)->directory() + "/letter";
  std::ofstream(foreign) << "x";
  const auto left = (*manifest)->finish();
  ASSERT_EQ(left.size(), 1U);
  EXPECT_NE(left[0].find((*manifest)->directory()), std::string::npos) << left[0];
  EXPECT_FALSE(fs::exists(*fifo));
  EXPECT_TRUE(fs::exists(foreign));
  EXPECT_EQ(clean_up(false).failed.size(), 1U);
  fs::remove(foreign);
  EXPECT_TRUE(clean_up(false).failed.empty());
  EXPECT_FALSE(fs::exists(base_));
}

// With the standard descriptors closed, whatever is opened first gets their numbers.
TEST_F(ManifestTest, NothingPrintedGetsIntoTheManifest) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    for (int fd = 0; fd <= 2; ++fd) ::close(fd);
    auto manifest = Manifest::create();
    if (!manifest || !(*manifest)->claim(ObjectKind::posix_shm)) ::_exit(1);
    for (int fd = 0; fd <= 2; ++fd) (void)!::write(fd, "a line\n", 7);
    const auto parsed = parse_manifest(text_of(base_ + "/" + (*manifest)->run_id() + ".manifest"));
    ::_exit(parsed && parsed->claims.size() == 1 ? 0 : 2);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(ManifestTest, NamesSayWhoseTheyAre) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  const auto& id = (*manifest)->run_id();
  const auto file = (*manifest)->claim(ObjectKind::file);
  const auto shm = (*manifest)->claim(ObjectKind::posix_shm);
  const auto queue = (*manifest)->claim(ObjectKind::sysv_queue);
  ASSERT_TRUE(file && shm && queue);
  EXPECT_EQ(fs::path(*file).parent_path(), (*manifest)->directory());
  EXPECT_LE(file->size(), 107U);
  EXPECT_TRUE(shm->starts_with("ipcmark." + id + ".")) << *shm;
  EXPECT_EQ(static_cast<unsigned>(key_of(*queue)) & 0xffff0000U, sysv_key_prefix);
}

TEST_F(ManifestTest, ClaimsAreInTheFileBeforeAndGoneAfter) {
  auto manifest = Manifest::create();
  ASSERT_TRUE(manifest);
  const fs::path file = base_ + "/" + (*manifest)->run_id() + ".manifest";
  const auto first = (*manifest)->claim(ObjectKind::posix_shm);
  const auto second = (*manifest)->claim(ObjectKind::sysv_queue);
  ASSERT_TRUE(first && second);
  const auto names = [&] {
    std::set<std::string> result;
    const auto parsed = parse_manifest(text_of(file));
    EXPECT_TRUE(parsed);
    if (parsed)
      for (const auto& claim : parsed->claims) result.insert(claim.name);
    return result;
  };
  EXPECT_EQ(names(), (std::set<std::string>{*first, *second}));
  (*manifest)->released(*first);
  EXPECT_EQ(names(), std::set<std::string>{*second});
  (*manifest)->released(*second);
  EXPECT_TRUE(names().empty());
  const auto size = fs::file_size(file);
  for (int i = 0; i < 100; ++i) (*manifest)->released(*(*manifest)->claim(ObjectKind::file));
  EXPECT_EQ(fs::file_size(file), size);  // does not grow for ever
}

TEST_F(ManifestTest, PlantedSymlinkAndForeignRightsAreRefused) {
  fs::create_directory(root_ + "/elsewhere");
  for (const auto& place : {chosen_, base_}) {
    fs::create_directory_symlink(root_ + "/elsewhere", place);
    const auto planted = Manifest::create();
    ASSERT_FALSE(planted);
    EXPECT_NE(planted.error().find("'" + place + "': it is a symbolic link"), std::string::npos)
        << planted.error();
    EXPECT_TRUE(fs::is_empty(root_ + "/elsewhere"));
    fs::remove(place);

    fs::create_directory(place);
    fs::permissions(place, fs::perms::all);
    const auto open_to_all = Manifest::create();
    ASSERT_FALSE(open_to_all);
    EXPECT_NE(open_to_all.error().find("written by others"), std::string::npos);
    EXPECT_TRUE(fs::is_empty(place));
    fs::permissions(place, fs::perms::owner_all);
  }
}

TEST_F(ManifestTest, ADirectoryOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make one";
  fs::create_directory(chosen_);
  ASSERT_EQ(::chown(chosen_.c_str(), 12345, 12345), 0);
  const auto made = Manifest::create();
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().find("another user"), std::string::npos);
}

TEST_F(ManifestTest, APathTooLongForASocketIsRefused) {
  const auto long_path = root_ + "/" + std::string(90, 'x');
  ::setenv("IPCMARK_RUNTIME_DIR", long_path.c_str(), 1);
  const auto made = Manifest::create();
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().find(long_path), std::string::npos);
  EXPECT_TRUE(fs::is_empty(root_));
}

}  // namespace
}  // namespace ipcmark
