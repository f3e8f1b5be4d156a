// The sequence lock as threads: no mixture of two values is ever read, and ThreadSanitizer sees no
// race.
#include "scenarios/shared_state/sequence_cell.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ipcmark {
namespace {

struct Triple {
  std::uint64_t number = 0, twice = 0, inverse = ~std::uint64_t{0};
};

TEST(SequenceCell, IsReadWholeWhileItIsReplaced) {
  SequenceCell<Triple> cell;
  cell.store({});
  constexpr std::uint64_t last = 20'000;
  std::vector<std::thread> readers;
  std::vector<std::uint64_t> broken(2);
  readers.reserve(broken.size());
  for (std::uint64_t& count : broken) {
    readers.emplace_back([&cell, &count] {
      std::uint64_t before = 0;
      while (before < last) {
        const auto found = cell.load();
        if (!found) continue;
        const Triple seen = *found;
        const bool whole = seen.twice == 2 * seen.number && seen.inverse == ~seen.number;
        count += whole && seen.number >= before ? 0U : 1U;
        before = seen.number;
      }
    });
  }
  for (std::uint64_t i = 1; i <= last; ++i) cell.store({i, 2 * i, ~i});
  for (std::thread& reader : readers) reader.join();
  for (const std::uint64_t count : broken) EXPECT_EQ(count, 0U);
}

TEST(SequenceCell, AHalfWrittenValueIsReadWhenTheSequenceIsNotKept) {
  SequenceCell<Triple> cell;
  cell.store({1, 2, ~std::uint64_t{1}});
  cell.set_word(0, 9);  // as a writer does that does not begin()
  EXPECT_EQ(cell.load().value().number, 9U);
  EXPECT_EQ(cell.load().value().twice, 2U);
}

TEST(SequenceCell, AWriteThatNeverEndsHoldsNobodyUp) {
  SequenceCell<Triple> cell;
  cell.begin();
  EXPECT_FALSE(cell.load());
  cell.end();
  EXPECT_TRUE(cell.load());
}

}  // namespace
}  // namespace ipcmark
