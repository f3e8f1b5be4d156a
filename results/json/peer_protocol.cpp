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

void read_channel(const JsonCursor& cursor, PeerChannel& channel) {
  if (!cursor.expect_object()) return;
  cursor.at("sends").read(channel.sends);
  cursor.require("kind").read_name(channel.kind, channel_kind_from);
  if (channel.kind == PeerChannelKind::fifo) return cursor.require("path").read(channel.path);
  cursor.require("fd").read(channel.fd);
}

}  // namespace

tl::expected<PeerQuestion, std::string> read_peer_question(std::string_view text) {
  return read_json<PeerQuestion>(text, [](const JsonCursor& cursor, PeerQuestion& question) {
    if (!read_head(cursor, peer_question_schema, trial_major,
                   "a question for 'ipcmark trial --peer'"))
      return;
    read_value(cursor.require("spec"), question.spec);
    cursor.require("role").read(question.role);
    cursor.require("worker").read(question.worker);
    cursor.at("cpu").read(question.cpu);
    cursor.require("channels").each([&question](const JsonCursor& element) {
      read_channel(element, question.channels.emplace_back());
    });
    cursor.at("enough").read(question.enough);
    cursor.at("ready").read(question.ready);
    cursor.at("payload").read(question.payload);
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
