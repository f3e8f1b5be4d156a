// Text in columns for a terminal: alignment, colour, and what gives way when it is narrow.
#pragma once

#include <string>
#include <vector>

#include "results/console/console.hpp"

namespace ipcmark {

enum class TextStyle { plain, bold, good, bad, dim };
std::string styled(const std::string& text, TextStyle text_style, const ConsoleStyle& style);
// Columns a UTF-8 text takes, all its characters being one wide.
std::size_t display_width(const std::string& text);
// Breaks at spaces, printable() otherwise; the first line starts with `first`, the others are
// indented as far. Each line ends with a newline.
std::string wrapped(const std::string& text, const std::string& first, std::size_t width);
// An empty line, the title, and the lines as a list; nothing where there are none.
std::string list_section(const char* title, const std::vector<std::string>& lines,
                         TextStyle text_style, const ConsoleStyle& style);

class Table {
 public:
  struct Column {
    std::string header;
    bool right = true;  // aligned
    int keep = 100;     // when too wide, the column with the least goes first; 100: never
    bool bar = false;   // takes the room that is left; its cells are fractions, drawn
  };
  struct Entry {
    std::string text;
    double fraction = 0;  // of a bar
    TextStyle text_style = TextStyle::plain;
  };

  explicit Table(std::vector<Column> columns);
  // What an entry says is shown as printable() shows it.
  void add(std::vector<Entry> row);
  // Columns of which every entry is empty are left out.
  std::string render(const ConsoleStyle& style) const;
  // Columns the widest row takes when none is dropped and bars have their minimum width.
  std::size_t natural_width() const;

 private:
  std::vector<std::size_t> widths() const;
  std::vector<Column> columns_;
  std::vector<std::vector<Entry>> rows_;
};

}  // namespace ipcmark
