"""Offered load, sparse messages, and rounds until the intervals are narrow."""

import csv
import json
import re

import command
from command import CommandTest


class Load(CommandTest):
    def load(self, *arguments):
        path = self.path("l.json")
        answer = self.ipcmark("load", "--backend", "pipe", "--trials", "2", "--duration", "60ms",
                              "--quiet", "--json", path, "--csv", self.path("l.csv"), *arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            self.document = json.load(file)
        cells = self.document["cells"]
        return answer, {cell["asked"]["options"]["rate"]: cell for cell in cells}

    def test_shares_of_what_gets_through(self):
        answer, cells = self.load("--rate", "10%")
        capacity = max(cells)
        self.assertEqual(capacity, 1_000_000_000)
        (rate,) = set(cells) - {capacity}
        # Warm, not from the first message on.
        self.assertGreater(cells[capacity]["asked"]["warmup_ns"], 0)
        for trial in cells[capacity]["trials"]:
            self.assertLess(trial["counts"]["messages"], trial["counts"]["messages_total"])
        achieved = [metric["value"] for trial in cells[capacity]["trials"]
                    for metric in trial["metrics"] if metric["name"] == "achieved_rate"]
        self.assertGreater(rate, 0.09 * min(achieved))
        self.assertLess(rate, 0.11 * max(achieved))
        self.assertRegex(answer.stdout, "Load of 64 B  from due to received")
        self.assertIn("capacity", answer.stdout)
        self.assertRegex(" ".join(answer.stdout.split()), "pipe at 64 B under load: .* at most")
        self.assert_nothing_left()

    def test_given_rates_need_no_capacity(self):
        _, cells = self.load("--rate", "1k,5000", "--schedule", "poisson")
        self.assertEqual(set(cells), {1000, 5000})
        with open(self.path("l.csv")) as file:
            rates = {row["rate_offered"] for row in csv.DictReader(file)}
        self.assertEqual(rates, {"1000", "5000"})

    def test_search_ends_with_a_rate(self):
        answer, cells = self.load("--p99", "1s")  # every rate that comes through is good enough
        (search,) = self.document["searches"]
        self.assertEqual(search["p99_limit_ns"], 1_000_000_000)
        self.assertEqual(search["cell"], cells[1_000_000_000]["key"])
        self.assertIn(search["within"], cells)
        self.assertIn("p99 stays within 1.00 s up to", " ".join(answer.stdout.split()))
        # It decided by an interval, and by p99s that are published.
        summary = cells[search["within"]]["summary"]
        self.assertGreaterEqual(summary["trials"], 6)
        (p99,) = [figure for figure in summary["figures"]
                  if figure["name"] == "response" and figure.get("quantile") == 0.99]
        self.assertGreater(p99["coverage"], 0.95)
        self.assertLessEqual(p99["high"], 1_000_000_000)
        # It is a figure of the search, and of no trial.
        for cell in self.document["cells"]:
            for trial in cell["trials"]:
                self.assertNotIn("p99_limit_ns", trial["counts"])
                self.assertFalse([metric for metric in trial["metrics"]
                                  if "within" in metric["name"]])

    def test_a_limit_that_no_rate_keeps(self):
        answer, _ = self.load("--p99", "1ns")
        (search,) = self.document["searches"]
        self.assertEqual(search["within"], 0)
        self.assertIn("at no rate tried its p99 stays within 1.00 ns",
                      " ".join(answer.stdout.split()))

    def test_random_arrivals_are_no_replay(self):
        # The same rate in two rounds: what was measured differs, as the arrivals do.
        _, cells = self.load("--rate", "5k", "--schedule", "poisson", "--seed", "7")
        trials = cells[5000]["trials"]
        counts = {trial["counts"]["messages"] for trial in trials}
        self.assertGreater(len(counts), 1, counts)

    def test_mistakes(self):
        for arguments, part in [(["--rate", "fast"], "write messages a second"),
                                (["--rate", "0"], "'0' is not a rate"),
                                (["--p99", "50"], "write one such as 50us"),
                                (["--backend", "null"], "no mechanism asked for can be loaded"),
                                (["--backend", "pip"], "did you mean 'pipe'?")]:
            with self.subTest(arguments=arguments):
                answer = self.ipcmark("load", "--quiet", *arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assertIn(part, answer.stderr)

    def test_sparse_messages(self):
        path = self.path("gaps.json")
        answer = self.ipcmark("run", "--scenario", "latency", "--backend", "pipe", "--size", "64",
                              "--wait", "block", "--trials", "6", "--duration", "20ms",
                              "--gap", "1us,1ms", "--quiet", "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("1.00 ms of silence before each message", answer.stdout)
        with open(path) as file:
            cells = json.load(file)["cells"]
        of_one_state = all(cell["summary"]["comparable"] for cell in cells)
        ranked = of_one_state and all(
            figure["coverage"] > 0 for cell in cells for figure in cell["summary"]["figures"]
            if (figure["name"], figure.get("quantile")) == ("round_trip", 0.5))
        finding = re.search(r"pipe: after a silence of 1.00 ms a round trip of 64 B takes .*x what it",
                            " ".join(answer.stdout.split()))
        self.assertEqual(finding is not None, ranked, answer.stdout)
        answer = self.ipcmark("run", "--scenario", "latency", "--gap", "soon")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("write one such as 10us", answer.stderr)

    def rounds(self, *arguments):
        path = self.path("u.json")
        answer = self.ipcmark("run", "--scenario", "latency", "--backend", "pipe", "--size", "64",
                              "--wait", "block", "--trials", "2", "--duration", "40ms", "--json",
                              path, *arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            return json.load(file)["cells"][0]["trials"]

    def test_until_adds_rounds(self):
        # Two trials have no interval: six at least are needed, and enough for any machine.
        trials = self.rounds("--until", "900%")
        self.assertGreaterEqual(len(trials), 6)
        self.assertEqual([trial["round"] for trial in trials], list(range(len(trials))))
        # Nothing is ever as narrow as this: the time ends it (on a busy machine maybe before the
        # third round).
        self.assertGreaterEqual(len(self.rounds("--until", "0.0001%", "--for", "1s")), 2)
        answer = self.ipcmark("run", "--until", "3")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("write one such as 3%", answer.stderr)


if __name__ == "__main__":
    command.main()
