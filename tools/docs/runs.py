"""Starts the commands of a run, and ends them in order when this program is ended."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
END_S = 30  # for a run to end in order
# As on a terminal of 100 columns in which everybody may read the document.
ENVIRONMENT = {"COLUMNS": "100", "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


class Failed(Exception):
    """A run that has no result. Its text is one sentence."""


class Ended(BaseException):
    """A signal ended this program."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


class _Signals:
    """A signal raises Ended, once; while `held`, when that is over."""

    held = False
    pending = None

    def arrived(self, number, _):
        if self.held:
            self.pending = number
            return
        for each in ENDING:
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    def hold(self):
        self.held = True

    def release(self):
        self.held = False
        if self.pending is not None:
            self.arrived(self.pending, None)


_signals = _Signals()


def begin():
    """From now on a signal raises Ended; those that were ignored stay so."""
    for each in ENDING:
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, _signals.arrived)


def printed(words, root, shown=False):
    """What the command printed. `shown`: to who started us, instead."""
    print(f"renew: {shlex.join(words)}", file=sys.stderr, flush=True)
    _signals.hold()  # until there is a process to end
    process = subprocess.Popen(words, cwd=root, env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL,
                               stdout=None if shown else subprocess.PIPE, text=True, encoding="utf-8",
                               errors="replace", start_new_session=True)
    try:
        _signals.release()
        said, _ = process.communicate()
    except Ended:
        _end(process)
        raise
    if process.returncode != 0:
        print(said or "", end="", file=sys.stderr)
        raise Failed(f"'{os.path.basename(words[0])}' ended with {process.returncode}, for the reason above")
    return said


def _end(process):
    """The whole group, which may be a script and what it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.communicate(timeout=END_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
