// Chat: a server, and clients that come and go. JOIN carries the id of the client's own channel,
// which the server then opens; a MESSAGE goes to all others; the others are told of each JOIN and
// LEAVE; SHUTDOWN ends those who are still there.
//
// The server never blocks in sending: what a client has no room for waits in a send queue. It logs
// every event in the order in which it handles them; what must have reached whom is worked out from
// that log alone and compared with what each client got.
#include <fmt/format.h>
#include <algorithm>

#include "scenarios/figures.hpp"
#include "scenarios/messaging/chat_protocol.hpp"
#include "scenarios/shared_word.hpp"
#include "scenarios/timing/flow_meter.hpp"
#include "scenarios/timing/think_time.hpp"
#include "scenarios/traffic/channel_fit.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/record_receiver.hpp"
#include "scenarios/traffic/reports.hpp"
#include "scenarios/traffic/send_queue.hpp"

namespace ipcmark {

namespace chat_detail {
namespace {

using namespace chat;

Layout layout(const RunSpec& spec, const BackendEntry* backend) {
  Layout result;
  const std::int64_t clients = clients_of(spec);
  if (clients < 1 || clients > max_processes || vanishing_of(spec) > clients) {
    result.unsupported_reason = fmt::format(
        "needs clients between 1 and {}, and no more that vanish than there are", max_processes);
    return result;
  }
  const std::vector<unsigned> all = assign_roles(result, "server", "client", clients);
  result.unsupported_reason = record_unsupported<ToClient>(spec);
  const bool some_die = vanishing_of(spec) > 0;
  add_fan_in(result, *backend, spec, all, server_index, some_die);
  // A client's own channel: its sender is the server's, opened by the id that JOIN carries.
  for (const unsigned client : all) result.channels.push_back({channel_of(spec), {}, {client}});
  for (std::int64_t i = 0; i < vanishing_of(spec); ++i) {
    result.may_die.push_back(static_cast<unsigned>(clients - i));
  }
  result.shared_bytes = sizeof(Shared);
  return result;
}

bool vanishes(const RunSpec& spec, std::uint32_t client) {
  return static_cast<std::int64_t>(client) >= clients_of(spec) - vanishing_of(spec);
}

// One client as the server sees it. `client` numbers from 0: worker client + 1.
struct Member {
  bool joined = false;
  bool finished = false;  // sent its last message, left, or is dead
  bool doomed = false;
  std::optional<SendQueue> send_queue;
  std::optional<RecordWriter<ToClient>> writer;
};

class Server {
 public:
  explicit Server(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        members_(static_cast<std::size_t>(clients_of(spec_))),
        fan_in_(context, members_.size()) {}

  Status run() {
    while (!all_finished()) {
      if (const Status done = turn(); !done) return done;
    }
    if (const Status reported = log_event({ChatKind::shutdown, 0, 0}, 0); !reported)
      return reported;
    for (Member& member : members_) {
      if (!member.joined) continue;
      if (const Status dismissed = dismiss(member); !dismissed) return dismissed;
    }
    return drain();
  }

  void report() {
    WorkerReport& report = context_.report();
    const std::vector<ChatShare> shares = shares_of(log_, members_.size());
    report.tallies["chat_messages"] = std::ranges::count(log_, ChatKind::message, &ChatEvent::kind);
    report.tallies["out_of_order"] = out_of_order_;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      const std::string client = std::to_string(i);
      report.tallies["events " + client] = static_cast<std::int64_t>(shares[i].events);
      report.tallies["hash " + client] = static_cast<std::int64_t>(shares[i].hash >> 1U);
    }
    settle();
    meter_.report(report, "to_server");
    report.ok = true;
  }

 private:
  bool all_finished() const {
    return std::all_of(members_.begin(), members_.end(),
                       [](const Member& member) { return member.finished; });
  }

  bool behind() const {
    return std::any_of(members_.begin(), members_.end(), [](const Member& member) {
      return member.send_queue && !member.send_queue->empty();
    });
  }

  Status turn() {
    const bool someone_dies = std::any_of(members_.begin(), members_.end(),
                                          [](const Member& m) { return m.doomed && !m.finished; });
    const Deadline deadline = behind()       ? Deadline::after(send_queue_retry_ns)
                              : someone_dies ? Deadline::after(dead_check_interval_ns)
                                             : Deadline::never();
    const auto channel = fan_in_.wait(deadline);
    if (const Status pumped = pump(); !pumped) return pumped;
    if (someone_dies) {
      if (const Status looked = check_for_dead(); !looked) return looked;
    }
    if (!channel) {
      const Errc code = channel.error().code;
      // A channel may be closed by its sender's death before that death is known here.
      const bool death_to_come = code == Errc::closed && someone_dies;
      if (death_to_come) pause_for(1'000'000);
      const bool later = code == Errc::timeout || code == Errc::would_block || death_to_come;
      return later ? Status{} : tl::make_unexpected(channel.error());
    }
    return take(*channel);
  }

