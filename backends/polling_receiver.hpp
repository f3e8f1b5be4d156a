// A receiver that waits as servers do: it reads until nothing is left, then sleeps in epoll_wait(2)
// until its descriptor is readable.
#pragma once

#include <memory>

#include "backends/transport.hpp"

namespace ipcmark {

// Owns `receiver`, which must have a descriptor (Capabilities::pollable), and calls it with
// immediate deadlines alone. `context` outlives it.
Result<std::unique_ptr<Receiver>> polling(std::unique_ptr<Receiver> receiver,
                                          const OpenContext& context);

}  // namespace ipcmark
