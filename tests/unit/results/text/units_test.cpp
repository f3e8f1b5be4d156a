#include "results/text/units.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace ipcmark {
namespace {

TEST(Scaled, HasThreeSignificantDigits) {
  EXPECT_EQ(scaled(312, Unit::nanoseconds), "312 ns");
  EXPECT_EQ(scaled(14'600, Unit::nanoseconds), "14.6 \u00b5s");
  EXPECT_EQ(scaled(14'600, Unit::nanoseconds, false), "14.6 us");
  EXPECT_EQ(scaled(1.5, Unit::seconds), "1.50 s");
  EXPECT_EQ(scaled(2.314e6, Unit::messages_per_second), "2.31 M/s");
  EXPECT_EQ(scaled(312, Unit::messages_per_second), "312 /s");
  EXPECT_EQ(scaled(157'777, Unit::operations_per_second), "158 k/s");
  EXPECT_EQ(scaled(3e9, Unit::bytes_per_second), "3.00 GB/s");
  EXPECT_EQ(scaled(4'194'304, Unit::bytes), "4.19 MB");
  EXPECT_EQ(scaled(3.4, Unit::ratio), "3.40x");
  EXPECT_EQ(scaled(0.0123, Unit::count), "0.012");
  EXPECT_EQ(scaled(0, Unit::nanoseconds), "0 ns");
}

TEST(Scaled, StepsUpWhenRoundingReachesTheNextUnit) {
  EXPECT_EQ(scaled(999.4, Unit::nanoseconds), "999 ns");
  EXPECT_EQ(scaled(999.6, Unit::nanoseconds), "1.00 \u00b5s");
  EXPECT_EQ(scaled(9.996, Unit::nanoseconds), "10.0 ns");
  EXPECT_EQ(scaled(99.96, Unit::nanoseconds), "100 ns");
  EXPECT_EQ(scaled(5e12, Unit::nanoseconds), "5000 s");  // no larger unit: digits stay
}

TEST(Units, HaveANameEachThatIsReadBack) {
  for (const UnitRow& row : units()) {
    EXPECT_EQ(unit_from(row.name), row.unit) << row.name;
    EXPECT_STREQ(to_string(row.unit), row.name);
  }
  for (const char* name : {"", "W", "NS", "ns ", "<b>"}) EXPECT_FALSE(unit_from(name)) << name;
}

TEST(Scaled, WhatIsNoNumberIsNotAvailable) {
  EXPECT_EQ(scaled(std::nan(""), Unit::nanoseconds), "n/a");
  EXPECT_EQ(scaled(INFINITY, Unit::bytes_per_second), "n/a");
}

}  // namespace
}  // namespace ipcmark
