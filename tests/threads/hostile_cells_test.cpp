// A peer that stores anything into the memory of a ring of cells, at any time, while the ends work:
// the answer is a message of a possible length or an error, never an access outside the memory or
// the caller's buffer.
#include <gtest/gtest.h>

#include <vector>

#include "backends/cells/broadcast_ring.hpp"
#include "backends/cells/cell_ring.hpp"
#include "backends/cells/lossy_ring.hpp"
#include "backends/kernel/mapping.hpp"
#include "backends/transport.hpp"
#include "tests/threads/hostile_peer.hpp"
#include "tests/threads/test_names.hpp"

namespace ipcmark {

BackendEntry mpmc_ring_entry();
BackendEntry broadcast_ring_entry();
BackendEntry lossy_ring_entry();

namespace {

constexpr std::uint64_t largest = 500;

class HostileCells : public testing::TestWithParam<Wait> {
 protected:
  void open(const BackendEntry& entry, std::uint64_t bytes_for(const ChannelSpec&)) {
    spec.largest_message = largest;
    spec.depth = 4;
    spec.wait = GetParam();
    channel = entry.create(spec, 1, names).value();
    const Address address = channel->address();
    peer = map_object(address.descriptors[0].get(), bytes_for(spec)).value();
    context.peer_died = &peer_died;
    receiver = entry.open_receiver(channel->address(), context).value();
    sender = entry.open_sender(channel->address(), context).value();
  }
  ring::CellHeader& some_cell(RandomNumbers& random, std::size_t control_bytes) const {
    const ring::CellLayout layout = ring::cell_layout_for(spec);
    return *reinterpret_cast<ring::CellHeader*>(peer.data() + control_bytes +
                                                random.next() % layout.cells * layout.cell_bytes);
  }
  static std::uint64_t some_length(RandomNumbers& random) {
    return random.one_of(
        {0, 1, largest / 2, largest, largest + 1, 0xFFFF'FFFFU, random.next() % (2 * largest)});
  }
  void spoil_ends(RandomNumbers& random, ring::EndTable& ends) const {
    auto& slot = ends.slots[random.next() % ring::max_ends];
    slot.word.store(random.one_of({0, 1, 2, 3, anything, random.next()}));
    slot.losses.store(random.one_of({0, 1, 4, 5, anything, random.next()}));
    ends.changes.fetch_add(1);
  }
  // Sends and receives beside it until there was enough of it.
  void work_beside(const HostilePeer& hostile) {
    GuardedBuffer buffer(largest);
    const std::vector<std::byte> message(largest, std::byte{1});
    while (!hostile.has_tried()) {
      const Status sent = sender->send(message, Deadline::after(moment_ns));
      ASSERT_TRUE(sent || one_of(sent.error().code, {Errc::timeout, Errc::peer_died}))
          << explain(sent.error());
      const auto size = receiver->receive(buffer.span(), Deadline::after(moment_ns));
      if (size) {
        ASSERT_LE(*size, largest);
      } else {
        ASSERT_TRUE(one_of(size.error().code,
                           {Errc::corrupt, Errc::timeout, Errc::closed, Errc::peer_died}))
            << explain(size.error());
      }
      ASSERT_TRUE(buffer.whole());
    }
  }

  TestNames names;
  ChannelSpec spec;
  std::atomic<std::uint32_t> peer_died{0};
  OpenContext context;
  std::unique_ptr<Channel> channel;
  Mapping peer;
  std::unique_ptr<Receiver> receiver;
  std::unique_ptr<Sender> sender;
};

TEST_P(HostileCells, OfARingForMany) {
  open(mpmc_ring_entry(), ring::cell_object_bytes);
  auto& control = *reinterpret_cast<ring::CellControl*>(peer.data());
  work_beside(HostilePeer([&](RandomNumbers& random) {
    auto* taken =
        reinterpret_cast<std::atomic<std::uint64_t>*>(peer.data() + ring::cell_control_bytes());
    ring::CellHeader& cell =
        some_cell(random, ring::cell_control_bytes() + ring::cell_taken_bytes(spec));
    cell.length.store(static_cast<std::uint32_t>(some_length(random)));
    const auto state = static_cast<ring::CellState>(random.next() % 4);
    const ring::CellWord word(random.one_of({0, 1, 2, 100, anything}),
                              random.next() % ring::max_ends, state);
    cell.word.store(random.one_of({word.bits(), word.bits(), random.next(), anything}));
    taken[random.next() % 4].store(random.one_of({word.bits(), 0, random.next(), anything}));
    // Mostly as it was, or nothing would get through from then on.
    if (random.next() % 64 == 0) control.next_claim.store(random.one_of({0, 1, anything}));
    if (random.next() % 64 == 0) control.next_take.store(random.one_of({0, 1, anything}));
    control.data.counts.store(random.one_of({0, 1, anything, random.next()}));
    control.space.counts.store(random.one_of({0, 1, anything, random.next()}));
    if (random.next() % 16 == 0) spoil_ends(random, control.ends);
  }));
}

TEST_P(HostileCells, OfABroadcast) {
  open(broadcast_ring_entry(), ring::broadcast_object_bytes);
  auto& control = *reinterpret_cast<ring::BroadcastControl*>(peer.data());
  work_beside(HostilePeer([&](RandomNumbers& random) {
    ring::CellHeader& cell = some_cell(random, ring::broadcast_control_bytes());
    cell.length.store(static_cast<std::uint32_t>(some_length(random)));
    cell.word.store(random.one_of({0, 1, 2, 3, 4, 5, random.next() % 1000, anything}));
    control.published.store(random.one_of({0, 1, anything, random.next()}));
    control.wanted.store(random.one_of({0, 1, anything, random.next()}));
    control.cursors[random.next() % 8].next.store(
        random.one_of({0, 1, anything, random.next() % 1000}));
    control.data.counts.store(random.one_of({0, 1, anything, random.next()}));
    control.space.counts.store(random.one_of({0, 1, anything, random.next()}));
    if (random.next() % 16 == 0) spoil_ends(random, control.ends);
  }));
}

TEST_P(HostileCells, OfALossyRing) {
  open(lossy_ring_entry(), ring::lossy_object_bytes);
  auto& control = *reinterpret_cast<ring::LossyControl*>(peer.data());
  work_beside(HostilePeer([&](RandomNumbers& random) {
    ring::CellHeader& cell = some_cell(random, ring::lossy_control_bytes());
    cell.length.store(static_cast<std::uint32_t>(some_length(random)));
    cell.word.store(random.one_of({0, 1, 2, 3, 4, 5, random.next() % 1000, anything}));
    control.published.store(random.one_of({0, 1, anything, random.next()}));
    control.data.counts.store(random.one_of({0, 1, anything, random.next()}));
    if (random.next() % 16 == 0) spoil_ends(random, control.ends);
  }));
}

INSTANTIATE_TEST_SUITE_P(All, HostileCells, testing::Values(Wait::block, Wait::spin, Wait::hybrid),
                         [](const testing::TestParamInfo<Wait>& row) {
                           return to_string(row.param);
                         });

}  // namespace
}  // namespace ipcmark
