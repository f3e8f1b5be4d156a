"""The scenarios that measure times: latency, throughput, load."""
import random
import struct
import zlib
from array import array

from messages import END, STAMP, FaultySender, SequenceTracker, Payload, add_integrity
from processes import clock
from protocol import Histogram, NoFault, Trial, Unsupported

MIN_TRIPS = 250
LONGEST_OVERTIME_NS = 2_000_000_000
UNLIMITED_RATE = 1_000_000_000


def faulty(channel, question):
    """The channel's sender, and what damages its messages; None where nothing does."""
    sender = channel.sender()
    if not question.fault:
        return sender, None
    if question.fault.partition(":")[0] not in FaultySender.KINDS:
        raise Unsupported(f"its runner does not know the fault {question.fault}")
    damaged = FaultySender(sender, question.fault)
    return damaged, damaged


class WarmUp:
    """At least the time asked for, at most three times that, until the pace is steady."""

    WINDOWS = 6

    def __init__(self, min_ns, now):
        self.min_ns, self.begin = min_ns, now
        self.window_ns = max(min_ns // self.WINDOWS, 1)
        self.window, self.done, self.paces = now, 0, []
        self.steady = min_ns == 0

    def over(self, now, done):
        if now - self.window >= self.window_ns and done > self.done:
            self.paces.append((now - self.window) / (done - self.done))
            self.window, self.done = now, done
            last = self.paces[-3:]
            self.steady = self.steady or (len(self.paces) >= 5 and max(last) <= 1.25 * min(last))
        warm = now - self.begin
        return warm >= self.min_ns and (self.steady or warm >= 3 * self.min_ns)


# ---- latency
#
# Verified messages are made before a trip and judged after it, so that no checksum is measured; others
# are made when they are sent, as a plain program does. Nor is one kept longer than there: a large message
# too many in memory takes the place of others in the caches, which a trip shows.

def _echo(worker, there, back):
    receive, send = there.receiver().receive, back.sender().send
    question = worker.question
    expected, own = Payload(question, channel=0), Payload(question, channel=1)
    ledger = SequenceTracker([expected])
    worker.start()
    answer_all = _careful_answers if question.verify != "off" else _plain_answers
    sent = answer_all(receive, send, expected.read, own.make, ledger.arrived)
    send(END)
    worker.report = {"ledger": ledger, "sent": sent}


def _plain_answers(receive, send, read, make, arrived):
    sent = 0
    message = receive()
    while message != END:
        read(message)
        send(make(sent))
        sent += 1
        arrived(message)
        message = receive()
    return sent


def _careful_answers(receive, send, read, make, arrived):
    answer, sent = make(0), 0
    message = receive()
    while message != END:
        read(message)
        send(answer)
        sent += 1
        arrived(message)  # judged, and the next answer made, while the other side is at work
        answer = make(sent)
        message = receive()
    return sent


class Initiator:
    """Sends and waits for each answer. Only what belongs to a trip lies between its two readings of the clock."""

    def __init__(self, worker, sender, back):
        question = worker.question
        self.worker, self.question = worker, question
        self.send, self.receive = sender.send, back.receiver().receive
        self.own, self.expected = Payload(question, channel=0), Payload(question, channel=1)
        self.ledger, self.sent = SequenceTracker([self.expected]), 0
        self.gap_ns = question.option("gap_ns")
        self.verified = question.verify != "off"

    def trips(self, goes_on):
        """Trips until goes_on(now, how many) is false; how long each took."""
        took = array("Q")
        if self.verified or self.gap_ns:
            return self._careful_trips(goes_on, took)
        send, receive, make, read = self.send, self.receive, self.own.make, self.expected.read
        arrived, append, sent = self.ledger.arrived, took.append, self.sent
        now = clock()
        while goes_on(now, len(took)):
            start = clock()
            send(make(sent))
            reply = receive()
            read(reply)
            now = clock()
            append(now - start)
            sent += 1
            arrived(reply)
            reply = None
        self.sent = sent
        return took

    def _careful_trips(self, goes_on, took):
        now = clock()
        while goes_on(now, len(took)):
            message = self.own.make(self.sent)
            start = clock()
            if self.gap_ns:
                start = self.worker.wait_until(start + self.gap_ns)
            self.send(message)
            reply = self.receive()
            self.expected.read(reply)
            now = clock()
            took.append(now - start)
            self.sent += 1
            self.ledger.arrived(reply)
            reply = None
        return took

    def warm_up(self):
        begin = clock()
        first, = self.trips(lambda _, count: count < 1)
        warm = WarmUp(self.question.warmup_ns, begin)
        self.trips(lambda now, count: not warm.over(now, count + 1))
        return first, warm.steady

    def measured(self):
        messages = self.question.messages
        if messages:
            return self.trips(lambda _, count: count < messages)
        end = clock() + self.question.duration_ns
        latest = None if self.gap_ns else end + LONGEST_OVERTIME_NS
        return self.trips(lambda now, count: now < end or (
            count < MIN_TRIPS and (latest is None or now < latest)))


def _initiator(worker, there, back):
    sender, damaged = faulty(there, worker.question)
    initiator = Initiator(worker, sender, back)
    worker.start()
    first_ns, steady = initiator.warm_up()
    trips = initiator.measured()
    initiator.send(END)
    while (rest := initiator.receive()) != END:
        initiator.ledger.arrived(rest)
    worker.report = {"ledger": initiator.ledger, "sent": initiator.sent, "first_ns": first_ns, "steady": steady,
                     "trips": Histogram(trips), "happened": damaged is not None and damaged.happened}


def latency(question, group, make_channel):
    if question.option("one_way"):
        raise Unsupported("its runner does not stamp each way (--one-way)")
    there, back = make_channel(), make_channel()
    group.add("initiator", _initiator, there, back)
    group.add("echo", _echo, there, back)
    initiator, echo = group.run()
    check_fault(question, [initiator])
    trial = Trial()
    trial.steady = initiator["steady"]
    trial.metric("first_message_ns", initiator["first_ns"], "ns")
    trial.merge_histogram("round_trip", initiator["trips"])
    trial.counts = {"messages": 2 * initiator["trips"].count, "messages_total": 2 * initiator["sent"]}
    add_integrity(trial, echo["ledger"].settle([initiator["sent"]]))
    add_integrity(trial, initiator["ledger"].settle([echo["sent"]]))
    return trial


def check_fault(question, reports):
    if question.fault and not any(report.get("happened") for report in reports):
        raise NoFault(f"the fault {question.fault} never happened: too few messages were sent")


# ---- throughput

def _stream_sender(worker, channel, words):
    sender, damaged = faulty(channel, worker.question)
    send, payload, sent = sender.send, Payload(worker.question), 0
    make = payload.make
    worker.start()
    while not words[0]:
        send(make(sent))
        sent += 1
    send(END)
    worker.report = {"sent": sent, "happened": damaged is not None and damaged.happened}


def _stream_receiver(worker, channel, words):
    question = worker.question
    receive, payload = channel.receiver().receive, Payload(question)
    ledger, count, step, due = SequenceTracker([payload]), 0, 1, 1
    read, arrived = payload.read, ledger.arrived
    begin = begin_count = end = end_count = None
    worker.start()
    start = last = clock()
    warm, first_ns = WarmUp(question.warmup_ns, start), 0
    while True:
        message = receive()
        if message == END:  # lost ones on purpose: the stream may end early
            break
        read(message)
        arrived(message)
        message = None  # else it would be in memory beside the next one
        count += 1
        if count != due:
            continue
        now = clock()
        first_ns = first_ns or now - start
        # The clock costs under 1 % of what lies between two readings.
        step = step * 2 if now - last < 10_000 and step < 4096 else max(step // 2, 1) if now - last > 500_000 else step
        last, due = now, count + step
        if begin is None:
            if not warm.over(now, count):
                continue
            begin, begin_count = now, count
        end, end_count = now, count
        if question.messages:
            due = min(due, begin_count + question.messages)
            if count >= begin_count + question.messages:
                break
        elif now - begin >= question.duration_ns:
            break
    words[0] = 1
    while message != END:
        message = receive()
        if message != END:
            arrived(message)
    worker.report = {"ledger": ledger, "steady": warm.steady, "first_ns": first_ns,
                     "messages": (end_count or 0) - (begin_count or 0), "measured_ns": (end or 0) - (begin or 0)}


def throughput(question, group, make_channel):
    channel, words = make_channel(), group.words(1)
    group.add("sender", _stream_sender, channel, words)
    group.add("receiver", _stream_receiver, channel, words)
    sender, receiver = group.run()
    check_fault(question, [sender])
    trial = Trial()
    trial.steady = receiver["steady"]
    messages, took = receiver["messages"], receiver["measured_ns"]
    rate = messages * 1e9 / took if took else 0
    trial.metric("rate", rate, "msg/s", messages)
    trial.metric("bytes_rate", rate * question.size, "B/s", messages)
    trial.metric("first_message_ns", receiver["first_ns"], "ns")
    received = receiver["ledger"].received
    trial.counts = {"messages": messages, "measured_ns": took, "received": received, "messages_total": received}
    add_integrity(trial, receiver["ledger"].settle([sender["sent"]]))
    return trial


# ---- load

MEASURED = 1 << 63


class LoadMessages:
    """Two times, with --verify a checksum of them, and a payload that is sealed before the message is due."""

    TIMES = struct.Struct("<QQ")  # due, and MEASURED unless it belongs to the warm-up; sent
    CHECK = struct.Struct("<Q")

    def __init__(self, question):
        self.verified = question.verify != "off"
        self.size, self.head = question.size, self.head_bytes(question)
        self.payload = Payload(question, size=self.size - self.head)
        self.seed = self.payload.seed

    @classmethod
    def head_bytes(cls, question):
        return cls.TIMES.size + (cls.CHECK.size if question.verify != "off" else 0)

    @classmethod
    def min_bytes(cls, question):
        return cls.head_bytes(question) + (STAMP.size if question.verify != "off" else 0)

    def message(self, due, sent, body):
        times = self.TIMES.pack(due, sent)
        return times + (self.CHECK.pack(zlib.crc32(times, self.seed)) if self.verified else b"") + body

    def times(self, message, ledger):
        """Of what has arrived, which is entered into the ledger. None: they are not those that were sent."""
        if len(message) != self.size:
            ledger.damaged("wrong_length")
            return None
        if self.verified:
            check, = self.CHECK.unpack_from(message, self.TIMES.size)
            if check != zlib.crc32(message[:self.TIMES.size], self.seed):
                ledger.damaged("corrupted")
                return None
        ledger.arrived(memoryview(message)[self.head:])
        return self.TIMES.unpack_from(message)


def _load_sender(worker, channel):
    question = worker.question
    sender, damaged = faulty(channel, question)
    send = sender.send
    rate, poisson = question.option("rate"), question.option("schedule") == 1
    chance = random.Random(question.seed)
    messages, sent, counted = LoadMessages(question), 0, 0
    by_clock = rate >= UNLIMITED_RATE
    worker.start()
    begin = now = clock() + 100_000
    measured_at = begin + question.warmup_ns
    end = measured_at + question.duration_ns
    due, exact = begin, float(begin)
    while True:
        at = now if by_clock else due
        if question.messages:
            if counted >= question.messages:
                break
        elif at >= end or now >= end + LONGEST_OVERTIME_NS:
            break
        body = messages.payload.make(sent)
        now = clock() if by_clock else worker.wait_until(due)
        measured = (now if by_clock else due) >= measured_at
        counted += measured
        send(messages.message(due | (MEASURED if measured else 0), now, body))
        sent += 1
        exact += 1e9 / rate * (chance.expovariate(1) if poisson else 1)
        due = int(exact)
    send(END)
    gave_up = not question.messages and not by_clock and due < end
    worker.report = {"sent": sent, "gave_up": gave_up, "happened": damaged is not None and damaged.happened}


def _load_receiver(worker, channel):
    question = worker.question
    receive, messages = channel.receiver().receive, LoadMessages(question)
    arrivals, ledger = array("Q"), SequenceTracker([messages.payload])
    read = messages.payload.read
    worker.start()
    while (message := receive()) != END:
        read(message)
        now = clock()
        times = messages.times(message, ledger)
        if times and times[0] & MEASURED:
            arrivals.extend((*times, now))
    worker.report = {"ledger": ledger, "arrivals": arrivals}


def _shares(question, rows):
    """What came of the messages that count: achieved rate, and the share that was there in time."""
    rate = question.option("rate")
    first = rows[0][1] if rate >= UNLIMITED_RATE else rows[0][0]
    last_due, last_came = rows[-1][0], rows[-1][2]
    achieved = len(rows) * 1e9 / (last_came - first) if last_came > first else 0
    under_way = rate * min(now - sent for _, sent, now in rows) / 1e9 + 1
    in_time = sum(now <= last_due for _, _, now in rows)
    return achieved, min(1.0, (in_time + under_way) / len(rows))


def load(question, group, make_channel):
    if question.size < LoadMessages.min_bytes(question):
        raise Unsupported(f"needs messages of at least {LoadMessages.min_bytes(question)} bytes" +
                          (" with --verify" if question.verify != "off" else ""))
    channel = make_channel()
    group.add("sender", _load_sender, channel)
    group.add("receiver", _load_receiver, channel)
    sender, receiver = group.run()
    check_fault(question, [sender])
    trial, words = Trial(), receiver["arrivals"]
    rows = [(words[i] & ~MEASURED, words[i + 1], words[i + 2]) for i in range(0, len(words), 3)]
    good = [row for row in rows if row[0] <= row[1] <= row[2]]
    trial.counts = {"messages": len(rows), "messages_total": receiver["ledger"].received, "offered": sender["sent"],
                    "negative_samples": len(rows) - len(good)}
    add_integrity(trial, receiver["ledger"].settle([sender["sent"]]))
    if not good:
        trial.reject("no message was measured")
        return trial
    achieved, share = _shares(question, good)
    rate = question.option("rate")
    trial.metric("offered_rate", rate, "msg/s", len(good))
    trial.metric("achieved_rate", achieved, "msg/s", len(good))
    trial.metric("achieved_share", share, "ratio", len(good))
    if rate >= UNLIMITED_RATE or sender["gave_up"] or share < 0.99:
        why = ("all messages were due at once" if rate >= UNLIMITED_RATE else
               f"of {rate} messages a second {100 * share:.0f} % came in time")
        trial.counts["saturated"] = 1
        trial.reason = f"saturated: {why}; no latency is published for that rate"
        return trial
    trial.histograms = {"response": Histogram(now - due for due, _, now in good),
                        "service": Histogram(now - sent for _, sent, now in good),
                        "lag": Histogram(sent - due for due, sent, _ in good)}
    return trial
