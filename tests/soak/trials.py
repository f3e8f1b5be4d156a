#!/usr/bin/python3
"""Many trials of every backend's latency and throughput in a row: all pass, and nothing is left."""

import collections
import json

import soak


def trials(run):
    count = run.options.count
    result = run.path("result.json")
    code, said = run.run(
        run.ipcmark, "run", "--scenario", "latency,throughput", "--size", "64", "--trials",
        str(count), "--duration", "5ms", "--seed", "1", "--quiet", "--json", result)
    states = collections.Counter()
    try:
        with open(result) as file:
            for cell in json.load(file)["cells"]:
                states.update(trial["state"] for trial in cell["trials"])
    except (FileNotFoundError, ValueError):  # ValueError: not JSON
        states["no result"] = 1
    if code != 0:
        run.say(said)
    text = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
    left = run.left_over()
    run.row("trials", f"{count} of each cell", f"exit code {code}; {text}; {left} objects left")
    return code == 0 and left == 0


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(300, "trials of each cell")
    soak.main(trials, arguments)
