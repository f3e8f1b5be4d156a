"""A program with one backend and one scenario more: both are listed, run, and stand in the result."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None


class OutOfTree(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(self.directory.cleanup)

    def run_program(self, *arguments):
        environment = dict(os.environ, IPCMARK_RUNTIME_DIR=os.path.join(self.directory.name, "r"))
        done = subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=environment, timeout=100)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done.stdout

    def cells(self, *arguments):
        path = os.path.join(self.directory.name, "result.json")
        self.run_program("run", "--quiet", "--trials", "1", "--json", path, *arguments)
        with open(path) as file:
            return {cell["key"]: cell for cell in json.load(file)["cells"]}

    def test_both_are_listed(self):
        self.assertIn("packet_pipe", self.run_program("list", "backends"))
        self.assertIn("sum", self.run_program("list", "scenarios"))

    def test_the_backend_runs_a_built_in_scenario(self):
        cells = self.cells("--backend", "packet_pipe", "--scenario", "latency", "--size", "64",
                           "--duration", "20ms")
        self.assertEqual([key.split("/")[:2] for key in cells], [["latency", "packet_pipe"]])
        for cell in cells.values():
            self.assertEqual([trial["state"] for trial in cell["trials"]], ["passed"])

    def test_the_scenario_runs_over_both(self):
        cells = self.cells("--backend", "packet_pipe,pipe", "--scenario", "sum")
        self.assertEqual({key.split("/")[1] for key in cells}, {"packet_pipe", "pipe"})
        for cell in cells.values():
            for trial in cell["trials"]:
                self.assertEqual((trial["state"], trial["counts"]["sum"]), ("passed", 500500))


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
