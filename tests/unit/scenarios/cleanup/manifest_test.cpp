// Every test has a runtime directory of its own.
#include "scenarios/cleanup/manifest.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
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

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST_F(ManifestTest, DirectoryAndFileArePrivateWhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{0777}}) {
    const auto before = ::umask(mask);
    auto manifest = Manifest::create();
    ::umask(before);
    ASSERT_TRUE(manifest) << explain(manifest.error());
    EXPECT_EQ(mode_of(base_), 0700U);
    EXPECT_EQ(mode_of((*manifest)->directory()), 0700U);
    EXPECT_EQ(mode_of(base_ + "/" + (*manifest)->run_id() + ".manifest"), 0600U);
    manifest->reset();
    fs::remove(base_);
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
    std::ofstream((*manifest)->directory() + "/unclaimed") << "x";
  }
  EXPECT_TRUE(fs::is_empty(base_));
  EXPECT_EQ(clean_up(false).runs, 0U);
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
  fs::create_directory_symlink(root_ + "/elsewhere", base_);
  const auto planted = Manifest::create();
  ASSERT_FALSE(planted);
  EXPECT_NE(explain(planted.error()).find("symbolic link"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(root_ + "/elsewhere"));
  fs::remove(base_);

  fs::create_directory(base_);
  fs::permissions(base_, fs::perms::all);
  const auto open_to_all = Manifest::create();
  ASSERT_FALSE(open_to_all);
  EXPECT_NE(explain(open_to_all.error()).find("written by others"), std::string::npos);
  EXPECT_TRUE(fs::is_empty(base_));
}

TEST_F(ManifestTest, ADirectoryOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to make one";
  fs::create_directory(base_);
  ASSERT_EQ(::chown(base_.c_str(), 12345, 12345), 0);
  const auto made = Manifest::create();
  ASSERT_FALSE(made);
  EXPECT_NE(explain(made.error()).find("another user"), std::string::npos);
}

TEST_F(ManifestTest, APathTooLongForASocketIsRefused) {
  base_ = root_ + "/" + std::string(90, 'x');
  ::setenv("IPCMARK_RUNTIME_DIR", base_.c_str(), 1);
  const auto made = Manifest::create();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Errc::limit);
}

}  // namespace
}  // namespace ipcmark
