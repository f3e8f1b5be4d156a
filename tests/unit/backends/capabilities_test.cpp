// Every mechanism can be asked about every spec.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "backends/registry.hpp"

namespace ipcmark {
namespace {

TEST(Capabilities, AreTotal) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  for (const BackendEntry& backend : built_in_registry().backends) {
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1} << 30U, most / 2, most - 64,
                                     most - 63, most - 16, most - 8, most - 7, most}) {
      for (const std::uint32_t depth : {0U, 1U, std::numeric_limits<std::uint32_t>::max()}) {
        ChannelSpec spec;
        spec.largest_message = size;
        spec.depth = depth;
        const Capabilities can = backend.capabilities(spec);
        const bool possible = can.refusal.empty() && size <= can.largest_message;
        EXPECT_TRUE(!possible || size <= std::uint64_t{1} << 30U) << backend.name << " " << size;
      }
    }
  }
}

}  // namespace
}  // namespace ipcmark
