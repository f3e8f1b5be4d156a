#include "scenarios/cleanup/manifest_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace ipcmark {
namespace {

constexpr std::string_view head_word = "ipcmark-manifest";
constexpr std::size_t longest_head = 256;

std::optional<ObjectKind> kind_from(std::string_view text) {
  for (const auto kind : {ObjectKind::file, ObjectKind::posix_shm, ObjectKind::posix_queue,
                          ObjectKind::sysv_queue, ObjectKind::sysv_sem, ObjectKind::sysv_shm})
    if (text == to_string(kind)) return kind;
  return std::nullopt;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (;;) {
    const auto space = line.find(' ');
    words.emplace_back(line.substr(0, space));
    if (space == std::string_view::npos) return words;
    line.remove_prefix(space + 1);
  }
}

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

tl::unexpected<Unreadable> foreign() {
  return tl::make_unexpected(Unreadable{false, "has no head line of ipcmark's"});
}

tl::unexpected<Unreadable> damaged(std::string reason) {
  return tl::make_unexpected(Unreadable{true, std::move(reason)});
}

// A whole head line, or the file is not ours: a run writes it before the file has a name.
tl::expected<ManifestText, Unreadable> parse_head(std::string_view text) {
  const auto end = text.substr(0, longest_head).find('\n');
  if (end == std::string_view::npos) return foreign();
  const auto words = words_of(text.substr(0, end));
  if (words.size() < 4 || words[0] != head_word || !is_number(words[1]) || !is_run_id(words[2]) ||
      !is_number(words[3]))
    return foreign();
  if (words[1] == "1" && words.size() == 4) return ManifestText{words[2], {}, {}};
  if (words[1] == "2" && words.size() == 7)
    return ManifestText{words[2], Origin{words[4], words[5], words[6]}, {}};
  if (words[1] == "1" || words[1] == "2") return foreign();
  return damaged("is of format " + words[1] + ": clean up with the ipcmark that wrote it");
}

}  // namespace

const char* to_string(ObjectKind kind) {
  switch (kind) {
    case ObjectKind::file:
      return "file";
    case ObjectKind::posix_shm:
      return "posix_shm";
    case ObjectKind::posix_queue:
      return "posix_queue";
    case ObjectKind::sysv_queue:
      return "sysv_queue";
    case ObjectKind::sysv_sem:
      return "sysv_sem";
    case ObjectKind::sysv_shm:
      return "sysv_shm";
  }
  return "unknown";
}

bool is_run_id(std::string_view text) {
  return !text.empty() && text.size() <= 16 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  });
}

std::string manifest_head(const std::string& run_id, int pid, const Origin& origin) {
  return fmt::format("{} 2 {} {} {} {} {}\n", head_word, run_id, pid, origin.boot, origin.ipc,
                     origin.shm);
}

tl::expected<ManifestText, Unreadable> parse_manifest(std::string_view text) {
  auto result = parse_head(text);
  if (!result) return result;
  std::size_t number = 1;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;
       text.remove_prefix(end + 1), ++number) {
    const auto line = text.substr(0, end);
    if (number == 1 || line.starts_with('#')) continue;
    const auto space = line.find(' ');
    const auto kind = kind_from(line.substr(0, space));
    if (space == std::string_view::npos || !kind)
      return damaged(fmt::format("is damaged in line {}", number));
    result->claims.push_back({*kind, std::string{line.substr(space + 1)}});
  }
  return result;
}

tl::expected<ManifestText, Unreadable> read_manifest(int fd) {
  std::string text;
  char buffer[65536];
  for (bool head = false;;) {
    const auto got = ::pread(fd, buffer, sizeof buffer, static_cast<off_t>(text.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0)
      return damaged(std::string{"cannot be read: "} +
                     std::strerror(errno));  // NOLINT(concurrency-mt-unsafe)
    if (got == 0) return parse_manifest(text);
    text.append(buffer, static_cast<std::size_t>(got));
    if (!std::exchange(head, true))
      if (auto parsed = parse_head(text); !parsed) return parsed;
    if (text.size() > largest_manifest) return damaged("is longer than any that ipcmark writes");
  }
}

}  // namespace ipcmark
