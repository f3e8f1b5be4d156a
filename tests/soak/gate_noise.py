"""What trials of one build differ by, to choose a gate's cells from.

One row a figure: how many pairs were usable, the deviation of their logarithm (by its median, so that
a few outliers do not hide the rest), and the share of pairs that a slowdown of 15 % would bring above
the threshold of 5 %. A half: never found; 30 pairs and 8 figures find it with a chance of 95 % from
0.87 on.
"""

import math
import os
import statistics

import gate_runs
import soak

PARTS = (  # name, cells, options
    ("blocking", ("--scenario", "latency,throughput", "--size", "64,4KiB",
                  "--backend", "pipe,unix_stream,unix_seqpacket,shm_ring"),
     ("--wait", "block", "--placement", "same-cpu,cross-cpu")),
    ("spinning", ("--scenario", "latency,throughput", "--backend", "shm_ring", "--size", "64"),
     ("--wait", "spin")),
    ("longer", ("--scenario", "latency,throughput", "--backend", "pipe,unix_stream", "--size", "64"),
     ("--wait", "block", "--duration", "240ms")),
)


def row_of(part, figure):
    logs = [math.log(b / a) * (1 if figure["better"] == "lower" else -1)
            for a, b in zip(figure["base_values"], figure["candidate_values"])]
    both = logs + [-log for log in logs]  # the labels mean nothing
    deviation = 1.4826 * statistics.median(map(abs, logs))
    above = sum(log + math.log(1.15) > math.log(1.05) for log in both) / len(both)
    return (f"| {part} | {figure['cell']} | {figure['name']} | {len(logs)} | {deviation:.3f} | "
            f"{above:.2f} |")


def noise(run):
    if run.options.cells:
        raise soak.Refused("noise has cells of its own; leave out '--' and what follows it")
    gate = gate_runs.Gate(run)
    directory = gate_runs.keep_directory(run, "noise")
    files = []
    for seed, (name, cells, options) in enumerate(PARTS, start=1):
        gate.cells = cells
        files.append((name, os.path.join(directory, f"{name}.json")))
        gate.ab(files[-1][1], "--rounds", str(run.options.rounds), "--seed", str(seed), *options)
    print("| run | cell | figure | pairs | deviation | above 5 % at 1.15 |\n|---|---|---|--:|--:|--:|")
    for name, file in files:
        for figure in gate_runs.gated(file):
            if figure["base_values"]:
                print(row_of(name, figure))
    return True
