// The scoreboard over a backend: a manager process holds it; awards and looks are requests to the
// manager, each answered over its asker's own channel. Each client has one request outstanding and
// then takes the whole answer, so that the manager, which blocks in send, is never waited for by
// somebody it waits for.
#include "scenarios/shared_state/scoreboard_game.hpp"
#include "scenarios/traffic/fan_in_channels.hpp"
#include "scenarios/traffic/record.hpp"
#include "scenarios/traffic/record_receiver.hpp"

namespace ipcmark {

namespace {

// All that goes between clients and the manager.
struct Move {
  enum Kind : std::uint32_t { enter, award, look, row };
  std::uint32_t kind = enter;
  std::uint32_t player = 0;  // answer to a look: how many rows follow
  std::uint64_t rounds = 0;  // award: which round, from 0; answer: rounds of that player
  std::uint64_t points = 0;  // answer to a look: of all players
};

// A player's or the monitor's line to the manager.
class Client {
 public:
  explicit Client(WorkerContext& context)
      : context_(context),
        route_(fan_in_route(context, 0, context.index())),
        own_(first_received(context)),
        writer_(context.spec(), route_.number, route_.channel),
        reader_(context, 1, own_) {}

  // Sends a request and takes the first message of its answer, which is of the same kind.
  Result<Move> ask(const Move& request) {
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(route_.channel));
    const Status sent =
        context_.sender(route_.channel).send(writer_.next(request), Deadline::never());
    if (!sent) return tl::make_unexpected(sent.error());
    return take(request.kind);
  }
  Result<Move> take(std::uint32_t kind) {
    const auto answer = take_any();
    if (answer && answer->kind != kind) return fail(Errc::corrupt, "an answer not asked for");
    return answer;
  }
  Result<Move> take_any() {
    context_.progress().enter(Operation::receive, static_cast<std::uint32_t>(own_));
    const Status got = reader_.receive(context_.receiver(own_), Deadline::never());
    if (!got) return tl::make_unexpected(got.error());
    return reader_.record;
  }
  // Says how many requests there were, waits for the manager's end, and settles the account.
  Status leave() {
    GameMemory& shared = game_memory(context_);
    shared.sent[context_.index()].publish(writer_.made());
    context_.progress().enter(Operation::close, static_cast<std::uint32_t>(route_.channel));
    const Status closed = context_.sender(route_.channel).close(Deadline::never());
    if (!closed) return closed;
    auto more = take_any();
    while (more) more = take_any();
    if (more.error().code != Errc::closed) return tl::make_unexpected(more.error());
    const std::uint64_t answers[] = {shared.answered[context_.index()].published()};
    reader_.settle(answers);
    return {};
  }

 private:
  WorkerContext& context_;
  Route route_;
  std::size_t own_;
  RecordWriter<Move> writer_;
  RecordReader<Move> reader_;
};

class Manager {
 public:
  explicit Manager(WorkerContext& context)
      : context_(context),
        spec_(context.spec()),
        clients_(players_of(spec_) + 1),
        fan_in_(context, clients_),
        memory_(ManagedScoreboard::bytes_for(players_of(spec_))),
        board_(ManagedScoreboard::create(memory_.span())) {
    writers_.reserve(clients_);
    for (std::size_t i = 0; i < clients_; ++i) {
      writers_.emplace_back(spec_, 0, fan_in_.channels() + i);
    }
  }

  Status run() {
    for (;;) {
      const auto client = fan_in_.next();
      if (!client && client.error().code == Errc::closed) return close_all();
      if (!client) return tl::make_unexpected(client.error());
      if (fan_in_.record().player >= clients_) return not_intact(Finding::corrupted);
      if (const Status served = serve(fan_in_.record()); !served) return served;
      context_.progress().count(++served_);
    }
  }

  void report() {
    std::vector<std::uint64_t> sent(clients_);
    for (std::size_t i = 0; i < clients_; ++i) sent[i] = game_memory(context_).sent[i].published();
    fan_in_.settle(sent);
  }

