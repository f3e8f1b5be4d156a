"""Two stored results: what is said of them, and the exit code of each finding."""

import copy
import json
import math
import os
import statistics

import command
from command import CommandTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
GOLDEN = os.path.join(ROOT, "tests", "unit", "results", "golden", "result.json")


def cell(backend, rate, spread=0.02, trials=20):
    """A stream whose trials lie evenly around a rate."""
    return {
        "asked": {"scenario": "throughput", "backend": backend},
        "trials": [
            {
                "round": i,
                "state": "passed",
                "metrics": [{
                    "name": "rate",
                    "unit": "msg/s",
                    "value": rate * (1 + spread * ((7 * i % trials) / (trials - 1) - 0.5)),
                }],
            }
            for i in range(trials)
        ],
    }


def result(*cells, **facts):
    return {
        "schema": "ipcmark.result",
        "version": {"major": 1, "minor": 0},
        "run": {"id": "r"},
        "environment": {"kernel": {"release": "6.1"}, "cpu": dict({"model": "X"}, **facts)},
        "cells": list(cells),
    }


BASE = result(cell("pipe", 1000), cell("fifo", 900))


class Compare(CommandTest):
    def write(self, name, document):
        path = self.path(name)
        with open(path, "w") as file:
            json.dump(document, file)
        return path

    def hold(self, verb, base, candidate, *arguments):
        return self.ipcmark(verb, self.write("a.json", base), self.write("b.json", candidate),
                            *arguments)

    def assert_one_sentence(self, answer, *parts):
        lines = answer.stderr.splitlines()
        self.assertEqual(len(lines), 1, answer.stderr)
        for part in ("ipcmark: ",) + parts:
            self.assertIn(part, lines[0])

    def test_no_regression(self):
        answer = self.hold("gate", BASE, BASE)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(answer.stderr, "")
        self.assertIn("2 NO REGRESSION", answer.stdout)
        self.assertIn("Advisory", answer.stdout)
        self.assertNotIn("\033", answer.stdout)

    def test_regression(self):
        slower = result(cell("pipe", 800), cell("fifo", 900))
        answer = self.hold("gate", BASE, slower)
        self.assertEqual(answer.returncode, 1, answer.stderr)
        self.assertIn("1 REGRESSION, 1 NO REGRESSION", answer.stdout)
        self.assertEqual(self.hold("compare", BASE, slower).returncode, 0)
        self.assertEqual(self.hold("gate", slower, BASE).returncode, 0)  # the other way: improved
        self.assertEqual(self.hold("gate", BASE, slower, "--threshold", "40%").returncode, 0)

    def test_inconclusive(self):
        noisy = result(cell("pipe", 1000, spread=0.3), cell("fifo", 900))
        answer = self.hold("gate", BASE, noisy)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"too noisy, about \d+ more trials")
        answer = self.hold("gate", BASE, noisy, "--fail-on-inconclusive")
        self.assertEqual(answer.returncode, 4, answer.stderr)

    def test_unsteady_and_unfinished_trials_are_not_gated(self):
        slower = result(cell("pipe", 800), cell("fifo", 900))
        for i, trial in enumerate(slower["cells"][0]["trials"]):
            trial.update({"steady": False} if i % 2 else {"state": "interrupted"})
        answer = self.hold("gate", BASE, slower)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("no trial that finished in a steady state", answer.stdout)

    def test_other_machine(self):
        answer = self.hold("gate", BASE, dict(BASE, environment=result(governor="x")["environment"]))
        self.assertEqual(answer.returncode, 3)
        self.assertEqual(answer.stdout, "")
        self.assert_one_sentence(answer, "incomparable", "cpu governor: not recorded and x")

    def test_cell_on_one_side(self):
        for base, candidate, side in [(BASE, result(cell("pipe", 1000)), "candidate"),
                                      (result(cell("pipe", 1000)), BASE, "base")]:
            for verb in ("gate", "compare"):
                answer = self.hold(verb, base, candidate)
                self.assertEqual(answer.returncode, 3)
                self.assert_one_sentence(answer, f"the {side} lacks 1 cell", "throughput/fifo")
                self.assertIn("throughput/pipe", answer.stdout)  # the others are still compared
        skipped = copy.deepcopy(BASE)
        skipped["cells"][1]["trials"] = [{"state": "skipped", "reason": "no FIFO here"}]
        self.assertEqual(self.hold("gate", BASE, skipped).returncode, 3)
        self.assertEqual(self.hold("gate", skipped, skipped).returncode, 0)

    def test_newer_format(self):
        answer = self.hold("gate", BASE, dict(BASE, version={"major": 99, "minor": 0}))
        self.assertEqual(answer.returncode, 3)
        self.assert_one_sentence(answer, "newer ipcmark", "format 99")

    def test_failed_cell(self):
        broken = copy.deepcopy(BASE)
        broken["cells"][0]["trials"][3] = {"state": "failed", "reason": "lost 3 messages"}
        broken["cells"][1] = cell("fifo", 100)  # a regression besides
        answer = self.hold("gate", BASE, broken)
        self.assertEqual(answer.returncode, 5, answer.stderr)
        self.assertIn("lost 3 messages", answer.stdout)
        self.assertEqual(self.hold("gate", broken, BASE).returncode, 0)

    def test_nothing_to_compare(self):
        self.assertEqual(self.hold("gate", result(), result()).returncode, 77)

    def test_repeats_widen(self):
        slower = result(cell("pipe", 800), cell("fifo", 900))
        repeats = [self.write(f"r{i}.json", result(cell("pipe", rate), cell("fifo", 900)))
                   for i, rate in enumerate((1000, 800, 1250))]
        answer = self.hold("gate", BASE, slower, "--repeats", ",".join(repeats))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("3 runs of one build", answer.stdout)
        self.assertIn("more trials will not decide it", answer.stdout)

    def repeats(self, *rates, **facts):
        return ",".join(
            self.write(f"r{i}.json", result(cell("pipe", rate), cell("fifo", 900), **facts))
            for i, rate in enumerate(rates))

    def test_a_stored_variation_does_what_the_repeats_do(self):
        slower = result(cell("pipe", 800), cell("fifo", 900))
        stored = self.path("v.json")
        answer = self.hold("gate", BASE, slower, "--repeats", self.repeats(1000, 800, 1250),
                           "--variation-out", stored)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(stored) as file:
            variation = json.load(file)
        self.assertEqual((variation["schema"], variation["runs"]), ("ipcmark.variation", 3))
        self.assertEqual(variation["environment"], {"kernel": {"release": "6.1"},
                                                    "cpu": {"model": "X"}})
        pipe = [figure for figure in variation["figures"] if "pipe" in figure["cell"]]
        self.assertEqual([(figure["name"], figure["runs"]) for figure in pipe], [("rate", 3)])
        logs = [math.log(rate) for rate in (1000, 800, 1250)]
        self.assertAlmostEqual(pipe[0]["deviation"], statistics.stdev(logs), places=6)
        for verb in ("gate", "compare"):
            again = self.hold(verb, BASE, slower, "--variation", stored)
            self.assertEqual((again.returncode, again.stderr, again.stdout),
                             (0, "", answer.stdout))
        self.assertEqual(self.hold("gate", BASE, slower).returncode, 1)  # it was the widening

    def test_a_variation_that_cannot_be_used(self):
        stored = self.path("v.json")
        self.hold("compare", BASE, BASE, "--repeats", self.repeats(1000, 990), "--variation-out",
                  stored)
        with open(stored) as file:
            good = json.load(file)
        elsewhere = dict(good, environment={"kernel": {"release": "5.4"}, "cpu": {"model": "X"}})
        for variation, code, parts in [
            (elsewhere, 3, ("another machine's", "kernel release: 5.4 and 6.1")),
            (dict(good, schema="ipcmark.result"), 2, ("--variation-out", "not a variation")),
            (dict(good, version={"major": 2, "minor": 0}), 3, ("newer ipcmark",)),
            (dict(good, figures=[dict(good["figures"][0], runs=1)]), 2, ("/figures/0/runs",)),
            (dict(good, figures=[dict(good["figures"][0], deviation=-1)]), 2, ("deviation",)),
        ]:
            with self.subTest(parts=parts):
                answer = self.hold("gate", BASE, BASE, "--variation", self.write("x.json", variation))
                self.assertEqual(answer.returncode, code, answer.stderr)
                self.assertEqual(answer.stdout, "")
                self.assert_one_sentence(answer, *parts)
        for arguments, part in [
            (["--variation", "/nonexistent.json"], "/nonexistent.json"),
            (["--variation", stored, "--repeats", stored], "--repeats"),
            (["--variation-out", stored], "--repeats"),
            (["--variation-out", stored, "--repeats", self.repeats(1000)], "two --repeats"),
            (["--variation-out", "/nonexistent/v.json", "--repeats", self.repeats(1000, 990)],
             "/nonexistent/v.json"),
        ]:
            with self.subTest(arguments=arguments):
                answer = self.hold("compare", BASE, BASE, *arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assert_one_sentence(answer, part)

    def test_the_code_of_compare_does_not_hang_on_verdicts(self):
        lacking = result(cell("pipe", 800))  # worse, and a cell is missing
        self.assertEqual(self.hold("gate", BASE, lacking).returncode, 1)
        self.assertEqual(self.hold("compare", BASE, lacking).returncode, 3)

    def test_what_a_run_wrote_is_read(self):
        answer = self.ipcmark("compare", GOLDEN, GOLDEN)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("latency/pipe", answer.stdout)

    def test_files(self):
        import jsonschema

        slower = result(cell("pipe", 800), cell("fifo", 900))
        answer = self.hold("gate", BASE, slower, "--json", self.path("c.json"), "--markdown",
                           self.path("c.md"))
        self.assertEqual(answer.returncode, 1, answer.stderr)
        with open(self.path("c.json")) as file:
            comparison = json.load(file)
        with open(os.path.join(ROOT, "results", "json", "ipcmark.comparison.schema.json")) as file:
            jsonschema.validate(comparison, json.load(file))
        self.assertEqual(comparison["counts"]["regression"], 1)
        with open(self.path("c.md")) as file:
            self.assertIn("| `throughput/pipe", file.read())

    def test_golden_is_valid(self):
        import jsonschema

        with open(os.path.join(ROOT, "results", "json", "ipcmark.comparison.schema.json")) as file:
            schema = json.load(file)
        for part in [schema] + list(schema["$defs"].values()):  # ours has no field beside these
            if "properties" in part:
                part["additionalProperties"] = False
        with open(os.path.join(ROOT, "tests", "unit", "results", "golden", "compare.json")) as file:
            jsonschema.validate(json.load(file), schema)

    def test_mistakes(self):
        good = self.write("good.json", BASE)
        broken = self.path("broken.json")
        with open(broken, "w") as file:
            file.write("{\n  \"schema\": oops\n}")
        for arguments, part in [
            ([good], "CANDIDATE"),
            ([good, "/nonexistent.json"], "/nonexistent.json"),
            ([good, broken], "line 2"),
            ([good, good, "--threshold", "0.05"], "write one such as 3%"),
            ([good, good, "--threshold", "0%"], "'0%' is not a share"),
            ([good, good, "--json", "/nonexistent/c.json"], "/nonexistent/c.json"),
        ]:
            with self.subTest(arguments=arguments):
                answer = self.ipcmark("gate", *arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assert_one_sentence(answer, part)


if __name__ == "__main__":
    command.main()
