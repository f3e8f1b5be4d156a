#!/usr/bin/python3
"""A fleet of 1000 made-up hosts, drawn from recorded runs of one machine: of 20 hosts whose blocking
cells take 1.10 times as long, `odd_hosts` names 18 at least, and of the others 5 at most.

The recorded runs are quick ones of one build, 60 at least, that met both states of the machine:

    for i in $(seq 60); do ipcmark run --suite quick --json recorded/$i.json; done
    tests/soak/fleet.py --results recorded

fleet_resample.cpp says how a host is drawn. One row for hosts of a single run, one for hosts of
several, of which a host's value is the median. The soak passes by the row that --runs names.
"""

import glob
import json
import os

import soak

MIN_RECORDED = 60
MIN_FOUND, MAX_FALSE = 18, 5


def recorded_in(directory):
    files = sorted(glob.glob(os.path.join(directory, "**", "*.json"), recursive=True))
    if len(files) < MIN_RECORDED:
        raise soak.Refused(f"'{directory}' holds {len(files)} results; record {MIN_RECORDED} quick "
                           "runs at least")
    return files


def simulate(run, files, runs):
    """What fleet_resample says of each fleet."""
    resampler = os.path.join(run.build, "fleet_resample")
    if not os.access(resampler, os.X_OK):
        raise soak.Refused(f"{resampler} is missing; build the target fleet_resample (preset check)")
    code, said = run.run(resampler, *files, "--runs", str(runs), "--fleets",
                         str(run.options.fleets), "--hosts", str(run.options.hosts))
    if code != 0:
        run.say(said)
        raise soak.Refused(f"fleet_resample ended with {code}, for the reason above")
    fleets = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    if min(fleet["states"] for fleet in fleets) < 2:
        raise soak.Refused("the recorded runs met one state of the machine; record more, until both "
                           "are among them")
    return fleets


def row(run, files, runs, fleets):
    found, false = ([fleet[name] for fleet in fleets] for name in ("found", "false"))
    reached = sum(f >= MIN_FOUND and w <= MAX_FALSE for f, w in zip(found, false))
    each = "a run each" if runs == 1 else f"{runs} runs each"
    run.row(f"fleet, {each}",
            f"{len(fleets)} fleets of {run.options.hosts} hosts from {len(files)} recorded runs",
            f"found of 20: {sum(found) / len(found):.1f} (least {min(found)}); false: "
            f"{sum(false) / len(false):.1f} (most {max(false)}); {reached} of {len(fleets)} fleets "
            f"within {MIN_FOUND} and {MAX_FALSE}")
    return reached == len(fleets)


def fleet(run):
    files = recorded_in(run.options.results)
    passed = True
    for runs in sorted({1, run.options.runs}):
        reached = row(run, files, runs, simulate(run, files, runs))
        passed = reached if runs == run.options.runs else passed
    return passed


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(10, "fleets, each drawn anew", name="FLEETS")
    arguments.add_argument("--results", metavar="DIR", default="ipcmark-results/soak/fleet",
                           help="where the results of the recorded runs lie "
                                "(ipcmark-results/soak/fleet)")
    arguments.add_argument("--hosts", metavar="N", type=lambda text: soak.whole_number(text, 100),
                           default=1000, help="hosts of a fleet (1000)")
    arguments.add_argument("--runs", metavar="N", type=soak.whole_number, default=5,
                           help="runs of each host (5)")
    soak.main(fleet, arguments)
