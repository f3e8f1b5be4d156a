#!/usr/bin/env python3
"""Python's Pipe as ipcmark's runner measures it against the handwritten control, in alternation.

    against_python.py IPCMARK [PAIRS [SECONDS]]

Of each pair the ratio is taken; printed are the median of the ratios and its 95 % interval by order statistics. Round
trips: near 1 is right, above it the runner is slower; streams the other way round.
"""
import json
import os
import subprocess
import sys
import tempfile

CONTROL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "handwritten", "python_pipe.py")
CASES = [("latency", 64), ("latency", 65536), ("stream", 64), ("stream", 65536)]


def by_hand(kind, size, seconds, cpus):
    done = subprocess.run([sys.executable, CONTROL, kind, str(size), str(seconds), *map(str, cpus)],
                          check=True, capture_output=True, text=True)
    return float(done.stdout)


def by_ipcmark(program, kind, size, seconds):
    scenario = {"latency": "latency", "stream": "throughput"}[kind]
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "r.json")
        subprocess.run([program, "run", "--quiet", "--share", "--runner", f"python={sys.executable} {runner()}",
                        "--scenario", scenario, "--backend", "python.pipe", "--size", str(size), "--trials", "1",
                        "--duration", f"{int(seconds * 1000)}ms", "--warm-up", "50ms", "--json", path],
                       check=True, stdout=subprocess.DEVNULL)
        with open(path, encoding="utf-8") as file:
            trial, = json.load(file)["cells"][0]["trials"]
    if kind == "stream":
        return next(metric["value"] for metric in trial["metrics"] if metric["name"] == "rate")
    return median(trial["histograms"]["round_trip"])


def runner():
    return os.path.join(os.path.dirname(CONTROL), "..", "..", "backends", "runners", "python", "runner")


def median(histogram):
    """The middle of its bucket."""
    left = histogram["count"] / 2
    for index, count in zip(histogram["bucket_index"], histogram["bucket_count"]):
        left -= count
        if left <= 0:
            shift = max(index // 1024 - 1, 0)
            low = index if index < 2048 else (index % 1024 + 1024) << shift
            return low + ((1 << shift) - 1) / 2
    raise ValueError("an empty histogram")


def interval(values):
    """Median and its 95 % interval by order statistics."""
    ordered, count = sorted(values), len(values)
    half = 0.98 * count ** 0.5
    low, high = max(int(count / 2 - half), 0), min(int(count / 2 + half), count - 1)
    return ordered[count // 2], ordered[low], ordered[high]


def main():
    program, pairs = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 0.3
    cpus = sorted(os.sched_getaffinity(0))[:2]
    cpus = cpus if len(cpus) == 2 else cpus * 2
    for kind, size in CASES:
        ratios = []
        for pair in range(pairs):
            if pair % 2:
                hand = by_hand(kind, size, seconds, cpus)
                ratios.append(by_ipcmark(program, kind, size, seconds) / hand)
            else:
                ours = by_ipcmark(program, kind, size, seconds)
                ratios.append(ours / by_hand(kind, size, seconds, cpus))
        middle, low, high = interval(ratios)
        print(f"{kind} {size} B: {middle:.3f} ({low:.3f} to {high:.3f}), {pairs} pairs", flush=True)


if len(sys.argv) < 2:
    sys.exit(__doc__)
main()
