"""The command: `trial --list` says what there is, `trial --spec -` measures one trial."""
import importlib
import os
import sys

import protocol
import refusals
from channels import Channel
from processes import Group, WorkerFailed, set_name
from protocol import NoFault, Question, Refused, Trial, Unsupported

# What there is, as MODULE.NAME: a trial imports what it needs, for its start is waited for.
STREAMING = {"latency": "timed.latency", "throughput": "timed.throughput", "load": "timed.load",
             "large_payload": "exchanges.large_payload", "sentinel_stream": "exchanges.sentinel_stream",
             "pipeline": "exchanges.pipeline", "sensor": "sensor.sensor"}
COUNTING = {"counter": "shared.counter"}
CHATTING = {"chat": "shared.chat"}
PAIRED = {name: STREAMING[name] for name in ("latency", "throughput", "large_payload", "sentinel_stream")}
LOCKING = {"counter": "shared.counter", "race": "shared.race", "scoreboard": "shared.scoreboard"}

LARGEST = 64 << 20
ONE_TO_ONE = {"ordered": True, "block": True, "native_boundaries": True, "largest_message": LARGEST}
MANY = {**ONE_TO_ONE, "many_senders": True, "many_receivers": True}


def imported(name):
    module, _, member = name.partition(".")
    return getattr(importlib.import_module(module), member)


class Mechanism:
    def __init__(self, make, scenarios, capabilities=None, place=None, **more):
        self.make, self.scenarios = make, scenarios
        self.place = place  # of a mixed pair: which worker is in C++
        self.capabilities, self.more = capabilities, more

    def group(self, question):
        return Group(question) if self.place is None else imported("mixed.MixedGroup")(question, self.place)

    def described(self, name):
        summary = " ".join((imported(self.make).__doc__ or "").split())
        text = {"name": name, "summary": summary.rstrip("."), "scenarios": sorted(self.scenarios), **self.more}
        if self.capabilities:
            text["capabilities"] = self.capabilities
        return text


MECHANISMS = {
    "pipe": Mechanism("channels.PipeChannel", STREAMING, ONE_TO_ONE),
    "pipe_bytes": Mechanism("channels.PipeBytesChannel", STREAMING, ONE_TO_ONE),
    "queue": Mechanism("channels.QueueChannel", {**STREAMING, **COUNTING, **CHATTING}, MANY,
                       note="put() returns before anything is written: a thread of the sender writes later."),
    "simple_queue": Mechanism("channels.SimpleQueueChannel", {**STREAMING, **COUNTING}, MANY),
    "manager_queue": Mechanism("channels.ManagerQueueChannel", {**STREAMING, **COUNTING, **CHATTING}, MANY,
                               note="A third process holds the queue; its CPU time is counted."),
    "shared_memory": Mechanism("memory.SharedMemoryChannel", STREAMING, ONE_TO_ONE),
    "mmap": Mechanism("memory.MmapChannel", STREAMING, ONE_TO_ONE),
    "fifo": Mechanism("streams.FifoChannel", STREAMING, ONE_TO_ONE),
    "unix_socket": Mechanism("streams.UnixChannel", STREAMING, ONE_TO_ONE),
    "tcp_socket": Mechanism("streams.TcpChannel", STREAMING, ONE_TO_ONE),
    "manager": Mechanism("shared.ManagerState", {"counter": "shared.counter", "scoreboard": "shared.scoreboard"}, MANY,
                         note="A third process holds dict, list and lock; its CPU time is counted."),
    "lock": Mechanism("shared.ValueLock", LOCKING, kind="lock"),
    "value_lock": Mechanism("shared.OwnLock", LOCKING, kind="lock"),
    "none": Mechanism("shared.NoLock", {name: LOCKING[name] for name in ("counter", "race")}, kind="lock",
                      exclusive=False),
}
for pair, make, what in (("pipe", "mixed.PipePair", "os.pipe()"), ("fifo", "mixed.FifoPair", "os.mkfifo()"),
                         ("unix_socket", "mixed.UnixPair", "socket.AF_UNIX, SOCK_STREAM")):
    for way, place, begins in (("to", 1, "Python"), ("from", 0, "C++")):
        MECHANISMS[f"{pair}_{way}_cpp"] = Mechanism(
            make, PAIRED, ONE_TO_ONE, place,
            summary=f"{what} between Python and C++: {begins} begins, or sends")


class Maker:
    """Makes what a scenario works over, and removes all of it in the end."""

    def __init__(self, question, mechanism):
        self.question, self.make = question, imported(mechanism.make)
        self.opened = []
        if issubclass(self.make, Channel):
            self.channel = self.make

    def __call__(self, **how):
        made = self.make(self.question, **how)
        self.opened.append(made)
        return made

    def close(self):
        for each in reversed(self.opened):
            each.close()


def granted(made):
    """What a channel was given, by the names that ipcmark shows."""
    values = {}
    if getattr(made, "depth", 0) or getattr(made, "slots", 0):
        values["depth"] = getattr(made, "depth", 0) or made.slots
    if getattr(made, "holds", None):
        values["buffer_bytes"] = made.holds
    return values


def measure(question):
    mechanism = MECHANISMS.get(question.mechanism)
    if mechanism is None:
        raise Unsupported(f"this runner has no mechanism '{question.mechanism}'")
    scenario = mechanism.scenarios.get(question.scenario)
    if scenario is None:
        raise Unsupported(f"this runner does not run {question.scenario} over {question.mechanism}")
    for name in ("wait", "batch", "zero_copy"):
        if question.spec.get(name, {"wait": "block", "batch": 1, "zero_copy": False}[name]) not in ("block", 1, False):
            raise Unsupported(f"Python's mechanisms know no {name}={question.spec[name]}")
    maker = Maker(question, mechanism)
    try:
        if question.cpus:  # a filter that lets nobody be pinned is met here, before there are processes
            os.sched_setaffinity(0, os.sched_getaffinity(0))
        group = mechanism.group(question)
        trial = imported(scenario)(question, group, maker)
        trial.costs = group.costs
        if maker.opened:
            trial.granted = granted(maker.opened[0])
        return trial
    finally:
        maker.close()


def run(question):
    try:
        return measure(question)
    except Unsupported as reason:
        return Trial("skipped", "unsupported", str(reason))
    except NoFault as reason:
        return Trial("skipped", "no-fault", str(reason))
    except WorkerFailed as error:
        return Trial("failed", error.cause, str(error))
    except (OSError, MemoryError) as error:
        if why := refusals.reason_of(error):
            return Trial("skipped", "unsupported", why)
        return Trial("failed", "operation", f"{type(error).__name__}: {error}")


def trial(text):
    question = Question(text)
    set_name("python runner")
    answered = run(question)
    print(protocol.answer(question, answered))
    return answered.exit_code()


def main(arguments):
    try:
        if arguments == ["trial", "--list"]:
            print(protocol.description([each.described(name) for name, each in MECHANISMS.items()]))
            return protocol.PASSED
        if arguments == ["trial", "--spec", "-"]:
            return trial(sys.stdin.read())
        raise Refused("usage: runner trial --list | runner trial --spec -")
    except Refused as why:
        print(why, file=sys.stderr)
        return why.code
