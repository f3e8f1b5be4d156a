#include "results/explain/explanation_json.hpp"

#include <array>

#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

constexpr int explanation_major = 1;
constexpr int explanation_minor = 0;

// Of Work, as documents write it.
constexpr auto work_words =
    std::to_array<const char*>({"user", "call", "wake", "interrupt", "idle", "flight", "other_task",
                                "timer", "fault", "move", "before"});
// Of DisturbedBy.
constexpr auto disturbed_words =
    std::to_array<const char*>({"other_task", "timer", "fault", "move", "stall"});

Json work_json(const WorkCosts& costs) {
  Json json = Json::array();
  for (std::size_t i = 0; i < kinds_of_work; ++i) {
    if (costs[i].traced_ns <= 0) continue;
    json.push_back({{"work", work_words.at(i)},
                    {"segments", costs[i].segments},
                    {"traced_ns", costs[i].traced_ns},
                    {"scaled_ns", costs[i].scaled_ns}});
  }
  return json;
}

Json path_json(const Words& words, const Path& path) {
  Json segments = Json::array();
  for (const SegmentCost& segment : path.segments) {
    segments.push_back({{"label", label(words, segment.kind)},
                        {"work", work_words.at(static_cast<std::size_t>(work_of(segment.kind)))},
                        {"inferred", segment.kind.inferred},
                        {"probes", segment.hits},
                        {"traced_ns", segment.traced_ns},
                        {"scaled_ns", segment.scaled_ns}});
  }
  Json calls = Json::object();
  for (const auto& [number, count] : path.calls) calls[name_of_call(words, number)] = count;
  return {{"trips", path.trips},         {"share", path.share},   {"traced_ns", path.traced_ns},
          {"scaled_ns", path.scaled_ns}, {"system_calls", calls}, {"segments", segments}};
}

Json disturbances_json(const std::vector<Interference>& disturbances) {
  Json json = Json::array();
  for (const Interference& each : disturbances) {
    json.push_back({{"by", disturbed_words.at(static_cast<std::size_t>(each.by))},
                    {"name", each.name},
                    {"share", each.share},
                    {"mean_ns", each.mean_ns}});
  }
  return json;
}

Json slowest_json(const std::vector<SlowTrip>& trips) {
  Json json = Json::array();
  for (const SlowTrip& trip : trips) {
    Json parts = Json::array();
    for (const SlowTrip::Part& part : trip.parts) {
      parts.push_back({{"what", part.what}, {"ns", part.ns}, {"stall", part.stall}});
    }
    json.push_back({{"duration_ns", trip.duration_ns}, {"cut", trip.cut}, {"parts", parts}});
  }
  return json;
}

// A document need not hold every one of hundreds of ways.
constexpr std::size_t max_paths = 10;

Json cell_json(const Explanation& explanation) {
  Json paths = Json::array();
  for (const Path& path : explanation.paths) {
    if (paths.size() < max_paths) paths.push_back(path_json(explanation.words, path));
  }
  return {{"cell", explanation.key},
          {"seen", to_string(explanation.seen)},
          {"not_seen", explanation.why_not_more},
          {"stamp_every", explanation.stamp_every},
          {"trials", explanation.trials},
          {"plain_ns", explanation.plain_ns},
          {"coarse_ns", explanation.coarse_ns},
          {"traced_ns", explanation.traced_ns},
          {"chains_ns", explanation.chains_ns},
          {"core_to_core_ns", explanation.core_to_core_ns},
          {"estimate", explanation.is_estimate()},
          {"probe_ns", explanation.price_of_hit_ns},
          {"probes", explanation.hits},
          {"trips", explanation.trips},
          {"complete", explanation.complete},
          {"cut", explanation.cut},
          {"negative", explanation.negative},
          {"inferred", explanation.inferred},
          {"lost", explanation.lost},
          {"ways", explanation.paths.size()},
          {"paths", paths},
          {"work", work_json(explanation.work)},
          {"disturbances", disturbances_json(explanation.disturbances)},
          {"slowest", slowest_json(explanation.slowest)},
          {"sentences", explanation.sentences}};
}

}  // namespace

std::string to_json(const std::vector<Explanation>& explanations) {
  Json cells = Json::array();
  for (const Explanation& explanation : explanations) cells.push_back(cell_json(explanation));
  const Json json{{"schema", "ipcmark.explanation"},
                  {"version", {{"major", explanation_major}, {"minor", explanation_minor}}},
                  {"cells", cells}};
  return several_lines(json) + "\n";
}

}  // namespace ipcmark
