#include "results/json/json_cursor.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ipcmark {
namespace {

// The member "a" of the text, or what is wrong with it.
template <class Value>
std::string read_as(const std::string& text, Value& value) {
  const auto read = read_json<Value>(
      text, [](const JsonCursor& cursor, Value& into) { cursor.require("a").read(into); });
  if (read) value = *read;
  return read ? std::string() : read.error();
}

template <class Value>
std::string wrong_with(const std::string& text) {
  Value value{};
  return read_as(text, value);
}

TEST(JsonPlace, OfSeveralMembersOfANameTheLastCounts) {
  int number = 0;
  EXPECT_EQ(read_as(R"({"a":1,"b":7,"a":2})", number), "");
  EXPECT_EQ(number, 2);
  std::map<std::string, std::vector<int>> lists;
  EXPECT_EQ(read_as(R"({"a":{"z":[1],"y":[2],"z":[3,4]}})", lists), "");
  EXPECT_EQ(lists, (std::map<std::string, std::vector<int>>{{"y", {2}}, {"z", {3, 4}}}));
}

TEST(JsonPlace, NumbersAreReadWhereTheyFit) {
  std::uint64_t large = 0;
  EXPECT_EQ(read_as(R"({"a":18446744073709551615})", large), "");
  EXPECT_EQ(large, ~std::uint64_t{0});
  std::int8_t small = 0;
  EXPECT_EQ(read_as(R"({"a":-128})", small), "");
  EXPECT_EQ(small, -128);
  double number = 0;
  EXPECT_EQ(read_as(R"({"a":-3})", number), "");
  EXPECT_EQ(number, -3);
  EXPECT_EQ(read_as(R"({"a":0.1})", number), "");
  EXPECT_EQ(number, 0.1);
  EXPECT_EQ(wrong_with<std::int8_t>(R"({"a":-129})"), "/a: is out of range");
  EXPECT_EQ(wrong_with<std::uint32_t>(R"({"a":-1})"), "/a: is out of range");
  EXPECT_EQ(wrong_with<std::int64_t>(R"({"a":9223372036854775808})"), "/a: is out of range");
  EXPECT_EQ(wrong_with<int>(R"({"a":1.0})"), "/a: must be a whole number");
  EXPECT_EQ(wrong_with<int>(R"({"a":true})"), "/a: must be a whole number");
  for (const char* text : {R"({"a":18446744073709551616})", R"({"a":1e400})"}) {
    EXPECT_EQ(wrong_with<double>(text), "not usable JSON: a number is too large to be read");
  }
}

TEST(JsonPlace, AMistakeIsNamedByItsPointer) {
  EXPECT_EQ(wrong_with<std::string>(R"({"a":[]})"), "/a: must be a string");
  EXPECT_EQ(wrong_with<bool>(R"({"a":0})"), "/a: must be true or false");
  EXPECT_EQ(wrong_with<double>(R"({"a":"1"})"), "/a: must be a number");
  EXPECT_EQ(wrong_with<int>(R"({"b":1})"), "/a: is missing");
  EXPECT_EQ(wrong_with<int>(R"({"a":null})"), "/a: is missing");
  using Lists = std::map<std::string, std::vector<std::vector<int>>>;
  EXPECT_EQ(wrong_with<Lists>(R"({"a":{"x/y~z":[[1],[2,3,"4"]]}})"),
            "/a/x~1y~0z/1/2: must be a whole number");
  EXPECT_EQ(wrong_with<Lists>(R"({"a":{"x":{}}})"), "/a/x: must be an array");
}

TEST(JsonPlace, WhatIsNoJsonIsNamedByLineAndColumn) {
  for (const auto& [text, where] : std::vector<std::pair<std::string, const char*>>{
           {"{\"a\":1} x", "line 1, column 9"},
           {"{\"a\":\n1,}", "line 2, column 3"},
           {"{\"a\":\"\xff\"}", "line 1, column 7"},
           {"{\"a\":\"\\ud800\"}", "line 1, column 13"},
           {"{\"a\":\"\t\"}", "line 1, column 7"},
           {"{\"a\":01}", "line 1, column 7"},
           {"{\"a\":1", "line 1, column 7"},
           {std::string(3, '\0'), "line 1, column 1"}}) {
    EXPECT_EQ(wrong_with<int>(text), std::string("not JSON: ") + where) << text;
  }
}

TEST(JsonPlace, AByteOrderMarkIsNoMistake) {
  int number = 0;
  EXPECT_EQ(read_as("\xef\xbb\xbf{\"a\":7}", number), "");
  EXPECT_EQ(number, 7);
}

TEST(JsonPlace, SixtyFourLevelsAreRead) {
  const auto nested = [](std::size_t levels) {
    return "{\"a\":1,\"b\":" + std::string(levels - 1, '[') + "1" + std::string(levels - 1, ']') +
           "}";
  };
  EXPECT_EQ(wrong_with<int>(nested(64)), "");
  EXPECT_EQ(wrong_with<int>(nested(65)), "not usable JSON: nested deeper than 64 levels");
}

}  // namespace
}  // namespace ipcmark
