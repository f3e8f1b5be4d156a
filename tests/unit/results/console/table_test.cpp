#include "results/console/table.hpp"

#include <gtest/gtest.h>

#include "tests/unit/results/lines.hpp"

namespace ipcmark {
namespace {

TEST(Table, AlignsAndDropsTheLeastImportantColumns) {
  Table table({{"name", false}, {"value"}, {"extra", true, 10}, {"more", true, 20}});
  table.add({{"a", 0, TextStyle::plain},
             {"1", 0, TextStyle::plain},
             {"x", 0, TextStyle::plain},
             {"y", 0, TextStyle::plain}});
  table.add({{"long name", 0, TextStyle::plain},
             {"1000 \u00b5s", 0, TextStyle::plain},
             {"", 0, TextStyle::plain},
             {"yy", 0, TextStyle::plain}});
  ConsoleStyle style;
  EXPECT_EQ(table.render(style),
            "  name         value  extra  more\n"
            "  a                1      x     y\n"
            "  long name  1000 \u00b5s           yy\n");
  style.width = 30;
  EXPECT_EQ(lines_of(table.render(style))[0], "  name         value  more");
  style.width = 3;  // columns that must stay do
  EXPECT_EQ(lines_of(table.render(style))[0], "  name         value");
}

TEST(Table, BarsTakeTheRoomThatIsLeft) {
  Table table({{"name", false}, {"", false, 50, true}});
  table.add({{"a", 0, TextStyle::plain}, {"", 1.0, TextStyle::plain}});
  table.add({{"b", 0, TextStyle::plain}, {"", 0.5, TextStyle::plain}});
  table.add({{"c", 0, TextStyle::plain}, {"", 1e-9, TextStyle::plain}});  // never nothing
  ConsoleStyle style;
  style.unicode = false;
  style.width = 18;
  EXPECT_EQ(table.render(style), "  name\n  a     ##########\n  b     #####\n  c     #\n");
  style.width = 10;
  EXPECT_EQ(table.render(style), "  name\n  a\n  b\n  c\n");
}

TEST(Table, WrapsWithAHangingIndent) {
  EXPECT_EQ(wrapped("one two three four", "  - ", 14), "  - one two\n    three four\n");
  EXPECT_EQ(wrapped("unbreakable", "  - ", 5), "  - unbreakable\n");
}

}  // namespace
}  // namespace ipcmark
