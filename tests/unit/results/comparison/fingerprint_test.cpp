#include "results/comparison/fingerprint.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ipcmark {
namespace {

TEST(Fingerprint, NamesWhatDiffers) {
  Environment a;
  a.facts = {{"cpu", {{"model", "X"}, {"governor", "performance"}}},
             {"kernel", {{"release", "6.1"}}},
             {"build", {{"type", "Release"}, {"revision", "one"}}},
             {"limits", {{"msgmax", "8192"}}}};
  Environment b = a;
  b.facts["build"]["revision"] = "two";  // what is compared
  EXPECT_TRUE(fingerprint_differences(a, b).empty());
  b.facts["cpu"]["governor"] = "powersave";
  b.facts["limits"]["msgmax"] = "65536";
  b.facts["kernel"].erase("release");
  EXPECT_EQ(fingerprint_differences(a, b),
            (std::vector<std::string>{"cpu governor: performance and powersave",
                                      "kernel release: 6.1 and not recorded",
                                      "limits msgmax: 8192 and 65536"}));
}

TEST(Fingerprint, ShowsWhereLongTextsPart) {
  Environment a;
  Environment b;
  const std::string same(200, 'm');
  a.facts["cpu"]["mitigations"] = same + " on";
  b.facts["cpu"]["mitigations"] = same + " off";
  EXPECT_EQ(fingerprint_differences(a, b),
            (std::vector<std::string>{"cpu mitigations: ...mmmmmmmm on and ...mmmmmmmm off"}));
}

}  // namespace
}  // namespace ipcmark
