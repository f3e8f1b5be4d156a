#!/usr/bin/python3
"""One message of a worker spoilt in each run: dropped, doubled, flipped, torn or swapped.

A run counts when the middleman between the worker and the C library says that it spoilt a message.
None of them may pass, and each verdict must come within 10 s.
"""

import json
import os
import shutil
import sys
import time

import program
import soak

sys.path.insert(0, os.path.join(program.ROOT, "tests", "middleman"))
import spoiling


def one(run, case, library):
    """The state of the run's trial, whether its message was spoilt, and how long the run took."""
    notes, result = run.path("notes"), run.path("result.json")
    os.mkdir(notes)
    settings = [f"{name}={value}" for name, value in case.environment(library, notes).items()]
    began = time.monotonic()
    code, said = run.run("env", *settings, *case.command(run.ipcmark, result))
    took = time.monotonic() - began
    try:
        with open(result) as file:
            state = json.load(file)["cells"][0]["trials"][0]["state"]
    except (OSError, ValueError, LookupError):
        state = f"no result, exit code {code}"
    spoilt = spoiling.was_spoilt(notes)
    shutil.rmtree(notes)
    if spoilt and (state == "passed" or took > spoiling.LONGEST_S):
        run.say(f"{case}: {state} after {took:.1f} s\n{said}")
    return state, spoilt, took


def runs(run):
    library = os.path.join(run.build, "libmiddleman.so")
    if not os.path.exists(library):
        raise program.Refused(f"there is no {library}: build the target middleman")
    spoilt = passed = late = 0
    slowest, states, tried = 0.0, {}, 0
    for case in spoiling.drawn(run.options.seed):
        if spoilt == run.options.count:
            break
        if tried > 20 * run.options.count:
            raise program.Refused(f"of {tried} runs {spoilt} were spoilt; the library has no effect")
        tried += 1
        state, counts, took = one(run, case, library)
        if not counts:
            continue
        spoilt += 1
        passed += state == "passed"
        late += took > spoiling.LONGEST_S
        slowest = max(slowest, took)
        states[state] = states.get(state, 0) + 1
    found = ", ".join(f"{many} {state}" for state, many in sorted(states.items()))
    run.row("spoil", f"{spoilt} spoilt runs of {tried}, seed {run.options.seed}",
            f"{passed} passed, {late} took more than {spoiling.LONGEST_S} s (at most "
            f"{slowest:.1f} s); {found}")
    return passed == 0 and late == 0


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(200, "spoilt runs")
    arguments.add_argument("--seed", type=soak.whole_number, default=1,
                           help="of which messages are spoilt, and how (1)")
    soak.main(runs, arguments)
