"""Starts the commands of a run, and ends them in order when this program is ended."""

import os
import shlex
import signal
import subprocess
import sys

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


def begin():
    """From now on a signal raises Ended, once; those that were ignored stay so."""
    def ended(number, _):
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Ended(number)

    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(each) != signal.SIG_IGN:
            signal.signal(each, ended)


def printed(words, root, shown=False):
    """What the command printed. `shown`: to who started us, instead."""
    print(f"renew: {shlex.join(words)}", file=sys.stderr, flush=True)
    process = subprocess.Popen(words, cwd=root, env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL,
                               stdout=None if shown else subprocess.PIPE, text=True, encoding="utf-8",
                               errors="replace", start_new_session=True)
    try:
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
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
