#include "tests/unit/results/poisoned_document.hpp"
#include "tests/unit/results/empty_document.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "results/json/json.hpp"
#include "tests/unit/results/sample_document.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::ordered_json;

// One of a set of words, or read from elsewhere.
const std::set<std::string> never{"schema", "state", "cause", "wait",       "placement",
                                  "verify", "touch", "wake",  "huge_pages", "unit"};
const std::set<std::string> telling{"scenario", "histograms", "counts"};
// Whose members are named by whoever wrote the document.
const std::set<std::string> named{"environment", "cpu",    "kernel", "clock",   "capabilities",
                                  "histograms",  "counts", "values", "options", "labels"};

void poison(Json& json, const std::string& within, const std::string& words, Poison where) {
  if (never.contains(within) || (where == Poison::values && telling.contains(within))) return;
  if (json.is_string()) {
    if (!json.get_ref<const std::string&>().empty()) json = words + json.get<std::string>();
    return;
  }
  if (json.is_array()) {
    for (Json& part : json) poison(part, within, words, where);
    return;
  }
  if (!json.is_object()) return;
  Json changed = Json::object();
  for (auto& [name, value] : json.items()) {
    // The name of a metric tells what it is.
    if (where == Poison::values && within == "metrics" && name == "name") {
      changed[name] = value;
      continue;
    }
    poison(value, name, words, where);
    const bool keep = !named.contains(within) || where == Poison::values;
    changed[keep ? name : words + name] = value;
  }
  json = std::move(changed);
}

}  // namespace

ResultDocument poisoned_document(const std::string& words, Poison where) {
  ResultDocument document = sample_document();
  document.run.host = "a host";
  document.run.labels = {{"commit", "4f2a9c1"}, {"kernel", "6.1"}};
  document.run.shard = "3/8";
  for (Cell& cell : document.cells) {
    cell.spec.fault = "drop:7";
    for (Trial& trial : cell.trials) {
      trial.granted.note = trial.granted.file_system = "a note";
      if (trial.state != State::passed) trial.reason = "a reason";
    }
  }
  Json json = Json::parse(result_to_json(document));
  poison(json, "", words, where);
  auto read = result_from_json(json.dump(), built_in_catalogue());
  if (!read) throw std::runtime_error(read.error());
  return std::move(*read);
}

}  // namespace ipcmark
