// What no reader takes, whatever the document.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "results/comparison/variation.hpp"
#include "results/json/json.hpp"
#include "results/json/peer_protocol.hpp"
#include "results/json/trial_protocol.hpp"
#include "tests/unit/results/empty_document.hpp"

namespace ipcmark {
namespace {

using Reader = std::function<std::string(const std::string&)>;  // text to error, empty: none

template <class Read>
Reader error_of(Read read) {
  return [read](const std::string& text) {
    const auto value = read(text);
    return value ? std::string() : value.error();
  };
}

const std::vector<std::pair<const char*, Reader>>& readers() {
  static const std::vector<std::pair<const char*, Reader>> all{
      {"result", error_of([](const std::string& text) {
         return result_from_json(text, built_in_catalogue());
       })},
      {"spec", error_of(spec_from_json)},
      {"trial", error_of(trial_from_json)},
      {"variation", error_of(variation_from_json)},
      {"question", error_of(read_trial_question)},
      {"answer", error_of(read_trial_answer)},
      {"peer question", error_of(read_peer_question)}};
  return all;
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(Limits, DeepNestingIsRefusedByEveryReader) {
  constexpr std::size_t deep = 200'000;
  const std::string arrays = repeated("[", deep) + repeated("]", deep);
  const std::string objects = repeated("{\"a\":", deep) + "1" + repeated("}", deep);
  for (const auto& [name, read] : readers()) {
    for (const std::string& text : {arrays, objects, "{\"schema\":" + arrays + "}",
                                    "{\"unknown\":" + objects + "}", repeated("[", deep)}) {
      EXPECT_EQ(read(text), "not usable JSON: nested deeper than 64 levels") << name;
    }
    EXPECT_EQ(document_major("{\"version\":" + arrays + "}", "ipcmark.result"), 0);
  }
}

TEST(Limits, OnlyWhatIsNestedCounts) {
  const std::string brackets = repeated("[{", 1000);
  EXPECT_TRUE(spec_from_json("{\"scenario\":\"\\\"" + brackets + "\",\"backend\":\"\\\\\"}"));
  EXPECT_TRUE(spec_from_json("{\"scenario\":\"x\",\"new\":[" + repeated("[],", 1000) + "[]]}"));
  EXPECT_TRUE(
      spec_from_json("{\"scenario\":\"x\",\"new\":" + repeated("[", 60) + repeated("]", 60) + "}"));
}

std::string spec_with(const std::string& member) {
  return "{\"scenario\":\"latency\",\"backend\":\"shm_mutex\"," + member + "}";
}

TEST(Limits, SizesTimesAndAmountsBeyondAnyRunAreRefused) {
  for (const char* member : {
           R"("size":67108865)",
           R"("size":18446744073709551608)",
           R"("size":18446744073709551552)",
           R"("messages":281474976710657)",
           R"("messages":18446744073709551615)",
           R"("duration_ns":31622400000000001)",
           R"("duration_ns":18446744073709551615)",
           R"("warmup_ns":18446744073709551615)",
           R"("options":{"gap_ns":9223372036854775807})",
           R"("options":{"processes":-1})",
           R"("cpus":[0,-1])",
       }) {
    const auto spec = spec_from_json(spec_with(member));
    ASSERT_FALSE(spec) << member;
    EXPECT_TRUE(spec.error().starts_with("/: ")) << spec.error();
    const auto question =
        read_trial_question(R"({"schema":"ipcmark.trial-spec","version":{"major":1},"spec":)" +
                            spec_with(member) + "}");
    ASSERT_FALSE(question) << member;
    EXPECT_TRUE(question.error().starts_with("/spec: ")) << question.error();
    const auto result =
        result_from_json(R"({"schema":"ipcmark.result","version":{"major":1},"run":{"id":"x"},)"
                         R"("cells":[{"asked":)" +
                             spec_with(member) + "}]}",
                         built_in_catalogue());
    ASSERT_FALSE(result) << member;
    EXPECT_TRUE(result.error().starts_with("/cells/0/asked: ")) << result.error();
  }
  EXPECT_EQ(spec_from_json(spec_with(R"("size":67108865)")).error(),
            "/: size 67108865B is beyond the limit of 64MiB");
  for (const char* member : {R"("size":67108864)", R"("duration_ns":31622400000000000)",
                             R"("messages":281474976710656)", R"("options":{"gap_ns":0})"}) {
    EXPECT_TRUE(spec_from_json(spec_with(member))) << member;
  }
}

std::string trial_with(const std::string& unit) {
  return R"({"state":"passed","metrics":[{"name":"x","value":1,"unit":)" + unit + "}]}";
}

TEST(Limits, AUnitIsOneOfTheList) {
  for (const char* unit : {"\"ns\"", "\"op/s\"", "\"\"", "null"}) {
    EXPECT_TRUE(trial_from_json(trial_with(unit))) << unit;
  }
  const auto read = trial_from_json(trial_with(R"("<script>alert(1)</script>\u001b\n")"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(),
            "/metrics/0/unit: unknown unit \"<script>alert(1)</script>\\x1b\\n\"; known are ns, s, "
            "msg/s, op/s, B/s, B, count, ratio");
  EXPECT_FALSE(trial_from_json(
      R"({"state":"passed","histograms":{"x":{"unit":"s","count":0,"min":0,"max":0,"sum":0,)"
      R"("bucket_index":[],"bucket_count":[]}}})"));
}

TEST(Limits, ARefusalIsOneShortSentence) {
  const auto read =
      result_from_json(R"({"schema":")" + repeated("y", 100'000) + "\"}", built_in_catalogue());
  ASSERT_FALSE(read);
  EXPECT_LT(read.error().size(), 2000U);
  EXPECT_TRUE(read.error().ends_with("..."));
}

TEST(Limits, CountsThatAddUpToNothingAreNotClean) {
  Integrity found;
  found.lost = found.corrupted = std::uint64_t{1} << 63U;
  EXPECT_FALSE(found.clean());
}

}  // namespace
}  // namespace ipcmark
