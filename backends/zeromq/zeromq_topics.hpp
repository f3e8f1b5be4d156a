// The ends of a ZeroMQ channel with topics (ChannelSpec::topic_at).
#pragma once

#include <memory>

#include "backends/transport.hpp"

namespace ipcmark::zeromq {

Result<std::unique_ptr<Sender>> open_topic_sender(const Address& address,
                                                  const OpenContext& context);
Result<std::unique_ptr<Receiver>> open_topic_receiver(const Address& address,
                                                      const OpenContext& context);

}  // namespace ipcmark::zeromq
