#!/usr/bin/python3
"""Two stored results of one build, begun some time apart: at most 5 % of the cells are flagged.

What is flagged is flagged falsely. Runs of few trials before, between and after the two say how much
the figures differ from run to run; that is stored, and used. What was run is kept under
ipcmark-results/soak/<revision>/, so that a soak that was ended goes on where it stopped.
"""

import collections
import json
import os
import time

import gate_runs
import soak

MAX_FLAGGED_PERCENT = 5


def suite_of(text):
    return os.path.abspath(text) if text.endswith(".json") else text


def one(run, file, *options):
    """One `ipcmark run`, unless `file` is there; one that was ended goes on from its journal."""
    if os.path.exists(file):
        return
    part = f"{file}.part"
    journal = f"{part}.journal"
    resume = ["--resume", journal] if os.path.exists(journal) else []
    code, said = run.run(run.ipcmark, "run", "--quiet", "--json", part, *resume, *options)
    if code not in (0, 5):  # 5: a cell failed, which the comparison says
        run.say(said)
        raise soak.Refused(f"this run of ipcmark ended with {code}, for the reason above; begin "
                           "again to go on")
    os.replace(part, file)


def tally(run, path):
    """The row's text, and how many of the cells were flagged, in per cent, rounded up."""
    with open(path) as file:
        comparison = json.load(file)
    judged = [f for f in comparison["figures"] if f["gated"] and f["base_values"]]
    verdicts = collections.Counter(figure["verdict"] for figure in judged)
    bad = [figure for figure in judged if figure["verdict"] in ("REGRESSION", "IMPROVED")]
    for figure in bad:
        run.say(f"{figure['cell']} {figure['name']}: {figure['verdict']}, {figure['ratio']:.3f} "
                f"({figure['low']:.3f} to {figure['high']:.3f})")
    cells, flagged = ({figure["cell"] for figure in figures} for figures in (judged, bad))
    alone = len(comparison["missing_in_base"]) + len(comparison["missing_in_candidate"])
    text = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
    return (f"{len(flagged)} of {len(cells)} cells flagged; figures: {text}; {alone} cells on one "
            f"side only, {len(comparison['failed'])} failed",
            -(-100 * len(flagged) // len(cells)) if cells else 100)


def wait_for_second(directory, minutes):
    """Until so many minutes after the first began, however often the soak was ended in between."""
    began = os.path.join(directory, "began")
    with open(began) as file:
        wait_s = int(file.read()) + 60 * minutes - time.time()
    if not os.path.exists(os.path.join(directory, "candidate.json")) and wait_s > 0:
        time.sleep(wait_s)


def measure(run, directory, repeats):
    """base.json, candidate.json, and the short runs, whose paths are returned."""
    suite = run.options.suite
    files = [os.path.join(directory, f"repeat-{i}.json") for i in range(1, repeats + 1)]

    def few(i):
        one(run, files[i - 1], "--suite", suite, "--trials", "3", "--seed", str(4000 + i))

    few(1)
    began = os.path.join(directory, "began")
    if not os.path.exists(began):
        with open(began, "w") as file:
            file.write(f"{time.time():.0f}\n")
    one(run, os.path.join(directory, "base.json"), "--suite", suite, "--seed", "4100")
    for i in range(2, repeats):
        few(i)
    wait_for_second(directory, run.options.minutes)
    one(run, os.path.join(directory, "candidate.json"), "--suite", suite, "--seed", "4200")
    few(repeats)
    return files


def compare(run, directory, repeats):
    """Where the comparison lies, by the variation of the short runs."""
    path = {name: os.path.join(directory, f"{name}.json")
            for name in ("base", "candidate", "variation", "comparison")}
    for options in (["--repeats", ",".join(repeats), "--variation-out", path["variation"]],
                    ["--variation", path["variation"], "--json", path["comparison"]]):
        code, said = run.run(run.ipcmark, "compare", path["base"], path["candidate"], *options)
        if code != 0:
            run.say(said)
            raise soak.Refused(f"ipcmark compare ended with {code}, for the reason above")
    return path["comparison"]


def stored(run):
    suite = os.path.basename(run.options.suite).removesuffix(".json")
    minutes, repeats = run.options.minutes, run.options.repeats
    directory = gate_runs.keep_directory(run, f"stored-{suite}-{minutes}-{repeats}")
    text, flagged_percent = tally(run, compare(run, directory, measure(run, directory, repeats)))
    run.row(f"stored, suite {suite}", f"{minutes} min apart, variation of {repeats} runs", text)
    return flagged_percent <= MAX_FLAGGED_PERCENT


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(30, "minutes from the first's begin to the second's", name="MINUTES")
    arguments.add_count(4, "short runs, for the variation from run to run", name="REPEATS",
                        low=2)
    arguments.add_argument("--suite", metavar="NAME|FILE.json", default="standard", type=suite_of,
                           help="which cells (standard)")
    soak.main(stored, arguments)
