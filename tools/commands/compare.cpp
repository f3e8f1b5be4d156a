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
    R"(Exit codes:
  0   no regression, inconclusive figures included
  1   a regression; with --fail-on-improvement also an improvement
  2   wrong usage, or an output that cannot be written
  3   incomparable: another format or machine, or a cell or figure on one
      side only
  4   too few rounds to find a regression, nothing that is judged, or
      inconclusive with --fail-on-inconclusive
  5   a cell of the candidate failed
  77  nothing to compare)";

constexpr const char* compare_codes =
    R"(Exit codes:
  0   compared, whatever the verdicts are
  2   wrong usage, or an output that cannot be written
  3   incomparable: another format or machine, or a cell or figure on one
      side only
  77  nothing to compare)";

constexpr std::size_t max_differences = 5;

// An exit code after an error message, or nothing and the document.
std::optional<int> read(const std::string& path, const Catalogue& catalogue,
                        ResultDocument& document) {
  auto read = read_result_file(path, catalogue);
  if (read) {
    document = std::move(*read);
    return std::nullopt;
  }
  print_error(read.error());
  return is_newer_result(path) ? exit_code::incomparable : exit_code::usage;
}

std::string list_of(const std::vector<Difference>& differences) {
  std::vector<std::string> texts;
  for (const Difference& each : differences) {
    if (texts.size() < max_differences) texts.push_back(each.text);
  }
  const std::size_t more = differences.size() - texts.size();
  return fmt::format("{}{}", fmt::join(texts, "; "),
                     more > 0 ? fmt::format("; and {} more", more) : "");
}

// What differs and may do so goes into `across`. False: an error message was printed about the
// rest.
bool comparable(const CompareOptions& options, const ResultDocument& base,
                const std::string& other_path, const ResultDocument& other,
                std::vector<Difference>& across) {
  std::vector<Difference> differences = result_differences(base, other);
  const auto allowed = [&options](const Difference& each) {
    return std::find(options.across.begin(), options.across.end(), each.kind) !=
           options.across.end();
  };
  for (const Difference& each : differences) {
    const bool known = std::any_of(across.begin(), across.end(), [&each](const Difference& one) {
      return one.text == each.text;
    });
    if (allowed(each) && !known) across.push_back(each);
  }
  std::erase_if(differences, allowed);
  if (differences.empty()) return true;
  print_error(fmt::format(
      "incomparable: '{}' and '{}' differ in {}; measure both under the same conditions, or say "
      "that you compare across them (--across {})",
      options.base, other_path, list_of(differences), fmt::join(kinds_of(differences), ",")));
  return false;
}

// The same for what --variation-out wrote, which must be of the base's machine.
std::optional<int> read_variation(const std::string& path, const ResultDocument& base,
                                  Variation& variation) {
  const auto text = read_text_file(path);
  if (!text) {
    print_error(text.error());
    return exit_code::usage;
  }
  auto read = variation_from_json(*text);
  if (!read) {
    print_error(fmt::format("'{}' is not what 'ipcmark compare --variation-out' writes: {}", path,
                            read.error()));
    return document_major(*text, variation_schema) > variation_major ? exit_code::incomparable
                                                                     : exit_code::usage;
  }
  // Of the machine it must be, whatever the two results are compared across.
  const auto differences = condition_differences(read->environment, base);
  if (!differences.empty()) {
    print_error(fmt::format(
        "incomparable: the variation in '{}' is another machine's, or of other settings or another "
        "kind of build ({}); take it here with --repeats and --variation-out",
        path, fmt::join(differences, "; ")));
    return exit_code::incomparable;
  }
  variation = std::move(*read);
  return std::nullopt;
}

// An exit code after an error message, or nothing and the documents.
std::optional<int> read_repeats(const CompareOptions& options, const ResultDocument& base,
                                std::vector<ResultDocument>& repeats,
                                std::vector<Difference>& across) {
  for (const std::string& path : options.repeats) {
    if (const auto code = read(path, base.catalogue, repeats.emplace_back())) return *code;
    if (!comparable(options, base, path, repeats.back(), across)) return exit_code::incomparable;
  }
  if (options.variation_out.empty() || repeats.size() > 1) return std::nullopt;
  print_error("--variation-out needs two --repeats at least: one run does not vary");
  return exit_code::usage;
}

