// Copies a message into or out of shared memory.
#pragma once

#include <cstddef>
#include <cstring>

#include "backends/framing/copy_small.hpp"

namespace ipcmark::ring {

// Where deaths are tried, with one in the middle.
template <class Steps>
void copy_message(std::byte* to, const std::byte* from, std::size_t size) {
  if constexpr (Steps::watched) {
    copy_small(to, from, size / 2);
    Steps::at();
    copy_small(to + size / 2, from + size / 2, size - size / 2);
    Steps::at();
  } else {
    copy_small(to, from, size);
  }
}

}  // namespace ipcmark::ring
