#include "backends/framing/fragments.hpp"

#include <cstring>

namespace ipcmark {

namespace {

void copy(std::byte* to, std::span<const std::byte> from) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size());  // null is not allowed for 0 bytes
}

}  // namespace

void Reassembler::offer(std::span<std::byte> memory) {
  if (slots_.size() == 1 && !slots_[0].under_way) offered_ = memory;
}

void Reassembler::withdraw() {
  Slot& slot = slots_[0];
  if (slot.in_place) {
    slot.own.resize(slot.length);
    copy(slot.own.data(), offered_.first(slot.filled));
    slot.in_place = false;
  }
  offered_ = {};
}

Result<bool> Reassembler::accept(std::span<const std::byte> piece) {
  PieceHeader header;
  if (piece.size() < sizeof header) return fail(Errc::corrupt, "piece without a header");
  std::memcpy(&header, piece.data(), sizeof header);
  const auto body = piece.subspan(sizeof header);
  if (header.sender >= slots_.size()) return fail(Errc::corrupt, "piece of an unknown sender");
  if (header.length > largest_message_) return fail(Errc::corrupt, "length of a piece's message");
  Slot& slot = slots_[header.sender];
  if (!slot.under_way) {
    slot.under_way = true;
    slot.length = header.length;
    slot.filled = 0;
    slot.in_place = header.length <= offered_.size() && !offered_.empty();
    if (!slot.in_place) slot.own.resize(header.length);
  }
  if (header.length != slot.length || body.size() > slot.length - slot.filled ||
      (header.last == 1) != (slot.filled + body.size() == slot.length)) {
    return fail(Errc::corrupt, "piece does not fit its message");
  }
  copy((slot.in_place ? offered_.data() : slot.own.data()) + slot.filled, body);
  slot.filled += body.size();
  if (header.last == 0) return false;
  complete_ = header.sender;
  return true;
}

Result<std::size_t> Reassembler::deliver(std::span<std::byte> buffer) {
  Slot& slot = slots_[*complete_];
  if (slot.length > buffer.size()) return fail(Errc::too_large, "receive: the buffer is too small");
  if (!slot.in_place) copy(buffer.data(), {slot.own.data(), slot.length});
  slot.under_way = false;
  slot.in_place = false;
  complete_.reset();
  return slot.length;
}

}  // namespace ipcmark