// False: an error message was printed.
bool commit_variation(OutputFile& file, const Comparison& comparison, const ResultDocument& base) {
  const Variation variation = variation_of(comparison, base.environment);
  if (variation.figures.empty()) {
    print_error(fmt::format(
        "'{}' is not written: no figure of this comparison is in two of the repeats", file.path()));
    return false;
  }
  const auto done = file.commit(variation_to_json(variation));
  if (!done) print_error(done.error());
  return done.has_value();
}

void complain_of_incomparable(const Comparison& comparison) {
  const auto say = [](const std::vector<std::string>& cells, const char* side) {
    if (cells.empty()) return;
    print_error(
        fmt::format("incomparable: the {} lacks {} of what is compared ({}{}); measure the "
                    "same cells",
                    side, cells.size(), cells.front(), cells.size() == 1 ? "" : "; ..."));
  };
  say(comparison.missing_in_candidate, "candidate");
  say(comparison.missing_in_base, "base");
  if (comparison.interrupted) {
    print_error(fmt::format("incomparable: {} Measure it whole.", comparison.notes.back()));
  }
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

std::vector<std::string> keys_of(const ResultDocument& document) {
  std::vector<std::string> keys;
  for (const Cell& cell : document.cells) keys.push_back(cell.spec.key());
  return keys;
}

int compare(const Program& program, const CompareOptions& options) {
  const Catalogue catalogue = catalogue_of(program);
  ResultDocument base;
  ResultDocument candidate;
  if (const auto code = read(options.base, catalogue, base)) return *code;
  if (const auto code = read(options.candidate, catalogue, candidate)) return *code;
  std::vector<Difference> across;
  if (!comparable(options, base, options.candidate, candidate, across)) {
    return exit_code::incomparable;
  }
  std::vector<ResultDocument> repeats;
  if (const auto code = read_repeats(options, base, repeats, across)) return *code;
  Variation variation;
  if (!options.variation.empty()) {
    if (const auto code = read_variation(options.variation, base, variation)) return *code;
  }
  std::string wrong = wrong_threshold(options.thresholds, catalogue, keys_of(base));
  if (wrong.empty()) wrong = wrong_files(options);
  auto output = wrong.empty() ? ComparisonOutput::open(options.output) : tl::make_unexpected(wrong);
  std::optional<OutputFile> variation_file;
  const auto opened = output ? open_output(options.variation_out, variation_file)
                             : tl::make_unexpected(output.error());
  if (!opened) {
    print_error(opened.error());
    return exit_code::usage;
  }
  ComparisonOptions how;
  if (!options.variation.empty()) how.variation = &variation;
  how.thresholds = options.thresholds;
  how.other_cpus = std::any_of(across.begin(), across.end(),
                               [](const Difference& each) { return each.kind == "cpu"; });
  Comparison comparison = compare_results(base, candidate, repeats, how);
  comparison.across = std::move(across);
  comparison.base.name = options.base;
  comparison.candidate.name = options.candidate;
  if (const std::string unused = unused_threshold(comparison); !unused.empty()) {
    print_error(unused);
    return exit_code::usage;
  }
  if (!output->write(comparison, false)) return exit_code::usage;
  if (variation_file && !commit_variation(*variation_file, comparison, base)) {
    return exit_code::usage;
  }
  complain_of_incomparable(comparison);
  if (options.gate) return verdict_code(comparison, options.fail_on);
  if (comparison.interrupted || !comparison.missing_in_base.empty() ||
      !comparison.missing_in_candidate.empty()) {
    return exit_code::incomparable;
  }
  return comparison.cells == 0 ? exit_code::nothing_ran : exit_code::success;
}

}  // namespace

void add_compare(CLI::App& app, Invocation& invocation) {
  for (const bool gate : {false, true}) {
    auto options = std::make_shared<CompareOptions>();
    options->gate = gate;
    CLI::App* command =
        app.add_subcommand(gate ? "gate" : "compare",
                           gate ? "Compare two stored results, with a verdict as exit code\n"
                                  "It says whether the new one is worse."
                                : "Compare two stored results, with a verdict for each figure");
    add_compare_options(*command, *options);
    command->footer([gate] { return std::string(gate ? gate_codes : compare_codes); });
    command->callback([options, &invocation] {
      invocation.action = [options, &invocation] { return compare(invocation.program, *options); };
    });
  }
}

}  // namespace ipcmark
