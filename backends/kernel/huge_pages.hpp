// Shared memory in huge pages: whether the machine has them, and objects made of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "backends/error.hpp"
#include "backends/fd.hpp"
#include "results/model/spec.hpp"
#include "results/model/trial.hpp"

namespace ipcmark {

// Bytes of the huge pages that transparent ones are (2 MiB on x86); of a machine that has none, of
// a plain page. The same throughout a boot.
std::size_t huge_page_bytes();

// What sizes and places of memory are multiples of: with HugePages::off, a plain page.
std::size_t memory_unit(HugePages pages);
std::uint64_t round_up_to_unit(std::uint64_t bytes, HugePages pages);

// Empty, or why this machine has none of that kind for an object of that many bytes now, and what
// to change, in a sentence that begins with the backend's name. Empty with HugePages::off.
std::string huge_pages_unsupported(const char* backend, HugePages pages, std::uint64_t bytes);

// As create_anonymous_memory(), of huge pages alone; `bytes` is a multiple of memory_unit(pages).
// limit: the machine has none, or gave others; the sentence says what to change.
Result<Fd> create_huge_memory(HugePages pages, std::uint64_t bytes);

// Says in `granted` how large the pages are, where huge ones were asked for (huge_page_bytes).
void add_huge_pages(HugePages pages, Granted& granted);

}  // namespace ipcmark
