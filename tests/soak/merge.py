#!/usr/bin/python3
"""Merges many made results: at least 100 MB/s of one CPU's time, less than 300 MB of memory.

The results are made of one run of the quick suite (many_results.py): as many of 100 KB as asked, and
20 of 5 MB. Then 100 of them are spoilt, each in one of several ways: these are named and skipped, and
all others are in the tables.
"""

import csv
import json
import os
import random
import resource
import subprocess
import sys

import many_results
import soak

MIN_MB_S = 100
MAX_MB = 300
SMALL_BYTES = 100_000
LARGE, LARGE_BYTES = 20, 5_000_000
SPOILT = 100


def measured(command):
    """Runs it on one CPU. Prints a line of JSON: its CPU time, the memory it had at most."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    code = subprocess.run(command).returncode
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps({"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss * 1024 / 1e6}))
    sys.exit(code)


def merged(run, results):
    """The cost of a merge, and what it said."""
    out = run.path("tables")
    code, said = run.run(sys.executable, __file__, "--measured", run.ipcmark, "merge", results, "-o", out)
    if code != 0:
        run.say(said)
        raise soak.Refused(f"ipcmark merge ended with {code}, for the reason above")
    with open(os.path.join(out, "runs.csv"), newline="") as file:
        runs = {row["run_id"] for row in csv.DictReader(file)}
    return json.loads(said.splitlines()[-1]), said, runs


def spoil(path, way):
    with open(path, "rb") as file:
        whole = file.read()
    text = [whole[:len(whole) // 2], b"", b"\0" * 1000, whole[:-100] + b"\xff" * 100,
            whole.replace(b'"ipcmark.result"', b'"ipcmark.comparison"', 1),
            whole.replace(b'"major":1', b'"major":9', 1), b"[1,2]\n"][way % 7]
    with open(path, "wb") as file:
        file.write(text)


def merge(run):
    quick = run.path("quick.json")
    code, said = run.run(run.ipcmark, "run", "--quiet", "--suite", "quick", "--json", quick)
    if code not in (0, 5):  # 5: a cell failed, which is a result, too
        run.say(said)
        raise soak.Refused(f"ipcmark run ended with {code}, for the reason above")
    with open(quick) as file:
        document = json.load(file)
    count, results = run.options.count, run.path("results")
    paths = many_results.make(document, results, count, SMALL_BYTES)
    paths += many_results.make(document, results, LARGE, LARGE_BYTES, first=count, seed=2)
    size_mb = sum(os.path.getsize(path) for path in paths) / 1e6
    run.begin_row()
    cost, said, runs = merged(run, results)
    speed = size_mb / cost["cpu_s"]
    all_there = len(runs) == len(paths) and "skipped" not in said
    spoilt = random.Random(3).sample(paths, min(SPOILT, len(paths) - 1))
    for way, path in enumerate(spoilt):
        spoil(path, way)
    _, said, runs = merged(run, results)
    named = [path for path in spoilt if f"skipped '{path}': " in said]
    rest = len(runs) == len(paths) - len(spoilt) and len(named) == said.count("ipcmark: skipped ")
    run.row("merge", f"{count} results of 100 KB, {LARGE} of 5 MB",
            f"{speed:.0f} MB/s of one CPU's time ({MIN_MB_S} asked), {cost['peak_mb']:.0f} MB of "
            f"memory at most ({MAX_MB} allowed); {len(named)} of {len(spoilt)} spoilt ones named, "
            f"{len(runs)} others merged")
    return (speed >= MIN_MB_S and cost["peak_mb"] < MAX_MB and all_there and rest
            and len(named) == len(spoilt))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measured"]:
        measured(sys.argv[2:])
    arguments = soak.Arguments(__doc__)
    arguments.add_count(10_000, "results of 100 KB", name="COUNT", low=200)
    soak.main(merge, arguments)
