"""Results to report on, and `ipcmark report` on them, for the tests beside this file."""

import json
import math
import os
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77  # CTest's SKIP_RETURN_CODE of these tests

PROGRAM = None
SAMPLE = None  # a made result with something of everything

SUITE = {
    "name": "small", "trials": 3, "warm_up": "2ms", "duration": "20ms",
    "sizes": ["64B", "4KiB"], "waits": ["block", "spin"],
    "scenarios": ["latency", "throughput", "load", "counter"],
    "backends": ["pipe", "unix_stream", "shm_ring", "null"], "locks": ["futex", "none"],
    "settings": {"load": {"sizes": ["64B"],
                          "variants": [{"rate": 20000}, {"rate": 100000}, {"rate": 50000000}]}},
}


class ReportTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(self.directory.cleanup)

    def path(self, name):
        return os.path.join(self.directory.name, name)


def ipcmark(*arguments, **options):
    return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=240, **options)


def measure(directory, name):
    """A real result of this machine, in a few seconds."""
    suite = os.path.join(directory, "suite.json")
    with open(suite, "w", encoding="utf-8") as file:
        json.dump(SUITE, file)
    path = os.path.join(directory, name)
    environment = dict(os.environ, IPCMARK_RUNTIME_DIR=os.path.join(directory, "r"))
    answer = ipcmark("run", "--quiet", "--suite", suite, "--json", path, env=environment)
    if answer.returncode not in (0, 5):
        raise RuntimeError(answer.stderr)
    return path


def bucket(value):
    """Where the result's histograms keep a value (results/model/histogram.hpp)."""
    shift = max(value.bit_length(), 11) - 11
    return shift * 1024 + (value >> shift)


