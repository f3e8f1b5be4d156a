#include "backends/shared_memory/wake_up.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <utility>

#include "backends/kernel/mapping.hpp"

namespace ipcmark::ring {
namespace {

Status add_pipe(std::vector<Fd>& descriptors) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail(Errc::system, "pipe2", errno);
  descriptors.emplace_back(ends[0]);
  descriptors.emplace_back(ends[1]);
  // The write end alone: whoever reads waits.
  if (::fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0) return fail(Errc::system, "fcntl", errno);
  return {};
}

Status add_eventfd(std::vector<Fd>& descriptors) {
  Fd made(::eventfd(0, EFD_CLOEXEC));
  if (!made) return fail(Errc::system, "eventfd", errno);
  descriptors.push_back(std::move(made));
  return {};
}

Result<TokenEnds> take_ends(Wake wake, std::vector<Fd>& descriptors, std::size_t first) {
  if (wake == Wake::futex) return TokenEnds{};
  TokenEnds ends;
  ends.take = std::move(descriptors[first]);
  if (wake == Wake::pipe) {
    ends.give = std::move(descriptors[first + 1]);
    return ends;
  }
  auto same = duplicate(ends.take);
  if (!same) return tl::make_unexpected(same.error());
  ends.give = std::move(*same);
  return ends;
}

}  // namespace

Status add_wake_descriptors(Wake wake, std::vector<Fd>& descriptors) {
  if (wake == Wake::futex) return {};
  for (int direction = 0; direction < 2; ++direction) {
    const Status added = wake == Wake::pipe ? add_pipe(descriptors) : add_eventfd(descriptors);
    if (!added) return added;
  }
  return {};
}

Result<WakeEnds> take_wake_ends(Address& address, std::size_t first) {
  const Wake wake = address.spec.wake;
  const std::size_t count = wake_descriptors(wake);
  if (address.descriptors.size() != first + count) {
    return fail(Errc::invalid, "address of a channel with --wake");
  }
  auto data = take_ends(wake, address.descriptors, first);
  if (!data) return tl::make_unexpected(data.error());
  auto space = take_ends(wake, address.descriptors, first + count / 2);
  if (!space) return tl::make_unexpected(space.error());
  return WakeEnds{std::move(*data), std::move(*space)};
}

}  // namespace ipcmark::ring
