#include "results/model/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ipcmark {
namespace {

// The rank (from 1) of the quantile among `count` values. The factor undoes the rounding error of
// the product, which would otherwise put 0.07 · 100 at rank 8.
std::uint64_t rank_of(double q, std::uint64_t count) {
  const double product =
      q * static_cast<double>(count) * (1 - 4 * std::numeric_limits<double>::epsilon());
  const double rank = std::ceil(product);
  if (!(rank > 1)) return 1;
  return std::min(count, static_cast<std::uint64_t>(rank));
}

}  // namespace

Histogram::Histogram() : counts_(buckets(), 0) {}

Histogram Histogram::compact() { return Histogram(Compact{}); }

void Histogram::merge(const Histogram& other) {
  if (counts_.empty()) {
    counts_.assign(buckets(), 0);
    for (const auto& [index, count] : filled_) counts_[index] = count;
    filled_.clear();
  }
  for (const auto& [index, count] : other.sparse()) counts_[index] += count;
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  counts_.assign(buckets(), 0);
  filled_.clear();
  count_ = 0;
  sum_ = 0;
  min_ = ~std::uint64_t{0};
  max_ = 0;
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

std::uint64_t Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const std::uint64_t rank = rank_of(q, count_);
  if (rank == 1) return min_;
  if (rank == count_) return max_;
  std::uint64_t seen = 0;
  for (const auto& [index, count] : sparse()) {
    seen += count;
    if (seen >= rank) {
      const std::uint64_t low = lowest_of(index);
      return std::clamp(low + (highest_of(index) - low) / 2, min_, max_);
    }
  }
  return max_;
}

std::uint64_t Histogram::beyond(double q) const {
  return count_ == 0 ? 0 : count_ - rank_of(q, count_);
}

std::vector<std::pair<std::uint32_t, std::uint64_t>> Histogram::sparse() const {
  if (counts_.empty()) return filled_;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> filled;
  if (count_ == 0) return filled;
  const std::uint32_t last = index_of(max_);
  for (std::uint32_t i = index_of(min_); i <= last; ++i) {
    if (counts_[i] != 0) filled.emplace_back(i, counts_[i]);
  }
  return filled;
}

bool Histogram::load(std::span<const std::pair<std::uint32_t, std::uint64_t>> filled,
                     std::uint64_t min, std::uint64_t max, double sum) {
  *this = compact();
  if (filled.empty()) return true;
  if (min > max || index_of(min) != filled.front().first || index_of(max) != filled.back().first ||
      !(sum >= 0) || sum > 0x1p127) {
    return false;
  }
  std::uint64_t total = 0;
  std::int64_t before = -1;
  for (const auto& [index, count] : filled) {
    if (static_cast<std::int64_t>(index) <= before || count == 0 ||
        __builtin_add_overflow(total, count, &total)) {
      return false;
    }
    before = index;
  }
  filled_.assign(filled.begin(), filled.end());
  count_ = total;
  sum_ = static_cast<Sum>(sum);
  min_ = min;
  max_ = max;
  return true;
}

std::uint64_t Histogram::lowest_of(std::uint32_t index) {
  if (index < 2 * half) return index;
  const std::uint32_t shift = index / half - 1;
  return (static_cast<std::uint64_t>(index % half) + half) << shift;
}

std::uint64_t Histogram::highest_of(std::uint32_t index) {
  if (index < 2 * half) return index;
  const std::uint32_t shift = index / half - 1;
  return lowest_of(index) + ((std::uint64_t{1} << shift) - 1);
}

}  // namespace ipcmark
