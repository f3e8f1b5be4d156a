// Whether all that work at the same time get the same of it.
#pragma once

#include <cstdint>
#include <span>

#include "results/model/catalogue.hpp"

namespace ipcmark {

// Jain's index of their shares: 1 is perfectly fair, 1/n is one alone (R. Jain et al., DEC-TR-301,
// 1984). Of nothing 1.
template <class Share>
double fairness_of(std::span<const Share> shares) {
  double sum = 0;
  double squares = 0;
  for (const Share share : shares) {
    sum += static_cast<double>(share);
    squares += static_cast<double>(share) * static_cast<double>(share);
  }
  return squares > 0 ? sum * sum / (static_cast<double>(shares.size()) * squares) : 1;
}

// The metric `fairness`; `sentence` says of what.
constexpr FigureEntry fairness_figure(const char* sentence) {
  return {.name = "fairness", .unit = Unit::ratio, .better = Better::higher, .sentence = sentence};
}

}  // namespace ipcmark