def histogram(middle, samples=4000, buckets=60):
    counts = {}
    for i in range(buckets):
        place = (i + 0.5) / buckets
        value = int(middle * (0.8 + 0.2 * place - 0.15 * math.log(1 - place)))
        counts[bucket(value)] = counts.get(bucket(value), 0) + samples // buckets
    order = sorted(counts)

    def lowest(index):
        shift = max(0, index // 1024 - 1)
        return (index - 1024 * shift) << shift
    low, high = lowest(order[0]), lowest(order[-1])
    return {"unit": "ns", "count": sum(counts.values()), "min": low, "max": high,
            "sum": middle * sum(counts.values()), "bucket_index": order,
            "bucket_count": [counts[each] for each in order]}


def large_result(backends=20, sizes=10, trials=30):
    """As large as a full suite's: latency and throughput of everything."""
    cells = []
    for size in range(sizes):
        for backend in range(backends):
            trip = 200 * (1 + backend) ** 1.5 * (1 + 0.4 * size)
            for scenario in ("latency", "throughput"):
                cells.append({
                    "asked": {"scenario": scenario, "backend": f"mechanism_{backend:02}",
                              "size": 8 << (2 * size), "wait": ("block", "spin")[backend % 2],
                              "placement": "cross-cpu", "duration_ns": 90000000},
                    "capabilities": {"one_process": "no"}, "trials": []})
                for trial in range(trials):
                    noise = 1 + 0.05 * math.sin(trial * 7 + backend + size)
                    each = {
                        "round": trial, "position": len(cells), "state": "passed",
                        "canary": {"core_to_core_before_ns": 150 if trial % 10 else 500,
                                   "core_to_core_after_ns": 150 if trial % 10 else 500},
                        "counts": {"messages_total": 8000},
                        "costs": [{"role": "sender", "user_ns": int(trip * 4000 * noise),
                                   "system_ns": 1000, "wall_ns": int(trip * 4000)}]}
                    if scenario == "latency":
                        each["histograms"] = {"round_trip": histogram(trip * noise)}
                    else:
                        rate = 1e9 / trip * noise
                        each["metrics"] = [{"name": "rate", "value": rate, "unit": "msg/s"},
                                           {"name": "bytes_rate", "value": rate * (8 << size),
                                            "unit": "B/s"}]
                    cells[-1]["trials"].append(each)
    return {"schema": "ipcmark.result", "version": {"major": 1, "minor": 0},
            "run": {"id": "large", "suite": "full", "trials_asked": trials},
            "environment": {"kernel": {"release": "6.1"}, "cpu": {"model": "X", "online": "2"}},
            "cells": cells}


def load_result(rates=(10000, 20000, 50000, 100000), trials=6):
    """Two mechanisms that keep up at every rate."""
    cells = [{"asked": {"scenario": "load", "backend": backend, "size": 64, "wait": "block",
                        "placement": "cross-cpu", "duration_ns": 90000000,
                        "options": {"rate": rate}},
              "trials": [{"round": trial, "position": 0, "state": "passed", "counts": {},
                          "canary": {"core_to_core_before_ns": 150, "core_to_core_after_ns": 150},
                          "metrics": [{"name": "offered_rate", "value": rate, "unit": "msg/s"}],
                          "histograms": {"response": histogram(middle + rate // 10 + 10 * trial)}}
                         for trial in range(trials)]}
             for backend, middle in (("pipe", 20000), ("shm_ring", 9000)) for rate in rates]
    return {"schema": "ipcmark.result", "version": {"major": 1, "minor": 0},
            "run": {"id": "load", "suite": "made", "trials_asked": trials},
            "environment": {"kernel": {"release": "6.1"}, "cpu": {"model": "X", "online": "2"}},
            "cells": cells}


def ends_result(counts=(1, 2, 4, 8), trials=6):
    """Two mechanisms over how many ends work at the same time, on two CPUs."""
    def cell(scenario, option, ends, backend, rate, processes, **options):
        return {"asked": {"scenario": scenario, "backend": backend, "size": 64, "wait": "block",
                          "placement": "cross-cpu", "duration_ns": 90000000,
                          "options": {option: ends, **options}, "defaults": {option: 1, **options}},
                "trials": [{"round": trial, "position": 0, "state": "passed",
                            "counts": {"received": 100, "channels": 1, "messages_total": 1000},
                            "canary": {"core_to_core_before_ns": 150, "core_to_core_after_ns": 150},
                            "metrics": [{"name": "rate", "value": rate * (1 + trial / 100), "unit": "msg/s"},
                                        {"name": "fairness", "value": 1 - ends / 100, "unit": "ratio"}],
                            "costs": [{"role": "each", "user_ns": 90000000, "system_ns": 1000,
                                       "wall_ns": 90000000}] * processes}
                           for trial in range(trials)]}
    cells = [cell(scenario, option, ends, backend, base * ends, processes(ends), **options)
             for scenario, option, processes, options in (
                 ("throughput", "pairs", lambda n: 2 * n, {}),
                 ("fan_in", "senders", lambda n: n + 1, {"count": 100}),
                 ("fan_out", "receivers", lambda n: n + 1, {"count": 100, "mode": 0}))
             for backend, base in (("pipe", 1e5), ("shm_ring", 1e6)) for ends in counts]
    return {"schema": "ipcmark.result", "version": {"major": 1, "minor": 0},
            "run": {"id": "ends", "suite": "made", "trials_asked": trials},
            "environment": {"kernel": {"release": "6.1"},
                            "cpu": {"model": "X", "online": "2", "allowed": "0,1"}},
            "cells": cells}


def explained_cell(key="latency/pipe/64B/block/cross-cpu"):
    """As `ipcmark explain` leaves it, with one long segment among short ones."""
    segments = [("A: user code, and into write", "user", 800), ("A: in write, until it wakes B", "call", 900),
                ("interrupt on its way to the other CPU", "interrupt", 6000),
                ("switch to B", "idle", 1500), ("B: user code between receive and send", "user", 40)]
    whole = sum(ns for _, _, ns in segments)
    return {"cell": key, "seen": "kernel", "trips": 400, "complete": 398, "cut": 4, "plain_ns": whole,
            "traced_ns": 1.2 * whole, "sentences": ["6 of 9 us: the interrupt on its way <b>"],
            "paths": [{"trips": 320, "share": 0.8, "traced_ns": 1.2 * whole, "scaled_ns": whole,
                       "system_calls": {"write": 1},
                       "segments": [{"label": label, "work": work, "inferred": False, "probes": 1,
                                     "traced_ns": 1.2 * ns, "scaled_ns": ns}
                                    for label, work, ns in segments]}]}


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def main():
    global PROGRAM, SAMPLE
    if len(sys.argv) < 3:
        sys.exit("usage: test_*.py PATH_OF_IPCMARK RESULT.json [unittest arguments]")
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    SAMPLE = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__")
