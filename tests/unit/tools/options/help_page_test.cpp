// --help for people: one line an option, never wider than the page.
#include "tools/options/help_page.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "results/text/help_text.hpp"

namespace ipcmark {
namespace {

OptionEntry option(const std::string& name, const std::string& type, const std::string& help) {
  OptionEntry entry;
  entry.names = {name};
  entry.type = type;
  entry.help = help;
  return entry;
}

std::string page_of_one(const OptionEntry& entry) {
  CommandEntry command;
  command.name = "send";
  command.summary = "Send";
  command.options = {entry};
  return help_page(command, {});
}

// The one that begins so, without its indent.
std::string line_of(const std::string& page, const std::string& begin) {
  std::istringstream lines(page);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  " + begin)) return line.substr(2);
  }
  return {};
}

TEST(HelpPage, ShowsWhatStandsBehindAnOptionAtItsEnd) {
  OptionEntry entry = option("--count", "N", "How many");
  entry.needs = {"--to"};
  entry.excludes = {"--a", "--of"};
  entry.default_text = "6";
  EXPECT_EQ(line_of(page_of_one(entry), "--count"),
            "--count N               How many; needs --to; not with --a, --of (default: 6)");
  entry.excludes.push_back("--some");  // three: each of them says it
  EXPECT_EQ(line_of(page_of_one(entry), "--count"),
            "--count N               How many; needs --to (default: 6)");
  EXPECT_EQ(conditions_of(entry), "; needs --to; not with --a, --of, --some (default: 6)");
}

TEST(HelpPage, SaysWhatIsRequired) {
  OptionEntry entry = option("--to", "FILE", "Where");
  entry.required = true;
  EXPECT_EQ(line_of(page_of_one(entry), "--to"), "--to FILE               Where (required)");
  OptionEntry place;
  place.place = "FILE";
  place.help = "What";
  place.required = true;
  EXPECT_EQ(line_of(page_of_one(place), "FILE"), "FILE                    What");
  EXPECT_NE(page_of_one(place).find("Usage: ipcmark send [OPTIONS] FILE\n"), std::string::npos);
  place.required = false;
  place.several = true;
  EXPECT_NE(page_of_one(place).find("Usage: ipcmark send [OPTIONS] [FILE...]\n"),
            std::string::npos);
}

TEST(HelpPage, KeepsToItsWidthWhateverAnOptionSays) {
  OptionEntry entry = option("--words", "one|two|three", std::string());
  for (int i = 0; i < 30; ++i) entry.help += "many words ";
  entry.default_text = "one";
  const std::string line = line_of(page_of_one(entry), "--words");
  EXPECT_LE(line.size(), 78U);
  EXPECT_TRUE(line.ends_with("... (default: one)")) << line;
  entry.type = "a-long-word|another-long-word|and-one-more";
  EXPECT_TRUE(line_of(page_of_one(entry), "--words").starts_with("--words WORD "));
  entry.help = std::string(100, 'x');  // nowhere to cut
  EXPECT_EQ(line_of(page_of_one(entry), "--words"), "--words WORD            ... (default: one)");
}

TEST(HelpText, HasAShortLineAndSentencesBelow) {
  EXPECT_EQ(short_help("How many\nAt once. In all."), "How many");
  EXPECT_EQ(help_detail("How many\nAt once. In all."), "At once. In all.");
  EXPECT_EQ(whole_help("How many\nAt once. In all."), "How many. At once. In all.");
  EXPECT_EQ(help_detail("How many"), "");
  EXPECT_EQ(whole_help("How many"), "How many");
}

}  // namespace
}  // namespace ipcmark
