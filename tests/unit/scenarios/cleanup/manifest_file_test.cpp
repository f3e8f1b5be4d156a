#include "scenarios/cleanup/manifest_file.hpp"

#include <gtest/gtest.h>

#include "tests/unit/scenarios/cleanup/manifest_fixture.hpp"

namespace ipcmark {
namespace {

TEST_F(ManifestTest, TornAndEmptyManifestsNameNothing) {
  EXPECT_FALSE(parse_manifest(""));
  EXPECT_FALSE(parse_manifest("ipcmark-manifest 1 ab"));
  const auto torn = parse_manifest("ipcmark-manifest 1 ab 7\nfile 1\n#ile 2\nsysv_que");
  ASSERT_TRUE(torn);
  ASSERT_EQ(torn->claims.size(), 1U);
  EXPECT_EQ(torn->claims[0].name, "1");
  EXPECT_FALSE(parse_manifest("ipcmark-manifest 1 ../x 7\n"));
  EXPECT_FALSE(parse_manifest("ipcmark-manifest 1 ab 7\nhouse 1\n"));
}

}  // namespace
}  // namespace ipcmark
