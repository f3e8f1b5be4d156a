#include "results/text/printable.hpp"

#include <gtest/gtest.h>

#include <string>

#include "results/text/html.hpp"
#include "results/text/markdown.hpp"

namespace ipcmark {
namespace {

TEST(Printable, TextStaysAsItIs) {
  for (const char* text :
       {"", "latency of 64 B", "14.6 \u00b5s \u00b1 2 %", "\u65e5\u672c \U0001f600"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ControlCharactersAreShown) {
  EXPECT_EQ(printable("\x1b]0;t\x07\x1b[2J"), "\\x1b]0;t\\x07\\x1b[2J");
  EXPECT_EQ(printable("a\r\n\tb\x7f"), "a\\x0d\\n\\tb\\x7f");
  EXPECT_EQ(printable(std::string("\0", 1)), "\\x00");
  EXPECT_EQ(printable("\u009b2J"),
            "\\u009b2J");  // the escape sequence's beginning in one character
  EXPECT_EQ(printable_lines("a\nb\x1b"), "a\nb\\x1b");
}

TEST(Printable, WhatTurnsOrBreaksALineIsShown) {
  EXPECT_EQ(printable("\u202eabc\u2066"), "\\u202eabc\\u2066");
  EXPECT_EQ(printable("a\u2028b\u2029"), "a\\u2028b\\u2029");
  EXPECT_EQ(printable("\uffff\ufffe"), "\\uffff\\ufffe");
}

TEST(Printable, BytesThatAreNoUtf8AreShown) {
  EXPECT_EQ(printable("\xff"), "\\xff");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf");                    // overlong
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");           // a surrogate
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // beyond the last character
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82");                    // cut off
}

TEST(Html, IsTextInEveryPlace) {
  EXPECT_EQ(html("<a href=\"x\" title='y'>&\x1b"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;\\x1b");
}

TEST(Markdown, IsTextInALine) {
  EXPECT_EQ(markdown_text("a|b <i>*c* _d_ `e` [f](g) ~h~ #i &amp; \\"),
            "a\\|b \\<i\\>\\*c\\* \\_d\\_ \\`e\\` \\[f\\](g) \\~h\\~ \\#i \\&amp; \\\\");
  EXPECT_EQ(markdown_text("a\nb"), "a\\\\nb");
  EXPECT_EQ(markdown_text("cpu_per_message _"), "cpu_per_message \\_");
  EXPECT_EQ(markdown_code("a|b`c"), "`a\\|b'c`");
}

}  // namespace
}  // namespace ipcmark
