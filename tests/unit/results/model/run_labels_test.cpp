#include "results/model/run_labels.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ipcmark {
namespace {

// What the labels are after these, or why one is none.
std::string taken(std::initializer_list<std::string> texts) {
  RunLabels labels;
  for (const std::string& text : texts) {
    if (const auto added = add_label(text, labels); !added) return added.error();
  }
  return labels_text(labels);
}

TEST(RunLabels, AreTakenAsTheyAreWritten) {
  EXPECT_EQ(taken({"commit=4f2a9c1"}), "commit=4f2a9c1");
  EXPECT_EQ(taken({"kernel=6.1.0-18", "commit=a=b c"}), "commit=a=b c;kernel=6.1.0-18");
  EXPECT_EQ(taken({"k_2=\u00e4"}), "k_2=\u00e4");
  EXPECT_EQ(taken({"a=1", "a=1"}), "a=1");
  std::string longest;
  for (std::size_t i = 0; i < max_label_value; ++i) longest += "\u00e4";  // two bytes each
  EXPECT_EQ(taken({"a=" + longest}), "a=" + longest);
}

TEST(RunLabels, WhatIsNoneIsRefusedInASentence) {
  EXPECT_THAT(taken({"commit"}), testing::HasSubstr("write NAME=VALUE"));
  EXPECT_THAT(taken({""}), testing::HasSubstr("write NAME=VALUE"));
  for (const char* name : {"", "Commit", "2k", "_a", "a-b", "a.b", "\u00e4", "a b"}) {
    EXPECT_THAT(taken({std::string(name) + "=1"}), testing::HasSubstr("not the name of a label"))
        << name;
  }
  EXPECT_THAT(taken({"a="}), testing::HasSubstr("'a' has no value"));
  EXPECT_THAT(taken({"a=b,c"}), testing::HasSubstr("a comma or a semicolon"));
  EXPECT_THAT(taken({"a=b;c=d"}), testing::HasSubstr("a comma or a semicolon"));
  for (const char* value : {"a\nb", "\x1b[31m", "\xff", "\t"}) {
    EXPECT_THAT(taken({std::string("a=") + value}), testing::HasSubstr("cannot be shown"));
  }
  EXPECT_THAT(taken({"a=" + std::string(max_label_value + 1, 'x')}),
              testing::HasSubstr("has 201 characters; 200 are allowed"));
  EXPECT_THAT(taken({"a=1", "a=2"}), testing::HasSubstr("two values, '1' and '2'"));
}

TEST(RunLabels, AHeadingHasWhatThereIs) {
  RunInfo run;
  EXPECT_TRUE(origin_words(run).empty());
  run.host = "lab-7";
  run.labels = {{"kernel", "6.1"}, {"commit", "4f"}};
  run.shard = "3/8";
  EXPECT_THAT(origin_words(run),
              testing::ElementsAre("host lab-7", "commit=4f", "kernel=6.1", "shard 3/8"));
}

}  // namespace
}  // namespace ipcmark
