#!/usr/bin/python3
"""All tests but the slow ones many times beside a busy machine, or by --slow those: none fails once."""

import re

import busy
import soak

FAILURE = re.compile(r": Failure$|\(Failed\)|\*\*\*Failed|\(Timeout\)|\*\*\*Timeout|\(SEGFAULT\)|"
                     r"\*\*\*Exception")
LINES_AFTER = 12
MAX_LINES = 200


def failures(text):
    """The lines of CTest's output that say what failed, each with some of those after it."""
    shown, until = [], 0
    for number, line in enumerate(text.splitlines()):
        if FAILURE.search(line):
            until = number + 1 + LINES_AFTER
        if number < until:
            shown.append(line)
    return "\n".join(shown[:MAX_LINES] or text.splitlines()[-LINES_AFTER:])


def flake(run):
    # The tests have runtime directories of their own, and some look at the default one, which is then
    # in the soak's TMPDIR.
    command = ["env", "-u", "IPCMARK_RUNTIME_DIR", "-u", "XDG_RUNTIME_DIR",
               "ctest", "--test-dir", run.build, "-j2",
               "--output-on-failure", "--no-tests=error", "-L" if run.options.slow else "-LE", "^slow$"]
    if run.options.only:
        command += ["-R", run.options.only.pattern]
    bad = 0
    for _ in range(run.options.count):
        with busy.busy_machine(run.processes):
            code, said = run.run(*command)
        if code != 0:
            bad += 1
            run.say(failures(said))
    run.row(run.part_of("flake, the slow tests" if run.options.slow else "flake"), f"{run.options.count} rounds",
            f"{bad} rounds with a failure; all CPUs busy beside them")
    return bad == 0


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(10, "rounds")
    arguments.add_from()
    arguments.add_only("only tests whose name matches")
    arguments.add_argument("--slow", action="store_true", help="the slow tests alone, which it else leaves out")
    soak.main(flake, arguments)
