// Channels over one pair of descriptors: a pipe, or a socket pair whose sockets serve one way each.
#pragma once

#include <memory>

#include "backends/transport.hpp"

namespace ipcmark {

struct DescriptorPair {
  Fd receiving;
  Fd sending;
};

// pipe2(2), close-on-exec.
Result<DescriptorPair> create_pipe(int flags = 0);
// Unix sockets of that type, close-on-exec.
Result<DescriptorPair> create_socket_pair(int type);

std::unique_ptr<Channel> make_pair_channel(const char* backend, const ChannelSpec& spec,
                                           std::uint64_t id, DescriptorPair pair, Granted granted);

// Each takes its own descriptor out of the address of a pair; the other is to be closed with the
// address, or end of file would never come. invalid, with the backend's name (a static string): it
// is not there.
Result<Fd> take_receiving_end(Address& address, const char* backend);
Result<Fd> take_sending_end(Address& address, const char* backend);

}  // namespace ipcmark
