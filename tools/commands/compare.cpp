// ipcmark compare and gate: two stored results, figure by figure.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <vector>

#include "results/comparison/fingerprint.hpp"
#include "results/comparison/variation.hpp"
#include "results/json/json.hpp"
#include "tools/command_line.hpp"
#include "tools/files/comparison_output.hpp"
#include "tools/files/output_file.hpp"
#include "tools/files/result_file.hpp"
#include "tools/files/text_file.hpp"
#include "tools/options/compare_options.hpp"
#include "tools/terminal/exit_code.hpp"
#include "tools/terminal/terminal.hpp"

namespace ipcmark {

namespace {

constexpr const char* gate_codes =
    R"(Exit codes: 0 no regression, inconclusive figures included; 1 a regression; 2 wrong usage or an
output that cannot be written; 3 incomparable: another format or machine, or a cell on one side
only; 4 inconclusive, with --fail-on-inconclusive; 5 a cell of the candidate failed; 77 nothing to
compare.)";

constexpr const char* compare_codes =
    R"(Exit codes: 0 whatever the verdicts are; 2 wrong usage or an output that cannot be written; 3
incomparable: another format or machine, or a cell on one side only; 77 nothing to compare.)";

constexpr std::size_t most_differences = 5;

// An exit code after a complaint, or nothing and the document.
std::optional<int> read(const std::string& path, const Catalogue& catalogue,
                        ResultDocument& document) {
  auto read = read_result_file(path, catalogue);
  if (read) {
    document = std::move(*read);
    return std::nullopt;
  }
  complain(read.error());
  return is_newer_result(path) ? exit_code::incomparable : exit_code::usage;
}

// Empty: the same machine, settings and kind of build.
std::string differences_between(const Environment& base, const Environment& other) {
  std::vector<std::string> differences = fingerprint_differences(base, other);
  std::string more;
  if (differences.size() > most_differences) {
    more = fmt::format("; and {} more", differences.size() - most_differences);
    differences.resize(most_differences);
  }
  return fmt::format("{}{}", fmt::join(differences, "; "), more);
}

bool same_machine(const std::string& base_path, const ResultDocument& base,
                  const std::string& other_path, const ResultDocument& other) {
  const std::string differences = differences_between(base.environment, other.environment);
  if (differences.empty()) return true;
  complain(fmt::format(
      "incomparable: '{}' and '{}' are from different machines, settings or kinds of build ({}); "
      "measure both under the same conditions",
      base_path, other_path, differences));
  return false;
}

// The same for what --variation-out wrote, which must be of the base's machine.
std::optional<int> read_variation(const std::string& path, const ResultDocument& base,
                                  Variation& variation) {
  const auto text = read_text_file(path);
  if (!text) {
    complain(text.error());
    return exit_code::usage;
  }
  auto read = variation_from_json(*text);
  if (!read) {
    complain(fmt::format("'{}' is not what 'ipcmark compare --variation-out' writes: {}", path,
                         read.error()));
    return document_major(*text, variation_schema) > variation_major ? exit_code::incomparable
                                                                     : exit_code::usage;
  }
  const std::string differences = differences_between(read->environment, base.environment);
  if (!differences.empty()) {
    complain(fmt::format(
        "incomparable: the variation in '{}' is another machine's, or of other settings or another "
        "kind of build ({}); take it here with --repeats and --variation-out",
        path, differences));
    return exit_code::incomparable;
  }
  variation = std::move(*read);
  return std::nullopt;
}

// An exit code after a complaint, or nothing and the documents.
std::optional<int> read_repeats(const CompareOptions& options, const ResultDocument& base,
                                std::vector<ResultDocument>& repeats) {
  for (const std::string& path : options.repeats) {
    if (const auto code = read(path, base.catalogue, repeats.emplace_back())) return *code;
    if (!same_machine(options.base, base, path, repeats.back())) return exit_code::incomparable;
  }
  if (options.variation_out.empty() || repeats.size() > 1) return std::nullopt;
  complain("--variation-out needs two --repeats at least: one run does not vary");
  return exit_code::usage;
}

