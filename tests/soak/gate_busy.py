"""A build that is 16 times slower beside a busy neighbour: its unsteady trials must not hide it."""

import os

import busy
import gate_power
import gate_runs

RATIO = 16
# A trial of the suite's own length would take half a minute. The p99 is not judged of so few trips.
MESSAGES = ("--messages", "4000")


def flagged_runs(files):
    """The row's text, and in how many of the runs a figure was flagged."""
    flagged = sum(any(figure["verdict"] == "REGRESSION" for figure in gate_runs.gated(path))
                  for path in files)
    text, _ = gate_power.flagged_cells(files)
    return f"{flagged} of {len(files)} runs flagged; {text}", flagged


def beside(run):
    gate = gate_runs.Gate(run)
    recorded = gate_power.recorded_rounds(gate, run.options.rounds)
    run.begin_row()
    directory = gate.directory("busy")
    slow, same = (os.path.join(directory, name) for name in ("slow", "same"))
    spins = gate_power.spins_ns(recorded, RATIO)
    gate_power.write_detour(slow, run.ipcmark, spins, "slow:$ns")
    gate_power.write_detour(same, run.ipcmark, spins, "")
    files = [gate.file(directory, i) for i in range(1, run.options.count + 1)]
    for i, file in enumerate(files, start=1):
        if os.path.exists(file):
            continue
        with busy.busy_machine(run.processes):
            gate.ab(file, *MESSAGES, "--rounds", str(gate_runs.ROUNDS), "--seed", str(5000 + i),
                    a=same, b=slow)
    text, flagged = flagged_runs(files)
    run.row(gate.kind("busy"), f"{run.options.count} runs", text)
    return flagged == len(files)
