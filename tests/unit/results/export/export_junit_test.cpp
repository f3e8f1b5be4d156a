#include <gtest/gtest.h>

#include <string>

#include "tests/unit/results/export/exporting.hpp"

namespace ipcmark {
namespace {

TEST(Export, JunitSaysWhyAndIsXmlWhateverTheReason) {
  const std::string text = exported("junit", with_broken_pipe());
  EXPECT_NE(text.find("<failure type=\"deadlock\" message=\"sender 0 and receiver 1 wait "
                      "&lt;for&gt; each other &amp; \\x01\">"),
            std::string::npos);
  EXPECT_NE(text.find("<testsuite name=\"latency\" tests=\"7\" failures=\"2\""), std::string::npos);
  EXPECT_NE(text.find("<failure type=\"failed\" message=\"the counter ended at 14, not 15\">"),
            std::string::npos);
}

// https://www.w3.org/TR/xml/#charsets
TEST(Export, JunitHasNoCharacterThatXmlForbids) {
  for (const char* text : {"\uffff", "\ufffe", "\x01\x1f", "\x1b[2J", "\xff\xed\xa0\x80"}) {
    ResultDocument document = with_broken_pipe();
    document.cells[1].trials[3].reason = std::string("before ") + text + " after";
    document.cells[2].spec.scenario = text;
    document.cells[3].spec.backend = text;
    document.run.id = document.run.started = text;
    document.environment.facts["cpu"]["model"] = text;
    const std::string xml = exported("junit", document);
    EXPECT_EQ(xml.find(text), std::string::npos);
    EXPECT_EQ(xml.find_first_of("\x01\x1f\x1b\xff"), std::string::npos);
    EXPECT_NE(xml.find("before \\"), std::string::npos);
  }
}

}  // namespace
}  // namespace ipcmark
