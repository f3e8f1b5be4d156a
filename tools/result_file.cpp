#include "tools/result_file.hpp"

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "results/json.hpp"

namespace ipcmark {

tl::expected<ResultDocument, std::string> read_result_file(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  // Opening a directory succeeds; only reading it fails.
  if (!file || errno == EISDIR) {
    return tl::make_unexpected(fmt::format("cannot read '{}': {}", path, std::strerror(errno)));
  }
  auto document = result_from_json(text);
  if (!document) {
    return tl::make_unexpected(
        fmt::format("'{}' is not a result of 'ipcmark run --json': {}", path, document.error()));
  }
  return document;
}

}  // namespace ipcmark
