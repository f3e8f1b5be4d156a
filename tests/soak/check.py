#!/usr/bin/python3
"""`ipcmark check` many times beside a busy machine: none fails.

Before each tenth one more has the machine for itself, and takes at most 40 s.
"""

import time

import busy
import soak

LIMIT_S = 40


def one_check(run, seed, is_busy):
    """Whether it passed, and how many seconds it took."""
    with busy.busy_machine(run.processes, is_busy):
        began = time.monotonic()
        code, said = run.run(run.ipcmark, "check", "--seed", str(seed), "--quiet", "--share")
        took = time.monotonic() - began
    if code != 0:
        run.say(said[max(said.find("\nFailed"), 0):])
    return code == 0, took


def check(run):
    bad, alone = 0, 0
    slowest = {True: 0, False: 0}  # beside a busy machine; alone
    for number in range(run.options.first, run.options.first + run.options.count):
        for is_busy in (False, True) if number % 10 == 1 else (True,):
            passed, took = one_check(run, number, is_busy)
            slowest[is_busy] = max(slowest[is_busy], took)
            bad += not passed
            alone += not is_busy
    run.row(run.part_of("check"), f"{run.options.count} times beside a busy machine, {alone} alone",
            f"{bad} with a failure; at most {slowest[True]:.0f} s, {slowest[False]:.0f} s alone")
    return bad == 0 and slowest[False] <= LIMIT_S


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(50, "times")
    arguments.add_from()
    soak.main(check, arguments)
