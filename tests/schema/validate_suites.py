"""Holds the suites of the repository to their JSON Schema, and the schema to what ipcmark reads.

    validate_suites.py IPCMARK

Every file in scenarios/plan/suites must be valid; what the schema refuses the program must refuse too,
and what it allows the program must plan. Needs the Debian package python3-jsonschema.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema

SCENARIOS = pathlib.Path(__file__).resolve().parents[2] / "scenarios/plan"
PROGRAM = None

RIGHT = [
    {},
    {"version": 1, "name": "x", "summary": "y"},
    {"sizes": [0, "1", "1KiB", "64MiB"], "trials": 100000, "correctness_trials": 2},
    {"explain": True},
    {"waits": "all", "placements": ["same-cpu", "unpinned"], "verify": "header"},
    {"scenarios": ["counter"], "backends": [], "locks": "all", "notifiers": []},
    {"warm_up": "1.5ms", "duration": "2s"},
    {"settings": {"counter": {"variants": [{}, {"processes": 2}]}, "large_payload": {"sizes": [9]}}},
    {"settings": {"latency": {"variants": [{"gap": "5ms", "one_way": True}, {"gap_ns": 5}]}}},
    {"runners": [], "backends": ["pipe"]},
    {"options": {"depth": [4, 8], "touch": "none", "zero-copy": True, "cpus": "0-3"}},
]
WRONG = [
    {"size": [1]},
    {"version": 2},
    {"name": ""},
    {"runners": [""]},
    {"runners": "python"},
    {"trials": 0},
    {"trials": 1.5},
    {"correctness_trials": 100001},
    {"explain": "yes"},
    {"sizes": []},
    {"sizes": [-1]},
    {"sizes": ["1 KiB"]},
    {"sizes": [67108865]},
    {"duration": 5},
    {"duration": "5"},
    {"waits": "any"},
    {"waits": ["sleep"]},
    {"placements": []},
    {"verify": "some"},
    {"scenarios": "latency"},
    {"backends": [1]},
    {"settings": {"counter": {"variants": []}}},
    {"settings": {"counter": {"variants": [{"processes": -1}]}}},
    {"settings": {"counter": {"trials": 3}}},
    {"options": {"depth": []}},
    {"options": {"depth": -1}},
    {"options": [4]},
]


class Suites(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        schema = json.loads((SCENARIOS / "ipcmark.suite.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.schema = jsonschema.Draft202012Validator(schema)

    def planned(self, suite):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(suite, file)
            file.flush()
            return subprocess.run([PROGRAM, "run", "--dry-run", "--suite", file.name],
                                  capture_output=True, text=True, timeout=60)

    def test_built_in(self):
        files = sorted((SCENARIOS / "suites").glob("*.json"))
        self.assertGreaterEqual(len(files), 4)
        for file in files:
            suite = json.loads(file.read_text(encoding="utf-8"))
            self.assertEqual(list(self.schema.iter_errors(suite)), [], file)
            self.assertEqual(suite["name"], file.stem)
            answer = self.planned(suite)
            named = subprocess.run([PROGRAM, "run", "--dry-run", "--suite", file.stem],
                                   capture_output=True, text=True, timeout=60)
            cells = [text.stdout.splitlines()[:-1] for text in (answer, named)]
            self.assertEqual(cells[0], cells[1], file)
            self.assertTrue(cells[0])

    def test_schema_and_program_agree(self):
        for suite in RIGHT:
            with self.subTest(suite):
                self.assertEqual(list(self.schema.iter_errors(suite)), [])
                self.assertEqual(self.planned(suite).returncode, 0)
        for suite in WRONG:
            with self.subTest(suite):
                self.assertNotEqual(list(self.schema.iter_errors(suite)), [])
                answer = self.planned(suite)
                self.assertEqual(answer.returncode, 2, answer.stdout)
                self.assertEqual(answer.stderr.count("\n"), 1)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: validate_suites.py IPCMARK")
    PROGRAM = sys.argv.pop(1)
    unittest.main()
