#include "results/json/peer_protocol.hpp"

#include "results/json/json_fields.hpp"
#include "results/json/json_values.hpp"
#include "results/json/trial_protocol.hpp"

namespace ipcmark {
namespace {

const char* to_string(PeerChannelKind kind) {
  if (kind == PeerChannelKind::pipe) return "pipe";
  return kind == PeerChannelKind::fifo ? "fifo" : "socket";
}

std::optional<PeerChannelKind> channel_kind_from(std::string_view text) {
  for (const auto kind : {PeerChannelKind::pipe, PeerChannelKind::fifo, PeerChannelKind::socket}) {
    if (text == to_string(kind)) return kind;
  }
  return std::nullopt;
}

void read_channel(const Place& place, PeerChannel& channel) {
  if (!place.expect_object()) return;
  place.at("sends").read(channel.sends);
  place.require("kind").read_name(channel.kind, channel_kind_from);
  if (channel.kind == PeerChannelKind::fifo) return place.require("path").read(channel.path);
  place.require("fd").read(channel.fd);
}

}  // namespace

tl::expected<PeerQuestion, std::string> read_peer_question(std::string_view text) {
  return read_json<PeerQuestion>(text, [](const Place& place, PeerQuestion& question) {
    if (!read_head(place, peer_question_schema, trial_major,
                   "a question for 'ipcmark trial --peer'"))
      return;
    read_value(place.require("spec"), question.spec);
    place.require("role").read(question.role);
    place.require("worker").read(question.worker);
    place.at("cpu").read(question.cpu);
    place.require("channels").each([&question](const Place& element) {
      read_channel(element, question.channels.emplace_back());
    });
    place.at("enough").read(question.enough);
    place.at("ready").read(question.ready);
    place.at("payload").read(question.payload);
    const auto& defaults = question.spec.defaults;
    question.spec.options.insert(defaults.begin(), defaults.end());
  });
}

std::string peer_report(const PeerReport& report) {
  if (!report.failed.empty()) return one_line(Json{{"failed", report.failed}}) + "\n";
  Json json;
  FieldWriter with(json);
  with("counts", report.counts);
  with("histograms", report.histograms);
  with.if_any("stamps", report.stamps);
  with("cost", report.cost);
  if (report.account) {
    with("integrity", report.account->integrity);
    with("received", report.account->received);
    with("next", report.account->next);
    with("missing", report.account->missing);
    with("unnumbered", report.account->unnumbered);
  }
  return one_line(json) + "\n";
}

}  // namespace ipcmark
