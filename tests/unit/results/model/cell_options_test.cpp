#include "results/model/cell_options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace ipcmark {
namespace {

// A value of each that is not the default.
std::string other_text(const CellOption& option) {
  if (option.rule.kind == OptionKind::cpus) return "1,3";
  if (option.rule.kind == OptionKind::name) return "some";
  if (option.rule.kind == OptionKind::burst) return "5:2ms";
  if (option.rule.kind == OptionKind::sizes) return "64B:7,4KiB:3";
  if (option.rule.kind == OptionKind::replay) return "web.txt@0123456789abcdef";
  if (option.rule.kind == OptionKind::flag) return "yes";
  if (option.rule.kind == OptionKind::numa) return "bind:1";
  const RunSpec plain;
  const std::int64_t max = option.rule.max;
  return option_text(option.rule, max == cell_number(option, plain) ? max - 1 : max);
}

TEST(CellOptions, EachIsReadAsItIsWritten) {
  std::set<std::string> seen;
  for (const CellOption& option : cell_options()) {
    EXPECT_TRUE(seen.insert(option.name).second) << option.name;
    if (*option.flag == '\0') continue;
    RunSpec spec;
    EXPECT_TRUE(is_default(option, spec)) << option.name;
    const std::string text = other_text(option);
    EXPECT_EQ(set_cell_option(option, text, spec), "") << option.name;
    EXPECT_EQ(cell_text(option, spec), text) << option.name;
    EXPECT_FALSE(is_default(option, spec)) << option.name;
    EXPECT_EQ(cell_option(option.flag), &option);
  }
}

TEST(CellOptions, WhatIsWrongLeavesTheSpecAlone) {
  RunSpec spec;
  const RunSpec before = spec;
  for (const auto& [flag, text] : std::initializer_list<std::pair<const char*, const char*>>{
           {"size", "big"}, {"wait", "sleep"}, {"depth", "0"}, {"cpus", "3-1"}, {"fault", ""}}) {
    EXPECT_NE(set_cell_option(*cell_option(flag), text, spec), "") << flag;
  }
  EXPECT_EQ(spec, before);
}

TEST(CellOptions, TheKeyHasEachThatMakesFiguresIncomparable) {
  RunSpec plain;
  plain.scenario = "latency";
  plain.backend = "pipe";
  for (const CellOption& option : cell_options()) {
    if (option.in_key == InKey::no) continue;
    RunSpec spec = plain;
    ASSERT_EQ(set_cell_option(option, other_text(option), spec), "") << option.name;
    EXPECT_NE(spec.key(), plain.key()) << option.name;
  }
}

nlohmann::json schema(const char* path) {
  std::ifstream file(std::string(IPCMARK_SOURCE_DIR "/") + path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return nlohmann::json::parse(text);
}

// The schemas have lists of words of their own, for whoever reads them alone.
TEST(CellOptions, TheSchemasHaveTheSameWords) {
  const auto asked =
      schema("results/json/ipcmark.result.schema.json").at("$defs").at("asked").at("properties");
  const auto suite = schema("scenarios/plan/ipcmark.suite.schema.json").at("properties");
  const std::map<std::string, nlohmann::json> of_suites{
      {"wait", suite.at("waits").at("oneOf").at(1).at("items")},
      {"placement", suite.at("placements").at("items")},
      {"verify", suite.at("verify")}};
  for (const CellOption& option : cell_options()) {
    if (option.rule.kind != OptionKind::word) continue;
    const nlohmann::json words = option.rule.words;
    if (asked.contains(option.name)) {
      EXPECT_EQ(asked.at(option.name).at("enum"), words) << option.name;
    }
    const auto found = of_suites.find(option.flag);
    if (found != of_suites.end()) {
      EXPECT_EQ(found->second.at("enum"), words) << option.name;
    }
  }
}

}  // namespace
}  // namespace ipcmark
