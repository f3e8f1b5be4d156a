"""Runs ipcmark as a user does, in a runtime directory of its own, and looks at what it leaves."""

import os
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = None


class CommandTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(self.directory.cleanup)
        self.runtime = os.path.join(self.directory.name, "r")
        self.environment = dict(os.environ, IPCMARK_RUNTIME_DIR=self.runtime, LC_ALL="C.UTF-8")
        self.environment.pop("NO_COLOR", None)
        self.in_tmp_before = self.in_tmp()

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def start(self, *arguments, **options):
        return subprocess.Popen(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE),
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

    def until(self, condition, process):
        """Waits for something that `process` does. One that ends, or hangs, fails the test."""
        give_up = time.monotonic() + 60
        while not condition():
            if process.poll() is not None or time.monotonic() > give_up:
                process.kill()
                _, err = process.communicate()
                self.fail(f"{process.args} ended, or hung, too early; stderr: {err}")
            time.sleep(0.005)

    def in_tmp(self):
        # Another run's own runtime directory and a soak's stand as long as these last.
        runtime = f"ipcmark-{os.geteuid()}"
        return {
            name for name in os.listdir("/tmp")
            if name.startswith("ipcmark") and name != runtime and not name.startswith("ipcmark-soak-")
        }

    def left_over(self):
        left = set()
        for folder, _, files in os.walk(self.runtime):
            left |= {os.path.join(folder, name) for name in files}
        for folder in ("/dev/shm", "/dev/mqueue"):
            if os.path.isdir(folder):  # /dev/mqueue is often not mounted
                left |= {name for name in os.listdir(folder) if name.startswith("ipcmark.")}
        left |= self.in_tmp() - self.in_tmp_before
        for table in ("msg", "sem", "shm"):
            with open(f"/proc/sysvipc/{table}") as rows:
                next(rows)
                keys = [int(row.split()[0]) & 0xFFFFFFFF for row in rows]
            left |= {f"{table} {key:#x}" for key in keys if key >> 16 == 0x4950}
        return left

    def assert_nothing_left(self):
        # /dev/shm, /tmp and the SysV tables belong to the whole machine: what another run uses at this
        # moment goes away by itself, what ours left behind stays.
        left = self.left_over()
        give_up = time.monotonic() + 90
        while left and time.monotonic() < give_up:
            time.sleep(0.1)
            left &= self.left_over()
        self.assertEqual(left, set())


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
