"""Made-up results of a fleet, as files."""

import datetime
import json
import os
import random

import reporting

PIPE = "latency/pipe/64B/block/cross-cpu"


def cell(key, value, canary=150, trials=3):
    """`value`: of a latency in ns, of a throughput in messages a second."""
    scenario, backend, size, wait, placement = key.split("/")
    made = {"asked": {"scenario": scenario, "backend": backend, "size": int(size[:-1]), "wait": wait,
                      "placement": placement, "duration_ns": 90000000}, "trials": []}
    for trial in range(trials):
        each = {"round": trial, "position": 0, "state": "passed", "counts": {},
                "canary": {"core_to_core_before_ns": canary, "core_to_core_after_ns": canary,
                           "cpus": [0, 1]}}
        figure = value * (1 + (trial - 1) / 200)
        if scenario == "latency":
            each["histograms"] = {"round_trip": reporting.histogram(figure, 2400, 12)}
        else:
            each["metrics"] = [{"name": "rate", "value": figure, "unit": "msg/s"}]
        made["trials"].append(each)
    return made


def result(day, host, cells, labels=None, cpu="Made CPU"):
    """`cells`: by key its value, or value and canary."""
    moment = datetime.datetime(2026, 1, 1, 3) + datetime.timedelta(days=day)
    return {"schema": "ipcmark.result", "version": {"major": 1, "minor": 4},
            "run": {"id": f"{host}-{day}", "suite": "quick", "trials_asked": 3, "version": "1.0",
                    "started": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "finished": (moment + datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "host": host, "labels": labels or {}},
            "environment": {"kernel": {"release": "6.1"}, "cpu": {"model": cpu, "online": "2"}},
            "cells": [cell(key, *(value if isinstance(value, tuple) else (value,)))
                      for key, value in cells.items()]}


def write(directory, document):
    run = document["run"]
    folder = os.path.join(directory, run["host"] or "unknown")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{run['id']}.json")
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(document))
    return path


def history(directory, days=40, step=25, by=1.12, hosts=("db1",), labels=True):
    """Every day a result of each host; from the step on, round trips through pipes take longer."""
    noise = random.Random(5)
    for day in range(days):
        for number, host in enumerate(hosts):
            level = (1 + number / 2) * (1 + noise.gauss(0, 0.01))
            write(directory, result(day, host, {
                PIPE: 14600 * level * (by if day >= step else 1),
                "latency/shm_ring/64B/spin/cross-cpu": 310 * level,
                "throughput/pipe/64B/block/cross-cpu": 770000 / level,
            }, {"commit": f"c{day:03}"} if labels else {}))


def many_hosts(directory, hosts=40, slow=(7,), cells=20, slow_state=()):
    """A result of each host; the blocking cells of the slow ones take a tenth longer and more."""
    noise = random.Random(6)
    for host in range(hosts):
        state = 3 if host in slow_state else 1
        figures = {}
        for number in range(cells):
            wait = "spin" if number % 4 == 3 else "block"
            value = (1000 + 500 * number) * (1 + noise.gauss(0, 0.01)) * state
            if host in slow and wait == "block":
                value *= 1.15
            figures[f"latency/mechanism{number}/64B/{wait}/cross-cpu"] = (value, 150 * state)
        write(directory, result(0, f"host{host}", figures))
