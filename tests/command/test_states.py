"""What a run says of the machine's states and of its own trials: pairs of CPUs, too few trials, two groups."""

import json
import os
import unittest

import command
from command import CommandTest

SMALL = ["--scenario", "latency", "--backend", "pipe,fifo", "--wait", "block", "--size", "64", "--messages", "300",
         "--quiet"]
STREAM = ["--scenario", "throughput", "--backend", "pipe", "--size", "64", "--wait", "block", "--messages", "500",
          "--seed", "3", "--quiet"]


class States(CommandTest):
    def measured(self, *arguments):
        path = self.path("r.json")
        answer = self.ipcmark("run", *arguments, "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            return answer.stdout, json.load(file)

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "one CPU")
    def test_each_canary_names_its_pair(self):
        _, document = self.measured(*SMALL, "--trials", "2", "--placement", "cross-cpu,same-cpu,unpinned")
        self.assertEqual(len(document["cells"]), 6)
        pairs = set()
        for cell in document["cells"]:
            alone = cell["asked"]["placement"] == "same-cpu"
            for trial in cell["trials"]:
                canary = trial["canary"]
                self.assertEqual(len(canary["cpus"]), 1 if alone else 2)
                self.assertEqual(canary["cpus"], sorted(canary["cpus"]))
                taken = [canary["core_to_core_before_ns"] > 0, canary["core_to_core_after_ns"] > 0]
                if alone:
                    self.assertEqual(taken, [False, False])
                else:
                    pairs.add(tuple(canary["cpus"]))
                    self.assertTrue(all(taken) or canary["unsteady"], canary)
            if alone:  # no other CPU's state speaks against it
                self.assertTrue(cell["summary"]["comparable"])
                self.assertEqual(cell["summary"]["published"], 2)
        self.assertEqual({tuple(pair["cpus"]) for pair in document["machine"]["pairs"]}, pairs)

    def test_too_few_trials_are_in_order_but_not_ranked(self):
        text, document = self.measured(*SMALL, "--trials", "3", "--placement", "same-cpu")
        rows = [line for line in text.splitlines() if line.startswith(("  pipe*", "  fifo*"))]
        self.assertEqual(len(rows), 2, text)
        for row in rows:
            self.assertIn("few trials", row)
            self.assertNotIn("1.00 ", row.split("few trials")[0])
        self.assertNotIn("What stands out", text)
        self.assertIn("Too few trials to rank", text)
        for cell in document["cells"]:
            self.assertEqual({figure["coverage"] for figure in cell["summary"]["figures"]
                              if "coverage" in figure}, {0})
        page = self.ipcmark("export", self.path("r.json"), "--format", "markdown")
        self.assertEqual(page.stdout.count("| few trials |"), 2, page.stdout)
        self.assertNotIn("| best |", page.stdout)

    def journal_of(self, path, count, vary):
        """The journal of an interrupted run of STREAM with `count` trials, each made by `vary`."""
        process = self.start("run", *STREAM, "--trials", "100000", "--json", path)
        self.until(lambda: command.lines_of(path + ".journal") > 1, process)
        command.end(process)
        with open(path + ".journal") as file:
            head, trial = [json.loads(file.readline()) for _ in range(2)]
        head["trials"] = count
        with open(path + ".journal", "w") as file:
            print(json.dumps(head), file=file)
            for number in range(count):
                trial["round"] = number
                made = trial["trial"]
                made.update(round=number, steady=True)
                vary(number, made)
                print(json.dumps(trial), file=file)
        return path + ".journal"

    def test_two_groups_of_trials_are_told_and_not_measured_for_ever(self):
        def vary(number, trial):
            for metric in trial["metrics"]:
                if metric["name"] == "rate":
                    metric["value"] = (1e6 if number % 2 else 2e6) + number
            trial["canary"].update(core_to_core_before_ns=150, core_to_core_after_ns=150, unsteady=False)

        path = self.path("r.json")
        journal = self.journal_of(path, 12, vary)
        answer = self.ipcmark("run", *STREAM, "--trials", "12", "--resume", journal, "--json", path,
                              "--until", "3%", "--for", "3s")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            (cell,) = json.load(file)["cells"]
        self.assertEqual(len(cell["trials"]), 12)
        rate = next(figure for figure in cell["summary"]["figures"] if figure["name"] == "rate")
        self.assertEqual([group["trials"] for group in rate["groups"]], [6, 6])
        self.assertIn("1.00 M/s (6), 2.00 M/s (6)", answer.stdout)
        self.assertIn("Two groups of trials", answer.stdout)
        self.assertNotIn("Too noisy", answer.stdout)

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2, "one CPU")
    def test_a_machine_that_changed_its_state_gets_the_rounds_that_an_interval_lacks(self):
        def vary(number, trial):
            state = 150 if number < 3 else 550
            trial["canary"].update(core_to_core_before_ns=state, core_to_core_after_ns=state, unsteady=False)

        path = self.path("r.json")
        for asked, lowest, limit in (([], 7, 12), (["--trials", "6"], 6, 6)):
            with self.subTest(asked=asked):
                journal = self.journal_of(path, 6, vary)
                answer = self.ipcmark("run", *STREAM, "--suite", "quick", *asked, "--resume", journal,
                                      "--json", path)
                self.assertEqual(answer.returncode, 0, answer.stderr)
                with open(path) as file:
                    (cell,) = json.load(file)["cells"]
                rounds = [trial["round"] for trial in cell["trials"]]
                self.assertEqual(rounds, list(range(len(rounds))))
                self.assertGreaterEqual(len(rounds), lowest)
                self.assertLessEqual(len(rounds), limit)


if __name__ == "__main__":
    command.main()
