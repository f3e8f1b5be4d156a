// What a monitor shows of many sensors: the latest value of each. Pure.
#pragma once

#include <cstdint>
#include <vector>

namespace ipcmark {

// One value of a sensor. Which value belongs to a number is known, so that a mixture is told.
struct Sample {
  std::uint64_t number = 0;  // from 1; 0: there is none yet
  std::uint64_t value = 0;
  std::uint64_t made_ns = 0;
};
std::uint64_t sample_value(std::uint32_t sensor, std::uint64_t number);

class LatestView {
 public:
  explicit LatestView(std::uint32_t sensors) : latest_(sensors) {}

  // What was found of a sensor; true when it is newer than what was shown.
  bool enter(std::uint32_t sensor, const Sample& sample);

  std::uint64_t latest(std::uint32_t sensor) const { return latest_.at(sensor); }  // its number
  std::uint64_t torn() const { return torn_; }
  std::uint64_t backwards() const { return backwards_; }

 private:
  std::vector<std::uint64_t> latest_;
  std::uint64_t torn_ = 0, backwards_ = 0;
};

}  // namespace ipcmark
