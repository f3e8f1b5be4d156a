#include "tests/unit/results/comparison/sample_rounds.hpp"

#include <stdexcept>
#include <utility>

#include "tests/unit/results/empty_document.hpp"
#include "tests/unit/results/sample_comparison.hpp"

namespace ipcmark {

ResultDocument document_of(std::vector<Cell> cells) {
  ResultDocument document = empty_document();
  document.cells = std::move(cells);
  return document;
}

Comparison rounds_of(double base, double candidate) {
  return compare_rounds(document_of({sample_latency("pipe", base, 0.02, 1, 30)}),
                        document_of({sample_latency("pipe", candidate, 0.02, 2, 30)}), {}, {});
}

const ComparedFigure& median_trip(const Comparison& comparison) {
  for (const ComparedFigure& figure : comparison.figures) {
    if (figure.name == "round_trip" && figure.quantile == 0.5) return figure;
  }
  throw std::logic_error("no median round trip");
}

}  // namespace ipcmark
