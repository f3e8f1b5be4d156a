"""A tail that grows, while all else stays: every fiftieth round trip of the slowed build takes longer.

How much longer is chosen from recorded rounds, so that the p99 becomes half as long again.
"""

import os
import statistics

import gate_power
import gate_runs
import soak

RATIO = 1.5
EVERY = 50  # 2 % of the trips: the p99 lies among them
SPINS = 4  # of such a trip: two sends and two receives, each of which counts for itself


def trips(files):
    """{(scenario, backend): (p50, p99)} of the recorded round trips."""
    values = {}
    for path in files:
        for figure in gate_runs.gated(path):
            if figure["name"] == "round_trip" and figure["base_values"]:
                cell = tuple(figure["cell"].split("/")[:2])
                values.setdefault(cell, {}).setdefault(figure["quantile"], []).extend(
                    figure["base_values"])
    return {cell: (statistics.median(seen[0.5]), statistics.median(seen[0.99]))
            for cell, seen in sorted(values.items()) if 0.5 in seen and 0.99 in seen}


def spins_ns(seen):
    """What each spin has to last: the middle one of the slowed trips is then RATIO times the p99."""
    return {cell: max(1, round((RATIO * p99 - p50) / SPINS - gate_power.SPIN_OVERSHOOT_NS))
            for cell, (p50, p99) in seen.items()}


def tails(files):
    """The row's text, and in how many of the runs a p99 was flagged."""
    flagged, cells, of_cells, ratios = 0, 0, 0, {}
    for path in files:
        figures = [figure for figure in gate_runs.gated(path) if figure.get("quantile") == 0.99]
        bad = [figure for figure in figures if figure["verdict"] == "REGRESSION"]
        flagged += bool(bad)
        cells += len(bad)
        of_cells += len(figures)
        for figure in figures:
            if "ratio" in figure:
                ratios.setdefault("/".join(figure["cell"].split("/")[:2]), []).append(figure["ratio"])
    text = ", ".join(f"{cell} {statistics.median(seen):.3f}" for cell, seen in sorted(ratios.items()))
    return (f"the p99 flagged in {flagged} of {len(files)} runs, of {cells} of {of_cells} cells; "
            f"median ratios {text}", flagged)


def tail(run):
    gate = gate_runs.Gate(run)
    seen = trips(gate_power.recorded_rounds(gate, run.options.rounds))
    if not seen:
        raise soak.Refused("the recorded rounds have no p99 of a round trip; choose cells of "
                           "latency with 10 000 round trips a trial (--messages)")
    run.begin_row()
    directory = gate.directory("tail")
    slow, same = (os.path.join(directory, name) for name in ("slow", "same"))
    spins = spins_ns(seen)
    gate_power.write_detour(slow, run.ipcmark, spins, f"slow:$ns/{EVERY}")
    gate_power.write_detour(same, run.ipcmark, spins, "")
    files = [gate.file(directory, i) for i in range(1, run.options.count + 1)]
    for i, file in enumerate(files, start=1):
        gate.ab(file, "--rounds", str(gate_runs.ROUNDS), "--seed", str(4000 + i), a=same, b=slow)
    text, flagged = tails(files)
    run.row(gate.kind("tail"), f"{run.options.count} runs", text)
    return 20 * flagged >= 19 * len(files)
