#include "results/fleet/history_text.hpp"
#include "results/json/json_text.hpp"

namespace ipcmark {
namespace {

constexpr int history_major = 1;
constexpr int history_minor = 0;

Json run_json(const FleetPoints& fleet, const FleetMember& run) {
  Json json{{"file", run.file},
            {"finished", run.finished},
            {"class", fleet.classes[run.host_class].id},
            {"cells", run.cells},
            {"failed", run.failed}};
  if (const std::string& host = fleet.hosts[run.host].name; !host.empty()) json["host"] = host;
  if (!run.labels.empty()) json["labels"] = run.labels;
  if (run.interrupted) json["interrupted"] = true;
  return json;
}

Json point_json(const SeriesPoint& point) {
  Json json{{"run", point.run},
            {"median", point.median},
            {"low", point.low},
            {"high", point.high},
            {"level", point.level}};
  if (point.two_groups) json["two_groups"] = true;
  return json;
}

Json suspect_json(const History& history, const Series& series, const std::string& label) {
  const Suspect& suspect = *series.suspect;
  const FleetSubject& subject = history.fleet.subjects[series.subject];
  const Confirmation confirmation = confirmation_of(history.fleet, series);
  Json json{{"run", series.points[suspect.at].run},
            {"since", point_name(history.fleet.runs[series.points[suspect.at].run], label)},
            {"before", suspect.at},
            {"after", series.points.size() - suspect.at},
            {"ratio", suspect.ratio},
            {"p", suspect.p},
            {"found_by", suspect.otava ? "otava" : "rule"},
            {"confirm", confirmation.command},
            {"confirm_note", confirmation.words}};
  if (subject.better != Better::neither) {
    json["worse"] = worsening(subject, suspect.ratio) > 1;
  }
  return json;
}

Json series_json(const History& history, const Series& series, const std::string& label) {
  const FleetSubject& subject = history.fleet.subjects[series.subject];
  Json json{{"class", history.fleet.classes[series.host_class].id},
            {"cell", subject.key},
            {"figure", subject.figure},
            {"unit", to_string(subject.unit)},
            {"better", to_string(subject.better)}};
  if (series.state_ns > 0) json["state_ns"] = series.state_ns;
  json["hosts"] = series.hosts;
  json["min_effect"] = series.min_effect;
  if (series.points.size() > 1) json["change"] = trend_ratio(series);
  if (series.suspect) json["suspect"] = suspect_json(history, series, label);
  Json points = Json::array();
  for (const SeriesPoint& point : series.points) points.push_back(point_json(point));
  json["points"] = std::move(points);
  return json;
}

Json odd_json(const FleetPoints& fleet, const HostScore& score) {
  const FleetHost& host = fleet.hosts[score.host];
  const FleetSubject& farthest = fleet.subjects[score.farthest];
  Json json{{"class", fleet.classes[host.host_class].id}, {"host", host.name}};
  if (score.state_ns > 0) json["state_ns"] = score.state_ns;
  json["family"] = score.family;
  json["runs"] = score.runs;
  json["cells"] = score.cells;
  json["peers"] = score.peers;
  json["deviation"] = score.deviation;
  json["worse_share"] = score.worse;
  json["z"] = score.z;
  json["p"] = score.p;
  json["farthest"] = {
      {"cell", farthest.key}, {"figure", farthest.figure}, {"times_worse", score.farthest_ratio}};
  return json;
}

Json class_json(const FleetPoints& fleet, std::size_t host_class) {
  const auto [runs, hosts] = fleet.runs_and_hosts(host_class);
  return {{"id", fleet.classes[host_class].id},
          {"machine", fleet.classes[host_class].machine},
          {"runs", runs},
          {"hosts", hosts}};
}

// A value a line: a person can read it, and diff it; and of many runs no tree is built as a whole.
class Lists {
 public:
  explicit Lists(std::string& out) : out_(out) {}

  template <class Values, class ToJson>
  void add(const char* name, const Values& values, ToJson to_json) {
    out_.append(",\n  \"").append(name).append("\": [");
    const char* before = "\n    ";
    for (const auto& value : values) {
      out_.append(before).append(one_line(to_json(value)));
      before = ",\n    ";
    }
    out_.append(values.empty() ? "]" : "\n  ]");
  }

 private:
  std::string& out_;
};

}  // namespace

std::string history_to_json(const History& history, const std::vector<HostScore>& odd,
                            const std::vector<std::string>& left_out, const std::string& label) {
  const FleetPoints& fleet = history.fleet;
  std::string out = "{\n  \"schema\": \"ipcmark.history\",\n  \"version\": " +
                    one_line(Json{{"major", history_major}, {"minor", history_minor}}) +
                    ",\n  \"advisory\": " + one_line(Json(advisory_text)) +
                    ",\n  \"tested\": " + std::to_string(history.tested) +
                    ",\n  \"suspects\": " + std::to_string(history.suspects);
  Lists lists(out);
  std::vector<std::size_t> classes(fleet.classes.size());
  for (std::size_t i = 0; i < classes.size(); ++i) classes[i] = i;
  const auto sentence = [](const std::string& text) { return Json(text); };
  lists.add("left_out", left_out, sentence);
  lists.add("notes", history.notes, sentence);
  lists.add("classes", classes, [&fleet](std::size_t each) { return class_json(fleet, each); });
  lists.add("odd_hosts", odd, [&fleet](const HostScore& each) { return odd_json(fleet, each); });
  lists.add("runs", fleet.runs,
            [&fleet](const FleetMember& each) { return run_json(fleet, each); });
  lists.add("series", history.series,
            [&](const Series& each) { return series_json(history, each, label); });
  return out + "\n}\n";
}

}  // namespace ipcmark
