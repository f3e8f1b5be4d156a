#!/usr/bin/python3
"""Many mutants of each kind of document, half of them still JSON where it is: each is refused in one
sentence, or equal when it is written again.

The drivers of tests/fuzz make them, always the same; they take the tests' 200 and then others. In a
build with sanitizers (--build build/asan) these look on.
"""

import os
import re

import program
import soak
from program import Refused

READERS = ("result", "journal", "suite", "spec", "trial", "manifest")
CORPUS = os.path.join(program.ROOT, "tests", "fuzz", "corpus")
SAID = re.compile(r"^.*: (\d+) mutants, (\d+) of them still JSON$", re.M)


def watched_by(run):
    """What of the compiler's looks on while the mutants are read."""
    _, said = run.run(run.ipcmark, "version")
    found = re.search(r"^ *sanitizers: (.+)$", said, re.M)
    return "" if not found or found[1] == "none" else f", under {found[1]}"


def one_reader(run, reader):
    """True: the reader stood all its mutants."""
    driver = os.path.join(run.build, f"fuzz_{reader}")
    if not os.path.exists(driver):
        raise Refused(f"{driver} is not built; build the target fuzz_targets")
    corpus = os.path.join(CORPUS, reader)
    code, said = run.run(driver, corpus, str(run.options.count))
    made = [(int(mutants), int(json)) for mutants, json in SAID.findall(said)]
    passed = code == 0 and len(made) == len(os.listdir(corpus))
    if not passed:
        run.say(said)
    run.row(f"mutants/{reader}",
            f"{sum(each for each, _ in made)} mutants of {len(made)} documents, "
            f"{sum(json for _, json in made)} still JSON{watched_by(run)}",
            "each refused or equal when written again" if passed else f"exit code {code}")
    return passed


def mutants(run):
    only = run.options.only
    chosen = [reader for reader in READERS if only is None or only.search(reader)]
    if not chosen:
        raise Refused(f"--only names none of {', '.join(READERS)}")
    return all([one_reader(run, reader) for reader in chosen])


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(1000, "mutants of each document")
    arguments.add_only("only readers whose name matches", row_each=True)
    soak.main(mutants, arguments)
