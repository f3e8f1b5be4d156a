"""What a message carries, so that its receiver can tell an intact one: a stamp with sequence, sender, length
and checksum, and behind it bytes that no other message of the trial has."""
import random
import struct
import zlib

from protocol import Broken, Unsupported

STAMP = struct.Struct("<QIIQ")  # sequence, sender, length, checksum
END = b""  # the end of a stream: no message of any scenario is empty
PATTERNS = 251


def _leave(_):
    """Reads nothing."""


class Payload:
    """Makes the messages of one sender into one channel, and knows what they must look like.

    make(sequence) makes one. read(message) is what a receiver does that uses what it gets. Neither does more than a
    plain program would: they belong to what is measured.
    """

    def __init__(self, question, channel=0, sender=0, size=None, verify=None):
        self.size = question.size if size is None else size
        self.sender = sender
        self.seed = channel_seed(question.seed, channel)
        self.verify = question.verify if verify is None else verify
        if self.size < STAMP.size:
            self.verify = "off"
        block = random.Random(self.seed * 1009 + sender).getrandbits(8 * (self.size + PATTERNS))
        self.block = block.to_bytes(self.size + PATTERNS, "little")
        self.make = self._stamped if self.verify != "off" else self._plain(question.touch)
        self.read = zlib.adler32 if question.touch else _leave

    def _body(self, sequence):
        at = sequence % PATTERNS
        return self.block[at:at + self.size - STAMP.size]

    def _sum(self, sequence, body):
        head = zlib.crc32(struct.pack("<QII", sequence, self.sender, self.size), self.seed)
        return zlib.crc32(body, head) if self.verify == "full" else head

    def _stamped(self, sequence):
        body = self._body(sequence)
        return STAMP.pack(sequence, self.sender, self.size, self._sum(sequence, body)) + body

    def _plain(self, touch):
        block, size = self.block, self.size
        fixed = block[:size]

        def make(sequence):
            at = sequence % PATTERNS
            return block[at:at + size]  # a copy: all of it is written
        return make if touch else lambda _: fixed


class SequenceTracker:
    """A receiver's account of what arrived from each sender."""

    def __init__(self, payloads):
        self.payloads = payloads
        self.unnumbered = 0  # of those that are not damaged
        self.others = 0  # that were judged, or are damaged
        self.next = [0] * len(payloads)
        self.gaps = [set() for _ in payloads]
        self.counts = dict.fromkeys(("checked", "lost", "duplicated", "reordered", "corrupted", "wrong_length"), 0)

    def __getstate__(self):
        return {**self.__dict__, "payloads": None}  # what it came to, without the patterns

    @property
    def received(self):
        return self.unnumbered + self.others

    def arrived(self, message):
        payload = self.payloads[0]
        if len(message) == payload.size and payload.verify == "off":  # first: a stream waits for this
            self.unnumbered += 1
            return
        self.others += 1
        if len(message) != payload.size:
            self.counts["wrong_length"] += 1
        else:
            self._enter(message, payload)

    def damaged(self, how):
        """One has arrived that is not as it was sent, whatever its payload: "corrupted" or "wrong_length"."""
        self.others += 1
        self.counts[how] += 1

    def _enter(self, message, payload):
        sequence, sender, length, checksum = STAMP.unpack_from(message)
        known = sender < len(self.payloads) and length == payload.size
        if not known or checksum != self.payloads[sender]._sum(sequence, message[STAMP.size:]):
            self.counts["corrupted"] += 1
            return
        due = self.next[sender]
        if sequence == due:
            self.next[sender] = due + 1
        elif sequence > due:
            self.gaps[sender].update(range(due, sequence))
            self.next[sender] = sequence + 1
        elif sequence in self.gaps[sender]:
            self.gaps[sender].remove(sequence)
            self.counts["reordered"] += 1
        else:
            self.counts["duplicated"] += 1

    def settle(self, sent):
        """What it comes to, given how many each sender has sent."""
        counts, missing = {**self.counts, "checked": self.received}, 0
        for sender, count in enumerate(sent):
            missing += len(self.gaps[sender]) + max(count - self.next[sender], 0)
        if self.unnumbered:  # only their number can be compared with what is missing
            missing -= min(missing, counts["corrupted"] + counts["wrong_length"])
            counts["duplicated"] += max(self.unnumbered - missing, 0)
            missing -= min(missing, self.unnumbered)
        counts["lost"] += missing
        return counts


def add_integrity(trial, counts):
    for name, count in counts.items():
        trial.integrity[name] = trial.integrity.get(name, 0) + count
    wrong = {name: count for name, count in trial.integrity.items() if name != "checked" and count > 0}
    if wrong:
        trial.reject("messages were not intact: " + ", ".join(f"{count} {name}" for name, count in wrong.items()))


def channel_seed(seed, channel):
    """So that no message of one channel passes for one of another."""
    return (seed ^ (channel * 0x9E3779B1)) & 0xFFFFFFFF


def _record_sum(data, sequence, seed, channel):
    return zlib.crc32(data, (channel_seed(seed, channel) + sequence) & 0xFFFFFFFF)


def seal(data, sequence, seed, channel):
    """A message that carries a record of its own. Each direction is a channel, with a number of its own."""
    return STAMP.pack(sequence, 0, len(data), _record_sum(data, sequence, seed, channel)) + data


def unseal(message, seed, channel):
    """Its record and its sequence; Broken where it is not intact, or of another channel."""
    if len(message) < STAMP.size:
        raise Broken(f"a message of {len(message)} bytes is too short to be intact")
    sequence, _, length, checksum = STAMP.unpack_from(message)
    data = message[STAMP.size:]
    if length != len(data) or checksum != _record_sum(data, sequence, seed, channel):
        raise Broken("a message arrived that is not as it was sent")
    return data, sequence


class FaultySender:
    """Damages one message on purpose, to see that it is found."""

    def __init__(self, sender, fault):
        self.sender = sender
        kind, _, number = fault.partition(":")
        number, _, every = number.partition("/")
        self.kind, self.number, self.every = kind, int(number or 0), int(every or 1)
        self.count = 0
        self.held = None
        self.happened = False

    KINDS = ("drop", "duplicate", "swap", "flip", "truncate")

    def send(self, message):
        if message == END:
            self._release()
            return self.sender.send(message)
        self.count += 1
        if self.count != self.number:
            self.sender.send(message)
            return self._release()
        self.happened = True
        if self.kind == "duplicate":
            self.sender.send(message)
            self.sender.send(message)
        elif self.kind == "swap":
            self.held, self.happened = message, False
        elif self.kind == "flip":
            middle = len(message) // 2
            self.sender.send(message[:middle] + bytes([message[middle] ^ 1]) + message[middle + 1:])
        elif self.kind == "truncate":
            if len(message) == 1:
                raise Unsupported("a message of one byte cannot be cut: an empty one ends the stream")
            self.sender.send(message[:-1])
        return None

    def _release(self):
        if self.held is not None:
            held, self.held, self.happened = self.held, None, True
            self.sender.send(held)
