// Every string of a document, wherever it is shown or written: none is more than text there.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "results/advice/advice.hpp"
#include "results/comparison/comparison.hpp"
#include "results/comparison/comparison_text.hpp"
#include "results/console/check_matrix.hpp"
#include "results/console/console.hpp"
#include "results/report/report.hpp"
#include "tests/unit/results/export/exporting.hpp"
#include "tests/unit/results/poisoned_document.hpp"

namespace ipcmark {
namespace {

constexpr Poison both[] = {Poison::values, Poison::all};

Comparison compared(ResultDocument document, const std::string& words) {
  Comparison comparison = compare_results(document, document, {}, {});
  // One that failed, and one that is missing on either side.
  ResultDocument less = document;
  less.cells.erase(less.cells.begin());
  document.cells.pop_back();
  comparison = compare_results(document, less, {}, {});
  comparison.base.name = comparison.candidate.name = words + "base.json";
  return comparison;
}

std::vector<std::string> shown_on_a_terminal(const std::string& words, Poison where) {
  const ResultDocument document = poisoned_document(words, where);
  std::vector<std::string> texts;
  for (const bool unicode : {true, false}) {
    for (const unsigned width : {50U, 200U}) {
      const ConsoleStyle style{false, unicode, width};
      texts.push_back(result_to_console(document, style));
      texts.push_back(check_to_console(document, style));
      texts.push_back(comparison_to_console(compared(document, words), style, true));
      for (const NamedNeed& row : named_needs()) {
        texts.push_back(advice_to_console(advise(document, row.need), words + "a.json", style));
      }
    }
  }
  return texts;
}

TEST(PoisonedDocument, ATerminalIsGivenText) {
  for (const std::string words : {"\x1b]0;t\x07\x1b[2J", "\u009b2J", "\u202e\r\b\x7f"}) {
    for (const Poison where : both) {
      for (const std::string& text : shown_on_a_terminal(words, where)) {
        for (const char* part : {"\x1b", "\x07", "\u009b", "\u202e", "\r", "\b", "\x7f"}) {
          ASSERT_EQ(text.find(part), std::string::npos) << text;
        }
      }
    }
  }
}

TEST(PoisonedDocument, ALineOfATerminalIsOurs) {
  for (const Poison where : both) {
    for (const std::string& text : shown_on_a_terminal("\nmade up: ", where)) {
      ASSERT_EQ(text.find("\nmade up"), std::string::npos) << text;
    }
  }
}

std::string page_of(const std::string& words, Poison where) {
  const ResultDocument document = poisoned_document(words, where);
  ResultDocument slower = document;
  for (Cell& cell : slower.cells) {
    for (Trial& trial : cell.trials) {
      for (Metric& metric : trial.metrics) metric.value *= 0.5;
    }
  }
  return report_to_html(
      std::vector<ReportedResult>{{words + "a.json", document}, {words + "b.json", slower}});
}

TEST(PoisonedDocument, APageHasNoMarkupButItsOwn) {
  for (const Poison where : both) {
    const std::string plain = page_of("", where);
    for (const std::string words :
         {"</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!--", "]]>"}) {
      const std::string page = page_of(words, where);
      ASSERT_EQ(occurrences(page, "<script"), occurrences(plain, "<script"));
      ASSERT_EQ(occurrences(page, "</script"), occurrences(plain, "</script"));
      ASSERT_EQ(occurrences(page, "<img"), 0U);
      ASSERT_EQ(occurrences(page, "<!--"), 0U);
    }
    const std::string page = page_of("\" onmouseover=\"alert(1)\" '", where);
    for (auto at = page.find("\" onmouseover"); at != std::string::npos;
         at = page.find("\" onmouseover", at + 1)) {
      ASSERT_EQ(page[at - 1], '\\') << "in a string of the page's data alone";
    }
  }
}

// What is not in code, where nothing is read, nor behind a backslash.
std::string read_as_markup(const std::string& text) {
  std::string rest;
  bool code = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '`') {
      code = !code;
    } else if (text[i] == '\\' && !code) {
      ++i;
    } else if (!code) {
      rest += text[i];
    }
  }
  EXPECT_FALSE(code) << text;
  return rest;
}

TEST(PoisonedDocument, MarkdownHasNoMarkupButItsOwn) {
  for (const Poison where : both) {
    for (const std::string words : {"<b>", "|x|", "[x](http://y)", "\n# x\n", "**x**", "`x"}) {
      const ResultDocument document = poisoned_document(words, where);
      for (const std::string& text :
           {exported("markdown", document), comparison_to_markdown(compared(document, words))}) {
        ASSERT_EQ(read_as_markup(text).find(words), std::string::npos) << text;
      }
    }
  }
}

}  // namespace
}  // namespace ipcmark
