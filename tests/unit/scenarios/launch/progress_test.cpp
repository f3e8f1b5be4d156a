#include "scenarios/progress.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace ipcmark {
namespace {

// Prefetchers fetch lines of 64 bytes in pairs, and some machines have lines of 128.
TEST(Progress, NoTwoWorkersShareAPairOfLines) {
  const auto page = std::make_unique<StartPage>();
  const auto pair_of = [](const void* at) { return reinterpret_cast<std::uintptr_t>(at) / 128; };
  for (unsigned i = 0; i + 1 < max_workers; ++i) {
    EXPECT_NE(pair_of(&page->workers[i].done), pair_of(&page->workers[i + 1].stage)) << i;
  }
  EXPECT_NE(pair_of(&page->orphaned[max_channels - 1]), pair_of(&page->workers[0].stage));
}

}  // namespace
}  // namespace ipcmark
