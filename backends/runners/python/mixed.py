"""Mixed pairs: one end of a channel is a worker here, the other one a process of ipcmark itself, in C++
(`ipcmark trial --peer`, ../README.md)."""
import ctypes
import json
import mmap
import os
import subprocess

import protocol
from channels import Channel
from exchanges import pieces
from messages import FaultySender, SequenceTracker
from processes import Group
from protocol import Histogram, Unsupported
from streams import FifoChannel, FifoReceiver, FifoSender, UnixChannel

# What each role does with its channels, in the order of its arguments; and in which order it opens them.
ENDS = {"initiator": ("sends", "receives"), "echo": ("receives", "sends"), "sender": ("sends",),
        "receiver": ("receives",), "left": ("sends", "receives"), "right": ("sends", "receives")}
OWN_FAULTS = {"sentinel_stream": ("early_stop", "after_stop")}


class PipePair(Channel):
    """os.pipe(): files without Python's own buffer for writing, with it for reading."""

    holds = 65536

    def __init__(self, question, size=None):
        super().__init__(question, size)
        self.out, self.into = os.pipe()

    def sender(self):
        return FifoSender(self.into)

    def receiver(self):
        return FifoReceiver(self.out)

    def peer_end(self, sends):
        return {"kind": "pipe", "fd": self.into if sends else self.out}


class FifoPair(FifoChannel):
    def peer_end(self, _):
        return {"kind": "fifo", "path": self.path}


class UnixPair(UnixChannel):
    def peer_end(self, sends):
        return {"kind": "socket", "fd": (self.ours if sends else self.theirs).fileno()}


class SharedWord(ctypes.c_int64 * 1):
    """Eight bytes that both languages map."""

    @staticmethod
    def made():
        fd = os.memfd_create("ipcmark-enough")
        os.truncate(fd, mmap.PAGESIZE)
        word = SharedWord.from_buffer(mmap.mmap(fd, mmap.PAGESIZE))
        word.fd = fd
        return word


class PipeEvent:
    """An event that one side sets and one waits for: a byte in a pipe."""

    def __init__(self):
        self.out, self.into = os.pipe()

    def set(self):
        os.write(self.into, b"\1")

    def wait(self):
        os.read(self.out, 1)


class PeerTracker(SequenceTracker):
    """What the C++ end says of what it has received."""

    def __init__(self, said):
        self.counts, self.unnumbered = said["integrity"], said["unnumbered"]
        self.others = said["received"] - said["unnumbered"]
        self.next, self.gaps = [said["next"]], [range(said["missing"])]


def peer_question(question, role, index, arguments):
    """What the C++ end is asked, and the descriptors that it needs."""
    asked = {"schema": "ipcmark.peer-spec", "version": {"major": protocol.MAJOR, "minor": protocol.MINOR},
             "spec": question.spec, "role": role, "worker": index,
             "cpu": question.cpus[index % len(question.cpus)] if question.cpus else -1}
    made = [each for each in arguments if isinstance(each, Channel)]
    ends = [{"sends": does == "sends", **channel.peer_end(does == "sends")}
            for channel, does in zip(made, ENDS[role])]
    asked["channels"] = ends[::-1] if role == "right" else ends
    for each in arguments:
        if isinstance(each, SharedWord):
            asked["enough"] = each.fd
        elif isinstance(each, PipeEvent):
            asked["ready"] = each.into if role == "receiver" else each.out
        elif type(each) is int:  # of the naive exchange: the size of its one message, and one
            asked.setdefault("payload", each)
    fds = [end["fd"] for end in ends if "fd" in end] + [asked[name] for name in ("enough", "ready") if name in asked]
    return asked, fds


class Peer:
    """The C++ end: a process, and the connection to it, as a worker has them."""

    def __init__(self, question, role, index, arguments):
        asked, fds = peer_question(question, role, index, arguments)
        self.sentinel, alive = os.pipe()  # closed when nobody holds its other end any more
        try:
            self.process = subprocess.Popen(
                [question.ipcmark, "trial", "--peer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                pass_fds=[*fds, alive])
        finally:
            os.close(alive)
        self.pid = self.process.pid
        try:
            self.send(json.dumps(asked))
        except ConnectionError:
            pass  # it has ended already: its sentinel says so, by its name

    def fileno(self):
        return self.process.stdout.fileno()

    def send(self, word):
        self.process.stdin.write(word.encode() + b"\n")
        self.process.stdin.flush()

    def recv(self):
        line = self.process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        if line == b"ready\n":
            return "ready", None
        said = json.loads(line)
        return ("failed", said["failed"]) if "failed" in said else ("done", self._report(said))

    @staticmethod
    def _report(said):
        report = {**said["counts"], "cost": said["cost"], "stamps": said.get("stamps", [])}
        report["steady"] = bool(report.get("steady", True))
        if "integrity" in said:
            report["ledger"] = PeerTracker(said)
        if "trips" in said["histograms"]:
            report["trips"] = Histogram.of_json(said["histograms"]["trips"])
        return report

    @property
    def exitcode(self):
        return self.process.returncode

    def is_alive(self):
        return self.process.poll() is None

    def kill(self):
        self.process.kill()

    def join(self):
        self.process.wait()


class MixedGroup(Group):
    """The workers of a trial, one of which, the `place`th, is the C++ end."""

    def __init__(self, question, place):
        super().__init__(question)
        self.place = place
        if not question.ipcmark:
            raise Unsupported("needs an ipcmark that says where its program is (protocol 1.3)")
        kind = question.fault.partition(":")[0]
        if kind and kind not in FaultySender.KINDS + OWN_FAULTS.get(question.scenario, ()):
            raise Unsupported(f"its runner does not know the fault {question.fault}")
        if kind == "truncate" and min(pieces(question.size, question.option("chunk", question.size))) == 1:
            raise Unsupported("a message of one byte cannot be cut: an empty one ends the stream")

    def words(self, count):
        return SharedWord.made()

    def event(self):
        return PipeEvent()

    def _started(self, index, role, function, arguments):
        if index != self.place:
            return super()._started(index, role, function, arguments)
        peer = Peer(self.question, role, index, arguments)
        return peer, peer
