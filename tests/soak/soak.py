"""What every soak begins and ends with: arguments, a directory of its own, rows, an orderly end.

Exit codes: 0 the soak passed, 1 it did not, 2 it could not run, 128 + N ended by the signal N.
"""

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import interruption
import leftovers
import program
import record
from program import Refused

RESULTS = os.path.join(program.ROOT, "tests", "soak", "results.md")
INTERRUPTED_SETTLE_S = 5


def whole_number(text, low=1):
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) < low:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number from {low} to 999999")
    return int(text)


def seconds(text):
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds from 0 to 3600")
    return value


def regex(text):
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"'{text}' is no regular expression: {error}")


class Arguments(argparse.ArgumentParser):
    """A mistake is one sentence and exit code 2."""

    def __init__(self, description, options=True, **rest):
        """Without `options`: those of a program whose kinds have them."""
        super().__init__(description=description, allow_abbrev=False, **rest)
        if not options:
            return
        self.add_argument("--record", action="store_true",
                          help="put the rows into tests/soak/results.md, in place of this soak's last")
        self.add_argument("--build", metavar="DIR",
                          help="where ipcmark was built (build/check, else build/release)")
        self.add_argument("--settle", metavar="SECONDS", type=seconds, default=60,
                          help="how long what seems to be left over may take to go away (60): it "
                               "may belong to another run")

    def add_count(self, default, what, name="COUNT", low=1):
        self.add_argument(name.lower(), metavar=name, nargs="?", default=default,
                          type=lambda text: whole_number(text, low), help=f"{what} ({default})")

    def add_from(self):
        """For soaks of hours: parts that run apart, each recorded in a row of its own."""
        self.add_argument("--from", dest="first", metavar="N", default=1, type=whole_number,
                          help="number of the first (1): the soak goes on where an earlier part ended")

    def add_only(self, what, row_each=False):
        """`row_each`: each that is chosen has a row of its own, so that a part can be recorded."""
        self.add_argument("--only", metavar="REGEX", type=regex, help=what)
        self.set_defaults(only_is_a_row=row_each)

    def error(self, message):
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


class Soak:
    """A soak that runs. `say` and the rows may be used from the main thread only."""

    def __init__(self, options):
        self.options = options
        self.build = program.find_build(options.build)
        self.ipcmark = os.path.join(self.build, "ipcmark")
        self.record = record.Record(RESULTS) if options.record else None
        self.revision = program.revision()
        self.work = tempfile.mkdtemp(prefix=leftovers.SOAK_PREFIX, dir="/tmp")
        runtime, temporary = self.path("runtime"), self.path("tmp")
        os.mkdir(temporary)
        self.processes = program.Processes(
            dict(os.environ, IPCMARK_RUNTIME_DIR=runtime, TMPDIR=temporary))
        self.leftovers = leftovers.Leftovers(leftovers.of_runs_in(runtime, temporary), options.settle)
        self.left_in_all = 0
        self.begin_row()

    def path(self, name):
        return os.path.join(self.work, name)

    def say(self, text):
        if text:
            print(text.rstrip("\n"), file=sys.stderr, flush=True)

    def run(self, *command, name="output"):
        """Runs it to its end: its exit code, and what it printed."""
        with open(self.path(name), "w+", errors="replace") as output:
            code = self.processes.run(command, output)
            output.seek(0)
            return code, output.read()

    @contextlib.contextmanager
    def cleaning(self):
        """`ipcmark clean` again and again. Yields what it said each time that it failed."""
        over, failures = threading.Event(), []

        def clean():
            while not over.is_set():
                with contextlib.suppress(Refused):  # the soak is being ended
                    code, said = self.run(self.ipcmark, "clean", name="cleaning")
                    if code != 0:
                        failures.append(said)

        thread = threading.Thread(target=clean)
        thread.start()
        try:
            yield failures
        finally:
            over.set()
            thread.join()

    def left_over(self):
        """How many objects were left since the last look; said, and then the soak has not passed."""
        left = self.leftovers.added()
        for each in left:
            self.say(f"left over: {each}")
        self.left_in_all += len(left)
        return len(left)

    def begin_row(self):
        self.began = time.monotonic()

    def part_of(self, kind):
        """The name of the row of what `--from` and the count choose of a soak."""
        first = self.options.first
        return kind if first == 1 else f"{kind}, from number {first} on"

    def row(self, kind, extent, outcome):
        """Prints, and with --record keeps, one row; it says what the soak left behind until now."""
        if left := self.left_over():
            outcome += f"; {left} objects left over"
        took = f"{time.monotonic() - self.began:.0f} s"
        row = record.Row(kind, extent, outcome, self.revision, record.today(), took)
        print(row, flush=True)
        if self.record:
            with interruption.whole():
                self.record.write(row)
        self.begin_row()

    def close(self, interrupted):
        """Ends what still runs, removes what it left, and says what cannot be removed."""
        self.processes.end()
        try:
            subprocess.run([self.ipcmark, "clean"], env=self.processes.environment,
                           stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=program.END_S)
        except (OSError, subprocess.TimeoutExpired):
            self.say(f"{self.ipcmark} clean did not end; what is left is named in {self.work}")
            return
        if interrupted:  # tests that were ended, which no manifest speaks of
            self.leftovers.settle_s = min(self.leftovers.settle_s, INTERRUPTED_SETTLE_S)
            self.left_over()
        shutil.rmtree(self.work, ignore_errors=True)


def main(body, arguments, argv=None):
    """Runs `body`, which says by True that the soak passed, and ends the program."""
    options = arguments.parse_args(argv)
    if options.record and getattr(options, "only", None) and not options.only_is_a_row:
        arguments.error("--record is for the whole soak; leave out --only")
    soak, code = None, 1
    interruption.begin()
    try:
        with interruption.whole():
            soak = Soak(options)
        passed = body(soak)
        soak.left_over()
        code = 0 if passed and soak.left_in_all == 0 else 1
    except (Refused, record.NotATable) as error:
        print(f"{arguments.prog}: {error}", file=sys.stderr)
        code = 2
    except interruption.Interrupted as signalled:
        code = 128 + signalled.number
        name = signal.Signals(signalled.number).name
        print(f"{arguments.prog}: ended by {name}, without a result", file=sys.stderr)
    finally:
        interruption.ignore()
        if soak:
            soak.close(interrupted=code > 128)
    sys.exit(code)
