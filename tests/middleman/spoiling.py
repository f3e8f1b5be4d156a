"""Runs in which the middleman (middleman.cpp) spoils one message: what may be spoilt, and how.

Not among them: what lies in shared memory, which no call of the C library carries; `large_payload
--protocol naive`, whose messages are not received; workers that are killed on purpose, who may take a
spoilt message with them; swapping what is dealt to several receivers, of whom each takes one; and the
loss of a datagram, which is a figure.
"""

import dataclasses
import json
import os
import random

BACKENDS = ("pipe", "fifo", "unix_stream", "unix_seqpacket", "unix_dgram", "tcp", "posix_mq",
            "sysv_mq", "zeromq", "vmsplice", "memfd_pass", "cma", "signal", "udp", "io_uring_pipe",
            "io_uring_unix")
# Options of each, and how many workers of it send messages.
SCENARIOS = {
    "latency": (("--messages", "100"), 2),
    "throughput": (("--messages", "1000"), 1),
    "throughput --size-mix": (("--messages", "1000", "--size-mix", "400:3,900:1,5000:1"), 1),
    "throughput --burst": (("--messages", "1000", "--burst", "10:1ms"), 1),
    "load": (("--messages", "500"), 1),
    "duplex": (("--messages", "500"), 2),
    "connect": (("--messages", "50"), 2),
    "large_payload": (("--protocol", "chunked"), 3),  # one way, and both ways
    "sentinel_stream": (("--count", "10"), 1),
    "pipeline": ((), 2),
    "fan_in": ((), 5),
    "fan_out": (("--mode", "broadcast"), 1),
    "fan_out --mode work_queue": (("--mode", "work_queue"), 1),
    "request_reply": ((), 5),
    "task_queue": (("--kills", "0"), 4),
    "chat": ((), 5),
    "broker": ((), 7),
    "counter": ((), 4),
    "scoreboard": ((), 4),
    "sensor": ((), 1),
    "monitor": ((), 5),
    "crawl": ((), 5),
}
LOSSY = {"udp": ("latency", "throughput", "throughput --size-mix", "load")}  # who counts its losses
FAILED = {"failed", "deadlock", "timeout"}
KINDS = ("drop", "double", "flip", "tear", "swap")
SIZE = 512
MESSAGE_FROM = 300  # bytes: more than a handshake has, less than a message
WORD_FROM = 1       # a signal carries a word of a message
LONGEST_S = 10      # for a verdict


@dataclasses.dataclass(frozen=True)
class Spoiling:
    scenario: str
    backend: str
    kind: str
    worker: int = 0  # in the order in which they come to their nth message
    nth: int = 1

    def __str__(self):
        return (f"{self.kind} message {self.nth} of worker {self.worker}, {self.scenario} over "
                f"{self.backend}")

    def command(self, ipcmark, result):
        options = SCENARIOS[self.scenario][0]
        size = 20000 if self.scenario == "large_payload" else SIZE
        if "--size-mix" not in options:
            options = ("--size", str(size), *options)
        return [ipcmark, "run", "--share", "--quiet", "--trials", "1", "--verify", "full",
                "--scenario", self.scenario.split()[0], "--backend", self.backend, *options, "--json",
                result]

    def environment(self, library, notes):
        shortest = WORD_FROM if self.backend == "signal" else MESSAGE_FROM
        return {"LD_PRELOAD": library, "IPCMARK_MIDDLEMAN": self.kind,
                "IPCMARK_MIDDLEMAN_WORKER": str(self.worker),
                "IPCMARK_MIDDLEMAN_NTH": str(self.nth),
                "IPCMARK_MIDDLEMAN_FROM": str(shortest), "IPCMARK_MIDDLEMAN_NOTES": notes}


def states(result):
    """Of the trials of a run's result, each once."""
    with open(result) as file:
        return {trial["state"] for cell in json.load(file)["cells"] for trial in cell["trials"]}


def was_spoilt(notes):
    return os.path.exists(os.path.join(notes, "spoilt"))


def fitting(scenario, backend, kind):
    if backend == "cma" and kind in ("drop", "swap"):
        return False  # its receiver asks for a message: one has to be there
    if backend in LOSSY and (scenario not in LOSSY[backend] or kind == "drop"):
        return False
    return not (kind == "swap" and scenario == "fan_out --mode work_queue")


def drawn(seed):
    """Spoilings without end: every scenario over every mechanism in each way, in a random order."""
    rng = random.Random(seed)
    kinds = [(scenario, backend, kind) for scenario in SCENARIOS for backend in BACKENDS
             for kind in KINDS if fitting(scenario, backend, kind)]
    while True:
        rng.shuffle(kinds)
        for scenario, backend, kind in kinds:
            yield Spoiling(scenario, backend, kind, rng.randrange(SCENARIOS[scenario][1]),
                           rng.randint(1, 3))
