"""Forty runs of one host that never were: a recorded one, with the figures of its throughput cells
around one level and, from a certain run on, around another."""

import copy
import datetime
import json
import random

RUNS = 40
STEP_AT = 25  # counted from 1: the first run of the new level
LEVELS = 1.0, 0.9
NOISE = 0.01


def started(number):
    return datetime.datetime(2026, 1, 1, 3) + datetime.timedelta(days=number)


def day_of(number):
    return started(number).date().isoformat()


def history(recorded, folder, seed=7):
    """Writes the documents; returns the ids of their runs in the order of time."""
    with open(recorded, encoding="utf-8") as file:
        document = json.load(file)
    document["cells"] = [cell for cell in document["cells"]
                         if cell["key"].startswith("throughput/")]
    randomly = random.Random(seed)
    folder.mkdir()
    ids = []
    for number in range(1, RUNS + 1):
        made = copy.deepcopy(document)
        factor = LEVELS[number >= STEP_AT] * randomly.gauss(1, NOISE)
        start = started(number)
        made["run"].update(id=f"made-up-{number}", started=f"{start.isoformat()}Z",
                           finished=f"{(start + datetime.timedelta(minutes=2)).isoformat()}Z")
        for cell in made["cells"]:
            for trial in cell["trials"]:
                for metric in trial["metrics"]:
                    if metric["name"] in ("rate", "bytes_rate"):
                        metric["value"] *= factor
        with open(folder / f"{number:02}.json", "w", encoding="utf-8") as file:
            json.dump(made, file)
        ids.append(made["run"]["id"])
    return ids
