// A channel made of connected stream sockets, one pair a sender, all read by one receiver: what
// unix_stream and tcp have in common.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/framing/framed_stream.hpp"
#include "backends/framing/pair_channel.hpp"
#include "backends/transport.hpp"

namespace ipcmark {

struct StreamPairs {
  const char* backend;
  Result<DescriptorPair> (*connect)();
  // Of the send buffer's size where no depth was asked for, as smaller_than_default().
  std::string (*buffer_note)(std::int64_t bytes);

  static Capabilities capabilities(const ChannelSpec& spec);
  std::string probe(const ChannelSpec& spec) const;
  Result<std::unique_ptr<Channel>> create(const ChannelSpec& spec, std::uint64_t id) const;
  // Each takes its own descriptors out of the address; the rest are closed with it, or end of file
  // would never come.
  Result<std::unique_ptr<Sender>> open_sender(Address address, const OpenContext& context) const;
  Result<std::unique_ptr<Receiver>> open_receiver(Address address,
                                                  const OpenContext& context) const;
};

}  // namespace ipcmark
