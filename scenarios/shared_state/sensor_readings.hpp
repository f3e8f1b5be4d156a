// The readings of the sensor scenario, and a reader's account of them. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ipcmark {

// Reading `number`, from 0: 20.0 + 0.5 number + 0.1 (number mod 3), as a float.
float reading_value(std::uint64_t number);
inline constexpr float end_of_readings = -999.0F;
// Of the first `count` readings.
double average_reading(std::uint64_t count);

// Takes readings as they come and says what was wrong with them.
class ReadingTracker {
 public:
  static constexpr std::size_t window = 5;  // of the running average

  // A reading that says it is that number. A value that the number does not have was torn.
  void enter(std::uint64_t number, float value);
  // The marker, after which nothing may come.
  void end() { ended_ = true; }

  std::uint64_t readings() const { return readings_; }
  std::uint64_t skipped() const { return skipped_; }
  std::uint64_t backwards() const { return backwards_; }  // again, or after a later one
  std::uint64_t torn() const { return torn_; }
  std::uint64_t after_end() const { return after_end_; }
  // How often the average of the last five was not that of the five last made.
  std::uint64_t wrong_averages() const { return wrong_averages_; }
  bool ended() const { return ended_; }
  double average() const;  // of all; 0 when there was none

 private:
  std::uint64_t next_ = 0;  // the number that must come
  std::uint64_t readings_ = 0, skipped_ = 0, backwards_ = 0, torn_ = 0;
  std::uint64_t after_end_ = 0, wrong_averages_ = 0;
  bool ended_ = false;
  double sum_ = 0;  // floats of one size add up in a double without rounding
  std::array<float, window> last_{};
  double window_sum_ = 0;
};

}  // namespace ipcmark
