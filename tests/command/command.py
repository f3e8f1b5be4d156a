"""Runs ipcmark as a user does, in a runtime directory of its own, and looks at what it leaves."""

import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "soak"))
import leftovers

PROGRAM = None


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(self.directory.cleanup)
        self.runtime = os.path.join(self.directory.name, "r")
        self.environment = dict(os.environ, IPCMARK_RUNTIME_DIR=self.runtime, LC_ALL="C.UTF-8")
        self.environment.pop("NO_COLOR", None)
        self.leftovers = leftovers.Leftovers(leftovers.of_runs_in(self.runtime), settle_s=90)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def start(self, *arguments, **options):
        """A process that the test waits for; one that fails before that leaves none behind."""
        process = subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE),
            text=True,
            env=dict(self.environment, **options.pop("env", {})),
            **options,
        )
        self.addCleanup(end, process)
        return process

    def ipcmark(self, *arguments, timeout=120, **options):
        process = self.start(*arguments, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"ipcmark {' '.join(arguments)} hung; stderr: {err}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def until(self, condition, process):
        """Waits for something that `process` does. One that ends, or hangs, fails the test."""
        give_up = time.monotonic() + 60
        while not condition():
            if process.poll() is not None or time.monotonic() > give_up:
                process.kill()
                _, err = process.communicate()
                self.fail(f"{process.args} ended, or hung, too early; stderr: {err}")
            time.sleep(0.005)

    def is_sanitized(self):
        """Whether the program is built with sanitizers, which need much address space and no tracer."""
        return "sanitizers: none" not in self.ipcmark("--version").stdout

    def assert_nothing_left(self):
        self.assertEqual(self.leftovers.added(), [])


def end(process):
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def lines_of(path):
    """How many a file has so far; 0 before it is there."""
    try:
        with open(path, "rb") as file:
            return file.read().count(b"\n")
    except FileNotFoundError:
        return 0


def main():
    global PROGRAM
    if len(sys.argv) < 2:
        sys.exit("usage: test_*.py PATH_OF_IPCMARK [unittest arguments]")
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__")
