// What a connection asks of its mechanism.
#include <gtest/gtest.h>

#include "backends/registry.hpp"
#include "scenarios/scenario.hpp"

namespace ipcmark {
namespace {

std::uint32_t depth_of(const char* backend, std::uint32_t asked) {
  const Program program{built_in_registry(), built_in_scenarios()};
  RunSpec spec;
  spec.scenario = "connect";
  spec.backend = backend;
  spec.depth = asked;
  const ScenarioEntry& connect = *program.scenario("connect");
  return connect.layout(spec, program.registry.backend(backend)).own_channel->depth;
}

TEST(ConnectLayout, ReservesMemoryForOneMessageUnlessMoreIsAskedFor) {
  for (const char* backend : {"shm_ring", "mmap_file", "shm_mutex", "sysv_shm"}) {
    EXPECT_EQ(depth_of(backend, 0), 1U) << backend;
    EXPECT_EQ(depth_of(backend, 7), 7U) << backend;
  }
  // The kernel's own default, as programs have it.
  EXPECT_EQ(depth_of("pipe", 0), 0U);
  EXPECT_EQ(depth_of("pipe", 7), 7U);
}

}  // namespace
}  // namespace ipcmark
