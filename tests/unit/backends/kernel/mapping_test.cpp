// Mapped rings: both halves are the same bytes, and a first write takes no fault.
#include "backends/kernel/mapping.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <atomic>
#include <string>

#include "backends/kernel/huge_pages.hpp"

namespace ipcmark {
namespace {

// A regular file of the file system that the build lies on, without a name.
Fd file_of(std::size_t bytes) {
  std::string path = "mapping_test.XXXXXX";
  Fd file(::mkostemp(path.data(), O_CLOEXEC));
  EXPECT_TRUE(file);
  EXPECT_EQ(::unlink(path.c_str()), 0);
  EXPECT_EQ(::posix_fallocate(file.get(), 0, static_cast<off_t>(bytes)), 0);
  return file;
}

long faults_so_far() {
  rusage usage{};
  ::getrusage(RUSAGE_THREAD, &usage);
  return usage.ru_minflt + usage.ru_majflt;
}

TEST(MapMirrored, ShowsTheRingTwice) {
  const std::size_t page = page_bytes();
  const Fd file = file_of(3 * page);
  const Mapping mapping = map_mirrored(file.get(), page, 2 * page).value();
  ASSERT_EQ(mapping.size(), 5 * page);
  mapping.data()[page + 7] = std::byte{1};
  mapping.data()[5 * page - 1] = std::byte{2};
  EXPECT_EQ(mapping.data()[3 * page + 7], std::byte{1});
  EXPECT_EQ(mapping.data()[3 * page - 1], std::byte{2});
}

TEST(MapMirrored, RefusesAFileOfAnotherSize) {
  const Fd file = file_of(2 * page_bytes());
  EXPECT_EQ(map_mirrored(file.get(), page_bytes(), 2 * page_bytes()).error().code, Errc::corrupt);
}

TEST(MapObject, MapsAllOfItAndRefusesAnotherSize) {
  const std::size_t page = page_bytes();
  const Fd file = file_of(2 * page);
  const Mapping mapping = map_object(file.get(), 2 * page).value();
  ASSERT_EQ(mapping.size(), 2 * page);
  const Mapping other = map_object(file.get(), 2 * page).value();
  mapping.data()[2 * page - 1] = std::byte{3};
  EXPECT_EQ(other.data()[2 * page - 1], std::byte{3});
  EXPECT_EQ(map_object(file.get(), page).error().code, Errc::corrupt);
  EXPECT_EQ(map_object(file.get(), 3 * page).error().code, Errc::corrupt);
}

// A lock of a description that was duplicated would be shared, and one that was opened anew is not.
TEST(Reopen, GivesADescriptionOfItsOwn) {
  const Fd memory = create_anonymous_memory(page_bytes()).value();
  const Fd copy = duplicate(memory).value();
  const Fd own = reopen(memory).value();
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_len = 1;
  ASSERT_EQ(::fcntl(memory.get(), F_OFD_SETLK, &range), 0);
  EXPECT_EQ(::fcntl(copy.get(), F_OFD_SETLK, &range), 0);
  EXPECT_EQ(::fcntl(own.get(), F_OFD_SETLK, &range), -1);
}

// What a receiver never writes to would stay mapped for reading, and slow.
TEST(MapMirrored, MapsEveryPageForWriting) {
  const std::size_t page = page_bytes();
  constexpr std::size_t pages = 256;
  const Fd file = file_of((1 + pages) * page);
  const Mapping mapping = map_mirrored(file.get(), page, pages * page).value();
#ifdef MADV_POPULATE_WRITE
  if (::madvise(mapping.data(), page, MADV_POPULATE_WRITE) != 0) {
    GTEST_SKIP() << "before Linux 5.14 nothing can be done about it";
  }
#endif
  const long before = faults_so_far();
  for (std::size_t at = 0; at < mapping.size(); at += page) {
    std::atomic_ref<std::byte>(mapping.data()[at]).store(std::byte{1}, std::memory_order_relaxed);
  }
  // Meanwhile the kernel may have written some back, and then looks out for the next write.
  EXPECT_LT(faults_so_far() - before, static_cast<long>(pages / 2));
}

// An object of huge pages, or the sentence that says why there is none.
Result<Fd> of_huge_pages(HugePages pages, std::size_t bytes) {
  if (!huge_pages_unsupported("mapping", pages, bytes).empty())
    return fail(Errc::limit, "obstacle");
  return create_anonymous_memory(bytes, pages);
}

class HugeMapping : public testing::TestWithParam<HugePages> {};

TEST_P(HugeMapping, BeginsAtAHugePageAndIsMirrored) {
  const std::size_t page = huge_page_bytes();
  const auto file = of_huge_pages(GetParam(), 2 * page);
  if (!file) GTEST_SKIP() << explain(file.error());
  const Mapping mapping = map_mirrored(file->get(), page, page, GetParam()).value();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(mapping.data()) % page, 0U);
  mapping.data()[2 * page - 1] = std::byte{7};
  EXPECT_EQ(mapping.data()[3 * page - 1], std::byte{7});
  EXPECT_EQ(mapping.data()[0], std::byte{0});
}

// Plain pages would fault one by one, where they were not populated. An address sanitizer has
// faults of its own, for its note of every eight pages.
TEST_P(HugeMapping, TakesNoFaultsOnceItIsMapped) {
  const std::size_t bytes = 2 * huge_page_bytes();
  const auto file = of_huge_pages(GetParam(), bytes);
  if (!file) GTEST_SKIP() << explain(file.error());
  const Mapping mapping = map_object(file->get(), bytes, GetParam()).value();
  const long before = faults_so_far();
  for (std::size_t at = 0; at < bytes; at += page_bytes()) mapping.data()[at] = std::byte{1};
  EXPECT_LT(faults_so_far() - before, static_cast<long>(bytes / page_bytes() / 2));
}

TEST_P(HugeMapping, IsOfTheWholeObject) {
  const std::size_t bytes = 2 * huge_page_bytes();
  const auto file = of_huge_pages(GetParam(), bytes);
  if (!file) GTEST_SKIP() << explain(file.error());
  EXPECT_EQ(map_object(file->get(), bytes / 2, GetParam()).error().code, Errc::corrupt);
}

INSTANTIATE_TEST_SUITE_P(Kinds, HugeMapping, testing::Values(HugePages::thp, HugePages::hugetlb),
                         [](const auto& kind) { return std::string(to_string(kind.param)); });

TEST(HugePagesUnit, IsThatOfTheKindAskedFor) {
  EXPECT_EQ(memory_unit(HugePages::off), page_bytes());
  EXPECT_EQ(round_up_to_unit(1, HugePages::off), page_bytes());
  EXPECT_EQ(round_up_to_unit(huge_page_bytes() + 1, HugePages::thp), 2 * huge_page_bytes());
  EXPECT_EQ(huge_pages_unsupported("x", HugePages::off, std::uint64_t{1} << 60U), "");
  EXPECT_NE(huge_pages_unsupported("x", HugePages::hugetlb, std::uint64_t{1} << 60U), "");
}

}  // namespace
}  // namespace ipcmark
