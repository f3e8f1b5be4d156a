#include "backends/framing/pair_channel.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "backends/kernel/address_channel.hpp"

namespace ipcmark {
namespace {

// Places in the address.
constexpr std::size_t receiving_end = 0;
constexpr std::size_t sending_end = 1;

Result<Fd> take_end(Address& address, std::size_t which, const char* backend) {
  if (address.descriptors.size() != 2 || !address.descriptors[which]) {
    return fail(Errc::invalid, backend);
  }
  return std::move(address.descriptors[which]);
}

}  // namespace

Result<DescriptorPair> create_pipe(int flags) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | flags) != 0) return fail(Errc::system, "pipe2", errno);
  return DescriptorPair{Fd{ends[0]}, Fd{ends[1]}};
}

Result<DescriptorPair> create_socket_pair(int type) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    return fail(Errc::system, "socketpair", errno);
  }
  return DescriptorPair{Fd{ends[0]}, Fd{ends[1]}};
}

std::unique_ptr<Channel> make_pair_channel(const char* backend, const ChannelSpec& spec,
                                           std::uint64_t id, DescriptorPair pair, Granted granted) {
  Address address = make_address(backend, spec, id);
  address.descriptors.push_back(std::move(pair.receiving));
  address.descriptors.push_back(std::move(pair.sending));
  return std::make_unique<AddressChannel>(std::move(address), std::move(granted));
}

Result<Fd> take_receiving_end(Address& address, const char* backend) {
  return take_end(address, receiving_end, backend);
}
Result<Fd> take_sending_end(Address& address, const char* backend) {
  return take_end(address, sending_end, backend);
}

}  // namespace ipcmark
