#include "tools/terminal/standard_streams.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace ipcmark {

namespace {

std::array<bool, 3> closed{};

}  // namespace

void open_standard_streams() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0) continue;
    closed.at(static_cast<std::size_t>(descriptor)) = true;
    // The lowest number that is free is this one. To be inherited by workers, so not O_CLOEXEC.
    const int access = descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY;
    if (::open("/dev/null", access) >= 0) continue;
    (void)!::open("/", O_PATH);  // no /dev here: what is written fails, but the number is taken
  }
}

bool was_closed_at_start(int descriptor) {
  return descriptor >= STDIN_FILENO && descriptor <= STDERR_FILENO &&
         closed.at(static_cast<std::size_t>(descriptor));
}

}  // namespace ipcmark
