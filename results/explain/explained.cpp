#include "results/explain/explained.hpp"

#include <algorithm>
#include <array>

#include "results/json/explained_fields.hpp"
#include "results/json/json_values.hpp"

namespace ipcmark {
namespace {

constexpr int explanation_major = 1;
constexpr int explanation_minor = 4;

// Of DisturbedBy.
constexpr auto disturbed_words =
    std::to_array<const char*>({"other_task", "timer", "fault", "move", "stall"});

// A document need not hold every one of hundreds of ways.
constexpr std::size_t max_paths = 10;

ExplainedPath explained_path(const Words& words, const Path& path) {
  ExplainedPath out;
  out.trips = path.trips;
  out.share = path.share;
  out.traced_ns = path.traced_ns;
  out.scaled_ns = path.scaled_ns;
  for (const auto& [number, count] : path.calls) {
    out.system_calls[name_of_call(words, number)] = count;
  }
  for (const SegmentCost& segment : path.segments) {
    out.segments.push_back({label(words, segment.kind), word_of(work_of(segment.kind)),
                            segment.kind.inferred, segment.hits, segment.traced_ns,
                            segment.scaled_ns});
  }
  return out;
}

std::vector<ExplainedWork> explained_work(const WorkCosts& costs) {
  std::vector<ExplainedWork> all;
  for (std::size_t i = 0; i < kinds_of_work; ++i) {
    if (costs[i].traced_ns <= 0) continue;
    all.push_back({word_of(static_cast<Work>(i)), costs[i].segments, costs[i].hits,
                   costs[i].traced_ns, costs[i].scaled_ns});
  }
  return all;
}

ExplainedCounts explained_counts(const Words& words, const TripCounts& counts) {
  ExplainedCounts out;
  for (const auto& [number, count] : counts.calls) {
    out.system_calls[name_of_call(words, number)] = count;
  }
  out.page_faults = counts.faults;
  out.interrupts_sent = counts.interrupts;
  out.switches = counts.switches;
  return out;
}

ExplainedTrip explained_trip(const SlowTrip& trip) {
  ExplainedTrip out{trip.duration_ns, trip.cut, {}};
  for (const SlowTrip::Part& part : trip.parts) {
    out.parts.push_back({part.what, part.ns, part.stall});
  }
  return out;
}

}  // namespace

ExplainedCell explained(const Explanation& explanation) {
  ExplainedCell cell;
  cell.cell = explanation.key;
  cell.seen = to_string(explanation.seen);
  cell.not_seen = explanation.why_not_more;
  cell.stamp_every = explanation.stamp_every;
  cell.trials = explanation.trials;
  cell.void_rounds = explanation.void_rounds;
  cell.plain_ns = explanation.plain_ns;
  cell.coarse_ns = explanation.coarse_ns;
  cell.traced_ns = explanation.traced_ns;
  cell.fine_ns = explanation.fine_ns;
  cell.chains_ns = explanation.chains_ns;
  cell.core_to_core_ns = explanation.core_to_core_ns;
  cell.estimate = explanation.is_estimate();
  cell.probe_ns = explanation.price_of_hit_ns;
  cell.probes = explanation.hits;
  cell.probes_are_stamps = explanation.hits_are_stamps;
  cell.stamps_ns = explanation.stamps_ns;
  cell.probe_alone_ns = explanation.probe_alone_ns;
  cell.difference_a_probe_ns = explanation.difference_a_hit_ns;
  cell.trips = explanation.trips;
  cell.complete = explanation.complete;
  cell.cut = explanation.cut;
  cell.negative = explanation.negative;
  cell.inferred = explanation.inferred;
  cell.lost = explanation.lost;
  cell.ways = explanation.paths.size();
  cell.by_trial = explanation.by_trial;
  cell.counts = explained_counts(explanation.words, explanation.counts);
  for (const Path& path : explanation.paths) {
    if (cell.paths.size() < max_paths) {
      cell.paths.push_back(explained_path(explanation.words, path));
    }
  }
  cell.work = explained_work(explanation.work);
  for (const Interference& each : explanation.disturbances) {
    cell.disturbances.push_back({disturbed_words.at(static_cast<std::size_t>(each.by)), each.name,
                                 each.share, each.mean_ns});
  }
  for (const SlowTrip& trip : explanation.slowest) cell.slowest.push_back(explained_trip(trip));
  cell.sentences = explanation.sentences;
  return cell;
}

namespace {

Json difference_json(const TripDifference& difference) {
  Json counts = Json::array();
  for (const CountChange& change : difference.counts) {
    counts.push_back({{"what", change.what}, {"from", change.from}, {"to", change.to}});
  }
  return {{"from", difference.from},
          {"to", difference.to},
          {"work", difference.work},
          {"from_ns", difference.from_ns},
          {"to_ns", difference.to_ns},
          {"opposite", difference.opposite},
          {"opposite_from_ns", difference.opposite_from_ns},
          {"opposite_to_ns", difference.opposite_to_ns},
          {"segment", difference.segment},
          {"segment_from_ns", difference.segment_from_ns},
          {"segment_to_ns", difference.segment_to_ns},
          {"trip_from_ns", difference.trip_from_ns},
          {"trip_to_ns", difference.trip_to_ns},
          {"counts", counts},
          {"sentence", to_sentence(difference)}};
}

}  // namespace

std::string explanations_to_json(const std::vector<ExplainedCell>& cells,
                                 const std::vector<TripDifference>& differences) {
  Json changes = Json::array();
  for (const TripDifference& difference : differences)
    changes.push_back(difference_json(difference));
  Json all = Json::array();
  for (const ExplainedCell& cell : cells) all.push_back(described(cell));
  const Json json{{"schema", "ipcmark.explanation"},
                  {"version", {{"major", explanation_major}, {"minor", explanation_minor}}},
                  {"cells", all},
                  {"differences", changes}};
  return several_lines(json) + "\n";
}

tl::expected<std::vector<ExplainedCell>, std::string> explanations_from_json(
    std::string_view text) {
  using Cells = std::vector<ExplainedCell>;
  return read_json<Cells>(text, [](const JsonCursor& cursor, Cells& cells) {
    if (!read_head(cursor, "ipcmark.explanation", explanation_major, "an ipcmark explanation")) {
      return;
    }
    FieldReader::read(cursor.require("cells"), cells);
  });
}

}  // namespace ipcmark
