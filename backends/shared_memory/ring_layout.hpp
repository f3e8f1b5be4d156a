// How large a ring a channel gets, and of which layout: a function of its spec alone, so that both
// ends come to the same answer and no size is ever read from shared memory.
#pragma once

#include <algorithm>
#include <cstdint>

#include "backends/kernel/huge_pages.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/shared_memory/byte_ring.hpp"
#include "backends/transport.hpp"
#include "results/model/spec.hpp"

namespace ipcmark::ring {

// Several times what a core's second-level cache holds (up to 2 MiB): before a lap is over, the
// lines of the last one have left both of them for the cache that the cores share, and come from
// there quickly. A smaller ring has each line fetched out of the other core's own cache: streams of
// 64 KiB carried a quarter of what they do, and their round trips took twice as long. Ends that
// sleep need the room as well, or each wake-up is followed by a few messages only.
inline constexpr std::uint64_t default_capacity = 4 * 1024 * 1024;
// Two ends that spin over small messages are best off when the whole ring stays in the first-level
// caches of both cores: each message is one crossing, which costs more from any level further off.
// A smaller one does not make round trips quicker, but leaves the sender less room to run ahead in.
inline constexpr std::uint64_t spinning_capacity = 24 * 1024;
// Larger messages than these gain nothing by it: their round trips are as quick in the large ring,
// whose streams carry two to three times as much.
inline constexpr std::uint64_t cached_up_to = 256;
// Messages from this size on are streamed: copied in and out at the same time, piece by piece. The
// piece is a measured compromise. Smaller ones hand the fill mark from core to core more often,
// which costs most when the cores are far apart; larger ones overlap less. It also has to stay well
// below the size (1 MiB with glibc 2.36) from which memcpy leaves `rep movsb` for a loop of vector
// stores: into lines that the other core holds, that loop is four times slower.
inline constexpr std::uint64_t stream_piece = 128 * 1024;
inline constexpr std::uint64_t streamed_from = 2 * stream_piece;
// How far a receiver stays behind the sender in a stream of such messages: what a core's
// second-level cache holds, so that the lines have left it when the receiver comes for them.
inline constexpr std::uint64_t stream_distance = 1024 * 1024;

// The ring for a channel.
struct Layout {
  std::uint64_t slot = 0;      // View::slot
  std::uint64_t capacity = 0;  // View::capacity
  std::uint64_t mapped = 0;    // the same in whole pages, of the kind asked for
  std::uint64_t depth = 0;     // messages of the largest size that fit at once
};

inline Layout layout_for(const ChannelSpec& spec) {
  Layout layout;
  if (spec.largest_message <= slots_up_to) {
    layout.slot = slot_bytes(spec.largest_message);
    const bool stays_cached = spec.wait == Wait::spin && spec.largest_message <= cached_up_to;
    const std::uint64_t room = stays_cached ? spinning_capacity : default_capacity;
    const std::uint64_t depth = std::max<std::uint64_t>(room / layout.slot, spec.batch);
    layout.depth = spec.depth != 0 ? spec.depth : depth;
    layout.capacity = layout.depth * layout.slot;
    layout.mapped = round_up_to_unit(layout.capacity, spec.huge_pages);
    return layout;
  }
  // Enough for both ends to copy at once, whatever the size; a larger one would take memory only.
  const std::uint64_t depth = spec.depth != 0 ? spec.depth : 2;
  std::uint64_t bytes = min_capacity(spec.largest_message, depth);
  if (spec.depth == 0) bytes = std::max(bytes, default_capacity);
  layout.capacity = layout.mapped = round_up_to_unit(bytes, spec.huge_pages);
  layout.depth = depth_of(layout.capacity, spec.largest_message);
  return layout;
}

}  // namespace ipcmark::ring
