"""The scenarios over shared state: counter, race, scoreboard; and chat, a server that its clients come to."""
import os
import random
import struct
import time
from functools import partial

from channels import Manager, ManagerQueueChannel, QueueChannel
from messages import END, seal, unseal
from exchanges import joint_rate
from processes import CONTEXT, clock, shared_words
from protocol import Broken, Histogram, Trial, Unsupported

NOBODY = 0


# ---- locks: a way to hold, and a number to add to

class ValueLock:
    """Value('i') and a Lock beside it, as in the tutorial."""

    def __init__(self, question):
        self.value = CONTEXT.Value("i", 0)
        self.lock = CONTEXT.Lock()
        self.cell = self.value.get_obj()

    def close(self):
        pass


class OwnLock(ValueLock):
    """Value('i') and the lock that it has itself: get_lock(), an RLock."""

    def __init__(self, question):
        super().__init__(question)
        self.lock = self.value.get_lock()


class NoLock(ValueLock):
    """Value('i') alone: `+= 1` is a load and a store."""

    class Nothing:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return False

    def __init__(self, question):
        super().__init__(question)
        self.lock = self.Nothing()


class ManagerState:
    """A manager's dict, list and Lock: each access is a call of its process."""

    def __init__(self, question):
        self.own = Manager(question)
        manager = self.own.manager
        self.lock, self.dict, self.list = manager.Lock(), manager.dict(), manager.list()
        self.dict["counter"] = 0

    def close(self):
        self.own.shutdown()


class ManagerCell:
    """The counter in the manager's dict, seen as a cell."""

    def __init__(self, state):
        self.state = state

    @property
    def value(self):
        return self.state.dict["counter"]

    @value.setter
    def value(self, value):
        self.state.dict["counter"] = value


# ---- counter

def _increment(worker, lock, cell, words, unlocked):
    question = worker.question
    increments, broken = question.option("increments"), 0
    if unlocked:
        lock = NoLock.Nothing()
    me = worker.index + 1
    worker.start()
    begin = clock()
    for number in range(increments):
        with lock:
            broken += words[0] != NOBODY
            words[0] = me
            if unlocked and number == 0:
                _await_another(words, me)
            value = cell.value
            worker.think()
            cell.value = value + 1
            words[0] = NOBODY
    worker.report = {"span": (begin, clock()), "two_holders": broken}


def _await_another(words, me):
    """Under the fault: until another has come in too."""
    until = clock() + 2_000_000_000
    while words[0] == me and clock() < until:
        os.sched_yield()


def _pass_token(worker, channel, words):
    """The one message in the queue carries the value: whoever has taken it holds the lock."""
    question = worker.question
    turns, broken, final = max(question.option("increments"), 1), 0, 0
    token = struct.Struct("<QQ")  # value, how many are through
    send, receive = channel.sender().send, channel.receiver().receive
    me, processes = worker.index + 1, question.option("processes")
    worker.start()
    begin = clock()
    if worker.index == 0:
        send(seal(token.pack(0, 0), 0, question.seed, 0))
    for turn in range(turns):
        data, sequence = unseal(receive(), question.seed, 0)
        value, through = token.unpack(data)
        broken += words[0] != NOBODY
        words[0] = me
        worker.think()
        final = value + (question.option("increments") > 0)
        through += turn + 1 == turns
        words[0] = NOBODY
        if through < processes:
            send(seal(token.pack(final, through), sequence + 1, question.seed, 0))
    worker.report = {"span": (begin, clock()), "two_holders": broken, "final": final}


