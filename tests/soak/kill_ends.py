#!/usr/bin/python3
"""Ends of the rings in shared memory killed at random moments: nobody hangs, nothing is spoilt.

Runs the program kill_ends in parts. With --from the series goes on where an earlier run has stopped.
"""

import os
import re

import soak

RINGS = ("shm_ring", "mpmc_ring", "broadcast_ring", "lossy_ring")
PART = 500
LINE = re.compile(r"(\d+) hangs, (\d+) corruptions, (\d+) missing, (\d+) left over")


def kill_ends_of(run, ring):
    """What all parts together have found."""
    program = os.path.join(run.build, "kill_ends")
    if not os.path.exists(program):
        raise soak.Refused(f"{program} is missing; build the target kill_ends (preset check)")
    found = [0, 0, 0, 0]
    first, count = run.options.first, run.options.count
    for begin in range(first, first + count, PART):
        part = min(PART, first + count - begin)
        code, said = run.run(program, ring, str(begin), str(part))
        match = LINE.search(said)
        if not match or (code != 0) != any(int(number) for number in match.groups()):
            raise soak.Refused(f"kill_ends {ring} {begin} {part}: exit code {code}: {said}")
        found = [sum(pair) for pair in zip(found, map(int, match.groups()))]
        if code != 0:
            run.say(f"{ring}: {said}")
    return found


def kill_ends(run):
    good = True
    for ring in RINGS:
        if run.options.only and not run.options.only.search(ring):
            continue
        hangs, corruptions, missing, left = kill_ends_of(run, ring)
        run.row(f"kill ends: {ring}", f"{run.options.count} kills from {run.options.first}",
                f"{hangs} hangs, {corruptions} corruptions, {missing} missing, {left} left over")
        good = good and not (hangs or corruptions or missing or left)
    return good


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(10_000, "kills of each ring")
    arguments.add_argument("--from", dest="first", metavar="N", default=0,
                           type=lambda text: soak.whole_number(text, 0), help="number of the first kill (0)")
    arguments.add_only("rings to kill ends of", row_each=True)
    soak.main(kill_ends, arguments)
