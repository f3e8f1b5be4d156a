// Every mechanism can be asked about every spec.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "backends/registry.hpp"

namespace ipcmark {
namespace {

TEST(Capabilities, AreTotal) {
  constexpr std::uint64_t max = std::numeric_limits<std::uint64_t>::max();
  for (const BackendEntry& backend : built_in_registry().backends) {
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1} << 30U, max / 2, max - 64,
                                     max - 63, max - 16, max - 8, max - 7, max}) {
      for (const std::uint32_t depth : {0U, 1U, std::numeric_limits<std::uint32_t>::max()}) {
        ChannelSpec spec;
        spec.largest_message = size;
        spec.depth = depth;
        const Capabilities can = backend.capabilities(spec);
        const bool possible = can.unsupported_reason.empty() && size <= can.largest_message;
        EXPECT_TRUE(!possible || size <= std::uint64_t{1} << 30U) << backend.name << " " << size;
      }
    }
  }
}

}  // namespace
}  // namespace ipcmark
