"""Two stored results: what is said of them, and the exit code of each finding."""

import copy
import json
import math
import os
import re
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


def trips(fast, slow, slow_ns, trials=20):
    """A cell of round trips of 600 ns and some slow ones."""
    return {
        "asked": {"scenario": "latency", "backend": "pipe"},
        "trials": [{
            "round": i,
            "state": "passed",
            "histograms": {"round_trip": {
                "unit": "ns", "count": fast + slow, "min": 600, "max": slow_ns,
                "sum": fast * 600 + slow * slow_ns, "bucket_index": [600, slow_ns],
                "bucket_count": [fast, slow]}},
        } for i in range(trials)],
    }


def load(saturated, trials=20):
    """A cell of an open loop, of which so many trials did not keep up."""
    times = {"unit": "ns", "count": 1000, "min": 600, "max": 600, "sum": 600000, "bucket_index": [600],
             "bucket_count": [1000]}
    late = {"state": "passed", "counts": {"saturated": 1}}
    whole = {"state": "passed", "histograms": {"lag": times, "response": times, "service": times}}
    return {"asked": {"scenario": "load", "backend": "pipe"},
            "trials": [dict(late if i < saturated else whole, round=i) for i in range(trials)]}


class Compare(CommandTest):
    def write(self, name, document):
        path = self.path(name)
        with open(path, "w") as file:
            json.dump(document, file)
        return path

    def hold(self, verb, base, candidate, *arguments):
        return self.ipcmark(verb, self.write("a.json", base), self.write("b.json", candidate), *arguments)

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

    def test_a_run_that_was_ended_early_is_not_judged(self):
        ended = copy.deepcopy(BASE)
        ended["run"]["interrupted"] = True
        for base, candidate, said in ((BASE, ended, "the candidate's run was ended"),
                                      (ended, BASE, "the base's run was ended"),
                                      (ended, ended, "both runs were ended")):
            with self.subTest(said):
                answer = self.hold("gate", base, candidate, "--json", self.path("c.json"),
                                   "--markdown", self.path("c.md"))
                self.assertEqual(answer.returncode, 3, answer.stderr)
                self.assert_one_sentence(answer, "incomparable: ", said, "Measure it whole.")
                self.assertIn("interrupted: no verdict", answer.stdout)
                with open(self.path("c.json")) as file:
                    document = json.load(file)
                self.assertTrue(document["interrupted"])
                self.assertFalse(any(figure["gated"] for figure in document["figures"]))
                with open(self.path("c.md")) as file:
                    self.assertIn(said, file.read())

    def test_the_last_line_says_what_failed_or_is_missing(self):
        broken = copy.deepcopy(BASE)
        broken["cells"][1]["trials"][3] = {"round": 3, "state": "failed", "reason": "it broke"}
        answer = self.hold("gate", BASE, broken)
        self.assertEqual(answer.returncode, 5, answer.stderr)
        self.assertTrue(answer.stdout.splitlines()[-1].startswith("1 FAILED, "), answer.stdout)
        answer = self.hold("gate", BASE, result(cell("pipe", 1000)))
        self.assertEqual(answer.returncode, 3, answer.stderr)
        self.assertEqual(answer.stdout.splitlines()[-1],
                         "1 MISSING in the candidate, 1 NO REGRESSION")
        answer = self.hold("gate", result(cell("pipe", 1000)), BASE)
        self.assertEqual(answer.stdout.splitlines()[-1], "1 MISSING in the base, 1 NO REGRESSION")

    def test_inconclusive(self):
        noisy = result(cell("pipe", 1000, spread=0.3), cell("fifo", 900))
        answer = self.hold("gate", BASE, noisy)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"too noisy, about \d+ more trials")
        answer = self.hold("gate", BASE, noisy, "--fail-on-inconclusive")
        self.assertEqual(answer.returncode, 4, answer.stderr)

    def test_unsteady_trials_are_judged(self):
        slower = result(cell("pipe", 800), cell("fifo", 900))
        for i, trial in enumerate(slower["cells"][0]["trials"]):
            trial["steady"] = i % 2 == 0
        answer = self.hold("gate", BASE, slower)
        self.assertEqual(answer.returncode, 1, answer.stderr)
        self.assertIn("Not steady after warm-up, and judged with the others: 0 of 40 trials of the "
                      "base, 10 of 40 of the candidate.", " ".join(answer.stdout.split()))
        self.assertIn("more often not steady than chance explains", answer.stdout)

    def test_too_few_trials_are_no_good_news(self):
        for trials, code in ((6, 4), (9, 0)):
            few = result(cell("pipe", 1000, trials=trials), cell("fifo", 900, trials=trials))
            answer = self.hold("gate", few, few)
            self.assertEqual(answer.returncode, code, answer.stdout)
            self.assertEqual("2 TOO FEW ROUNDS" in answer.stdout, code == 4, answer.stdout)
            self.assertEqual(self.hold("compare", few, few).returncode, 0)
        stopped = copy.deepcopy(BASE)
        for trial in stopped["cells"][0]["trials"][5:]:
            trial["state"] = "interrupted"
        self.assertEqual(self.hold("gate", BASE, stopped).returncode, 4)

    def test_a_tail_that_vanishes_is_a_row(self):
        base = result(trips(11_850, 150, 700))
        thin = result(trips(2_400, 50, 1_900))  # as many as fit into the same time
        for verb, code in (("gate", 0), ("compare", 0)):
            answer = self.hold(verb, base, thin, "--json", self.path("c.json"), "--markdown",
                               self.path("c.md"))
            self.assertEqual(answer.returncode, code, answer.stderr)
            self.assertRegex(answer.stdout, r"p99 .*INCONCLUSIVE")
            self.assertIn("the candidate's in 0 of 20 trials", " ".join(answer.stdout.split()))
            with open(self.path("c.json")) as file:
                tail = [f for f in json.load(file)["figures"] if f.get("quantile") == 0.99]
            self.assertEqual([(f["verdict"], f["candidate"]) for f in tail],
                             [("INCONCLUSIVE", None)])
            self.assertEqual(tail[0]["base"], 700)
            with open(self.path("c.md")) as file:
                self.assertIn("| p99 | 700 ns |  |", file.read())
        answer = self.hold("gate", base, thin, "--fail-on-inconclusive")
        self.assertEqual(answer.returncode, 4)

    def test_what_one_side_measured_in_no_trial_is_missing(self):
        without = copy.deepcopy(BASE)
        for trial in without["cells"][0]["trials"]:
            trial["metrics"] = []
        for base, candidate, side in [(BASE, without, "candidate"), (without, BASE, "base")]:
            answer = self.hold("gate", base, candidate)
            self.assertEqual(answer.returncode, 3, answer.stdout)
            self.assert_one_sentence(answer, f"the {side} lacks 1 of what is compared",
                                     "rate: measured in no trial")

    def assert_valid(self, name):
        import jsonschema

        with open(self.path(name)) as file:
            document = json.load(file)
        with open(os.path.join(ROOT, "results", "json", "ipcmark.comparison.schema.json")) as file:
            jsonschema.validate(document, json.load(file))
        return document

    def test_a_candidate_that_keeps_up_more_seldom_is_a_row(self):
        for before, after, rows in [(0, 1, 1), (3, 20, 1), (3, 3, 0), (20, 3, 0)]:
            with self.subTest(before=before, after=after):
                base, candidate = result(cell("fifo", 900), load(before)), result(cell("fifo", 900), load(after))
                answer = self.hold("gate", base, candidate, "--json", self.path("c.json"))
                self.assertEqual(answer.returncode, 0, answer.stdout)
                self.assertIn("its times are not compared", " ".join(answer.stdout.split()))
                figures = [f for f in self.assert_valid("c.json")["figures"] if f["cell"].startswith("load/")]
                self.assertEqual([(f["name"], f["quantile"], f["verdict"]) for f in figures],
                                 rows * [("response", 0.5, "INCONCLUSIVE")])
                answer = self.hold("gate", base, candidate, "--fail-on-inconclusive")
                self.assertEqual(answer.returncode, 4 if rows else 0, answer.stdout)

    def test_where_the_clocks_step_prevents_a_verdict_no_rounds_are_promised(self):
        def stepped():
            times = {"unit": "ns", "count": 1000, "min": 171, "max": 171, "sum": 171000, "bucket_index": [171],
                     "bucket_count": [1000]}
            made = result({"asked": {"scenario": "latency", "backend": "shm_ring"},
                           "trials": [{"round": i, "state": "passed", "histograms": {"round_trip": times}}
                                      for i in range(20)]})
            made["environment"]["clock"] = {"step_ns": "10"}
            return made

        answer = self.hold("gate", stepped(), stepped(), "--json", self.path("c.json"))
        self.assertEqual(answer.returncode, 0, answer.stdout)
        text = " ".join(answer.stdout.split())
        self.assertIn("the clock's step of 10 ns prevents a verdict, and more trials cannot change that", text)
        self.assertNotIn("about", text.split("prevents a verdict")[1].split("Notes")[0])
        self.assertNotIn("more_rounds", json.dumps(self.assert_valid("c.json")["figures"]))
        threshold = re.search("--threshold '([^']+)'", text).group(1)
        answer = self.hold("gate", stepped(), stepped(), "--threshold", threshold, "--fail-on-inconclusive")
        self.assertEqual(answer.returncode, 0, answer.stdout)

    def test_what_came_to_no_end_on_either_side_is_no_good_news(self):
        void = copy.deepcopy(BASE)
        for trial in void["cells"][1]["trials"]:
            trial.update(state="interrupted", cause="void-round", reason="void round: the machine was suspended")
        answer = self.hold("gate", void, void, "--json", self.path("c.json"))
        self.assertEqual(answer.returncode, 4, answer.stdout)
        self.assertIn("all its 20 rounds are void: the machine was suspended (20)", " ".join(answer.stdout.split()))
        self.assert_valid("c.json")
        self.assertEqual(self.hold("compare", void, void).returncode, 0)
        skipped = copy.deepcopy(BASE)
        skipped["cells"][1]["trials"] = [{"state": "skipped", "reason": "no FIFO here"}]
        answer = self.hold("gate", skipped, skipped)
        self.assertEqual(answer.returncode, 0, answer.stdout)
        self.assertIn("Measured on neither side: throughput/fifo", answer.stdout)

    def test_across_what_differs(self):
        other = dict(BASE, environment={"kernel": {"release": "6.9"}, "cpu": {"model": "X"},
                                        "limits": {"cgroup.cpu.max": "max"}})
        answer = self.hold("gate", BASE, other)
        self.assertEqual(answer.returncode, 3)
        self.assert_one_sentence(answer, "kernel release: 6.1 and 6.9", "limits cgroup.cpu.max",
                                 "--across kernel,limits")
        answer = self.hold("gate", BASE, other, "--across", "kernel")
        self.assertEqual(answer.returncode, 3)
        self.assertNotIn("6.9", answer.stderr)
        answer = self.hold("gate", BASE, other, "--across", "kernel,limits", "--json",
                           self.path("c.json"))
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertEqual(answer.stdout.count("NO REGRESSION across kernel, limits"), 3)
        self.assertIn("kernel release: 6.1 and 6.9", answer.stdout)
        with open(self.path("c.json")) as file:
            document = json.load(file)
        self.assertEqual(len(document["across"]), 2)
        self.assertEqual([f["across"] for f in document["figures"] if f["gated"]],
                         [["kernel", "limits"]] * 2)

    def test_a_limit_that_no_cell_touches_is_no_difference(self):
        def limits(**values):
            return dict(BASE, environment=dict(BASE["environment"], limits=values))

        for name in ("mqueue.msg_max", "msgmax", "rlimit.nofile"):
            answer = self.hold("gate", limits(**{name: "1"}), limits(**{name: "2"}))
            self.assertEqual(answer.returncode, 0, answer.stderr)
        answer = self.hold("gate", limits(**{"pipe-max-size": "1"}), limits(**{"pipe-max-size": "2"}))
        self.assertEqual(answer.returncode, 3)

    def test_alarms_and_thresholds(self):
        faster = result(cell("pipe", 1300), cell("fifo", 900))
        self.assertEqual(self.hold("gate", BASE, faster).returncode, 0)
        self.assertEqual(self.hold("gate", BASE, faster, "--fail-on-improvement").returncode, 1)
        for threshold, code in (("rate=40%", 0), ("throughput/pipe:40%", 0),
                                ("throughput/fifo:rate=40%", 1)):
            answer = self.hold("gate", faster, BASE, "--threshold", threshold)
            self.assertEqual(answer.returncode, code, answer.stdout)
        answer = self.hold("gate", faster, BASE, "--threshold", "3%", "--threshold", "rate=40%")
        self.assertEqual(answer.returncode, 0, answer.stdout)

    def test_a_threshold_that_fits_nothing_is_refused(self):
        thin, whole = result(trips(2_400, 50, 1_900)), result(trips(11_850, 150, 700))
        output = self.path("c.json")
        for verb in ("gate", "compare"):
            answer = self.hold(verb, BASE, BASE, "--threshold", "p99=20%", "--json", output)
            self.assertEqual(answer.returncode, 2, answer.stdout)
            self.assert_one_sentence(answer, "'p99' is not judged in any of the cells to compare; these are: ",
                                     "rate")
            answer = self.hold(verb, thin, thin, "--threshold", "p99=20%", "--json", output)
            self.assertEqual(answer.returncode, 2, answer.stdout)
            self.assertEqual(answer.stdout, "")
            self.assert_one_sentence(answer, "--threshold 'p99=20%' fits no figure that is judged here, of which "
                                             "there are: p50; a tail is judged only with enough samples")
            self.assertFalse(os.path.exists(output))
            self.assertEqual(self.hold(verb, whole, whole, "--threshold", "p99=20%").returncode, 0)
        # What one side lacks may have had it.
        both = result(cell("pipe", 1000), trips(11_850, 150, 700))
        self.assertEqual(self.hold("gate", both, BASE, "--threshold", "p99=20%").returncode, 3)

    def test_cells_that_are_not_judged_are_no_good_news(self):
        floor = dict(cell("null", 1000), capabilities={"one_process": "yes"})
        answer = self.hold("gate", result(floor), result(floor))
        self.assertEqual(answer.returncode, 4, answer.stdout + answer.stderr)
        self.assertEqual(answer.stdout.splitlines()[-1], "NOTHING JUDGED")
        self.assertIn("No cell is judged: name others, or fewer processes.", answer.stdout)
        self.assertEqual(self.hold("compare", result(floor), result(floor)).returncode, 0)
        answer = self.hold("gate", *[result(floor, cell("pipe", 1000))] * 2)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertNotIn("No cell is judged", answer.stdout)
        for cells, why in (((floor, load(20)), "No cell is judged.\n"), ((load(20),), "none kept up on both sides; name lower")):
            answer = self.hold("gate", *[result(*cells)] * 2)
            self.assertEqual((answer.returncode, answer.stdout.splitlines()[-1]), (4, "NOTHING JUDGED"), answer.stderr)
            self.assertIn(why, answer.stdout)

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
                self.assert_one_sentence(answer, f"the {side} lacks 1 of what is compared",
                                         "throughput/fifo")
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
        answer = self.hold("gate", result(cell("fifo", 900)), broken)  # the base has no such cell
        self.assertEqual(answer.returncode, 5, answer.stderr)
        self.assertIn("lost 3 messages", answer.stdout)

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
            ([good, good, "--threshold", "0%"], "'0%' is not a threshold"),
            ([good, good, "--threshold", "p98=3%"], "'p98' is no figure that is judged"),
            ([good, good, "--threshold", "latency:3%"], "'latency' matches no cell"),
            ([good, good, "--threshold", "throughput/*:p99=20%"],
             "'p99' is not judged in the cells that 'throughput/*' matches; these are: CPU/msg"),
            ([good, good, "--across", "moon"], "'moon' is no kind of facts"),
            ([good, good, "--json", "/nonexistent/c.json"], "/nonexistent/c.json"),
        ]:
            with self.subTest(arguments=arguments):
                answer = self.ipcmark("gate", *arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assert_one_sentence(answer, part)


if __name__ == "__main__":
    command.main()
