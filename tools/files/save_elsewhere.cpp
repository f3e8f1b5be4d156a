#include "tools/files/save_elsewhere.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "backends/fd.hpp"
#include "tools/files/new_file.hpp"

namespace ipcmark {

namespace {

constexpr std::size_t longest_ending = 60;

std::string variable_or_nothing(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no other thread
  return value == nullptr ? "" : value;
}

// Empty: it could not be written there.
std::string save_in(const std::string& directory, std::string_view content,
                    const std::string& ending) {
  std::string path = directory + "/ipcmark-XXXXXX" + ending;
  const Fd file(::mkostemps(path.data(), static_cast<int>(ending.size()), O_CLOEXEC));
  if (!file) return {};
  if (write_all(file.get(), content) == 0 && (::fsync(file.get()) == 0 || errno == EINVAL)) {
    return path;
  }
  ::unlink(path.c_str());
  return {};
}

}  // namespace

std::string save_elsewhere(std::string_view content, const std::string& name) {
  std::string ending = name.substr(name.rfind('/') + 1);
  if (ending.size() > longest_ending) ending.erase(0, ending.size() - longest_ending);
  std::replace(ending.begin(), ending.end(), ' ', '-');  // "standard output"
  for (const std::string& directory :
       {variable_or_nothing("TMPDIR"), std::string("/tmp"), std::string("/var/tmp"),
        variable_or_nothing("HOME"), std::string(".")}) {
    if (directory.empty()) continue;
    if (std::string path = save_in(directory, content, "-" + ending); !path.empty()) return path;
  }
  return {};
}

}  // namespace ipcmark
