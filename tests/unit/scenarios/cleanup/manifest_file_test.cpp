#include "scenarios/cleanup/manifest_file.hpp"

#include <gtest/gtest.h>

namespace ipcmark {
namespace {

TEST(ManifestFile, HeadLinesOfBothFormatsAreUnderstood) {
  const auto old = parse_manifest("ipcmark-manifest 1 ab 7\nfile 1\n");
  ASSERT_TRUE(old);
  EXPECT_EQ(old->run_id, "ab");
  EXPECT_FALSE(old->origin);
  const auto now = parse_manifest(manifest_head("ab", 7, {"boot", "4026531839", "26"}));
  ASSERT_TRUE(now && now->origin);
  EXPECT_EQ(now->origin->boot, "boot");
  EXPECT_EQ(now->origin->ipc, "4026531839");
  EXPECT_EQ(now->origin->shm, "26");
}

TEST(ManifestFile, ATornLineNamesNothing) {
  const auto torn = parse_manifest("ipcmark-manifest 1 ab 7\nfile 1\n#ile 2\nsysv_que");
  ASSERT_TRUE(torn);
  ASSERT_EQ(torn->claims.size(), 1U);
  EXPECT_EQ(torn->claims[0].name, "1");
}

TEST(ManifestFile, WithoutAWholeHeadLineItIsNobodysManifest) {
  for (const char* text : {"", "\n", "{}\n", "ipcmark-manifest 1 ab", "ipcmark-manifest 1 ab 7",
                           "ipcmark-manifest 1 ../x 7\n", "ipcmark-manifest 1 ab 7 more\n",
                           "ipcmark-manifest 2 ab 7\n", "ipcmark-manifest 1  7\n"}) {
    const auto parsed = parse_manifest(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_FALSE(parsed.error().ours) << text;
  }
}

TEST(ManifestFile, OneOfOursThatIsNotUnderstoodIsToldFromThat) {
  for (const char* text : {"ipcmark-manifest 1 ab 7\nhouse 1\n", "ipcmark-manifest 1 ab 7\nfile\n",
                           "ipcmark-manifest 3 ab 7 new words\n"}) {
    const auto parsed = parse_manifest(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_TRUE(parsed.error().ours) << text;
  }
}

}  // namespace
}  // namespace ipcmark
