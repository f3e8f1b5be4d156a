#include "scenarios/link/handover.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "results/json/json.hpp"

namespace ipcmark {
namespace {

using Json = nlohmann::json;

Json channel_spec_json(const ChannelSpec& spec) {
  return {{"largest_message", spec.largest_message},
          {"depth", spec.depth},
          {"senders", spec.senders},
          {"receivers", spec.receivers},
          {"batch", spec.batch},
          {"topic_at", spec.topic_at},
          {"wait", to_string(spec.wait)}};
}

ChannelSpec channel_spec_from(const Json& json) {
  ChannelSpec spec;
  json.at("largest_message").get_to(spec.largest_message);
  json.at("depth").get_to(spec.depth);
  json.at("senders").get_to(spec.senders);
  json.at("receivers").get_to(spec.receivers);
  json.at("batch").get_to(spec.batch);
  json.at("topic_at").get_to(spec.topic_at);
  spec.wait = wait_from(json.at("wait").get<std::string>()).value_or(Wait::block);
  return spec;
}

Json trace_json(const ProcessTrace& trace) {
  Json events = Json::array();
  for (const TraceEvent& event : trace.events) {
    events.push_back({event.name, event.start_ns, event.duration_ns, event.outcome});
  }
  return {{"dropped", trace.dropped}, {"events", std::move(events)}};
}

ProcessTrace trace_from(const Json& json) {
  ProcessTrace trace;
  json.at("dropped").get_to(trace.dropped);
  for (const Json& event : json.at("events")) {
    trace.events.push_back({event.at(0).get<std::string>(), event.at(1).get<std::uint64_t>(),
                            event.at(2).get<std::uint64_t>(), event.at(3).get<std::string>()});
  }
  return trace;
}

}  // namespace

std::string assignment_to_json(const Assignment& assignment) {
  const Json json{{"spec", spec_to_json(assignment.spec)},
                  {"index", assignment.index},
                  {"roles", assignment.roles},
                  {"locks", assignment.locks},
                  {"notifiers", assignment.notifiers},
                  {"channel_ids", assignment.channel_ids},
                  {"buffer_bytes", assignment.buffer_bytes},
                  {"cpu", assignment.cpu},
                  {"open_ns", assignment.open_ns},
                  {"close_ns", assignment.close_ns},
                  {"shared_bytes", assignment.shared_bytes},
                  {"trace", assignment.trace}};
  return json.dump();
}

Result<Assignment> assignment_from_json(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    Assignment assignment;
    auto spec = spec_from_json(json.at("spec").get<std::string>());
    if (!spec) return fail(Errc::corrupt, "assignment: spec");
    assignment.spec = std::move(*spec);
    json.at("index").get_to(assignment.index);
    json.at("roles").get_to(assignment.roles);
    json.at("locks").get_to(assignment.locks);
    json.at("notifiers").get_to(assignment.notifiers);
    json.at("channel_ids").get_to(assignment.channel_ids);
    json.at("buffer_bytes").get_to(assignment.buffer_bytes);
    json.at("cpu").get_to(assignment.cpu);
    json.at("open_ns").get_to(assignment.open_ns);
    json.at("close_ns").get_to(assignment.close_ns);
    json.at("shared_bytes").get_to(assignment.shared_bytes);
    json.at("trace").get_to(assignment.trace);
    if (assignment.index >= assignment.roles.size() || assignment.index >= most_workers) {
      return fail(Errc::corrupt, "assignment: index");
    }
    return assignment;
  } catch (const Json::exception&) {
    return fail(Errc::corrupt, "assignment");
  }
}

LinkMessage address_message(Word word, std::uint32_t channel, std::uint32_t index,
                            Address address) {
  const Json json{{"index", index},
                  {"backend", address.backend},
                  {"name", address.name},
                  {"spec", channel_spec_json(address.spec)}};
  LinkMessage message;
  message.word = word;
  message.value = channel;
  message.id = address.id;
  message.text = json.dump();
  message.descriptors = std::move(address.descriptors);
  return message;
}

Result<GivenAddress> address_from_message(LinkMessage message) {
  try {
    const Json json = Json::parse(message.text);
    GivenAddress given;
    json.at("index").get_to(given.index);
    given.address.id = message.id;
    json.at("backend").get_to(given.address.backend);
    json.at("name").get_to(given.address.name);
    given.address.spec = channel_spec_from(json.at("spec"));
    given.address.descriptors = std::move(message.descriptors);
    return given;
  } catch (const Json::exception&) {
    return fail(Errc::corrupt, "address");
  }
}

// A report is a trial seen from one process, so it travels as one: a single codec, and whatever a
// result file can hold survives the way to the coordinator.
LinkMessage report_message(const SentReport& sent) {
  const WorkerReport& report = sent.report;
  Trial trial;
  trial.state = report.ok ? State::passed : State::failed;
  trial.reason = report.reason;
  trial.steady = report.steady;
  trial.metrics = report.metrics;
  trial.histograms = report.histograms;
  trial.counts = report.counts;
  trial.integrity = report.integrity;
  trial.costs = {report.cost};
  trial.costs.front().role = report.role;
  LinkMessage message;
  message.word = Word::report;
  message.value = sent.code ? 1U + static_cast<std::uint32_t>(*sent.code) : 0U;
  message.text = Json{{"trial", trial_to_json(trial)}, {"trace", trace_json(sent.trace)}}.dump();
  return message;
}

Result<SentReport> report_from_message(const LinkMessage& message) {
  SentReport sent;
  std::string text;
  try {
    const Json json = Json::parse(message.text);
    text = json.at("trial").get<std::string>();
    sent.trace = trace_from(json.at("trace"));
  } catch (const Json::exception&) {
    return fail(Errc::corrupt, "worker report");
  }
  auto trial = trial_from_json(text);
  if (!trial || trial->costs.size() != 1) return fail(Errc::corrupt, "worker report");
  sent.report.role = trial->costs.front().role;
  sent.report.ok = trial->state == State::passed;
  sent.report.reason = std::move(trial->reason);
  sent.report.steady = trial->steady;
  sent.report.metrics = std::move(trial->metrics);
  sent.report.histograms = std::move(trial->histograms);
  sent.report.counts = std::move(trial->counts);
  sent.report.integrity = trial->integrity;
  sent.report.cost = std::move(trial->costs.front());
  if (message.value != 0) sent.code = static_cast<Errc>(message.value - 1);
  return sent;
}

}  // namespace ipcmark
