#include "results/text/units.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace ipcmark {
namespace {

TEST(Scaled, HasThreeSignificantDigits) {
  EXPECT_EQ(scaled(312, "ns"), "312 ns");
  EXPECT_EQ(scaled(14'600, "ns"), "14.6 \u00b5s");
  EXPECT_EQ(scaled(14'600, "ns", false), "14.6 us");
  EXPECT_EQ(scaled(1.5, "s"), "1.50 s");
  EXPECT_EQ(scaled(2.314e6, "msg/s"), "2.31 M/s");
  EXPECT_EQ(scaled(312, "msg/s"), "312 /s");
  EXPECT_EQ(scaled(157'777, "op/s"), "158 k/s");
  EXPECT_EQ(scaled(3e9, "B/s"), "3.00 GB/s");
  EXPECT_EQ(scaled(4'194'304, "B"), "4.19 MB");
  EXPECT_EQ(scaled(3.4, "ratio"), "3.40x");
  EXPECT_EQ(scaled(0.0123, "count"), "0.012");
  EXPECT_EQ(scaled(0, "ns"), "0 ns");
}

TEST(Scaled, StepsUpWhenRoundingReachesTheNextUnit) {
  EXPECT_EQ(scaled(999.4, "ns"), "999 ns");
  EXPECT_EQ(scaled(999.6, "ns"), "1.00 \u00b5s");
  EXPECT_EQ(scaled(9.996, "ns"), "10.0 ns");
  EXPECT_EQ(scaled(99.96, "ns"), "100 ns");
  EXPECT_EQ(scaled(5e12, "ns"), "5000 s");  // no larger unit: digits stay
}

TEST(BaseUnits, AreThoseThatScenariosWrite) {
  for (const char* unit : {"ns", "s", "msg/s", "op/s", "B/s", "B", "count", "ratio"}) {
    EXPECT_TRUE(is_base_unit(unit)) << unit;
  }
  for (const char* unit : {"", "W", "NS", "ns ", "<b>"}) EXPECT_FALSE(is_base_unit(unit)) << unit;
}

TEST(Scaled, WhatIsNoNumberIsNotAvailable) {
  EXPECT_EQ(scaled(std::nan(""), "ns"), "n/a");
  EXPECT_EQ(scaled(INFINITY, "B/s"), "n/a");
}

}  // namespace
}  // namespace ipcmark
