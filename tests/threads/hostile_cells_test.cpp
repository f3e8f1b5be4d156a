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
  ring::CellHeader& some_cell(Dice& dice, std::size_t control_bytes) const {
    const ring::CellLayout layout = ring::cell_layout_for(spec);
    return *reinterpret_cast<ring::CellHeader*>(peer.data() + control_bytes +
                                                dice.roll() % layout.cells * layout.cell_bytes);
  }
  static std::uint64_t some_length(Dice& dice) {
    return dice.one_of(
        {0, 1, largest / 2, largest, largest + 1, 0xFFFF'FFFFU, dice.roll() % (2 * largest)});
  }
  void spoil_ends(Dice& dice, ring::EndTable& ends) const {
    auto& slot = ends.slots[dice.roll() % ring::max_ends];
    slot.word.store(dice.one_of({0, 1, 2, 3, anything, dice.roll()}));
    slot.losses.store(dice.one_of({0, 1, 4, 5, anything, dice.roll()}));
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
  work_beside(HostilePeer([&](Dice& dice) {
    auto* taken =
        reinterpret_cast<std::atomic<std::uint64_t>*>(peer.data() + ring::cell_control_bytes());
    ring::CellHeader& cell =
        some_cell(dice, ring::cell_control_bytes() + ring::cell_taken_bytes(spec));
    cell.length.store(static_cast<std::uint32_t>(some_length(dice)));
    const auto state = static_cast<ring::CellState>(dice.roll() % 4);
    const ring::CellWord word(dice.one_of({0, 1, 2, 100, anything}), dice.roll() % ring::max_ends,
                              state);
    cell.word.store(dice.one_of({word.bits(), word.bits(), dice.roll(), anything}));
    taken[dice.roll() % 4].store(dice.one_of({word.bits(), 0, dice.roll(), anything}));
    // Mostly as it was, or nothing would get through from then on.
    if (dice.roll() % 64 == 0) control.next_claim.store(dice.one_of({0, 1, anything}));
    if (dice.roll() % 64 == 0) control.next_take.store(dice.one_of({0, 1, anything}));
    control.data.counts.store(dice.one_of({0, 1, anything, dice.roll()}));
    control.space.counts.store(dice.one_of({0, 1, anything, dice.roll()}));
    if (dice.roll() % 16 == 0) spoil_ends(dice, control.ends);
  }));
}

TEST_P(HostileCells, OfABroadcast) {
  open(broadcast_ring_entry(), ring::broadcast_object_bytes);
  auto& control = *reinterpret_cast<ring::BroadcastControl*>(peer.data());
  work_beside(HostilePeer([&](Dice& dice) {
    ring::CellHeader& cell = some_cell(dice, ring::broadcast_control_bytes());
    cell.length.store(static_cast<std::uint32_t>(some_length(dice)));
    cell.word.store(dice.one_of({0, 1, 2, 3, 4, 5, dice.roll() % 1000, anything}));
    control.published.store(dice.one_of({0, 1, anything, dice.roll()}));
    control.wanted.store(dice.one_of({0, 1, anything, dice.roll()}));
    control.cursors[dice.roll() % 8].next.store(dice.one_of({0, 1, anything, dice.roll() % 1000}));
    control.data.counts.store(dice.one_of({0, 1, anything, dice.roll()}));
    control.space.counts.store(dice.one_of({0, 1, anything, dice.roll()}));
    if (dice.roll() % 16 == 0) spoil_ends(dice, control.ends);
  }));
}

TEST_P(HostileCells, OfALossyRing) {
  open(lossy_ring_entry(), ring::lossy_object_bytes);
  auto& control = *reinterpret_cast<ring::LossyControl*>(peer.data());
  work_beside(HostilePeer([&](Dice& dice) {
    ring::CellHeader& cell = some_cell(dice, ring::lossy_control_bytes());
    cell.length.store(static_cast<std::uint32_t>(some_length(dice)));
    cell.word.store(dice.one_of({0, 1, 2, 3, 4, 5, dice.roll() % 1000, anything}));
    control.published.store(dice.one_of({0, 1, anything, dice.roll()}));
    control.data.counts.store(dice.one_of({0, 1, anything, dice.roll()}));
    if (dice.roll() % 16 == 0) spoil_ends(dice, control.ends);
  }));
}

INSTANTIATE_TEST_SUITE_P(All, HostileCells, testing::Values(Wait::block, Wait::spin, Wait::hybrid),
                         [](const testing::TestParamInfo<Wait>& row) {
                           return to_string(row.param);
                         });

}  // namespace
}  // namespace ipcmark
