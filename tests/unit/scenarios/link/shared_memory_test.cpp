// The memory that a trial's processes share: of the size it was made with, for good.
#include <errno.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scenarios/link/barrier.hpp"

namespace ipcmark {
namespace {

constexpr std::size_t bytes = 10'000;

TEST(SharedMemory, CannotBeCutOffByAPeer) {
  const SharedMemory memory = SharedMemory::create("test", bytes).value();
  EXPECT_EQ(memory.bytes().size(), bytes);
  EXPECT_EQ(::ftruncate(memory.memfd().get(), 0), -1);
  EXPECT_EQ(errno, EPERM);
}

// Mapped, it would be a SIGBUS at the first touch of what is missing.
TEST(SharedMemory, ThatIsTooShortIsRefused) {
  for (const off_t size : {off_t{0}, off_t{4096}, static_cast<off_t>(bytes) - 1}) {
    Fd memfd(::memfd_create("test", MFD_CLOEXEC));
    ASSERT_EQ(::ftruncate(memfd.get(), size), 0);
    const auto mapped = SharedMemory::map(std::move(memfd), bytes);
    ASSERT_FALSE(mapped) << size;
    EXPECT_EQ(mapped.error().code, Errc::corrupt);
  }
}

}  // namespace
}  // namespace ipcmark