def counter(question, group, make):
    processes, words = question.option("processes"), shared_words(1)
    if question.fault not in ("", "unlocked"):
        raise Unsupported(f"its runner does not inject {question.fault} into counter")
    over_channel = hasattr(make, "channel")
    if over_channel:
        if question.fault:
            raise Unsupported("a token has no lock to leave out")
        channel = make.channel(question, size=64)
        make.opened.append(channel)
        for _ in range(processes):
            group.add("incrementer", _pass_token, channel, words)
        reports = group.run()
        final = max(report["final"] for report in reports)
    else:
        state = make()
        cell = ManagerCell(state) if isinstance(state, ManagerState) else state.cell
        for _ in range(processes):
            group.add("incrementer", _increment, state.lock, cell, words, question.fault == "unlocked")
        reports = group.run()
        final = cell.value
    expected = processes * question.option("increments")
    trial = counted(final, expected)
    two = sum(report["two_holders"] for report in reports)
    trial.counts["two_holders"] = two
    joint_rate(trial, reports, expected, "op/s")
    if question.mechanism == "none":
        lost = expected - final
        trial.reason = (f"caught: {lost} of {expected} updates lost" if lost else
                        f"nothing to catch: none of {expected} updates happened to be lost")
        return trial
    if two:
        trial.reject(f"two processes held the lock at once, {two} times")
    if final != expected:
        trial.reject(f"counter is {final}, not {expected}")
    return trial


def counted(final, expected):
    trial = Trial()
    trial.counts = {"counter_final": final, "counter_expected": expected, "updates_lost": expected - final,
                    "messages_total": expected}
    return trial


# ---- race

def _update(worker, state, words):
    question = worker.question
    unlocked = question.fault == "unlocked"
    lock = NoLock.Nothing() if unlocked else state.lock
    pauses = unlocked or isinstance(state, NoLock)
    cell, processes, updates = state.cell, question.option("processes"), []
    worker.start()
    words[worker.index] = 1
    while sum(words) < processes:  # all are at work from the first update on
        os.sched_yield()
    begin = clock()
    for number in range(question.option("increments")):
        asked = clock()
        with lock:
            value = cell.value
            os.sched_yield()
            if pauses and number % 100 == 0:
                time.sleep(0.001)
            worker.think()
            cell.value = value + 1
        updates.append(clock() - asked)
    worker.report = {"span": (begin, clock()), "updates": Histogram(updates)}


def race(question, group, make):
    if question.fault not in ("", "unlocked"):
        raise Unsupported(f"its runner does not inject {question.fault} into race")
    processes = question.option("processes")
    state, words = make(), shared_words(processes)
    for _ in range(processes):
        group.add("incrementer", _update, state, words)
    reports = group.run()
    final, expected = state.cell.value, processes * question.option("increments")
    trial = counted(final, expected)
    joint_rate(trial, reports, expected, "op/s")
    for report in reports:
        trial.merge_histogram("update", report["updates"])
    if not isinstance(state, NoLock):
        if final != expected:
            trial.reject(f"the sum is {final}, not {expected}")
    elif final == expected:
        trial.reject(f"none of {expected} unlocked updates was lost: no race to catch")
    else:
        trial.reason = f"caught: {expected - final} of {expected} updates lost"
    return trial


# ---- scoreboard

class DictBoard:
    """The tutorial's: names in a manager's list, scores in its dict."""

    def __init__(self, state):
        self.state, self.lock = state, state.lock

    def join(self, player):
        self.state.list.append(player)
        self.state.dict[player] = 0

    def add(self, player, points):
        self.state.dict[player] += points
        self.state.dict["counter"] += points

    def look(self):
        scores = dict(self.state.dict)
        total = scores.pop("counter")
        return list(self.state.list), scores, total


class ArrayBoard:
    """The same in an Array: a score and a flag for each player, and the sum behind them."""

    def __init__(self, state, players):
        self.lock, self.players = state.lock, players
        self.words = CONTEXT.RawArray("q", 2 * players + 1)

    def join(self, player):
        self.words[self.players + player] = 1

    def add(self, player, points):
        self.words[player] += points
        self.words[2 * self.players] += points

    def look(self):
        joined = [player for player in range(self.players) if self.words[self.players + player]]
        return joined, {player: self.words[player] for player in joined}, self.words[2 * self.players]