 private:
  Status serve(const Move& move) {
    if (move.kind == Move::look) return show(move.player);
    if (move.kind == Move::enter) board_.enter(move.player);
    if (move.kind == Move::award) give_award(board_, context_, move.player, move.rounds);
    const Standing standing = board_.standing(move.player);
    return answer(move.player, {move.kind, move.player, standing.rounds, standing.points});
  }

  Status show(std::uint32_t client) {
    const bool over = board_.rounds() == players_of(spec_) * rounds_of(spec_);
    // The last look but one showed all; this one falls back behind it.
    if (over && ++shown_over_ == closing_looks && context_.inject("backwards")) {
      board_.take_back(0, points_of(spec_.seed, 0, rounds_of(spec_) - 1));
    }
    board_.read(shown_);
    if (over && context_.inject("torn")) ++shown_.rows.front().standing.points;
    const auto rows = static_cast<std::uint32_t>(shown_.rows.size());
    if (const Status sent = answer(client, {Move::look, rows, 0, shown_.points}); !sent) {
      return sent;
    }
    for (const auto& [player, standing] : shown_.rows) {
      const Status sent = answer(client, {Move::row, player, standing.rounds, standing.points});
      if (!sent) return sent;
    }
    return {};
  }

  Status answer(std::uint32_t client, const Move& move) {
    const std::size_t channel = fan_in_.channels() + client;
    context_.progress().enter(Operation::send, static_cast<std::uint32_t>(channel));
    return context_.sender(channel).send(writers_[client].next(move), Deadline::never());
  }

  Status close_all() {
    for (std::size_t i = 0; i < clients_; ++i) {
      game_memory(context_).answered[i].publish(writers_[i].made());
      const std::size_t channel = fan_in_.channels() + i;
      context_.progress().enter(Operation::close, static_cast<std::uint32_t>(channel));
      const Status closed = context_.sender(channel).close(Deadline::never());
      if (!closed) return closed;
    }
    return {};
  }

  WorkerContext& context_;
  const RunSpec& spec_;
  std::uint32_t clients_;
  RecordReceiver<Move> fan_in_;
  MessageBuffer memory_;
  ManagedScoreboard board_;
  std::vector<RecordWriter<Move>> writers_;
  Scoreboard shown_;
  std::uint64_t served_ = 0, shown_over_ = 0;
};

}  // namespace

std::string scoreboard_unsupported(const RunSpec& spec) { return record_unsupported<Move>(spec); }

Status play_by_messages(WorkerContext& context) {
  Client client(context);
  const std::uint32_t me = context.index();
  std::int64_t mismatched = 0;
  std::uint64_t points = 0;
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (const auto entered = client.ask({Move::enter, me, 0, 0}); !entered) {
    return tl::make_unexpected(entered.error());
  }
  Play play(context);
  const Status played = play.run([&](std::uint64_t round) -> Status {
    const auto answer = client.ask({Move::award, me, round, 0});
    if (!answer) return tl::make_unexpected(answer.error());
    points += points_of(context.spec().seed, me, round);
    const bool mine = answer->kind == Move::award && answer->player == me;
    mismatched += mine && answer->rounds == round + 1 && answer->points == points ? 0 : 1;
    return {};
  });
  if (!played) return played;
  context.report().tallies["mismatched"] = mismatched;
  return client.leave();
}

Status monitor_by_messages(WorkerContext& context) {
  Client client(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  const Status looked = look_on(context, [&](Scoreboard& board) -> Status {
    auto answer = client.ask({Move::look, context.index(), 0, 0});
    if (!answer) return tl::make_unexpected(answer.error());
    const std::uint32_t rows = answer->player;
    board.points = answer->points;
    board.rows.clear();
    for (std::uint32_t i = 0; i < rows; ++i) {
      answer = client.take(Move::row);
      if (!answer) return tl::make_unexpected(answer.error());
      board.rows.push_back({answer->player, {answer->rounds, answer->points}});
    }
    return {};
  });
  if (!looked) return looked;
  return client.leave();
}

Status manage_scoreboard(WorkerContext& context) {
  Manager manager(context);
  if (const Status ready = context.barrier(Stage::run); !ready) return ready;
  if (const Status done = manager.run(); !done) return done;
  manager.report();
  return {};
}

}  // namespace ipcmark
