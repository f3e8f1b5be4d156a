// A channel over one Unix socketpair that keeps packets apart: what unix_seqpacket and unix_dgram
// have in common.
//
// Every sender shares one end and every receiver the other. A message is one packet, a kind byte
// and the payload (an empty packet would look like end of file), or, where it would need more
// contiguous kernel memory than is always there, several packets with their sender's index.
#pragma once

#include <memory>

#include "backends/transport.hpp"

namespace ipcmark {

struct PacketSocket {
  const char* backend;
  int type;          // SOCK_SEQPACKET or SOCK_DGRAM
  bool end_of_file;  // the kernel tells when the last sender is gone; else end packets are counted

  Capabilities capabilities(const ChannelSpec& spec) const;
  std::string probe(const ChannelSpec& spec) const;
  Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id) const;
  Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) const;
  Result<std::unique_ptr<Receiver>> open_receiver(Address address,
                                                  const OpenContext& context) const;
};

}  // namespace ipcmark