  Status take(std::size_t channel) {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(channel));
    const auto client = fan_in_.take(channel, Deadline::immediate());
    if (!client) {
      const Errc code = client.error().code;
      if (code == Errc::would_block) return {};
      const bool its_own = !fan_in_.shared() && members_[channel].doomed;
      if (code != Errc::closed && !(its_own && code == Errc::peer_died)) {
        return tl::make_unexpected(client.error());
      }
      if (code != Errc::closed) fan_in_.done(channel);  // at its end take() has done so
      return {};
    }
    const ToServer& record = fan_in_.record();
    if (record.client >= members_.size()) return not_intact(Finding::corrupted);
    meter_.arrived(record.sent_ns);
    context_.progress().count(meter_.count());
    return handle(record);
  }

  Status handle(const ToServer& record) {
    Member& member = members_[record.client];
    if (member.finished && record.kind != ChatKind::leave) return {};
    if (record.kind != ChatKind::join && !member.send_queue) {
      return fail(Errc::corrupt, "a message of a client whose JOIN has not come");
    }
    if (record.kind == ChatKind::join) {
      auto sender = context_.open_sender(record.number);
      if (!sender) return tl::make_unexpected(sender.error());
      member.send_queue.emplace(**sender);
      member.writer.emplace(spec_, 0, fan_in_.channels() + record.client);
    }
    if (record.kind == ChatKind::message) {
      // Each sender's own order.
      if (record.number != next_[record.client]++) ++out_of_order_;
    }
    if (record.kind == ChatKind::leave) member.joined = false;
    const Status reported =
        log_event({record.kind, record.client, number_of(record)}, record.sent_ns);
    if (!reported) return reported;
    if (record.kind == ChatKind::join) {
      member.joined = true;
      raise_word(context_.shared_as<Shared>().joined);
    }
    if (record.kind == ChatKind::leave) {
      member.finished = true;
      return dismiss(member);
    }
    if (record.last != 0 && record.client % 2 == 0) member.finished = true;  // stays to the end
    if (record.kind == ChatKind::message && vanishes(spec_, record.client) && !member.doomed) {
      member.doomed = true;
      return context_.kill(record.client + 1);
    }
    return {};
  }

  static std::uint64_t number_of(const ToServer& record) {
    return record.kind == ChatKind::message ? record.number : 0;
  }

  // Enters an event into the log, and sends it to all it concerns.
  Status log_event(const ChatEvent& event, std::uint64_t sent_ns) {
    const ToClient record{log_.size(), event.kind, event.client, event.number, sent_ns};
    log_.push_back(event);
    const bool message = event.kind == ChatKind::message;
    const bool notice = event.kind == ChatKind::join || event.kind == ChatKind::leave;
    bool may_miss = true;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      Member& member = members_[i];
      if (!member.joined) continue;
      const bool own = i == event.client && event.kind != ChatKind::shutdown;
      if (own && !(message && context_.inject("echo"))) continue;
      if (may_miss &&
          ((message && context_.inject("miss")) || (notice && context_.inject("untold")))) {
        may_miss = false;
        continue;
      }
      if (const Status posted = post(member, record); !posted) return posted;
    }
    return {};
  }

  // To a client that is being killed, whatever happens is no error.
  Status post(Member& member, const ToClient& record) {
    const Status posted = member.send_queue->post(member.writer->next(record));
    return or_dead(member, posted);
  }

  Status pump() {
    for (Member& member : members_) {
      if (!member.send_queue || member.send_queue->empty()) continue;
      const Status pumped = member.send_queue->pump();
      if (!pumped && !member.doomed) return pumped;
    }
    return {};
  }

  // All that is left goes out, then the client finds its channel closed. It does nothing but
  // receive by now, so this may wait.
  Status dismiss(Member& member) {
    const auto client = static_cast<std::size_t>(&member - members_.data());
    const auto channel = static_cast<std::uint32_t>(fan_in_.channels() + client);
    context_.progress().enter(Operation::send, channel);
    member.joined = false;
    while (!member.send_queue->empty()) {
      if (const Status pumped = member.send_queue->pump(); !pumped) return or_dead(member, pumped);
      if (member.send_queue->empty() || gone(member)) break;
      if (const auto waited = fan_in_.wait(Deadline::after(send_queue_retry_ns)); waited) {
        if (const Status taken = take(*waited); !taken) return taken;
      }
    }
    if (gone(member)) return {};
    context_.shared_as<Shared>().sent[client].publish(member.writer->made());
    context_.progress().enter(Operation::close, channel);
    return or_dead(member, member.send_queue->sender().close(Deadline::never()));
  }

