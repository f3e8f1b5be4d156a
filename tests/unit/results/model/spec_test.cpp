#include "results/model/spec.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace ipcmark {
namespace {

TEST(Spec, NamesAreReadBackAndNothingElse) {
  for (const Wait value : {Wait::block, Wait::spin, Wait::hybrid, Wait::poll}) {
    EXPECT_EQ(wait_from(to_string(value)), value);
  }
  for (const Placement value : {Placement::cross_cpu, Placement::same_cpu, Placement::unpinned,
                                Placement::same_core, Placement::cross_socket}) {
    EXPECT_EQ(placement_from(to_string(value)), value);
  }
  for (const Verify value : {Verify::off, Verify::header, Verify::full}) {
    EXPECT_EQ(verify_from(to_string(value)), value);
  }
  for (const Touch value : {Touch::none, Touch::full}) {
    EXPECT_EQ(touch_from(to_string(value)), value);
  }
  for (const Wake value : {Wake::futex, Wake::eventfd, Wake::pipe}) {
    EXPECT_EQ(wake_from(to_string(value)), value);
  }
  EXPECT_EQ(wait_from("Block"), std::nullopt);
  EXPECT_EQ(wait_from(""), std::nullopt);
  EXPECT_EQ(placement_from("cross_cpu"), std::nullopt);
}

TEST(Spec, OptionFallsBack) {
  RunSpec spec;
  spec.options["processes"] = 0;
  EXPECT_EQ(spec.option("processes", 3), 0);
  EXPECT_EQ(spec.option("increments", 5), 5);
  EXPECT_EQ(spec.option("processes"), 0);
  EXPECT_THROW(spec.option("increments"), std::logic_error);
}

}  // namespace
}  // namespace ipcmark
