#include "scenarios/foreign/own_program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <filesystem>

namespace ipcmark {
namespace {

// As the kernel knows it: with " (deleted)" behind it where the file was replaced. Empty: unknown.
std::string known_path() {
  std::array<char, PATH_MAX> path{};
  const auto length = ::readlink("/proc/self/exe", path.data(), path.size());
  return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string{};
}

}  // namespace

std::string own_program() {
  std::string path = known_path();
  if (!path.empty() && ::access(path.c_str(), F_OK) == 0) return path;
  return fmt::format("/proc/{}/exe", ::getpid());
}

std::string own_folder() { return std::filesystem::path(known_path()).parent_path().string(); }

}  // namespace ipcmark
