// A log-linear histogram of non-negative 64-bit values (nanoseconds), after the layout of
// HdrHistogram (G. Tene): fixed memory, three significant digits, mergeable, exact count.
//
// Values below 2048 have a bucket each; above, every power of two is divided into 1024 buckets, so
// that a bucket is never wider than a thousandth of its values.
//
// record() is on measured paths: no allocation, no branch.
// Not thread-safe: one recorder each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ipcmark {

class Histogram {
 public:
  Histogram();  // allocates all its memory (440 KiB) and touches it
  // Empty, without that memory: for load() and merge(). Not to be recorded into before clear().
  static Histogram compact();

  void record(std::uint64_t value) { record(value, 1); }
  void record(std::uint64_t value, std::uint64_t count) {
    counts_[index_of(value)] += count;
    count_ += count;
    sum_ += static_cast<Sum>(value) * count;
    min_ = value < min_ ? value : min_;
    max_ = value > max_ ? value : max_;
  }
  void merge(const Histogram& other);
  void clear();  // ready to record again

  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }  // exact
  std::uint64_t max() const { return max_; }                    // exact
  double mean() const;                                          // exact sum / count; 0 when empty
  // The least recorded value v with at least q·count values <= v, to three significant digits (the
  // middle of its bucket); never above max() nor below min(), and exact at both ends.
  // 0 <= q <= 1; 0 when empty.
  std::uint64_t quantile(double q) const;
  // How many recorded values lie above the rank of that quantile.
  std::uint64_t beyond(double q) const;

  // (bucket index, count) of the non-empty buckets, ascending: the form it is stored and sent in.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> sparse() const;
  // Rebuilds from sparse form; min, max and sum are carried beside it. False (and empty) when the
  // parts contradict each other: an index out of range or out of order, a minimum or maximum
  // outside the first or last bucket.
  // What was loaded, or could not be, is compact (a result holds thousands): it must not be
  // recorded into before clear(). merge() and all readers take either form.
  bool load(std::span<const std::pair<std::uint32_t, std::uint64_t>> buckets, std::uint64_t min,
            std::uint64_t max, double sum);
  double sum() const { return static_cast<double>(sum_); }

  static std::uint32_t index_of(std::uint64_t value) {
    // The or makes all values below 2048 share shift 0 without a branch.
    const auto shift = static_cast<std::uint32_t>(std::bit_width(value | (2 * half - 1))) - 11U;
    return shift * half + static_cast<std::uint32_t>(value >> shift);
  }
  static std::uint64_t lowest_of(std::uint32_t index);   // inclusive
  static std::uint64_t highest_of(std::uint32_t index);  // inclusive
  static std::uint32_t buckets() { return (64U - 11U + 2U) * half; }

 private:
  // Integer, since converting each value to double costs more than the 128-bit addition.
  __extension__ using Sum = unsigned __int128;
  static constexpr std::uint32_t half = 1024;

  struct Compact {};
  explicit Histogram(Compact /*unused*/) {}

  std::vector<std::uint64_t> counts_;  // empty when compact; then filled_ holds the counts
  std::vector<std::pair<std::uint32_t, std::uint64_t>> filled_;
  std::uint64_t count_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t max_ = 0;
  Sum sum_ = 0;
};

}  // namespace ipcmark
