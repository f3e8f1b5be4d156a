#!/usr/bin/python3
"""Makes any number of results of one, as large as asked: other runs, hosts, trials and values.

    many_results.py RESULT DIRECTORY COUNT KILOBYTES
"""

import copy
import datetime
import json
import os
import random
import sys

VARIANTS = 100  # made anew; the others differ from these in their run alone
HOSTS = 50
BEGIN = datetime.datetime(2026, 1, 1)


def short(value):
    """Whether it stands on its parent's line: a plain value, or a list of two at most."""
    if isinstance(value, dict):
        return False
    return not isinstance(value, list) or (0 < len(value) <= 2 and not any(
        isinstance(part, (dict, list)) for part in value))


def one_line(value):
    return json.dumps(value, separators=(",", ":"))


def pretty(value, indent=0):
    """A document as ipcmark lays it out."""
    if not isinstance(value, (dict, list)) or not value:
        return one_line(value)
    if isinstance(value, list):
        if not any(isinstance(part, (dict, list)) for part in value):
            return one_line(value)
        parts, brackets = [pretty(part, indent + 2) for part in value], "[]"
    else:
        if len(value) <= 16 and all(short(part) for part in value.values()):
            return one_line(value)
        parts = [f"{one_line(name)}: {pretty(part, indent + 2)}" for name, part in value.items()]
        brackets = "{}"
    line = "\n" + " " * indent
    return brackets[0] + ",".join(f"{line}  {part}" for part in parts) + line + brackets[1]


def varied_trial(trial, random_numbers):
    """The trial with other values: times and costs a little longer or shorter, more of each trip."""
    factor = random_numbers.uniform(0.9, 1.1)
    other = copy.deepcopy(trial)
    for metric in other["metrics"]:
        if metric["value"] is not None:
            metric["value"] *= factor
    for histogram in other["histograms"].values():
        times = random_numbers.randint(1, 3)
        histogram["bucket_count"] = [times * count for count in histogram["bucket_count"]]
        histogram["count"] *= times
        histogram["sum"] *= times
    for cost in other["costs"]:
        for name in ("user_ns", "system_ns"):
            cost[name] = int(cost[name] * factor)
    return other


def varied(document, size, random_numbers):
    """A result of about that many bytes: some of the cells, or all with more trials."""
    head = {name: part for name, part in document.items() if name != "cells"}
    cells = random_numbers.sample(document["cells"], len(document["cells"]))
    left = size - len(pretty(head))
    chosen = []
    while left > 0 and cells:
        cell = dict(cells.pop(), trials=[])
        for trial in cell_trials(document, cell["key"]):
            cell["trials"].append(varied_trial(trial, random_numbers))
        left -= len(pretty(cell, 4))
        chosen.append(cell)
    trials = [(cell, trial) for cell in chosen for trial in cell_trials(document, cell["key"])]
    while left > 0 and trials:
        for cell, trial in trials:
            other = varied_trial(trial, random_numbers)
            other["round"] = len(cell["trials"])
            cell["trials"].append(other)
            left -= len(pretty(other, 8)) + 10
            if left <= 0:
                break
    return dict(head, cells=chosen)


def cell_trials(document, key):
    return next(cell["trials"] for cell in document["cells"] if cell["key"] == key)


def as_run(text, run, number):
    """The text with the run's own id, host and time."""
    started = BEGIN + datetime.timedelta(minutes=30 * number)
    finished = started + datetime.timedelta(minutes=1)
    own = dict(run, id=f"run{number:07}", host=f"host{number % HOSTS:02}",
               started=f"{started.isoformat()}Z", finished=f"{finished.isoformat()}Z",
               labels={"commit": f"{number // HOSTS:07x}"}, interrupted=False)
    return text.replace('"@run@"', pretty(own, 2), 1)


def make(document, directory, count, size, first=0, seed=1):
    """Writes them as directory/NN/RUN.json. Returns their paths."""
    random_numbers = random.Random(seed)
    variants = [pretty(dict(varied(document, size, random_numbers), run="@run@")) + "\n"
                for _ in range(min(count, VARIANTS))]
    paths = []
    for number in range(first, first + count):
        folder = os.path.join(directory, f"host{number % HOSTS:02}")
        os.makedirs(folder, exist_ok=True)
        paths.append(os.path.join(folder, f"run{number:07}.json"))
        with open(paths[-1], "w") as file:
            file.write(as_run(variants[number % len(variants)], document["run"], number))
    return paths


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    with open(sys.argv[1]) as file:
        document = json.load(file)
    make(document, sys.argv[2], int(sys.argv[3]), 1000 * int(sys.argv[4]))


if __name__ == "__main__":
    main()
