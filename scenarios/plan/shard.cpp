#include "scenarios/plan/shard.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "results/text/printable.hpp"

namespace ipcmark {
namespace {

// Digits alone, from 1; 0: it is no such number.
std::uint32_t count_from(std::string_view text) {
  std::uint32_t value = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  return read.ec == std::errc{} && read.ptr == end ? value : 0;
}

// Fowler, Noll and Vo: http://www.isthe.com/chongo/tech/comp/fnv
std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char each : bytes) {
    hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001b3U;
  }
  return hash;
}

}  // namespace

tl::expected<Shard, std::string> shard_from(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const Shard shard{count_from(text.substr(0, slash)), count_from(text.substr(slash + 1))};
    if (shard.part > 0 && shard.part <= shard.parts && shard.parts <= max_shards) return shard;
  }
  return tl::make_unexpected(
      fmt::format("'{}' is not a shard; write one such as 3/8, the third of eight (of at most {})",
                  printable(text), max_shards));
}

std::string shard_text(const Shard& shard) { return fmt::format("{}/{}", shard.part, shard.parts); }

std::uint32_t shard_of(std::string_view key, std::uint32_t parts) {
  // The upper half: the lower bits of FNV-1a are weak, the last one is a mere parity.
  return 1 + static_cast<std::uint32_t>(fnv1a(key) >> 32U) % parts;
}

void keep_shard(const Shard& shard, std::vector<RunSpec>& cells) {
  std::erase_if(cells, [&shard](const RunSpec& cell) {
    return shard_of(cell.key(), shard.parts) != shard.part;
  });
}

}  // namespace ipcmark
