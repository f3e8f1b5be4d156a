"""Runs ipcmark as a user does, in a runtime directory of its own, and looks at what it leaves."""

import os
import subprocess
import sys
import tempfile
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
        return subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(self.environment, **options.pop("env", {})),
            **options,
        )

    def ipcmark(self, *arguments, timeout=120, **options):
        process = self.start(*arguments, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            self.fail(f"ipcmark {' '.join(arguments)} hung; stderr: {err}")
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def assert_nothing_left(self):
        self.assertEqual(self.leftovers.added(), [])


def main():
    global PROGRAM
    if len(sys.argv) < 2:
        sys.exit("usage: test_*.py PATH_OF_IPCMARK [unittest arguments]")
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__")
