#include "results/fleet/change_point.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace ipcmark {
namespace {

// The ranks of one host: how many of them the split has on its left, and what their sum is expected
// to be.
struct Block {
  std::size_t count = 0, left = 0;
  double sum = 0, squares = 0;

  double expected() const { return static_cast<double>(left) * sum / static_cast<double>(count); }
  // Of the sum of `left` ranks drawn without putting them back.
  double variance() const {
    if (count < 2) return 0;
    const auto n = static_cast<double>(count);
    const auto k = static_cast<double>(left);
    const double deviations = std::max(0.0, squares - sum * sum / n);
    return k * (n - k) / n * deviations / (n - 1);
  }
};

std::vector<Block> blocks_of(std::span<const double> ranks, std::span<const std::size_t> blocks) {
  std::vector<Block> out;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    if (blocks[i] >= out.size()) out.resize(blocks[i] + 1);
    Block& block = out[blocks[i]];
    ++block.count;
    block.sum += ranks[i];
    block.squares += ranks[i] * ranks[i];
  }
  return out;
}

// The sum of the ranks on the left, moved along the series.
class RankSum {
 public:
  RankSum(std::span<const double> ranks, std::span<const std::size_t> blocks)
      : ranks_(ranks), of_(blocks), blocks_(blocks_of(ranks, blocks)) {}

  void take(std::size_t i) {
    Block& block = blocks_[of_[i]];
    expected_ -= block.expected();
    variance_ -= block.variance();
    ++block.left;
    expected_ += block.expected();
    variance_ += block.variance();
    sum_ += ranks_[i];
  }
  double excess() const { return sum_ - expected_; }
  // 0 where the split tells nothing.
  double deviation() const { return variance_ > 1e-6 ? std::sqrt(variance_) : 0; }
  const std::vector<Block>& blocks() const { return blocks_; }

 private:
  std::span<const double> ranks_;
  std::span<const std::size_t> of_;
  std::vector<Block> blocks_;
  double sum_ = 0, expected_ = 0, variance_ = 0;
};

RankSum at_split(std::span<const double> ranks, std::span<const std::size_t> blocks,
                 std::size_t split) {
  RankSum sum(ranks, blocks);
  for (std::size_t i = 0; i < split; ++i) sum.take(i);
  return sum;
}

// Of doubled ranks, which are whole numbers: how probable each sum of `left` of them is.
std::vector<double> sums_of(const std::vector<std::size_t>& doubled, std::size_t left) {
  const std::size_t total = std::accumulate(doubled.begin(), doubled.end(), std::size_t{0});
  std::vector<std::vector<double>> ways(left + 1, std::vector<double>(total + 1, 0));
  ways[0][0] = 1;
  for (std::size_t i = 0; i < doubled.size(); ++i) {
    for (std::size_t taken = std::min(i + 1, left); taken > 0; --taken) {
      for (std::size_t sum = total; sum + 1 > doubled[i]; --sum) {
        ways[taken][sum] += ways[taken - 1][sum - doubled[i]];
      }
    }
  }
  const double all = std::accumulate(ways[left].begin(), ways[left].end(), 0.0);
  for (double& each : ways[left]) each /= all;
  return ways[left];
}

std::vector<double> convolved(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> out(a.size() + b.size() - 1, 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] == 0) continue;
    for (std::size_t j = 0; j < b.size(); ++j) out[i + j] += a[i] * b[j];
  }
  return out;
}

double normal_p(double excess, double deviation) {
  if (!(deviation > 0)) return 1;
  const double z = std::max(0.0, std::abs(excess) - 0.5) / deviation;
  return std::min(1.0, std::erfc(z / std::sqrt(2.0)));
}

}  // namespace

std::vector<double> ranks_of(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&values](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first + 1;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double rank = static_cast<double>(first + end + 1) / 2;
    for (; first < end; ++first) ranks[order[first]] = rank;
  }
  return ranks;
}

double normal_rank_sum_p(std::span<const double> ranks, std::span<const std::size_t> blocks,
                         std::size_t split) {
  const RankSum sum = at_split(ranks, blocks, split);
  return normal_p(sum.excess(), sum.deviation());
}

double exact_rank_sum_p(std::span<const double> ranks, std::span<const std::size_t> blocks,
                        std::size_t split) {
  const RankSum sum = at_split(ranks, blocks, split);
  std::vector<std::vector<std::size_t>> doubled(sum.blocks().size());
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    doubled[blocks[i]].push_back(static_cast<std::size_t>(std::lround(2 * ranks[i])));
  }
  // What one host alone has on one side is the same in every exchange.
  std::vector<double> probable{1};
  double expected = 0;  // of the doubled sum of the others
  for (std::size_t b = 0; b < doubled.size(); ++b) {
    const Block& block = sum.blocks()[b];
    if (block.left == 0 || block.left == block.count) continue;
    probable = convolved(probable, sums_of(doubled[b], block.left));
    expected += 2 * block.expected();
  }
  const double far = 2 * std::abs(sum.excess()) - 1e-6;
  double p = 0;
  for (std::size_t each = 0; each < probable.size(); ++each) {
    if (std::abs(static_cast<double>(each) - expected) >= far) p += probable[each];
  }
  return std::min(1.0, p);
}

std::optional<ChangePoint> change_point(std::span<const double> values,
                                        std::span<const std::size_t> blocks) {
  const std::size_t count = values.size();
  if (count < 2 * min_side) return std::nullopt;
  const std::vector<double> ranks = ranks_of(values);
  RankSum sum(ranks, blocks);
  ChangePoint best;
  for (std::size_t at = 1; at + min_side <= count; ++at) {
    sum.take(at - 1);
    if (at < min_side || !(sum.deviation() > 0)) continue;
    const double z = -sum.excess() / sum.deviation();
    if (best.at == 0 || std::abs(z) > std::abs(best.z)) best = {at, z, 1};
  }
  if (best.at == 0) return std::nullopt;
  const auto splits = static_cast<double>(count - 2 * min_side + 1);
  double p = normal_rank_sum_p(ranks, blocks, best.at);
  const bool matters = p * splits < 0.1;  // the exact one takes a thousand times as long
  if (matters && count <= exact_values) p = exact_rank_sum_p(ranks, blocks, best.at);
  best.p = std::min(1.0, p * splits);
  return best;
}

}  // namespace ipcmark
