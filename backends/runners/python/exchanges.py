"""The scenarios in which messages pass between processes: large_payload, sentinel_stream, pipeline."""
import pickle
import time

from messages import END, SequenceTracker, Payload, add_integrity, seal, unseal
from processes import clock
from protocol import Broken, Histogram, Trial, Unsupported
from timed import check_fault, faulty


def joint_rate(trial, reports, amount, unit="msg/s"):
    """All of it over the time from the first one's beginning to the last one's end."""
    spans = [report["span"] for report in reports if "span" in report]
    took = max(end for _, end in spans) - min(begin for begin, _ in spans) if spans else 0
    trial.metric("rate", amount * 1e9 / took if took > 0 else 0, unit, amount)


# ---- large_payload

def pieces(size, largest):
    """In nearly equal chunks, none larger than asked for."""
    count = max(1, -(-size // max(largest, 1)))
    return [size // count + (i < size % count) for i in range(count)]


class Outgoing:
    """A payload that goes in chunks, each stamped and full of its pattern."""

    def __init__(self, question, channel, number):
        self.sender, self.damaged = faulty(channel, question)
        self.sizes = pieces(question.size, question.option("chunk", 8192))
        self.payloads = {size: Payload(question, number, size=size, verify="full") for size in set(self.sizes)}
        self.sent = 0

    def send(self):
        self.sender.send(self.payloads[self.sizes[self.sent]].make(self.sent))
        self.sent += 1

    def done(self):
        return self.sent == len(self.sizes)

    def report(self, into):
        into.update(sent=self.sent, happened=self.damaged is not None and self.damaged.happened)


class Incoming:
    def __init__(self, question, channel, number):
        self.receive_message = channel.receiver().receive
        sizes = pieces(question.size, question.option("chunk", 8192))
        # Chunks of two sizes: a ledger for each would not see them change places.
        self.payloads = [Payload(question, number, size=size, verify="full") for size in sizes[:1] + sizes[-1:]]
        self.change = sizes.count(sizes[0])
        self.ledger, self.bytes, self.count = SequenceTracker([self.payloads[0]]), 0, 0

    def receive(self):
        message = self.receive_message()
        if message == END:
            return False
        self.ledger.payloads = [self.payloads[self.count >= self.change]]
        self.ledger.arrived(message)
        self.count += 1
        self.bytes += len(message)
        return True

    def report(self, into):
        into.update(ledger=self.ledger, bytes=self.bytes)


def _late(question):
    time.sleep(question.option("receiver_late_ns") / 1e9)


def _send_chunks(worker, channel, ready):
    out = Outgoing(worker.question, channel, 0)
    worker.start()
    ready.wait()
    begin = clock()
    while not out.done():
        out.send()
    out.sender.send(END)
    worker.report = {"begin": begin}
    out.report(worker.report)


def _receive_chunks(worker, channel, ready):
    incoming = Incoming(worker.question, channel, 0)
    worker.start()
    _late(worker.question)
    ready.set()
    while incoming.receive():
        pass
    worker.report = {"end": clock()}
    incoming.report(worker.report)


def _exchange_chunks(worker, own, other, first):
    """One chunk out, one in: never more than one is under way each way."""
    question = worker.question
    number = 0 if first else 1
    if first:
        out, incoming = Outgoing(question, own, number), Incoming(question, other, 1)
    else:
        incoming, out = Incoming(question, other, 0), Outgoing(question, own, number)
    worker.start()
    if not first:
        _late(question)
    begin, more = clock(), True
    while not out.done():
        if first:
            out.send()
        more = more and incoming.receive()
        if not first:
            out.send()
    out.sender.send(END)
    while more:
        more = incoming.receive()
    worker.report = {"begin": begin, "end": clock()}
    out.report(worker.report)
    incoming.report(worker.report)


def _naive(worker, own, other, first, size, count):
    """All is sent before anything is received: a deadlock, where it does not fit."""
    if first:
        send, receive = own.sender().send, other.receiver().receive
    else:
        receive, send = other.receiver().receive, own.sender().send
    question = worker.question
    payload = Payload(question, 0 if first else 1, size=size, verify="full")
    ledger, arrived = SequenceTracker([Payload(question, 1 if first else 0, size=size, verify="full")]), 0
    worker.start()
    begin = clock()
    for sequence in range(count):
        send(payload.make(sequence))
    send(END)
    while (message := receive()) != END:
        ledger.arrived(message)
        arrived += len(message)
    worker.report = {"begin": begin, "end": clock(), "ledger": ledger, "sent": count, "bytes": arrived}


LARGEST_EXCHANGE = 1 << 30


def _naive_exchange(question, group, make_channel):
    """As the tutorial does it: one message of all bytes; where that needs a slot of its own, in chunks."""
    chunk = min(question.option("chunk", 8192), max(question.size, 1))
    own = make_channel(size=chunk)
    total = max(question.size, 4 * (own.holds or 0))
    if total > LARGEST_EXCHANGE:
        raise Unsupported(f"the channel may hold {own.holds} bytes; four times that is more than is exchanged")
    size = total if own.takes_any_size else chunk
    count = -(-total // size)
    other = make_channel(size=chunk)
    group.add("left", _naive, own, other, True, size, count)
    group.add("right", _naive, other, own, False, size, count)
    reports = group.run()
    trial = Trial(reason=f"no deadlock: the channels hold {size * count} bytes each way")
    _transferred(trial, reports, 2 * size * count)
    trial.counts["deadlock_found"] = 0
    return trial


def _transferred(trial, reports, expected):
    took = max(report["end"] for report in reports if "end" in report) - max(
        report["begin"] for report in reports if "begin" in report)
    arrived = sum(report.get("bytes", 0) for report in reports)
    trial.metric("transfer_ns", max(took, 1), "ns")
    trial.metric("bytes_rate", arrived * 1e9 / max(took, 1), "B/s", 1)
    sent = [report["sent"] for report in reports if "sent" in report]
    for report, count in zip([each for each in reports if "ledger" in each], reversed(sent)):
        add_integrity(trial, report["ledger"].settle([count]))
    trial.counts.update(bytes_received=arrived, bytes_expected=expected, messages_total=sum(sent))
    if arrived != expected:
        trial.reject(f"{arrived} bytes arrived, not {expected}")


def large_payload(question, group, make_channel):
    if question.option("protocol") != 0:
        return _naive_exchange(question, group, make_channel)
    largest = max(pieces(question.size, question.option("chunk", 8192)))
    both_ways = question.option("both_ways")
    if both_ways:
        there, back = make_channel(size=largest), make_channel(size=largest)
        group.add("left", _exchange_chunks, there, back, True)
        group.add("right", _exchange_chunks, back, there, False)
    else:
        channel, ready = make_channel(size=largest), group.event()
        group.add("sender", _send_chunks, channel, ready)
        group.add("receiver", _receive_chunks, channel, ready)
    reports = group.run()
    check_fault(question, reports)
    trial = Trial()
    _transferred(trial, reports, question.size * (2 if both_ways else 1))
    return trial


# ---- sentinel_stream

STOP = b"STOP"


def _stop_sender(worker, channel):
    question = worker.question
    sender, damaged = faulty_or_own(channel, question, ("early_stop", "after_stop"))
    payload, count = Payload(question, verify="full"), question.option("count")
    early = question.fault == "early_stop" and count > 0
    last = count - early
    worker.start()
    stamps = []
    for sequence in range(last):
        worker.think()
        message = payload.make(sequence)
        stamps.append(clock())
        sender.send(message)
    sender.send(STOP)
    if question.fault == "after_stop":
        sender.send(payload.make(last))
    sender.send(END)
    happened = early or question.fault == "after_stop" or (damaged is not None and damaged.happened)
    worker.report = {"sent": last, "stamps": stamps, "happened": happened}


def faulty_or_own(channel, question, own):
    """As faulty(); a fault of the scenario's own is its business."""
    return (channel.sender(), None) if question.fault in own else faulty(channel, question)


def _stop_receiver(worker, channel):
    question = worker.question
    receive = channel.receiver().receive
    ledger, stamps, stops, after = SequenceTracker([Payload(question, verify="full")]), [], 0, 0
    worker.start()
    while (message := receive()) != END:
        if stops:
            after += 1
        elif message == STOP:
            stops = 1
        else:
            stamps.append(clock())
            ledger.arrived(message)
    worker.report = {"ledger": ledger, "stamps": stamps, "stops": stops, "after_stop": after}


def sentinel_stream(question, group, make_channel):
    channel = make_channel()
    group.add("sender", _stop_sender, channel)
    group.add("receiver", _stop_receiver, channel)
    sender, receiver = group.run()
    check_fault(question, [sender])
    trial = Trial()
    stamps = receiver["stamps"]
    took = stamps[-1] - stamps[0] if len(stamps) > 1 else 0
    if took > 0:
        trial.metric("rate", (len(stamps) - 1) * 1e9 / took, "msg/s", len(stamps))
    if len(stamps) == len(sender["stamps"]):
        trial.histograms["delivery"] = Histogram(max(b - a, 0) for a, b in zip(sender["stamps"], stamps))
    received = receiver["ledger"].received
    trial.counts = {"received": received, "stops": receiver["stops"], "after_stop": receiver["after_stop"],
                    "messages_total": received}
    if not receiver["stops"]:
        trial.reject("STOP never came")
    if receiver["after_stop"]:
        trial.reject(f"{receiver['after_stop']} messages came after STOP")
    add_integrity(trial, receiver["ledger"].settle([sender["sent"]]))
    if received != question.option("count"):
        trial.reject(f"{received} messages came before STOP, not {question.option('count')}")
    return trial


# ---- pipeline

TABLES = (5, 3, 7, 5)
ITEMS = ("Margherita Pizza", "Caesar Salad", "Pasta Carbonara", "Tiramisu")


def _take_orders(worker, out):
    question = worker.question
    sender, damaged = faulty_or_own(out, question, ("skip_stage",))
    worker.start()
    begin = clock()
    for number in range(question.option("count")):
        worker.think()
        order = {"id": number + 1, "item": ITEMS[number % 4], "table": TABLES[number % 4], "status": "new",
                 "prepared": 0, "taken": clock()}
        sender.send(seal(pickle.dumps({**order, "sent": clock()}), number, question.seed, 0))
    sender.send(END)
    worker.report = {"span": (begin, clock()), "happened": damaged is not None and damaged.happened}


def _orders(worker, receive):
    """Each order that comes, in order, until the sentinel. Stage n takes from channel n - 1 and gives into n."""
    seed, channel = worker.question.seed, worker.index - 1
    due = 0
    while (message := receive()) != END:
        data, sequence = unseal(message, seed, channel)
        if sequence != due:
            raise Broken(f"order {sequence + 1} came in the place of order {due + 1}")
        due += 1
        yield pickle.loads(data)


def _prepare_orders(worker, incoming, out):
    question = worker.question
    receive, send = incoming.receiver().receive, out.sender().send
    skips = question.fault == "skip_stage" and worker.index == 1
    hops, happened = Histogram(), False
    worker.start()
    for number, order in enumerate(_orders(worker, receive)):
        hops.record(max(clock() - order["sent"], 0))
        worker.think()
        if skips and number == 0:
            happened = True
        else:
            order.update(status="ready", prepared=order["prepared"] + 1)
        order["sent"] = clock()
        send(seal(pickle.dumps(order), number, question.seed, worker.index))
    send(END)
    worker.report = {"hops": hops, "happened": happened}


def _serve_orders(worker, incoming, kitchens):
    receive = incoming.receiver().receive
    hops, whole, wrong, served = Histogram(), Histogram(), 0, 0
    worker.start()
    for order in _orders(worker, receive):
        now = clock()
        hops.record(max(now - order["sent"], 0))
        whole.record(max(now - order["taken"], 0))
        as_ordered = order["table"] == TABLES[served % 4] and order["prepared"] == kitchens
        wrong += not (as_ordered and (order["status"] == "ready" or kitchens == 0))
        served += 1
    worker.report = {"span": (clock(), clock()), "hops": hops, "whole": whole, "wrong": wrong, "served": served}


def pipeline(question, group, make_channel):
    stages, count = question.option("stages"), question.option("count")
    channels = [make_channel(size=max(question.size, 512)) for _ in range(stages - 1)]
    group.add("order taker", _take_orders, channels[0])
    for before, after in zip(channels, channels[1:]):
        group.add("kitchen", _prepare_orders, before, after)
    group.add("server", _serve_orders, channels[-1], stages - 2)
    reports = group.run()
    check_fault(question, reports)
    trial, server = Trial(), reports[-1]
    joint_rate(trial, reports, server["served"])
    trial.histograms["end_to_end"] = server["whole"]
    for report in reports[1:]:
        trial.merge_histogram("hop", report["hops"])
    trial.counts = {"orders_served": server["served"], "messages_total": count * (stages - 1)}
    if server["served"] != count:
        trial.reject(f"{server['served']} orders were served, not {count}")
    if server["wrong"]:
        trial.reject(f"{server['wrong']} orders did not pass every stage once, or came to another table")
    return trial
