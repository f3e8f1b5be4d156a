// A log-linear histogram of non-negative 64-bit values (nanoseconds), after the layout of
// HdrHistogram (G. Tene): fixed memory, three significant digits, mergeable, exact count.
//
// record() is on measured paths: no allocation, no branch but the bucket computation.
// Not thread-safe: one recorder each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace ipcmark {

class Histogram {
 public:
  Histogram();  // allocates all its memory (about 450 KiB) and touches it

  void record(std::uint64_t value) { record(value, 1); }
  void record(std::uint64_t value, std::uint64_t count);
  void merge(const Histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  std::uint64_t min() const { return count_ == 0 ? 0 : min_; }  // exact
  std::uint64_t max() const { return max_; }                    // exact
  double mean() const;                                          // exact sum / count
  // The least recorded value v with at least q·count values <= v, to three significant digits;
  // never above max() nor below min(). 0 <= q <= 1; 0 when empty.
  std::uint64_t quantile(double q) const;

  // (bucket index, count) of the non-empty buckets, ascending: the form it is stored and sent in.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> sparse() const;
  // Rebuilds from sparse form; min, max and sum are carried beside it. False: an index out of
  // range.
  bool load(std::span<const std::pair<std::uint32_t, std::uint64_t>> buckets, std::uint64_t min,
            std::uint64_t max, double sum);
  double sum() const { return sum_; }

  static std::uint32_t index_of(std::uint64_t value);
  static std::uint64_t lowest_of(std::uint32_t index);   // inclusive
  static std::uint64_t highest_of(std::uint32_t index);  // inclusive
  static std::uint32_t buckets();

 private:
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace ipcmark
