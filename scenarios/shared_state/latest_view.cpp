#include "scenarios/shared_state/latest_view.hpp"

#include "results/splitmix.hpp"

namespace ipcmark {

std::uint64_t sample_value(std::uint32_t sensor, std::uint64_t number) {
  return mixed(std::uint64_t{sensor} * splitmix_step + number);
}

bool LatestView::enter(std::uint32_t sensor, const Sample& sample) {
  if (sample.number == 0) return false;
  if (sample.value != sample_value(sensor, sample.number)) {
    ++torn_;
    return false;
  }
  std::uint64_t& latest = latest_.at(sensor);
  if (sample.number < latest) ++backwards_;
  if (sample.number <= latest) return false;
  latest = sample.number;
  return true;
}

}  // namespace ipcmark