// False: a complaint was made.
bool commit_variation(OutputFile& file, const Comparison& comparison, const ResultDocument& base) {
  const Variation variation = variation_of(comparison, base.environment);
  if (variation.figures.empty()) {
    complain(fmt::format(
        "'{}' is not written: no figure of this comparison is in two of the repeats", file.path()));
    return false;
  }
  const auto done = file.commit(variation_to_json(variation));
  if (!done) complain(done.error());
  return done.has_value();
}

void complain_of_missing(const Comparison& comparison) {
  const auto say = [](const std::vector<std::string>& cells, const char* side) {
    if (cells.empty()) return;
    complain(fmt::format("incomparable: the {} lacks {} cell{} ({}{}); measure the same cells",
                         side, cells.size(), cells.size() == 1 ? "" : "s", cells.front(),
                         cells.size() == 1 ? "" : "; ..."));
  };
  say(comparison.missing_in_candidate, "candidate");
  say(comparison.missing_in_base, "base");
}

// Empty, or a sentence: two of the files are one.
std::string wrong_files(const CompareOptions& options) {
  std::vector<NamedFile> inputs{{"BASE", options.base},
                                {"CANDIDATE", options.candidate},
                                {"what --variation reads", options.variation}};
  for (const std::string& path : options.repeats) inputs.push_back({"one of --repeats", path});
  return wrong_outputs({{"--json", options.output.json},
                        {"--markdown", options.output.markdown},
                        {"--variation-out", options.variation_out}},
                       inputs);
}

int compare(const Program& program, const CompareOptions& options) {
  const Catalogue catalogue = catalogue_of(program);
  ResultDocument base;
  ResultDocument candidate;
  if (const auto code = read(options.base, catalogue, base)) return *code;
  if (const auto code = read(options.candidate, catalogue, candidate)) return *code;
  if (!same_machine(options.base, base, options.candidate, candidate)) {
    return exit_code::incomparable;
  }
  std::vector<ResultDocument> repeats;
  if (const auto code = read_repeats(options, base, repeats)) return *code;
  Variation variation;
  if (!options.variation.empty()) {
    if (const auto code = read_variation(options.variation, base, variation)) return *code;
  }
  const std::string wrong = wrong_files(options);
  auto output = wrong.empty() ? ComparisonOutput::open(options.output) : tl::make_unexpected(wrong);
  std::optional<OutputFile> variation_file;
  const auto opened = output ? open_output(options.variation_out, variation_file)
                             : tl::make_unexpected(output.error());
  if (!opened) {
    complain(opened.error());
    return exit_code::usage;
  }
  ComparisonOptions how;
  if (!options.variation.empty()) how.variation = &variation;
  how.threshold = options.threshold;
  Comparison comparison = compare_results(base, candidate, repeats, how);
  comparison.base.name = options.base;
  comparison.candidate.name = options.candidate;
  if (!output->write(comparison, false)) return exit_code::usage;
  if (variation_file && !commit_variation(*variation_file, comparison, base)) {
    return exit_code::usage;
  }
  complain_of_missing(comparison);
  if (options.gate) return verdict_code(comparison, options.fail_on_inconclusive);
  if (!comparison.missing_in_base.empty() || !comparison.missing_in_candidate.empty()) {
    return exit_code::incomparable;
  }
  return comparison.cells == 0 ? exit_code::nothing_ran : exit_code::success;
}

}  // namespace

void add_compare(CLI::App& app, Invocation& invocation) {
  for (const bool gate : {false, true}) {
    auto options = std::make_shared<CompareOptions>();
    options->gate = gate;
    CLI::App* command = app.add_subcommand(
        gate ? "gate" : "compare",
        gate ? "Compare two stored results; the exit code says whether the new one is worse"
             : "Compare two stored results, with a verdict for each figure");
    add_compare_options(*command, *options);
    command->footer([gate] { return std::string(gate ? gate_codes : compare_codes); });
    command->callback([options, &invocation] {
      invocation.action = [options, &invocation] { return compare(invocation.program, *options); };
    });
  }
}

}  // namespace ipcmark
