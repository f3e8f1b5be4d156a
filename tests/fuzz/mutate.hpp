// Changes the text of a document, the same way for the same random numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "results/splitmix.hpp"

namespace ipcmark::fuzz {

class Random {
 public:
  std::size_t below(std::size_t limit) {
    return static_cast<std::size_t>(next_random(state_) % limit);
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
