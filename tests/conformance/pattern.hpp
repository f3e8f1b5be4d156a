// Message contents that can be checked without having been kept: a function of a 64-bit key.
//
// Written apart from scenarios/traffic/payload.hpp on purpose: a mistake there must not hide here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace ipcmark::conformance {

inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

inline std::uint64_t word_at(std::uint64_t key, std::size_t word) {
  return word == 0 ? key : mix(key * 0x100000001B3U + word);
}

// The first eight bytes are the key itself when there is room.
inline void fill(std::span<std::byte> message, std::uint64_t key) {
  for (std::size_t at = 0; at < message.size(); at += 8) {
    const std::uint64_t word = word_at(key, at / 8);
    const std::size_t bytes = message.size() - at < 8 ? message.size() - at : 8;
    std::memcpy(message.data() + at, &word, bytes);
  }
}

inline bool matches(std::span<const std::byte> message, std::uint64_t key) {
  for (std::size_t at = 0; at < message.size(); at += 8) {
    const std::uint64_t word = word_at(key, at / 8);
    const std::size_t bytes = message.size() - at < 8 ? message.size() - at : 8;
    if (std::memcmp(message.data() + at, &word, bytes) != 0) return false;
  }
  return true;
}

inline std::uint64_t key_of(std::span<const std::byte> message) {
  std::uint64_t key = 0;
  std::memcpy(&key, message.data(), message.size() < 8 ? message.size() : 8);
  return key;
}

inline std::vector<std::byte> message_of(std::size_t size, std::uint64_t key) {
  std::vector<std::byte> message(size);
  fill(message, key);
  return message;
}

}  // namespace ipcmark::conformance
