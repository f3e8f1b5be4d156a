#include "backends/kernel/huge_pages.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

#include "backends/kernel/anonymous_file.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/kernel/sysctl.hpp"
#include "results/text/quantities.hpp"

namespace ipcmark {
namespace {

constexpr const char* shmem_enabled = "/sys/kernel/mm/transparent_hugepage/shmem_enabled";
constexpr int collapse = 25;  // MADV_COLLAPSE, of Linux 6.1: headers may be older

std::size_t read_huge_page_bytes() {
  const auto reported = read_sysctl("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
  if (reported && std::has_single_bit(*reported)) return static_cast<std::size_t>(*reported);
  std::ifstream meminfo("/proc/meminfo");
  for (std::string line; std::getline(meminfo, line);) {
    if (!line.starts_with("Hugepagesize:")) continue;
    const std::uint64_t kib = std::strtoull(line.c_str() + sizeof "Hugepagesize:", nullptr, 10);
    if (std::has_single_bit(kib)) return static_cast<std::size_t>(kib * 1024);
  }
  return page_bytes();
}

// How many reserved pages can still be had; nothing where the kernel has none of that size.
std::optional<std::uint64_t> reserved_pages_left() {
  const std::string directory =
      fmt::format("/sys/kernel/mm/hugepages/hugepages-{}kB/", huge_page_bytes() / 1024);
  const auto read = [&directory](const char* name) {
    return read_sysctl((directory + name).c_str()).value_or(0);
  };
  const auto unused = read_sysctl((directory + "free_hugepages").c_str());
  if (!unused) return std::nullopt;
  const auto without = [](std::uint64_t all, std::uint64_t taken) {
    return all > taken ? all - taken : 0;
  };
  return without(*unused, read("resv_hugepages")) +
         without(read("nr_overcommit_hugepages"), read("surplus_hugepages"));
}

std::string transparent_unsupported() {
  std::ifstream file(shmem_enabled);
  std::string modes;
  if (!std::getline(file, modes)) {
    return "this kernel has no transparent huge pages of shared memory; leave out "
           "--huge-pages thp";
  }
  if (modes.find("[deny]") == std::string::npos) return {};
  return fmt::format("transparent huge pages of shared memory are denied; write advise to {}",
                     shmem_enabled);
}

std::string reserved_unsupported(std::uint64_t bytes) {
  const std::uint64_t needed = bytes / huge_page_bytes();
  const auto left = reserved_pages_left();
  if (!left) return "this kernel has no huge pages to reserve; leave out --huge-pages hugetlb";
  if (needed <= *left) return {};
  return fmt::format(
      "needs {} huge pages of {} for a channel, and {} are free; raise vm.nr_hugepages by {} for "
      "each channel",
      needed, size_text(huge_page_bytes()), *left, needed - *left);
}

// "7f0a12200000-7f0a12400000 rw-s …": the range; nothing of any other line of smaps.
std::optional<std::pair<std::uintptr_t, std::uintptr_t>> range_of(const std::string& line) {
  std::pair<std::uintptr_t, std::uintptr_t> range;
  const char* const end = line.data() + line.size();
  const auto from = std::from_chars(line.data(), end, range.first, 16);
  if (from.ec != std::errc{} || from.ptr == end || *from.ptr != '-') return std::nullopt;
  const auto to = std::from_chars(from.ptr + 1, end, range.second, 16);
  if (to.ec != std::errc{} || to.ptr == end || *to.ptr != ' ') return std::nullopt;
  return range;
}

// How much of a mapping of shared memory the page tables map by huge pages; 0 where the kernel does
// not tell.
std::uint64_t mapped_by_huge_pages(const Mapping& mapping) {
  constexpr std::string_view label = "ShmemPmdMapped:";
  const auto begin = reinterpret_cast<std::uintptr_t>(mapping.data());
  std::ifstream maps("/proc/self/smaps");
  std::uint64_t kib = 0;
  bool within = false;
  for (std::string line; std::getline(maps, line);) {
    if (const auto range = range_of(line)) {
      within = range->first < begin + mapping.size() && range->second > begin;
    } else if (within && line.starts_with(label)) {
      kib += std::strtoull(line.c_str() + label.size(), nullptr, 10);
    }
  }
  return kib * 1024;
}

Result<Fd> create_reserved(std::uint64_t bytes) {
  const auto size = static_cast<unsigned>(std::countr_zero(huge_page_bytes()));
  const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB |
                         (size << static_cast<unsigned>(MAP_HUGE_SHIFT));
  Fd file(::memfd_create("ipcmark", flags));
  if (!file) {
    const int error = errno;
    if (error == EINVAL || error == ENODEV || error == ENOENT) {
      return fail(Errc::limit,
                  "memfd_create: this kernel has no huge pages to reserve; leave out --huge-pages "
                  "hugetlb",
                  error);
    }
    return fail(Errc::system, "memfd_create of huge pages", error);
  }
  return reserve_memory(std::move(file), bytes,
                        "too few huge pages are free; raise vm.nr_hugepages, or lower --depth");
}

// They are given as pages are first touched, in a mapping that asked for them; memory that is
// reserved before would be of plain pages. What came of plain ones all the same can be put together
// (since Linux 6.1).
Result<Fd> create_transparent(std::uint64_t bytes) {
  auto file = create_anonymous_file("ipcmark");
  if (!file) return file;
  if (::ftruncate(file->get(), static_cast<off_t>(bytes)) != 0) {
    return fail(Errc::system, "ftruncate", errno);
  }
  {
    const auto first = map_object(file->get(), bytes, HugePages::thp);
    if (!first) return tl::make_unexpected(first.error());
    if (mapped_by_huge_pages(*first) < bytes) {
      (void)::madvise(first->data(), first->size(), collapse);
    }
  }
  const auto again = map_object(file->get(), bytes, HugePages::thp);
  if (!again) return tl::make_unexpected(again.error());
  if (mapped_by_huge_pages(*again) < bytes) {
    return fail(Errc::limit,
                "the kernel gave no transparent huge pages; write advise to "
                "/sys/kernel/mm/transparent_hugepage/shmem_enabled, and free some memory");
  }
  return file;
}

}  // namespace

std::size_t huge_page_bytes() {
  static const std::size_t bytes = read_huge_page_bytes();
  return bytes;
}

std::size_t memory_unit(HugePages pages) {
  return pages == HugePages::off ? page_bytes() : huge_page_bytes();
}

std::uint64_t round_up_to_unit(std::uint64_t bytes, HugePages pages) {
  const std::uint64_t unit = memory_unit(pages);
  return (bytes + unit - 1) / unit * unit;
}

std::string huge_pages_unsupported(const char* backend, HugePages pages, std::uint64_t bytes) {
  std::string why;
  if (pages == HugePages::thp) why = transparent_unsupported();
  if (pages == HugePages::hugetlb) why = reserved_unsupported(bytes);
  return why.empty() ? why : fmt::format("{}: {}", backend, why);
}

Result<Fd> create_huge_memory(HugePages pages, std::uint64_t bytes) {
  auto file = pages == HugePages::hugetlb ? create_reserved(bytes) : create_transparent(bytes);
  if (!file) return file;
  if (auto sealed = seal_size(*file); !sealed) return tl::make_unexpected(sealed.error());
  return file;
}

void add_huge_pages(HugePages pages, Granted& granted) {
  if (pages == HugePages::off) return;
  granted.values["huge_page_bytes"] = static_cast<std::int64_t>(huge_page_bytes());
}

}  // namespace ipcmark
