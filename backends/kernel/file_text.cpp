#include "backends/kernel/file_text.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

namespace ipcmark {

Result<std::string> read_to_end(int fd, std::size_t max_bytes) {
  struct stat status {};
  const bool regular = ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
  // Those under /proc say 0, whatever they hold.
  const auto size = regular ? static_cast<std::size_t>(status.st_size) : 0;
  if (size > max_bytes) return fail(Errc::too_large, "read");
  std::string text;
  text.reserve(size);
  std::array<char, std::size_t{1} << 16U> part{};
  for (;;) {
    const ssize_t got = ::read(fd, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(Errc::system, "read", errno);
    if (got == 0) return text;
    if (static_cast<std::size_t>(got) > max_bytes - text.size())
      return fail(Errc::too_large, "read");
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

std::vector<std::string> names_in(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(directory, error);
  while (!error && entry != std::filesystem::directory_iterator()) {
    names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace ipcmark
