#include "tools/files/output_stream.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

// An open FIFO, or an errno; EINTR: `stop` was raised. open() itself would sleep through a signal
// that came just before it.
tl::expected<Fd, int> open_fifo(const OutputPlace& place, const std::atomic<int>* stop) {
  bool said = false;
  while (stop == nullptr || stop->load() == 0) {
    Fd fifo(::open(place.path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    if (fifo) {
      const int flags = ::fcntl(fifo.get(), F_GETFL);
      if (::fcntl(fifo.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) return tl::make_unexpected(errno);
      return fifo;
    }
    if (errno != ENXIO) return tl::make_unexpected(errno);
    if (!said) print_error(fmt::format("waiting until something reads from '{}'", place.named));
    said = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return tl::make_unexpected(EINTR);
}

}  // namespace

std::string cannot_write(const OutputPlace& place, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fmt::format("cannot write '{}': {}; choose {}", place.named, std::strerror(error),
                     full ? "a place with room" : "another place");
}

tl::expected<Fd, std::string> open_stream(const OutputPlace& place, const std::atomic<int>* stop) {
  if (S_ISFIFO(place.mode) && place.descriptor < 0) {
    auto fifo = open_fifo(place, stop);
    if (fifo) return std::move(*fifo);
    return tl::make_unexpected(
        fifo.error() == EINTR
            ? fmt::format("ended by a signal while nothing read from '{}'", place.named)
            : cannot_write(place, fifo.error()));
  }
  Fd stream(place.descriptor >= 0
                ? ::fcntl(place.descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
                : ::open(place.path.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC));
  if (!stream) return tl::make_unexpected(cannot_write(place, errno));
  if (place.descriptor == STDOUT_FILENO) show_on_stderr();
  return stream;
}

}  // namespace ipcmark
