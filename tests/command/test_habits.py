"""Runs as a person repeats them: beside a baseline, in another order, against a reference."""

import csv
import json
import os
import re

import command
from command import CommandTest

CELLS = ["--scenario", "latency", "--backend", "pipe,shm_ring,unix_stream", "--wait", "block", "--size", "64",
         "--duration", "10ms", "--quiet"]
KEY = "latency/{}/64B/block/cross-cpu"


class Habits(CommandTest):
    def setUp(self):
        super().setUp()
        self.environment["XDG_DATA_HOME"] = self.path("data")
        self.environment["COLUMNS"] = "200"
        self.stored = self.path("data/ipcmark/baselines/before.json")

    def run_cells(self, *arguments, code=0, cells=CELLS):
        answer = self.ipcmark("run", *cells, "--placement", "same-cpu", *arguments)
        self.assertEqual(answer.returncode, code, answer.stderr)
        return answer

    def rows(self, text):
        # A mark may stand behind the name: "pipe*".
        table = re.split(r"\n(?:What stands out|Notes)\b", text)[0]
        return re.findall(r"^.*?\b(pipe|shm_ring|unix_stream)\b", table, re.MULTILINE)

    def test_a_baseline_is_stored_and_shown_beside_each_row(self):
        answer = self.run_cells("--trials", "6", "--save-baseline", "before")
        self.assertNotIn("since before", answer.stdout)
        with open(self.stored) as file:
            document = json.load(file)
        self.assertEqual(document["schema"], "ipcmark.result")
        # Ten times as long as it was: nothing that noise could do.
        for cell in document["cells"]:
            for trial in cell["trials"]:
                histogram = trial["histograms"]["round_trip"]
                trial["histograms"] = {"round_trip": dict(
                    histogram, min=1, max=1, sum=histogram["count"], bucket_index=[1],
                    bucket_count=[histogram["count"]])}
        with open(self.stored, "w") as file:
            json.dump(document, file)
        answer = self.run_cells("--trials", "6", "--baseline", "before")
        self.assertIn("since before", answer.stdout)
        self.assertRegex(answer.stdout, r"pipe.*\+[0-9]{4,}\.[0-9]%")
        self.assertNotIn("no change since", answer.stderr)
        self.assert_nothing_left()

    def test_another_machine_is_no_baseline(self):
        self.run_cells("--trials", "1", "--save-baseline", "before")
        with open(self.stored) as file:
            document = json.load(file)
        document["environment"]["cpu"]["model"] = "another"
        with open(self.stored, "w") as file:
            json.dump(document, file)
        answer = self.run_cells("--trials", "1", "--baseline", "before")
        self.assertIn("no change since 'before' is shown", answer.stderr)
        self.assertNotIn("since before", answer.stdout)

    def test_why_there_is_no_change_to_show(self):
        pipe = CELLS[:3] + ["pipe"] + CELLS[4:]
        self.run_cells("--trials", "1", "--save-baseline", "before", cells=pipe)
        answer = self.run_cells("--trials", "1", "--baseline", "before")
        self.assertRegex(answer.stdout, r"shm_ring.* new ")
        self.assertNotRegex(answer.stdout, r"pipe.* new ")
        self.assertNotIn("no change since", answer.stderr)
        for scenario, reason in (("load", " cells whose table is by rate"),
                                 ("counter", "no cell is ranked by a figure")):
            cells = ["--scenario", scenario, "--backend", "pipe", "--quiet"]
            self.run_cells("--trials", "1", "--save-baseline", "before", cells=cells)
            answer = self.run_cells("--trials", "1", "--baseline", "before", cells=cells)
            self.assertIn("no change since 'before' is shown", answer.stderr)
            self.assertIn(reason, answer.stderr)

    def test_names(self):
        answer = self.run_cells("--baseline", "none", code=2)
        self.assertIn("no baseline 'none': there is none yet", answer.stderr)
        self.run_cells("--trials", "1", "--save-baseline", "before")
        answer = self.run_cells("--baseline", "befor", code=2)
        self.assertIn("there are: before", answer.stderr)
        for name in ("../x", "", ".x", "a/b", "a" * 65):
            answer = self.run_cells("--save-baseline", name, code=2) if name else None
            if answer:
                self.assertIn("is no name of a baseline", answer.stderr)
        self.assertEqual(os.listdir(os.path.dirname(self.stored)), ["before.json"])

    def test_rows_by_name(self):
        answer = self.run_cells("--trials", "1", "--sort", "name")
        self.assertEqual(self.rows(answer.stdout), ["pipe", "shm_ring", "unix_stream"])
        answer = self.run_cells("--sort", "speed", code=2)
        self.assertIn("--sort", answer.stderr)

    def test_a_reference(self):
        answer = self.run_cells("--trials", "2", "--reference", KEY.format("pipe").replace("cross", "same"))
        self.assertIn("vs pipe", answer.stdout)
        self.assertNotIn("vs best", answer.stdout)
        answer = self.run_cells("--reference", KEY.format("pip").replace("cross", "same"), code=2)
        self.assertIn("did you mean 'latency/pipe/64B/block/same-cpu'?", answer.stderr)

    def test_samples_are_what_the_histograms_hold(self):
        samples, result = self.path("s.csv"), self.path("r.json")
        answer = self.ipcmark("run", "--scenario", "latency,throughput", "--backend", "pipe,shm_ring", "--wait",
                              "block", "--size", "64", "--duration", "60ms", "--trials", "2", "--samples", samples,
                              "--json", result)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stderr, r"--samples: [0-9]+ trips, each noted in [0-9.]+ ns")
        with open(samples, newline="") as file:
            rows = list(csv.DictReader(file))
        with open(result) as file:
            cells = json.load(file)["cells"]
        for cell in cells:
            for trial in cell["trials"]:
                own = [row for row in rows if (row["key"], row["round"]) == (cell["key"], str(trial["round"]))]
                trips = [int(row["value"]) for row in own if row["kind"] == "trip"]
                moved = sum(int(row["value"]) for row in own if row["kind"] == "messages")
                self.assertGreater(moved, 0)
                if cell["asked"]["scenario"] == "latency":
                    histogram = trial["histograms"]["round_trip"]
                    self.assertEqual(len(trips), histogram["count"])
                    self.assertEqual(sum(trips), histogram["sum"])
                    self.assertEqual((min(trips), max(trips)), (histogram["min"], histogram["max"]))
                    starts = [int(row["at_ns"]) for row in own if row["kind"] == "trip"]
                    self.assertEqual(starts, sorted(starts))
                else:
                    self.assertEqual(trips, [])
                    self.assertLessEqual(moved, 3 * trial["counts"]["messages_total"])
        self.assert_nothing_left()

    def test_samples_of_stamped_trips(self):
        samples, result = self.path("s.csv"), self.path("r.json")
        answer = self.ipcmark("run", "--scenario", "latency", "--backend", "pipe", "--size", "64", "--one-way",
                              "--messages", "300", "--trials", "1", "--quiet", "--samples", samples, "--json", result)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(samples, newline="") as file:
            trips = [int(row["value"]) for row in csv.DictReader(file) if row["kind"] == "trip"]
        with open(result) as file:
            (cell,) = json.load(file)["cells"]
        histogram = cell["trials"][0]["histograms"]["stamped_round_trip"]
        self.assertEqual((len(trips), sum(trips)), (histogram["count"], histogram["sum"]))

    def test_there_are_no_samples_of_a_queues_length(self):
        samples = self.path("s.csv")
        answer = self.ipcmark("run", "--scenario", "load", "--backend", "pipe", "--size", "64", "--rate", "1000000000",
                              "--duration", "60ms", "--trials", "2", "--samples", samples)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stderr, "--samples: 0 trips, .*; no trips of 2 saturated trials, which have no times")
        with open(samples, newline="") as file:
            self.assertEqual({row["kind"] for row in csv.DictReader(file)}, {"messages"})

    def test_a_budget(self):
        answer = self.ipcmark("run", *CELLS, "--budget", "30s", "--dry-run")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"about (2[6-9]|30) s")
        answer = self.ipcmark("run", *CELLS, "--budget", "100ms", "--dry-run")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("name a longer one or fewer cells", answer.stderr)
        answer = self.ipcmark("run", *CELLS, "--budget", "30s", "--trials", "3", "--dry-run")
        self.assertEqual(answer.returncode, 2)


if __name__ == "__main__":
    command.main()
