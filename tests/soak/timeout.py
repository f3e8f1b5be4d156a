#!/usr/bin/python3
"""Runs ended by timeout(1), some at once, beside `ipcmark clean` in a loop: nothing is lost or left.

timeout signals its child and then the group of both, so that each run gets its signal twice in an
instant. What each wrote down until then must be in its result, and its objects gone.
"""

import contextlib
import json
import os
import random
import shutil

import program
import soak

AT_ONCE = 8
TIMED_OUT = 124  # the exit code of timeout(1)
SIGNALS = ("TERM", "INT")


def start(run, timeout, name, i):
    seconds = f"{0.5 + 1.5 * random.Random(f'{name} {i}').random():.2f}"
    output = run.path(f"{i}.said")
    with open(output, "w") as said:
        return run.processes.start(
            [timeout, "-s", name, seconds, run.ipcmark, "run", "--share", "--scenario",
             "latency,throughput,counter", "--size", "64", "--trials", "1000", "--duration", "10ms",
             "--seed", str(i + 1), "--quiet", "--json", run.path(f"{i}.json")], said)


def fault(run, i, code):
    """What is wrong with run number i, which has ended; or nothing."""
    result, journal = run.path(f"{i}.json"), run.path(f"{i}.json.journal")
    if code != TIMED_OUT:
        with open(run.path(f"{i}.said")) as said:
            return f"exit code {code}: {said.read()}"
    try:
        with open(result) as file:
            document = json.load(file)
        with open(journal) as file:
            written = sum(1 for _ in file) - 1
    except (OSError, ValueError) as error:
        return str(error)
    states = [trial["state"] for cell in document["cells"] for trial in cell["trials"]]
    failed = sum(state not in ("passed", "skipped") for state in states)
    partial = [name for name in os.listdir(run.work)
               if name.startswith(f"{i}.json.") and name != f"{i}.json.journal"]
    if partial:
        return f"left {partial}"
    if failed or not document["run"]["interrupted"] or len(states) != written:
        return f"{len(states)} trials of {written} kept, {failed} failed"
    return ""


def ended(run, timeout, name):
    """How many of the runs that were ended by this signal were at fault."""
    bad = 0
    for first in range(0, run.options.count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, run.options.count))
        processes = [start(run, timeout, name, i) for i in numbers]
        for i, process in zip(numbers, processes):
            if said := fault(run, i, run.processes.wait(process)):
                bad += 1
                run.say(f"SIG{name}, run {i}: {said}")
            for path in (f"{i}.json", f"{i}.json.journal"):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(run.path(path))
    return bad


def runs(run):
    timeout = shutil.which("timeout")
    if not timeout:
        raise program.Refused("there is no program timeout; install the package coreutils")
    passed = True
    for name in SIGNALS:
        with run.cleaning() as failures:
            bad = ended(run, timeout, name)
        for said in failures:
            bad += 1
            run.say(f"clean: {said}")
        run.row(f"timeout, SIG{name}", f"{run.options.count} runs, {AT_ONCE} at once, beside clean",
                f"{bad} lost something or failed")
        passed = passed and bad == 0
    return passed


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(30, "runs by each of two signals")
    soak.main(runs, arguments)
