// How many slow hosts of a made-up fleet are found, from recorded results of one machine
// (`ipcmark run --json`, a file for each run):
//
//   fleet_resample RESULT.json…
//
// A host is one recorded run, or several (--runs), drawn with replacement. Of each cell of a run as
// many trials as it has are drawn from that cell's own trials, with replacement, with their
// canaries; the document is then reduced as every other is (fleet_run()). So what a host's cells
// have in common is what the cells of one real run have in common, and what its trials differ by is
// what real trials differ by. Nothing is smoothed or left out: a recorded run that was disturbed is
// in the fleet as often as it is drawn.
//
// Some hosts' blocking cells are slowed by a factor: a true ratio, on true noise. Those that
// odd_hosts() names are compared with them.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "results/fleet/odd_hosts.hpp"
#include "results/fleet/read_fleet.hpp"
#include "results/json/json.hpp"
#include "results/model/cell_key.hpp"
#include "scenarios/scenario.hpp"
#include "tools/command_line.hpp"

namespace {

using namespace ipcmark;
using Random = std::mt19937_64;

struct Options {
  std::vector<std::string> files;
  unsigned hosts = 1000, slow = 20, runs = 1, fleets = 10;
  double factor = 1.10;
  std::uint64_t seed = 1;
  bool scores = false;
};

std::size_t drawn(Random& random, std::size_t count) { return random() % count; }

bool read(const Options& options, const Catalogue& catalogue,
          std::vector<ResultDocument>& documents) {
  for (const std::string& path : options.files) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    auto document = result_from_json(text.str(), catalogue);
    if (!document) {
      fmt::print(stderr, "'{}' is no result: {}\n", path, document.error());
      return false;
    }
    documents.push_back(std::move(*document));
  }
  return true;
}

ResultDocument resampled(const ResultDocument& recorded, Random& random) {
  ResultDocument document;
  document.run = recorded.run;
  document.environment = recorded.environment;
  document.catalogue = recorded.catalogue;
  document.cells.reserve(recorded.cells.size());
  for (const Cell& cell : recorded.cells) {
    Cell made{cell.spec, cell.capabilities, {}};
    made.trials.reserve(cell.trials.size());
    for (std::size_t i = 0; i < cell.trials.size(); ++i) {
      made.trials.push_back(cell.trials[drawn(random, cell.trials.size())]);
    }
    document.cells.push_back(std::move(made));
  }
  return document;
}

void slow_down(FleetRun& run, double factor) {
  for (FleetCell& cell : run.cells) {
    const auto parts = split_at(cell.key, '/');
    if (std::find(parts.begin(), parts.end(), "block") == parts.end()) continue;
    for (FleetFigure& figure : cell.figures) {
      const double by = figure.better == Better::higher ? 1 / factor : factor;
      figure.median *= by;
      figure.low *= by;
      figure.high *= by;
    }
  }
}

struct Outcome {
  unsigned found = 0, wrong = 0;
  std::set<std::int32_t> states;  // of the machine, that points are from
};

Outcome try_fleet(const Options& options, const std::vector<ResultDocument>& documents,
                  std::uint64_t seed) {
  Random random(seed);
  std::set<unsigned> slow;
  while (slow.size() < options.slow) {
    slow.insert(static_cast<unsigned>(drawn(random, options.hosts)));
  }
  FleetGatherer gatherer({});
  for (unsigned host = 0; host < options.hosts; ++host) {
    for (unsigned i = 0; i < options.runs; ++i) {
      const ResultDocument& recorded = documents[drawn(random, documents.size())];
      FleetRun run = fleet_run(resampled(recorded, random), "");
      run.host = fmt::format("{}{}", slow.contains(host) ? "slow" : "host", host);
      if (slow.contains(host)) slow_down(run, options.factor);
      gatherer.add(run);
    }
  }
  const FleetPoints fleet = gatherer.gathered();
  const auto scores = host_scores(fleet);
  Outcome outcome;
  for (const FleetPoint& point : fleet.points) outcome.states.insert(point.state);
  for (const HostScore& odd : odd_hosts(scores)) {
    const bool planted = fleet.hosts[odd.host].name.starts_with("slow");
    ++(planted ? outcome.found : outcome.wrong);
  }
  if (options.scores) {
    for (const HostScore& each : scores) {
      fmt::print(stderr, "{} {} {} {:.4f} {:.3f} {:.2g} {:.3f} {}\n", fleet.hosts[each.host].name,
                 each.state, each.family, each.deviation, each.z, each.p, each.worse,
                 each.odd ? "odd" : "");
    }
  }
  return outcome;
}

int simulate(const Options& options) {
  const Program program{built_in_registry(), built_in_scenarios()};
  std::vector<ResultDocument> documents;
  if (!read(options, catalogue_of(program), documents)) return 2;
  for (unsigned i = 0; i < options.fleets; ++i) {
    const Outcome outcome = try_fleet(options, documents, options.seed + i);
    fmt::print("{{\"found\": {}, \"false\": {}, \"states\": {}}}\n", outcome.found, outcome.wrong,
               std::count_if(outcome.states.begin(), outcome.states.end(),
                             [](std::int32_t state) { return state >= 0; }));
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"How many slow hosts of a made-up fleet are found"};
  app.add_option("RESULT", options.files)->required();
  app.add_option("--hosts", options.hosts)->check(CLI::Range(10U, 100'000U));
  app.add_option("--slow", options.slow);
  app.add_option("--runs", options.runs, "runs of each host")->check(CLI::Range(1U, 100U));
  app.add_option("--fleets", options.fleets)->check(CLI::Range(1U, 1000U));
  app.add_option("--factor", options.factor);
  app.add_option("--seed", options.seed);
  app.add_flag("--scores", options.scores, "every host's scores on standard error");
  CLI11_PARSE(app, argc, argv);
  if (options.slow >= options.hosts) {
    fmt::print(stderr, "--slow is for fewer than all --hosts\n");
    return 2;
  }
  return simulate(options);
}
