// CRC-32 as zlib has it: the checksum that the standard libraries of other languages come with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ipcmark {

// Of `bytes` behind those whose checksum is `before`; 0: there are none.
std::uint32_t crc32(std::span<const std::byte> bytes, std::uint32_t before = 0);

}  // namespace ipcmark