def _play(worker, board, words):
    question = worker.question
    chance = random.Random(question.seed * 1000 + worker.index)
    awarded, times = 0, []
    worker.start()
    begin = clock()
    with board.lock:
        board.join(worker.index)
    for _ in range(question.option("count")):
        worker.think()
        points = chance.randint(10, 100)
        asked = clock()
        with board.lock:
            board.add(worker.index, points)
        times.append(clock() - asked)
        awarded += points
    words[worker.index] = 1
    worker.report = {"span": (begin, clock()), "awarded": awarded, "awards": Histogram(times)}


def _monitor(worker, board, words, players):
    pause = worker.question.option("look_ns") / 1e9
    looks, wrong, before, over = [], {"torn": 0, "backwards": 0, "unsorted": 0}, {}, False
    worker.start()
    while not over:
        over = sum(words) == players
        asked = clock()
        with board.lock:
            joined, scores, total = board.look()
        looks.append(clock() - asked)
        ranking = sorted(scores.items(), key=lambda entry: entry[1], reverse=True)
        wrong["torn"] += sum(scores.values()) != total or set(joined) != set(scores)
        wrong["backwards"] += any(scores.get(player, -1) < score for player, score in before.items())
        wrong["unsorted"] += any(a[1] < b[1] for a, b in zip(ranking, ranking[1:]))
        before = scores
        if not over and pause > 0:
            time.sleep(pause)
    worker.report = {"looks": Histogram(looks), "wrong": wrong, "points": total, "players": len(ranking)}


def scoreboard(question, group, make):
    if question.fault:
        raise Unsupported("its runner injects no faults into scoreboard")
    players = question.option("processes")
    state, words = make(), shared_words(players)
    board = DictBoard(state) if isinstance(state, ManagerState) else ArrayBoard(state, players)
    for _ in range(players):
        group.add("player", _play, board, words)
    group.add("monitor", _monitor, board, words, players)
    *played, monitor = group.run()
    awarded, awards = sum(report["awarded"] for report in played), players * question.option("count")
    trial = Trial()
    joint_rate(trial, played, awards)
    for report in played:
        trial.merge_histogram("award", report["awards"])
    trial.histograms["look"] = monitor["looks"]
    looks = monitor["looks"].count
    trial.counts = {"points": monitor["points"], "points_awarded": awarded, "looks": looks,
                    "messages_total": awards}
    for what, count in monitor["wrong"].items():
        if count:
            trial.reject(f"{count} of {looks} looks found the board {what}")
    if monitor["points"] != awarded:
        trial.reject(f"the board has {monitor['points']} points, {awarded} were awarded")
    if monitor["players"] != players:
        trial.reject(f"{monitor['players']} players are on the board, not {players}")
    return trial


# ---- chat

JOIN, MESSAGE, LEAVE, SHUTDOWN = range(4)
EVENT = struct.Struct("<IIIq")  # kind, client, number, sent at
TO_SERVER = 0  # channels: all clients send into one, and each has one that it is told by


def reported_by(client):
    return client + 1


class Chat:
    """The server's queue, and one for each client; none of them makes its sender wait."""

    def __init__(self, question, clients):
        if question.mechanism == "manager_queue":
            self.own = Manager(question)
            make = partial(ManagerQueueChannel, question, 64, 0, self.own)
        else:
            self.own, make = None, partial(QueueChannel, question, 64, 0)
        self.server, self.clients = make(), [make() for _ in range(clients)]
        self.joined = shared_words(1)

    def close(self):
        if self.own:
            self.own.shutdown()


