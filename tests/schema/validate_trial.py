"""Holds the schema of the trial protocol to what is said by it.

    validate_trial.py IPCMARK

The shipped runner's list and answer, and a question as ipcmark asks it, must be valid and hold nothing that
the schema omits; spoilt ones must be refused. Needs the Debian package python3-jsonschema.
"""
import copy
import importlib
import json
import pathlib
import subprocess
import sys
import unittest

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
RUNNER = ROOT / "backends/runners/python/runner"
PROGRAM = None

QUESTION = {
    "schema": "ipcmark.trial-spec", "version": {"major": 1, "minor": 3}, "key": "counter/lock", "cpus": [],
    "files": [], "shared_memory": [], "ipcmark": "/usr/bin/ipcmark",
    "spec": {"scenario": "counter", "backend": "", "lock": "lock", "size": 64, "wait": "block",
             "placement": "unpinned", "verify": "full", "touch": "full", "depth": 0, "batch": 1, "zero_copy": False,
             "messages": 0, "duration_ns": 0, "warmup_ns": 0, "cpus": [], "seed": 1, "options": {"increments": 7},
             "defaults": {"processes": 3, "increments": 5, "think_time_ns": 0}, "fault": ""}}


def schema(name):
    return json.loads((ROOT / "results/json" / name).read_text(encoding="utf-8"))


def mistakes(document, part):
    """With the other schema's parts put in their place: the library of Debian 12 does not follow a urn."""
    trial, result = schema("ipcmark.trial.schema.json"), schema("ipcmark.result.schema.json")
    definitions = {**result["$defs"], **trial["$defs"]}
    whole = json.dumps({"$ref": f"#/$defs/{part}", "$defs": definitions}).replace(f"{result['$id']}#", "#")
    checker = jsonschema.Draft202012Validator(json.loads(whole))
    return [error.message[:200] for error in checker.iter_errors(document)]


def run(*arguments, question=None):
    text = json.dumps(question) if question else None
    done = subprocess.run(arguments, input=text, capture_output=True, text=True, timeout=60, check=False)
    return json.loads(done.stdout)


class Schema(unittest.TestCase):
    def test_the_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(schema("ipcmark.trial.schema.json"))

    def test_lists_are_valid(self):
        golden = json.loads((ROOT / "tests/unit/results/golden/runner.json").read_text(encoding="utf-8"))
        for listed in (run(RUNNER, "trial", "--list"), run(PROGRAM, "trial", "--list"), golden):
            self.assertEqual(mistakes(listed, "list"), [])

    def test_what_a_mixed_pair_says_is_valid(self):
        sys.path.insert(0, str(RUNNER.parent))
        self.addCleanup(sys.path.remove, str(RUNNER.parent))
        mixed, protocol = importlib.import_module("mixed"), importlib.import_module("protocol")
        spec = {**QUESTION["spec"], "scenario": "latency", "backend": "pipe_to_cpp", "lock": "", "options": {}}
        question = protocol.Question(json.dumps({**QUESTION, "spec": spec}))
        there, back = mixed.PipePair(question), mixed.PipePair(question)
        asked, fds = mixed.peer_question(question, "echo", 1, (there, back))
        self.assertEqual(mistakes(asked, "peer_question"), [])
        there.sender().send(b"")
        with subprocess.Popen([PROGRAM, "trial", "--peer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                              pass_fds=fds) as peer:
            said, _ = peer.communicate(json.dumps(asked) + "\ngo\nend\n", timeout=60)
        ready, report = said.splitlines()
        self.assertEqual(ready, "ready")
        self.assertEqual(mistakes(json.loads(report), "peer_report"), [])
        self.assertNotEqual(mistakes({**asked, "worker": 2}, "peer_question"), [])

    def test_a_question_and_its_answer_are_valid(self):
        self.assertEqual(mistakes(QUESTION, "question"), [])
        answer = run(RUNNER, "trial", "--spec", "-", question=QUESTION)
        self.assertEqual(mistakes(answer, "answer"), [])
        self.assertEqual(answer["trial"]["counts"]["counter_final"], 21)
        self.assertEqual(answer["key"], "counter/lock")

    def test_what_is_spoilt_is_refused(self):
        def spoilt(document, edit):
            other = copy.deepcopy(document)
            edit(other)
            return other
        listed = run(RUNNER, "trial", "--list")
        for part, document, edit in (
                ("list", listed, lambda d: d.update(schema="x")),
                ("list", listed, lambda d: d["version"].update(major=2)),
                ("list", listed, lambda d: d["mechanisms"][0].update(name="A/B")),
                ("list", listed, lambda d: d["mechanisms"][0].pop("scenarios")),
                ("list", listed, lambda d: d["mechanisms"][0].update(kind="queue")),
                ("question", QUESTION, lambda d: d.pop("spec")),
                ("question", QUESTION, lambda d: d["spec"].update(wait="long")),
                ("answer", {"schema": "ipcmark.trial", "version": {"major": 1}, "key": "", "trial": {}}, lambda d: d)):
            self.assertNotEqual(mistakes(spoilt(document, edit), part), [], (part, edit))

    def test_a_wrong_question_is_refused_with_its_exit_code(self):
        for text, code in (("{", 2), ('{"schema": "x"}', 2),
                           (json.dumps({**QUESTION, "version": {"major": 2}}), 3)):
            done = subprocess.run([RUNNER, "trial", "--spec", "-"], input=text, capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual((done.returncode, done.stdout), (code, ""))
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
