"""Runs of `ipcmark ab` that are kept: a soak of the gate that was ended goes on where it stopped.

They lie under ipcmark-results/soak/<revision>/; to begin anew, delete that directory.
"""

import collections
import json
import os
import shutil
import zlib

import program
import soak

ROUNDS = 30  # of a run, as users have them
SUITE = ("--suite", "gate")


def keep_directory(run, name):
    """Where the runs of that name are kept; made when it is missing."""
    directory = os.path.join(program.ROOT, "ipcmark-results", "soak", run.revision, name)
    os.makedirs(directory, exist_ok=True)
    return directory


class Gate:
    """Runs over the cells of the suite gate, or over others in the words of a command line."""

    def __init__(self, run):
        self.run = run
        self.cells = tuple(run.options.cells) or SUITE

    def kind(self, name):
        other = "" if self.cells == SUITE else f", {' '.join(self.cells)}"
        return f"gate {name}{other}"

    def directory(self, name):
        if self.cells != SUITE:
            name += f"-{zlib.crc32(' '.join(self.cells).encode()):08x}"
        return keep_directory(self.run, name)

    def file(self, directory, number):
        return os.path.join(directory, f"{number:03}.json")

    def command(self, *options, a=None, b=None):
        """One run; the program against itself where no other is given."""
        program_itself = self.run.ipcmark
        return [program_itself, "ab", *self.cells, "--quiet", "--json", self.run.path("gate.json"),
                "--a", a or program_itself, "--b", b or program_itself, *options]

    def ab(self, file, *options, **programs):
        """Runs it, unless `file` is there already."""
        if not os.path.exists(file):
            code, said = self.run.run(*self.command(*options, **programs))
            self.keep(file, code, said)

    def keep(self, file, code, said):
        """Keeps what command() wrote; its exit code lies beside."""
        if code not in (0, 1, 4):  # 1: a regression, 4: inconclusive
            self.run.say(said)
            raise soak.Refused(f"this run of ipcmark ab ended with {code}, for the reason above; "
                               "begin again to go on")
        with open(file.removesuffix(".json") + ".code", "w") as beside:
            beside.write(f"{code}\n")
        part = f"{file}.part"
        shutil.move(self.run.path("gate.json"), part)  # from another file system
        os.replace(part, file)


def gated(path):
    with open(path) as file:
        return [figure for figure in json.load(file)["figures"] if figure["gated"]]


def tally(run, files):
    """The row's text, and how many of the runs flagged something."""
    flagged, verdicts, pairs = 0, collections.Counter(), []
    for path in files:
        figures = gated(path)
        verdicts.update(figure["verdict"] for figure in figures)
        pairs += [len(figure["base_values"]) for figure in figures]
        bad = [figure for figure in figures if figure["verdict"] == "REGRESSION"]
        flagged += bool(bad)
        for figure in bad:
            run.say(f"{path}: {figure['cell']} {figure['name']}: {figure['ratio']:.3f} "
                    f"({figure['low']:.3f} to {figure['high']:.3f}), p {figure['p_worse']:.4f}")
    text = ", ".join(f"{count} {name}" for name, count in sorted(verdicts.items()))
    return (f"{flagged} of {len(files)} flagged; {text}; pairs {min(pairs, default=0)} to "
            f"{max(pairs, default=0)}", flagged)
