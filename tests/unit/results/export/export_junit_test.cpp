#include <gtest/gtest.h>

#include <string>

#include "tests/unit/results/export/exporting.hpp"

namespace ipcmark {
namespace {

TEST(Export, JunitSaysWhyAndIsXmlWhateverTheReason) {
  const std::string text = exported("junit", with_broken_pipe());
  EXPECT_NE(text.find("<failure type=\"deadlock\" message=\"sender 0 and receiver 1 wait "
                      "&lt;for&gt; each other &amp; ?\">"),
            std::string::npos);
  EXPECT_NE(text.find("<testsuite name=\"latency\" tests=\"7\" failures=\"2\""), std::string::npos);
  EXPECT_NE(text.find("<failure type=\"failed\" message=\"the counter ended at 14, not 15\">"),
            std::string::npos);
}

}  // namespace
}  // namespace ipcmark
