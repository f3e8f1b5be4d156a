#include "backends/transport.hpp"

#include <fcntl.h>

namespace ipcmark {

Address Address::clone() const {
  Address copy;
  copy.id = id;
  copy.backend = backend;
  copy.name = name;
  copy.spec = spec;
  copy.descriptors.reserve(descriptors.size());
  for (const Fd& fd : descriptors) {
    // A failed dup() stays as an empty Fd: whoever opens the address reports it.
    copy.descriptors.emplace_back(fd ? fcntl(fd.get(), F_DUPFD_CLOEXEC, 3) : -1);
  }
  return copy;
}

}  // namespace ipcmark
