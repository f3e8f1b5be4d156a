"""The gate's test at no effect, and how often it finds a slowdown of a known size.

Both draw from recorded rounds of the build against itself; then real runs are compared with a build
that is slower on purpose.
"""

import os
import statistics

import gate_runs
import soak

STRETCH = 60  # rounds recorded in one run
SPIN_OVERSHOOT_NS = 45  # a spin is longer than asked by about two looks at the clock


def recorded_rounds(gate, rounds):
    """Files of so many rounds of the build against itself: what the resampling draws from."""
    directory = gate.directory("rounds")
    files = []
    for i in range(1, rounds // STRETCH + 1):
        files.append(gate.file(directory, i))
        gate.ab(files[-1], "--rounds", str(STRETCH), "--seed", str(1000 + i))
    return files


def resample(run, mode, files):
    """Whether it passes, and its last line without the name of the mode."""
    resampler = os.path.join(run.build, "gate_resample")
    if not os.access(resampler, os.X_OK):
        raise soak.Refused(f"{resampler} is missing; build the target gate_resample (preset check)")
    code, said = run.run(resampler, mode, *files, "--rounds", str(gate_runs.ROUNDS))
    print(said, flush=True)
    found = [line for line in said.splitlines() if line.startswith(f"{mode}: ")]
    if code not in (0, 1) or not found:
        raise soak.Refused(f"gate_resample {mode} ended with {code}, for the reason above")
    return code == 0, found[-1].removeprefix(f"{mode}: ")


def null(run):
    gate = gate_runs.Gate(run)
    good, text = resample(run, "null", recorded_rounds(gate, run.options.rounds))
    run.row(gate.kind("null"), f"{run.options.rounds} rounds", text)
    return good


def spins_ns(files, ratio):
    """{(scenario, backend): spin in each send and receive}, by what the rounds say a message takes."""
    values = {}
    for path in files:
        for figure in gate_runs.gated(path):
            if figure["name"] == "rate" or (figure["name"] == "round_trip"
                                            and figure.get("quantile") == 0.5):
                values.setdefault(figure["cell"], []).extend(figure["base_values"])
    spins = {}
    for cell, seen in sorted(values.items()):
        scenario, backend = cell.split("/")[:2]
        middle = statistics.median(seen)
        # A round trip has two sends and two receives; a message of a stream has one of each, and
        # only on one CPU does it wait for both.
        if scenario == "latency":
            share_ns = middle / 4
        else:
            share_ns = 1e9 / middle / (2 if cell.endswith("/same-cpu") else 1)
        spins[scenario, backend] = max(1, round((ratio - 1) * share_ns - SPIN_OVERSHOOT_NS))
    return spins


def write_detour(path, program, spins, fault):
    """A program that is ipcmark by way of a shell, in which each of these cells has the fault.

    `fault`: with $ns in place of the spin. Empty: the same detour for the build that is not slowed.
    The answer names the cell that was asked for, as if it were the build that is slow.
    """
    cases = "".join(
        f"""  *'"scenario":"{scenario}","backend":"{backend}"'*) ns={ns} fault="{fault}" ;;\n"""
        for (scenario, backend), ns in spins.items())
    with open(path, "w") as file:
        file.write(f"""#!/bin/sh
question=$(cat)
fault=
case $question in
{cases}esac
answer=$(printf '%s' "$question" | sed "s|\\"fault\\":\\"\\"|\\"fault\\":\\"$fault\\"|" | '{program}' "$@")
code=$?
printf '%s\\n' "$answer" | sed "s|/fault=$fault\\"|\\"|"
exit $code
""")
    os.chmod(path, 0o755)


def flagged_cells(files):
    """The row's text, and how many of the cells were flagged, in per cent."""
    flagged, cells, ratios = 0, 0, {}
    for path in files:
        figures = gate_runs.gated(path)
        for cell in {figure["cell"] for figure in figures}:
            cells += 1
            flagged += any(figure["verdict"] == "REGRESSION" for figure in figures
                           if figure["cell"] == cell)
        for figure in figures:
            if figure["name"] == "cpu_per_message" or "ratio" not in figure:
                continue
            ratio = figure["ratio"] if figure["better"] == "lower" else 1 / figure["ratio"]
            ratios.setdefault("/".join(figure["cell"].split("/")[:2]), []).append(ratio)
    text = ", ".join(f"{cell} {statistics.median(seen):.3f}" for cell, seen in sorted(ratios.items()))
    return f"{flagged} of {cells} cells flagged; median ratios {text}", 100 * flagged // max(cells, 1)


def live(gate, ratio, percent, files):
    """Real runs against a build that is slower by `ratio`: at least `percent` of the cells flagged."""
    run = gate.run
    run.begin_row()
    directory = gate.directory(f"live-{ratio:.2f}")
    slow, same = (os.path.join(directory, name) for name in ("slow", "same"))
    spins = spins_ns(files, ratio)
    write_detour(slow, run.ipcmark, spins, "slow:$ns")
    write_detour(same, run.ipcmark, spins, "")
    kept = []
    for i in range(1, run.options.runs + 1):
        kept.append(gate.file(directory, i))
        gate.ab(kept[-1], "--rounds", str(gate_runs.ROUNDS), "--seed", str(2000 + i), a=same, b=slow)
    text, share = flagged_cells(kept)
    run.row(gate.kind(f"power, live at {ratio:.2f}"), f"{run.options.runs} runs", text)
    return share >= percent


def power(run):
    gate = gate_runs.Gate(run)
    files = recorded_rounds(gate, run.options.rounds)
    good, text = resample(run, "power", files)
    run.row(gate.kind("power, resampled"), f"{run.options.rounds} rounds", text)
    # All are run, whatever the first say.
    return all([good, live(gate, 1.15, 95, files), live(gate, 1.10, 80, files)])
