#include "backends/kernel/address_channel.hpp"

#include <unistd.h>

namespace ipcmark {

PathChannel::~PathChannel() {
  if (is_gone(::unlink(address_.name.c_str()))) names_.released(address_.name);
}

}  // namespace ipcmark
