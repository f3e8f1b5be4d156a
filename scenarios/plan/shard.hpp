// The cells of a plan divided over several runs, such as one on each host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "results/model/spec.hpp"

namespace ipcmark {

inline constexpr std::uint32_t max_shards = 100'000;

struct Shard {
  std::uint32_t part = 1;   // from 1
  std::uint32_t parts = 1;  // of so many
};

// "3/8": the third of eight. The error is one sentence.
tl::expected<Shard, std::string> shard_from(std::string_view text);
std::string shard_text(const Shard& shard);

// In which of so many shards the cell of a key is, from 1: 1 + (h >> 32) mod `parts`, where h is
// the 64-bit FNV-1a hash of the key's bytes. It hangs on the key alone, so that a cell stays where
// it is whatever else is chosen; part of the interface, never to be changed.
std::uint32_t shard_of(std::string_view key, std::uint32_t parts);
// Takes the cells of the other shards away.
void keep_shard(const Shard& shard, std::vector<RunSpec>& cells);

}  // namespace ipcmark
