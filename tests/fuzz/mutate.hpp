// Changes the text of a document, the same way for the same random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ipcmark::fuzz {

class Random {  // splitmix64 (S. Vigna)
 public:
  std::size_t below(std::size_t limit) {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return static_cast<std::size_t>((z ^ (z >> 31U)) % limit);
  }

 private:
  std::uint64_t state_ = 1;
};

// Bytes changed, left out and put in, some of them out of `corpus`: seldom JSON any more.
std::string changed_bytes(std::string text, const std::vector<std::string>& corpus, Random& random);

// Still JSON, or lines of it, with one thing changed: a value, a type, a key, a length, or how
// often something stands there. Nothing when the text is neither.
std::optional<std::string> changed_json(const std::string& text, Random& random);

}  // namespace ipcmark::fuzz
