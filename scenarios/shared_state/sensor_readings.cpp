#include "scenarios/shared_state/sensor_readings.hpp"

#include <algorithm>
#include <cmath>

namespace ipcmark {

float reading_value(std::uint64_t number) {
  return static_cast<float>(20.0 + 0.5 * static_cast<double>(number) +
                            0.1 * static_cast<double>(number % 3));
}

double average_reading(std::uint64_t count) {
  double sum = 0;
  for (std::uint64_t i = 0; i < count; ++i) sum += static_cast<double>(reading_value(i));
  return count == 0 ? 0 : sum / static_cast<double>(count);
}

void ReadingTracker::enter(std::uint64_t number, float value) {
  after_end_ += ended_ ? 1U : 0U;
  if (number < next_) ++backwards_;
  if (number > next_) skipped_ += number - next_;
  next_ = std::max(next_, number + 1);
  torn_ += value == reading_value(number) ? 0U : 1U;
  float& oldest = last_.at(readings_ % window);
  sum_ += static_cast<double>(value);
  window_sum_ += static_cast<double>(value) - static_cast<double>(oldest);
  oldest = value;
  if (++readings_ < window) return;
  double made = 0;
  for (std::uint64_t i = 0; i < window && i <= number; ++i) {
    made += static_cast<double>(reading_value(number - i));
  }
  // Far below what one missing or strange reading does to it.
  constexpr double rounding = 1e-6;
  wrong_averages_ += std::abs(window_sum_ - made) <= rounding * made ? 0U : 1U;
}

double ReadingTracker::average() const {
  return readings_ == 0 ? 0 : sum_ / static_cast<double>(readings_);
}

}  // namespace ipcmark
