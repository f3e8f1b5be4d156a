#include "backends/framing/piece_queue.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>

#include "backends/kernel/mapping.hpp"

namespace ipcmark {

Result<Fd> ClosedCount::create() { return create_anonymous_memory(sizeof(Page)); }

Result<ClosedCount> ClosedCount::open(const Fd& memory) {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
  void* page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (page == MAP_FAILED) return fail(Errc::system, "mmap of the closed count", errno);
  return ClosedCount(static_cast<Page*>(page));
}

ClosedCount::~ClosedCount() {
  if (page_ != nullptr) ::munmap(page_, sizeof *page_);
}

Capabilities piece_capabilities(const ChannelSpec& spec, std::uint64_t piece_bytes) {
  Capabilities can;
  can.fragments = spec.largest_message > piece_bytes;
  can.many_senders = true;
  can.many_receivers = !can.fragments;  // pieces of one message would go to several
  can.native_boundaries = true;
  can.largest_message = largest_fragmented_message;
  if (spec.largest_message > can.largest_message) {
    can.unsupported_reason = fmt::format("carries at most {} B", can.largest_message);
  } else if (spec.wait != Wait::block) {
    can.unsupported_reason = "waits by block only";
  } else if (spec.receivers > 1 && can.fragments) {
    can.unsupported_reason =
        fmt::format("needs many_receivers, which ends where it fragments, at {} B", piece_bytes);
  }
  return can;
}

}  // namespace ipcmark
