#!/usr/bin/python3
"""Causes of slowness, planted one at a time: `ipcmark explain --against` must name each.

Named in time: the kind of work whose time changed most is the planted one's; of the neighbour, which keeps the
CPU from sleeping and may save more than it costs, the kind whose time grew most. Named by count: what a
trip does more often is. Needs root, two CPUs, and the target `causes`. On an idle machine.

All but the neighbour are planted into trips on one CPU: what it takes to wake a CPU that sleeps differs from
run to run by more than the smaller causes, and where a kernel does not record the switch away from its idle
task, what follows in the system call cannot be told from it.
"""

import contextlib
import os
import subprocess
import sys
import typing

import explaining
import program
import soak

APART = "latency/pipe/64B/block/cross-cpu"
PIPE = "latency/pipe/64B/block/same-cpu"
STREAM = "latency/unix_stream/64B/block/same-cpu"
DGRAM = "latency/unix_dgram/64B/block/same-cpu"
CLEAN_ATTEMPTS = 5
OTHERS_SHARE = 0.02  # of a trip
SHORT = ("--rounds", "2", "--messages", "1000", "--detail", "fine")


class Cause(typing.NamedTuple):
    name: str
    clean: str  # keys
    planted: str
    expected: str  # the kind of work, or what is counted
    counted: bool = False
    preloaded: str = ""  # see tests/causes/causes.cpp
    neighbour: bool = False

    def named_in(self, difference):
        if self.counted:
            return any(each["what"] == self.expected and each["to"] > each["from"]
                       for each in difference["counts"])
        if difference["work"] == self.expected:
            return difference["to_ns"] > difference["from_ns"]
        # What it costs may be less than what it saves: waking a CPU that sleeps.
        return (self.neighbour and difference["opposite"] == self.expected
                and difference["opposite_to_ns"] > difference["opposite_from_ns"])


CAUSES = (
    Cause("5 us in user code", PIPE, f"{PIPE}/fault=slow:5000", "user"),
    Cause("30 us in user code", PIPE, f"{PIPE}/fault=slow:30000", "user"),
    Cause("64 KiB instead of 64 B", STREAM, STREAM.replace("64B", "64KiB"), "call"),
    Cause("a socket filter", DGRAM, DGRAM, "call", preloaded="filter"),
    Cause("a busy neighbour", APART, APART, "other_task", neighbour=True),
    Cause("a system call more", PIPE, PIPE, "getppid", counted=True, preloaded="call"),
    Cause("a page fault more", PIPE, PIPE, "page faults", counted=True, preloaded="fault"),
)


@contextlib.contextmanager
def neighbour(run, wanted):
    """A process that never sleeps, on the CPU of who answers."""
    if not wanted:
        yield
        return
    cpu = sorted(os.sched_getaffinity(0))[1]
    process = run.processes.start(["taskset", "-c", str(cpu), sys.executable, "-c",
                                   "while True: pass"], subprocess.DEVNULL)
    try:
        yield
    finally:
        run.processes.end(process)


def explained(run, key, *options, **rest):
    document = explaining.explain(run, [key], *SHORT, "--share", *options, **rest)
    if document is None:
        raise program.Refused(f"{key} is not possible here, so that nothing can be planted into it")
    return document


def named(run, cause, clean, library):
    environment = ()
    if cause.preloaded:
        environment = (f"LD_PRELOAD={library}", f"IPCMARK_CAUSE={cause.preloaded}")
    with neighbour(run, cause.neighbour):
        document = explained(run, cause.planted, "--against", clean, environment=environment)
    (difference,) = document["differences"]
    if not cause.named_in(difference):
        run.say(f"{cause.name}: {difference['sentence']}")
    return cause.named_in(difference)


def is_clean(cell):
    """A task that is there already would not be told from the one that is planted."""
    works = {each["work"]: each["traced_ns"] for each in cell["work"]}
    return works.get("other_task", 0) <= OTHERS_SHARE * sum(works.values())


def clean_run(run, key):
    path = run.path(f"{key.replace('/', '-')}.json")
    for _ in range(CLEAN_ATTEMPTS):
        (cell,) = explained(run, key)["cells"]
        if is_clean(cell):
            break
        run.say(f"{key}: another task ran in the clean run, which is measured again")
    os.replace(run.path("explained.json"), path)
    return path


def causes(run):
    if os.geteuid() != 0 or len(os.sched_getaffinity(0)) < 2:
        raise program.Refused("the kernel's events need root, and a neighbour a CPU of its own")
    library = os.path.join(run.build, "libcauses.so")
    if not os.path.exists(library):
        raise program.Refused(f"there is no {library}: build the target causes")
    chosen = [each for each in CAUSES if not run.options.only or run.options.only.search(each.name)]
    found = dict.fromkeys(chosen, 0)
    for _ in range(run.options.count):
        clean = {key: clean_run(run, key) for key in {cause.clean for cause in chosen}}
        for cause in chosen:
            found[cause] += named(run, cause, clean[cause.clean], library)
    said = ", ".join(f"{cause.name} {times}" for cause, times in found.items())
    run.row("causes", f"{run.options.count} times each", f"named: {said}")
    return all(times == run.options.count for times in found.values())


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(20, "times each is planted")
    arguments.add_only("causes whose name matches alone")
    soak.main(causes, arguments)
