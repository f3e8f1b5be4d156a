#include "tools/files/comparison_output.hpp"

#include "results/comparison/comparison_text.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

tl::expected<ComparisonOutput, std::string> ComparisonOutput::open(
    const ComparisonOutputOptions& options, const std::atomic<int>* stop) {
  ComparisonOutput output(options);
  if (auto done = open_output(options.json, output.json_, stop); !done) {
    return tl::make_unexpected(done.error());
  }
  if (auto done = open_output(options.markdown, output.markdown_, stop); !done) {
    return tl::make_unexpected(done.error());
  }
  return output;
}

bool ComparisonOutput::write(const Comparison& comparison, bool measured) {
  bool good = true;
  const auto commit = [&good, measured](std::optional<OutputFile>& file, const std::string& text) {
    if (auto done = measured ? file->commit_measured(text) : file->commit(text); !done) {
      print_error(done.error());
      good = false;
    }
  };
  show("{}", comparison_to_console(comparison, style_of_stdout(options_.color), options_.all));
  if (json_) commit(json_, comparison_to_json(comparison));
  if (markdown_) commit(markdown_, comparison_to_markdown(comparison));
  return good;
}

int verdict_code(const Comparison& comparison, FailOn fail_on) {
  if (!comparison.failed.empty()) return exit_code::correctness;
  if (comparison.interrupted) return exit_code::incomparable;
  if (comparison.count(Verdict::regression) > 0) return exit_code::regression;
  if (fail_on.improvement && comparison.count(Verdict::improved) > 0) return exit_code::regression;
  if (!comparison.missing_in_base.empty() || !comparison.missing_in_candidate.empty()) {
    return exit_code::incomparable;
  }
  if (comparison.count(Verdict::too_few_rounds) > 0 || !comparison.unjudged.empty()) {
    return exit_code::inconclusive;
  }
  if (fail_on.inconclusive && comparison.count(Verdict::inconclusive) > 0) {
    return exit_code::inconclusive;
  }
  return comparison.cells > 0 ? exit_code::success : exit_code::nothing_ran;
}

}  // namespace ipcmark
