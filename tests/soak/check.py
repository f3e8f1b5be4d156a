#!/usr/bin/python3
"""`ipcmark check` many times, every second time beside a busy machine: none fails.

Those that have the machine for themselves take at most 40 s each.
"""

import time

import busy
import soak

LIMIT_S = 40


def check(run):
    bad = 0
    slowest = [0, 0]  # alone; beside a busy machine
    for i in range(run.options.count):
        beside = i % 2
        with busy.busy_machine(run.processes, beside == 1):
            began = time.monotonic()
            code, said = run.run(run.ipcmark, "check", "--seed", str(i + 1), "--quiet")
            slowest[beside] = max(slowest[beside], time.monotonic() - began)
        if code != 0:
            bad += 1
            run.say(said[max(said.find("\nFailed"), 0):])
    run.row("check", f"{run.options.count} times",
            f"{bad} with a failure; at most {slowest[0]:.0f} s, {slowest[1]:.0f} s beside a busy "
            "machine")
    return bad == 0 and slowest[0] <= LIMIT_S


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(50, "times")
    soak.main(check, arguments)