  bool gone(const Member& member) const {
    return member.doomed && context_.ended(static_cast<unsigned>(&member - members_.data()) + 1);
  }
  static Status or_dead(const Member& member, const Status& status) {
    return member.doomed ? Status{} : status;
  }

  Status check_for_dead() {
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
      Member& member = members_[i];
      if (!member.doomed || member.finished || !context_.ended(i + 1)) continue;
      fan_in_.done(i);  // where some may die, each has a channel of its own
      member.joined = false;
      member.finished = true;
      member.send_queue->drop();
      if (const Status reported = log_event({ChatKind::vanish, i, 0}, 0); !reported)
        return reported;
    }
    return {};
  }

  // Until every client has closed or is dead: nothing that was sent to the server goes unread.
  Status drain() {
    const bool some_die = vanishing_of(spec_) > 0;
    for (;;) {
      const auto channel =
          fan_in_.wait(some_die ? Deadline::after(dead_check_interval_ns) : Deadline::never());
      if (!channel && channel.error().code == Errc::closed) return {};
      if (!channel && channel.error().code == Errc::timeout) {
        for (std::size_t i = 0; i < members_.size(); ++i) {
          if (gone(members_[i])) fan_in_.done(i);
        }
        continue;
      }
      if (!channel) return tl::make_unexpected(channel.error());
      if (const Status taken = take(*channel); !taken) return taken;
    }
  }

  // But for who was killed: how many it had sent is not known.
  void settle() {
    const auto sent_by = [this](std::size_t client) {
      return 1 + messages_of(spec_) + (client % 2 == 1 ? 1U : 0U);  // JOIN, messages, LEAVE
    };
    std::vector<std::uint64_t> sent;
    for (std::size_t i = 0; i < members_.size(); ++i) sent.push_back(sent_by(i));
    for (std::size_t i = 0; i < fan_in_.channels(); ++i) {
      if (!members_[i].doomed) fan_in_.settle(i, sent);
    }
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  std::vector<Member> members_;
  RecordReceiver<ToServer> fan_in_;
  std::vector<ChatEvent> log_;
  std::map<std::uint32_t, std::uint64_t> next_;
  std::int64_t out_of_order_ = 0;
  FlowMeter meter_;
};

class Client {
 public:
  explicit Client(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        me_(context.index() - 1),
        route_(fan_in_route(context, 0, me_)),
        own_(first_received(context)),
        writer_(spec_, route_.number, route_.channel),
        reader_(context, 1, own_) {}

  Status run() {
    std::atomic<std::uint32_t>& joined = context_.shared_as<Shared>().joined;
    // One after another.
    if (const Status come = await_word(context_, joined, me_); !come) return come;
    if (const Status sent = send(ChatKind::join, context_.channel_id(own_), false); !sent) {
      return sent;
    }
    const std::uint64_t messages = messages_of(spec_);
    const std::int64_t think_ns = think_time_of(spec_);
    for (std::uint64_t i = 0; i < messages; ++i) {
      // The first half while others are still coming, the rest when all are there.
      if (i == messages / 2) {
        const auto all = static_cast<std::uint32_t>(clients_of(spec_));
        if (const Status come = await_word(context_, joined, all); !come) return come;
      }
      think(context_, think_ns);
      if (const Status sent = send(ChatKind::message, i, i + 1 == messages); !sent) return sent;
      if (const Status read = receive_all(Deadline::immediate()); !read) return read;
    }
    if (me_ % 2 == 1) {
      if (const Status sent = send(ChatKind::leave, 0, false); !sent) return sent;
    }
    context_.progress().enter(Operation::close, static_cast<std::uint32_t>(route_.channel));
    if (const Status closed = context_.sender(route_.channel).close(Deadline::never()); !closed) {
      return closed;
    }
    if (const Status rest = receive_all(Deadline::never()); !rest) return rest;
    const std::uint64_t sent[] = {context_.shared_as<Shared>().sent[me_].published()};
    reader_.settle(sent);
    return {};
  }

  void report() {
    WorkerReport& report = context_.report();
    report.tallies["events"] = static_cast<std::int64_t>(share_.events);
    report.tallies["messages"] = static_cast<std::int64_t>(share_.messages);
    report.tallies["hash"] = static_cast<std::int64_t>(share_.hash >> 1U);
    meter_.report(report, "delivery");
    report.ok = true;
  }

 private:
  Status send(ChatKind kind, std::uint64_t number, bool last) {
    const ToServer record{kind, me_, number, last ? 1U : 0U, now_ns()};
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(route_.channel));
    return context_.sender(route_.channel).send(writer_.next(record), Deadline::never());
  }