def _serve(worker, chat, clients, messages):
    question = worker.question
    receive = chat.server.receiver().receive
    senders = [client.sender().send for client in chat.clients]
    log, joined, due = [], set(), messages * clients + clients + clients // 2
    sent, left_out = [0] * clients, question.fault
    worker.start()
    begin = clock()

    def tell(client, event):
        senders[client](seal(EVENT.pack(*event), sent[client], question.seed, reported_by(client)))
        sent[client] += 1

    while len(log) < due:
        data, _ = unseal(receive(), question.seed, TO_SERVER)
        event = EVENT.unpack(data)
        kind, client, _, _ = event
        log.append(event[:3])
        if kind == LEAVE:
            joined.discard(client)
            senders[client](END)
        others = sorted(joined - ({client} if left_out != "echo" or kind != MESSAGE else set()))
        if left_out == "miss" and kind == MESSAGE or left_out == "untold" and kind != MESSAGE:
            others = others[1:]
        for other in others:
            tell(other, event)
        if kind == JOIN:
            joined.add(client)
            chat.joined[0] += 1
    for client in sorted(joined):
        tell(client, (SHUTDOWN, client, 0, clock()))
        senders[client](END)
    worker.report = {"span": (begin, clock()), "log": log, "happened": bool(left_out)}


def _converse(worker, chat, clients, messages):
    question, me = worker.question, worker.index - 1
    send, receive = chat.server.sender().send, chat.clients[me].receiver().receive
    got, delivery = [], Histogram()
    worker.start()

    def say(kind, number):
        say.made += 1
        send(seal(EVENT.pack(kind, me, number, clock()), say.made, question.seed, TO_SERVER))

    say.made = 0
    _await_joined(chat, me)  # one after another
    say(JOIN, 0)
    for number in range(messages):
        if number == messages // 2:
            _await_joined(chat, clients)  # the first half while others are still coming
        worker.think()
        say(MESSAGE, number)
    if messages < 1:
        _await_joined(chat, clients)
    if me % 2 == 1:
        say(LEAVE, 0)
    while (message := receive()) != END:
        data, sequence = unseal(message, question.seed, reported_by(me))
        if sequence != len(got):
            raise Broken(f"event {sequence} came in the place of event {len(got)}")
        kind, client, number, sent = EVENT.unpack(data)
        got.append((kind, client, number))
        if kind == MESSAGE:
            delivery.record(max(clock() - sent, 0))
    worker.report = {"got": got, "delivery": delivery}


def _await_joined(chat, count):
    while chat.joined[0] < count:
        time.sleep(0.0002)


def _shares(log, clients):
    """Plays the log again: what each client must have got, whatever the server did."""
    shares, joined = [[] for _ in range(clients)], set()
    for event in log:
        kind, client, _ = event
        if kind == LEAVE:
            joined.discard(client)
        for other in joined - {client}:
            shares[other].append(event)
        if kind == JOIN:
            joined.add(client)
    for client in joined:
        shares[client].append((SHUTDOWN, client, 0))
    return shares


def chat(question, group, make):
    if question.option("vanish"):
        raise Unsupported("its runner kills no clients (--vanish)")
    if question.fault not in ("", "echo", "miss", "untold"):
        raise Unsupported(f"its runner does not inject {question.fault} into chat")
    clients, messages = question.option("clients"), question.option("count")
    room = Chat(question, clients)
    make.opened.append(room)
    group.add("server", _serve, room, clients, messages)
    for _ in range(clients):
        group.add("client", _converse, room, clients, messages)
    server, *others = group.run()
    trial = Trial()
    logged = sum(kind == MESSAGE for kind, _, _ in server["log"])
    joint_rate(trial, [server], len(server["log"]))
    for index, (client, due) in enumerate(zip(others, _shares(server["log"], clients))):
        trial.merge_histogram("delivery", client["delivery"])
        if client["got"] != due:
            trial.reject(f"client {index} got {len(client['got'])} events, not the {len(due)} of the server's log, "
                         "or others or in another order")
    for index in range(clients):
        own = [number for kind, client, number in server["log"] if kind == MESSAGE and client == index]
        if own != list(range(messages)):
            trial.reject(f"messages of client {index} reached the server out of order, or not all of them")
    trial.counts = {"chat_messages": logged, "deliveries": sum(client["delivery"].count for client in others),
                    "vanished": 0, "messages_total": len(server["log"]) + sum(len(c["got"]) for c in others)}
    return trial
