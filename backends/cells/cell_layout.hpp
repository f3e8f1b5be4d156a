// How many cells of which size a channel gets: a function of its spec alone, so that all ends come
// to the same answer and no size is ever read from shared memory. Each cell holds a whole message
// of the largest size: every message is contiguous, and what an end may leave half done is one
// cell.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>

#include "backends/kernel/huge_pages.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/loans.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/shared_memory/ring_layout.hpp"
#include "backends/transport.hpp"
#include "results/model/spec.hpp"

namespace ipcmark::ring {

// What precedes the payload in a cell.
struct CellHeader {
  std::atomic<std::uint64_t> word;
  std::atomic<std::uint32_t> length;  // of a message that is there
};

inline constexpr std::uint64_t max_cells = std::uint64_t{1} << 30U;
// Messages up to this size are in a small ring where ends spin, as in one for two ends
// (spinning_capacity); above it the large ring's round trips are as quick, and its streams quicker.
inline constexpr std::uint64_t cached_in_cells = 64;

struct CellLayout {
  std::uint64_t cells = 0;           // a power of two, at least 2
  std::uint64_t cell_bytes = 0;      // a multiple of 64
  std::uint64_t payload_offset = 0;  // in a cell
  std::uint64_t mapped = 0;          // of all cells, in whole pages
};

// A cell begins on a cache line that it shares with no other: its neighbours may be in other hands.
// Above one line it has an odd number of them, as slots have (byte_ring.hpp).
inline CellLayout cell_layout_for(const ChannelSpec& spec) {
  CellLayout layout;
  const bool aligned = spec.largest_message >= aligned_from;
  layout.payload_offset = aligned ? 64 : sizeof(CellHeader);
  const std::uint64_t lines = round_up(layout.payload_offset + spec.largest_message, 64);
  layout.cell_bytes = lines <= 64 ? 64 : lines | 64U;
  std::uint64_t wanted = spec.depth;
  if (wanted == 0) {
    const bool stays_cached = spec.wait == Wait::spin && spec.largest_message <= cached_in_cells;
    const std::uint64_t room = stays_cached ? spinning_capacity : default_capacity;
    // Of large messages as many as both kinds of ends copy at once, and one more each if they fit.
    const std::uint64_t min = layout.cell_bytes <= room / 2 ? 4 : 2;
    wanted = std::max(std::bit_floor(room / layout.cell_bytes), min);
    // Every end can be at work in one, and find another when it is done.
    if (stays_cached) wanted = std::max(wanted, 2 * (std::uint64_t{spec.senders} + spec.receivers));
  }
  layout.cells = std::bit_ceil(std::max<std::uint64_t>(wanted, 2));
  layout.mapped = round_up_to_page(layout.cells * layout.cell_bytes);
  return layout;
}

// How many places a sender has on loan at most: there are as many cells for all senders at once.
// They are claimed in the order of their positions, though: while one sender keeps a loan, the
// others can use each cell between it and its next lap only once.
inline std::uint32_t cell_loans(const ChannelSpec& spec) {
  const std::uint64_t senders = std::max<std::uint64_t>(spec.senders, 1);
  return std::max(loans_of(cell_layout_for(spec).cells / senders), 1U);
}

// Of the whole object, of which `front` bytes lie before the cells.
inline std::uint64_t object_bytes_for(const ChannelSpec& spec, std::uint64_t front) {
  return round_up_to_unit(front + cell_layout_for(spec).mapped, spec.huge_pages);
}

}  // namespace ipcmark::ring
