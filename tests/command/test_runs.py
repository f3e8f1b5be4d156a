"""What a run leaves behind: the table, valid files, and the same cells again."""

import csv
import json
import os
import signal
import time

import command
from command import CommandTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
SMALL = ["--trials", "3", "--duration", "20ms", "--size", "64"]


class Runs(CommandTest):
    def run_json(self, *arguments):
        path = self.path("r.json")
        answer = self.ipcmark("run", *arguments, "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            return answer, json.load(file)

    def test_files_agree_and_are_valid(self):
        import jsonschema

        table = self.path("r.csv")
        answer, document = self.run_json(
            "--backend", "pipe,null", "--scenario", "latency,throughput", *SMALL, "--csv", table
        )
        with open(os.path.join(ROOT, "results", "ipcmark.result.schema.json")) as file:
            jsonschema.validate(document, json.load(file))
        self.assertEqual(len(document["cells"]), 4)
        for cell in document["cells"]:
            self.assertEqual(len(cell["trials"]), 3)
            for trial in cell["trials"]:
                self.assertEqual(trial["state"], "passed", trial)
                self.assertTrue(trial["costs"])
        with open(table) as file:
            rows = list(csv.DictReader(file))
        self.assertTrue({"pipe", "null"} <= {row["backend"] for row in rows})
        self.assertIn("pipe", answer.stdout)
        self.assertFalse(os.path.exists(self.path("r.json.journal")))
        self.assert_nothing_left()

    def test_counter_is_fifteen(self):
        _, document = self.run_json("--scenario", "counter")
        for cell in document["cells"]:
            for trial in cell["trials"]:
                self.assertEqual(trial["state"], "passed", (cell["key"], trial.get("reason")))
                if "none" not in cell["key"]:
                    self.assertEqual(trial["counts"]["counter_final"], 15, cell["key"])
        self.assert_nothing_left()

    def test_lost_updates_are_caught(self):
        _, document = self.run_json(
            "--scenario", "counter", "--lock", "none", "--processes", "4", "--increments", "1000000"
        )
        counts = document["cells"][0]["trials"][0]["counts"]
        self.assertGreater(counts["updates_lost"], 0)
        self.assertEqual(counts["counter_expected"], 4000000)

    def test_only_repeats_one_cell(self):
        answer = self.ipcmark("run", "--dry-run", "--backend", "fifo", "--scenario", "latency", *SMALL)
        key = answer.stdout.split()[0]
        _, document = self.run_json("--only", key, "--trials", "1", "--duration", "20ms")
        self.assertEqual([cell["key"] for cell in document["cells"]], [key])

    def test_dry_run_runs_nothing(self):
        answer = self.ipcmark("run", "--dry-run")
        self.assertEqual(answer.returncode, 0)
        self.assertIn("latency/pipe/64B", answer.stdout)
        self.assertIn("cells", answer.stdout)

    def test_same_seed_same_order(self):
        orders = []
        for _ in range(2):
            _, document = self.run_json("--backend", "pipe,fifo", "--scenario", "latency", "--seed", "7", *SMALL)
            orders.append([[t["position"] for t in c["trials"]] for c in document["cells"]])
        self.assertEqual(orders[0], orders[1])

    def test_interrupted_run_keeps_what_it_measured_and_resumes(self):
        path = self.path("r.json")
        arguments = ["--backend", "pipe", "--scenario", "latency", "--size", "64",
                     "--trials", "20", "--duration", "200ms", "--seed", "3"]
        process = self.start("run", *arguments, "--json", path)
        journal = path + ".journal"
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            if os.path.exists(journal):
                with open(journal) as lines:
                    if sum(1 for _ in lines) >= 3:
                        break
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, err)
        with open(path) as file:
            kept = json.load(file)
        self.assertTrue(kept["run"]["interrupted"])
        done = len([t for t in kept["cells"][0]["trials"] if t["state"] == "passed"])
        self.assertGreaterEqual(done, 2)
        answer = self.ipcmark("run", *arguments, "--json", path, "--resume", journal)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            whole = json.load(file)
        self.assertEqual(len(whole["cells"][0]["trials"]), 20)
        self.assert_nothing_left()

    def test_journal_of_another_plan_is_refused(self):
        journal = self.path("j")
        with open(journal, "w") as file:
            file.write("{\"something\": 1}\n")
        answer = self.ipcmark("run", "--backend", "pipe", *SMALL, "--resume", journal)
        self.assertEqual(answer.returncode, 2)
        self.assertIn(journal, answer.stderr)

    def test_no_colour_when_not_a_terminal(self):
        plain = self.ipcmark("run", "--backend", "pipe", "--scenario", "latency", *SMALL)
        self.assertNotIn("\033", plain.stdout + plain.stderr)
        coloured = self.ipcmark("run", "--backend", "pipe", "--scenario", "latency", *SMALL,
                                "--color", "always", env={"NO_COLOR": "1"})
        self.assertIn("\033", coloured.stdout)

    def test_quiet(self):
        answer = self.ipcmark("run", "--backend", "pipe", "--scenario", "latency", *SMALL, "--quiet",
                              "--share")  # else it may have to say that it waits for another run
        self.assertEqual(answer.stderr, "")


if __name__ == "__main__":
    command.main()
