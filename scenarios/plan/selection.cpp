#include "scenarios/plan/selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "results/model/cell_key.hpp"

namespace ipcmark {
namespace {

bool matches_any(const std::vector<std::string>& patterns, const RunSpec& cell) {
  const std::string key = cell.key();
  return std::any_of(patterns.begin(), patterns.end(),
                     [&key](const std::string& pattern) { return matches(pattern, key); });
}

}  // namespace

bool is_pattern(const std::string& text) { return text.find_first_of("*?[") != std::string::npos; }

tl::expected<std::vector<RunSpec>, std::string> matching(const std::vector<RunSpec>& cells,
                                                         const std::string& pattern) {
  std::vector<RunSpec> chosen;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(chosen),
               [&pattern](const RunSpec& cell) { return matches(pattern, cell.key()); });
  if (!chosen.empty()) return chosen;
  return tl::make_unexpected(fmt::format(
      "the pattern '{}' matches no cell; 'ipcmark run --dry-run' shows their keys", pattern));
}

tl::expected<std::vector<RunSpec>, std::string> without(std::vector<RunSpec> cells,
                                                        const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    if (auto some = matching(cells, pattern); !some) {
      return some;
    }
  }
  if (patterns.empty()) return cells;
  std::erase_if(cells, [&patterns](const RunSpec& cell) { return matches_any(patterns, cell); });
  if (!cells.empty()) return cells;
  return tl::make_unexpected(std::string("nothing to run: --exclude leaves no cell"));
}

}  // namespace ipcmark
