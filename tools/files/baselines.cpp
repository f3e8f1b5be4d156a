#include "tools/files/baselines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace ipcmark {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t max_name = 64;
constexpr const char* suffix = ".json";

// Empty: there is no home directory.
std::string folder() {
  // NOLINTBEGIN(concurrency-mt-unsafe): nobody changes the environment here
  const char* data = std::getenv("XDG_DATA_HOME");
  if (data != nullptr && *data == '/') return std::string(data) + "/ipcmark/baselines";
  const char* home = std::getenv("HOME");
  // NOLINTEND(concurrency-mt-unsafe)
  if (home == nullptr || *home != '/') return {};
  return std::string(home) + "/.local/share/ipcmark/baselines";
}

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= max_name && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

}  // namespace

tl::expected<std::string, std::string> baseline_path(const std::string& name) {
  if (!is_name(name)) {
    return tl::make_unexpected(
        fmt::format("'{}' is no name of a baseline; use at most {} letters, digits, '.', '_' and "
                    "'-', and begin with none of '.'",
                    name, max_name));
  }
  const std::string where = folder();
  if (where.empty()) {
    return tl::make_unexpected(
        std::string("there is no place for baselines; set XDG_DATA_HOME or HOME"));
  }
  return where + "/" + name + suffix;
}

tl::expected<std::string, std::string> prepare_baseline(const std::string& name) {
  auto path = baseline_path(name);
  if (!path) return path;
  std::error_code error;
  fs::create_directories(fs::path(*path).parent_path(), error);
  if (error) {
    return tl::make_unexpected(fmt::format("cannot create the folder '{}': {}; set XDG_DATA_HOME",
                                           folder(), error.message()));
  }
  return path;
}

std::vector<std::string> baseline_names() {
  std::vector<std::string> names;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder(), error)) {
    const std::string leaf = entry.path().filename().string();
    if (!leaf.ends_with(suffix)) continue;
    const std::string name = leaf.substr(0, leaf.size() - std::string_view(suffix).size());
    if (is_name(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace ipcmark
