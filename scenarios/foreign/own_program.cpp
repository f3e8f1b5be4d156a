#include "scenarios/foreign/own_program.hpp"

#include <unistd.h>

#include <array>
#include <climits>

namespace ipcmark {

std::string own_program() {
  constexpr const char* link = "/proc/self/exe";
  std::array<char, PATH_MAX> path{};
  const auto length = ::readlink(link, path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : link;
}

}  // namespace ipcmark
