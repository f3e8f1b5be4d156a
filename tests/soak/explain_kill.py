#!/usr/bin/python3
"""Runs of `ipcmark explain` killed at random moments, and `ipcmark clean` after each.

A killed run's instance of tracefs goes on recording until `clean` takes it away: none is left. Needs
root and two CPUs.
"""

import os
import random
import signal
import time

import explaining
import program
import soak

# One cell whose trips sleep, and one with helper threads, so that a kill meets all of a trial.
KEYS = ("latency/pipe/64B/block/cross-cpu", "latency/zeromq/64B/block/cross-cpu")
LAST_MOMENT_S = 3


def kill_one(run, moment_s):
    """How many instances it left for `clean`."""
    process = run.processes.start(explaining.in_tracefs(
        [run.ipcmark, "explain", *KEYS, "--share", "--quiet", "--rounds", "100"]))
    time.sleep(moment_s)
    program.send(process.pid, signal.SIGKILL)  # the shell is the program by then, or not yet
    run.processes.wait(process)
    return explaining.instances_of(run, process.pid)


def kill_many(run):
    moments = random.Random(17)
    orphaned = left = failed = 0
    for i in range(run.options.count):
        found = kill_one(run, 0.02 + moments.random() * LAST_MOMENT_S)
        orphaned += len(found) > 0
        code, said = run.run(*explaining.in_tracefs([run.ipcmark, "clean"]), name="cleaning")
        if code != 0:
            failed += 1
            run.say(f"clean after kill {i}: {said}")
        if still := [name for name in found if name in explaining.instances(run)]:
            left += 1
            run.say(f"kill {i} left {', '.join(still)}")
    if orphaned == 0:
        run.say("no kill met a run that had an instance: nothing was tried")
    run.row("explain kill", f"{run.options.count} kills",
            f"{orphaned} left an instance to clean; {left} of them after it; {failed} times clean failed")
    return orphaned > 0 and left == 0 and failed == 0


def explain_kill(run):
    if os.geteuid() != 0 or len(os.sched_getaffinity(0)) < 2:
        raise program.Refused("the kernel's events need root, and cells across CPUs two of them")
    try:
        return kill_many(run)
    finally:  # of a soak that is ended in the middle
        run.run(*explaining.in_tracefs([run.ipcmark, "clean"]), name="cleaning")


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(100, "runs to kill")
    soak.main(explain_kill, arguments)
