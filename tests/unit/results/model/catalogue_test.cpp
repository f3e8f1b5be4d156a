#include "results/model/catalogue.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "tests/unit/results/empty_document.hpp"
#include "tools/commands/snippets.hpp"

namespace ipcmark {
namespace {

void expect_well_declared(const std::vector<FigureEntry>& figures, const std::string& where) {
  std::set<std::string> names;
  for (const FigureEntry& figure : figures) {
    const std::string name = where + ": " + figure.name;
    EXPECT_TRUE(names.insert(name).second) << name << " twice";
    EXPECT_TRUE(std::string_view(figure.sentence).ends_with('.')) << name;
    // What is ranked, judged or compared says which way is better.
    EXPECT_TRUE(figure.as == Recorded::count || figure.better != Better::neither) << name;
    EXPECT_TRUE(figure.as != Recorded::histogram || figure.unit == Unit::nanoseconds) << name;
  }
}

TEST(Catalogue, IsWellDeclared) {
  const Catalogue& catalogue = built_in_catalogue();
  expect_well_declared(catalogue.shared, "shared");
  for (const ScenarioFacts& scenario : catalogue.scenarios) {
    expect_well_declared(scenario.figures, scenario.name);
    EXPECT_TRUE(!scenario.timed || !scenario.headlines().empty()) << scenario.name;
    for (const FigureEntry& figure : scenario.figures) {
      for (const FigureEntry& other : catalogue.shared) {
        EXPECT_STRNE(figure.name, other.name) << scenario.name;
      }
    }
  }
}

TEST(Catalogue, EveryNeedHasOneScenarioThatAnswersIt) {
  const Catalogue& catalogue = built_in_catalogue();
  std::set<Exchange> answered;
  for (const ScenarioFacts& scenario : catalogue.scenarios) {
    if (!scenario.answer) continue;
    EXPECT_TRUE(answered.insert(scenario.answer->exchange).second) << scenario.name;
    EXPECT_NE(catalogue.find(scenario.name, scenario.answer->figure), nullptr) << scenario.name;
    for (const char* option : {scenario.answer->amount, scenario.answer->at_default}) {
      EXPECT_TRUE(*option == '\0' || scenario.defaults.contains(option)) << scenario.name;
    }
  }
  EXPECT_EQ(answered, (std::set<Exchange>{Exchange::two_way, Exchange::stream, Exchange::offered,
                                          Exchange::fan_in, Exchange::fan_out, Exchange::signals}));
}

TEST(Catalogue, FindsTheScenariosOwnFirstAndExtremesUnderTheirHistogram) {
  const Catalogue& catalogue = built_in_catalogue();
  EXPECT_EQ(catalogue.find("counter", "rate")->unit, Unit::operations_per_second);
  EXPECT_EQ(catalogue.find("throughput", "rate")->unit, Unit::messages_per_second);
  EXPECT_EQ(catalogue.find("latency", "rate"), nullptr);
  EXPECT_STREQ(catalogue.find("latency", "round_trip_max")->name, "round_trip");
  EXPECT_EQ(catalogue.find("throughput", "rate_max"), nullptr);
  EXPECT_NE(catalogue.find("nobody's", "cpu_per_message"), nullptr);
}

TEST(Catalogue, MechanismsHaveNotesAndProgramsToStartWith) {
  const Catalogue& catalogue = built_in_catalogue();
  RunSpec spec;
  spec.backend = "pipe";
  ASSERT_NE(catalogue.mechanism(spec), nullptr);
  EXPECT_EQ(catalogue.mechanism(spec)->snippet, "pipe");
  spec.backend.clear();
  spec.notifier = "pipe";
  ASSERT_NE(catalogue.mechanism(spec), nullptr);
  EXPECT_EQ(catalogue.mechanism(spec)->snippet, "notify/pipe");
  std::set<std::string> programs;
  for (const Snippet& snippet : snippets()) programs.insert(snippet.name);
  for (const MechanismFacts& each : catalogue.notifiers) {
    EXPECT_NE(each.note, "") << each.name;
    EXPECT_TRUE(programs.contains(each.snippet)) << each.name;
  }
  for (const MechanismFacts& each : catalogue.backends) {
    EXPECT_EQ(each.note.empty(), each.snippet.empty()) << each.name;
    EXPECT_TRUE(each.snippet.empty() || programs.contains(each.snippet)) << each.name;
  }
}

// The schema is for readers that do not know this program.
TEST(Units, AreThoseOfTheSchema) {
  std::ifstream file(IPCMARK_GOLDEN_DIR "/../../../../results/json/ipcmark.result.schema.json");
  const auto schema = nlohmann::json::parse(file);
  std::set<std::string> published;
  for (const auto& name : schema.at("$defs").at("unit").at("enum")) {
    published.insert(name.get<std::string>());
  }
  std::set<std::string> known;
  for (const UnitRow& row : units()) known.insert(row.name);
  EXPECT_EQ(published, known);
}

}  // namespace
}  // namespace ipcmark
