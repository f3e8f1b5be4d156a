#include "results/text/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace ipcmark {

namespace {

// Levenshtein's distance where a swap of neighbours counts once (optimal string alignment).
std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<std::size_t>> table(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) table[i][0] = i;
  std::iota(table[0].begin(), table[0].end(), 0U);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      table[i][j] =
          std::min({table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) table[i][j] = std::min(table[i][j], table[i - 2][j - 2] + 1);
    }
  }
  return table[a.size()][b.size()];
}

}  // namespace

std::string nearest(const std::string& name, const std::vector<std::string>& names) {
  std::string best;
  std::size_t min = std::max<std::size_t>(2, name.size() / 3) + 1;  // beyond: not meant
  for (const std::string& candidate : names) {
    // Each character more is an edit, and the table for a long name is large.
    const auto [shorter, longer] = std::minmax({name.size(), candidate.size()});
    if (longer - shorter >= min) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance >= min || distance >= candidate.size()) continue;
    min = distance;
    best = candidate;
  }
  return best;
}

}  // namespace ipcmark