  // Until nothing is there (immediate) or the server has closed.
  Status receive_all(Deadline deadline) {
    for (;;) {
      context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(own_));
      const Status got = reader_.receive(context_.receiver(own_), deadline);
      if (!got) {
        const Errc code = got.error().code;
        return code == Errc::closed || code == Errc::would_block ? Status{} : got;
      }
      const ToClient& record = reader_.record;
      share_.enter(record.place, {record.kind, record.client, record.number});
      if (record.kind == ChatKind::message) meter_.arrived(record.sent_ns);
      context_.progress().count(share_.events);
    }
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  std::uint32_t me_;
  Route route_;
  std::size_t own_;
  RecordWriter<ToServer> writer_;
  RecordReader<ToClient> reader_;
  ChatShare share_;
  FlowMeter meter_;
};

Status work(WorkerContext& context) {
  if (context.index() == server_index) {
    Server server(context);
    if (const Status ready = context.barrier(Stage::run); !ready) return ready;
    if (const Status done = server.run(); !done) return done;
    server.report();
    return {};
  }
  Client client(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (const Status done = client.run(); !done) return done;
  client.report();
  return {};
}

void judge(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& server = reports[server_index];
  for (std::size_t i = 1; i < reports.size(); ++i) {
    if (!reports[i].ok) continue;  // vanished
    const std::string client = std::to_string(i - 1);
    const std::int64_t due = count_of(server, ("events " + client).c_str());
    const std::int64_t got = count_of(reports[i], "events");
    if (got != due) {
      reject(trial, fmt::format("client {} got {} events, not the {} of the server's log", client,
                                got, due));
    } else if (count_of(reports[i], "hash") != count_of(server, ("hash " + client).c_str())) {
      reject(trial, fmt::format("client {} got other events than those of the server's log, or in "
                                "another order",
                                client));
    }
  }
  if (count_of(server, "out_of_order") != 0) {
    reject(trial, "messages of one client reached the server out of order");
  }
  const auto all = static_cast<std::int64_t>(messages_of(spec)) * clients_of(spec);
  const std::int64_t logged = count_of(server, "chat_messages");
  if (vanishing_of(spec) == 0 && logged != all) {
    reject(trial, fmt::format("the server logged {} messages, not {}", logged, all));
  }
}

void reduce(const RunSpec& spec, const std::vector<WorkerReport>& reports, Trial& trial) {
  const WorkerReport& server = reports[server_index];
  trial.metrics.insert(trial.metrics.end(), server.metrics.begin(), server.metrics.end());
  std::int64_t delivered = 0, vanished = 0;
  for (const WorkerReport& report : reports) {
    const auto times = report.histograms.find("delivery");
    if (times != report.histograms.end()) trial.histograms["delivery"].merge(times->second);
    delivered += count_of(report, "messages");
    vanished += report.ok ? 0 : 1;
  }
  trial.counts["chat_messages"] = count_of(server, "chat_messages");
  trial.counts["deliveries"] = delivered;
  trial.counts["vanished"] = vanished;
  trial.counts["messages_total"] = count_of(server, "received") + delivered;
  gather(reports, trial);
  judge(spec, reports, trial);
}

}  // namespace
}  // namespace chat_detail

ScenarioEntry chat_scenario() {
  using namespace chat_detail;
  ScenarioEntry entry;
  entry.name = "chat";
  entry.awaits_answers = true;
  entry.summary =
      "a server and clients that come and go; each message reaches exactly those joined";
  entry.timed = false;
  entry.options = {
      count_option("clients", default_clients, "how many clients join in turn", 1, max_processes),
      count_option("count", default_messages, "messages of each client"),
      time_option("think_time_ns", 0, "pause of a client before each message"),
      count_option("vanish", 0, "clients killed after a message\nAfter their first.", 0,
                   max_processes)};
  entry.faults = {{"echo", "the server sends a message back to who wrote it"},
                  {"miss", "the server leaves one client out of each message"},
                  {"untold", "the server tells one client nothing of each JOIN and LEAVE"}};
  entry.processes = "1 server, clients (4)";
  entry.invariants = {
      "each message reaches exactly the clients joined when the server handled it but its sender",
      "each client gets them once, in the order of the server's log and in each sender's order",
      "the others are told of each JOIN and LEAVE, and of a client that vanished",
      "SHUTDOWN ends all who are still joined"};
  entry.figures = {
      rate_figure(Unit::messages_per_second, "What the server handles in a second."),
      time_figure("delivery", "From a client's sending to the arrival at each other client."),
      count_figure("chat_messages", "Messages that the server took."),
      count_figure("deliveries", "Messages that reached a client, of all clients together."),
      count_figure("vanished", "Clients that died on the way.")};
  entry.notes = {send_queue_note};
  entry.layout = layout;
  entry.work = work;
  entry.reduce = reduce;
  entry.contradiction = chat::contradiction;
  return entry;
}

}  // namespace ipcmark
