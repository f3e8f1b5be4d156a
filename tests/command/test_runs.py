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
    def run_json(self, *arguments, code=0):
        path = self.path("r.json")
        answer = self.ipcmark("run", *arguments, "--json", path)
        self.assertEqual(answer.returncode, code, answer.stderr)
        with open(path) as file:
            return answer, json.load(file)

    def test_files_agree_and_are_valid(self):
        import jsonschema

        table = self.path("r.csv")
        answer, document = self.run_json(
            "--backend", "pipe,null", "--scenario", "latency,throughput", *SMALL, "--csv", table
        )
        with open(os.path.join(ROOT, "results", "json", "ipcmark.result.schema.json")) as file:
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

    def test_batch_means_are_told_by_the_key_alone(self):
        _, document = self.run_json(
            "--backend", "null,pipe,shm_ring", "--scenario", "latency", "--wait", "block,spin",
            "--size", "64,16KiB", "--trials", "2", "--duration", "10ms",
        )
        having = set()
        for cell in document["cells"]:
            has = ["batch_mean" in trial["histograms"] for trial in cell["trials"]]
            self.assertEqual(len(set(has)), 1, cell["key"])
            if has[0]:
                having.add(cell["key"])
        self.assertEqual(having, {"latency/null/64B/block/cross-cpu", "latency/null/64B/spin/cross-cpu",
                                  "latency/shm_ring/64B/spin/cross-cpu"})

    def test_counter_is_fifteen(self):
        _, document = self.run_json("--scenario", "counter")
        for cell in document["cells"]:
            for trial in cell["trials"]:
                self.assertEqual(trial["state"], "passed", (cell["key"], trial.get("reason")))
                if "none" not in cell["key"]:
                    self.assertEqual(trial["counts"]["counter_final"], 15, cell["key"])
        self.assert_nothing_left()

    def test_check_shows_every_mechanism_and_passes(self):
        path = self.path("check.json")
        answer = self.ipcmark("check", "--scenario", "counter", "--quiet", "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertRegex(answer.stdout, r"\n[0-9]+ passed, [0-9]+ skipped, 0 failed\n$")
        with open(path) as file:
            document = json.load(file)
        self.assertEqual(document["run"]["suite"], "check")
        self.assertEqual({cell["key"].split("/")[0] for cell in document["cells"]}, {"counter"})
        self.assert_nothing_left()

    def test_trace_shows_every_operation_of_every_worker(self):
        import jsonschema

        path = self.path("trace.json")
        self.ipcmark("run", "--only", "counter/sysv_mq/64B/block/cross-cpu", "--trace", path)
        with open(path) as file:
            events = json.load(file)
        with open(os.path.join(ROOT, "tests/command/trace_events.schema.json")) as file:
            schema = json.load(file)
        jsonschema.validate(events, schema)
        for damage in ({"dur": None}, {"ph": "Z"}, {"ts": "0"}, {"extra": 1}):
            broken = {**next(event for event in events if event["ph"] == "X"), **damage}
            broken = {name: value for name, value in broken.items() if value is not None}
            with self.assertRaises(jsonschema.ValidationError, msg=damage):
                jsonschema.validate([broken], schema)
        complete = [event for event in events if event["ph"] == "X"]
        named = {event["pid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
        for event in complete:
            self.assertIn(event["pid"], named)
            self.assertGreaterEqual(event["dur"], 0)
        sends = [event for event in complete if event["name"] == "send channel 0"]
        # 3 x 5 increments pass the token on, but for the last; the first is sent beside them.
        self.assertEqual(len(sends), 15)
        with open(path + ".log") as file:
            log = file.read()
        self.assertEqual(log.count("send channel 0"), 15)
        self.assertIn("incrementer 2", log)

    def test_trace_tells_of_workers_that_send_no_report(self):
        path = self.path("trace.json")
        self.ipcmark("run", "--only", "large_payload/pipe/1000000B/block/cross-cpu/protocol=1", "--trace", path)
        with open(path) as file:
            events = [event for event in json.load(file) if event["ph"] == "X"]
        self.assertEqual(len({event["pid"] for event in events}), 2)
        for event in events:
            self.assertEqual(event["name"], "process")
            self.assertIn("in send on channel", event["args"]["outcome"])
        with open(path + ".log") as file:
            self.assertIn("left 0 in send on channel 0 (pipe, full)", file.read())

    def test_an_unforeseen_deadlock_is_said_while_the_run_goes_on(self):
        answer = self.ipcmark("run", "--only", "request_reply/pipe/64B/block/cross-cpu/clients=1",
                              "--fault", "drop:2")
        self.assertEqual(answer.returncode, 5, answer.stderr)
        self.assertRegex(answer.stderr, r"request_reply/pipe/\S+: deadlock: \S")

    def test_no_batch_where_answers_are_awaited(self):
        for scenario in ("latency", "request_reply", "chat", "broker", "task_queue", "counter", "crawl",
                         "scoreboard", "connect"):
            _, document = self.run_json("--scenario", scenario, "--backend", "shm_ring", "--wait", "block",
                                        "--batch", "64", "--trials", "1", "--size", "256", code=77)
            for cell in document["cells"]:
                self.assertEqual(cell["summary"]["state"], "skipped", cell["key"])
                self.assertIn("needs batch=1", cell["trials"][0]["reason"])

    def test_a_batch_of_what_only_streams(self):
        for scenario in ("throughput", "fan_in", "sentinel_stream", "pipeline", "monitor", "fan_out", "sensor",
                         "duplex", "load"):
            _, document = self.run_json("--scenario", scenario, "--backend", "shm_ring", "--wait", "block",
                                        "--batch", "64", "--trials", "1", "--size", "256")
            for cell in document["cells"]:
                self.assertEqual(cell["summary"]["state"], "passed", cell["key"])

    def test_trace_that_cannot_be_written(self):
        answer = self.ipcmark("run", "--scenario", "counter", "--trace", self.path("no/t.json"))
        self.assertEqual(answer.returncode, 2)
        self.assertRegex(answer.stderr, "cannot write '.*/no/t.json': No such file or directory; choose")

    def test_pages_in_the_repository_are_those_of_the_program(self):
        folder = os.path.join(ROOT, "scenarios", "pages")
        rows = self.ipcmark("list", "scenarios").stdout.splitlines()[1:]
        names = [row.split()[0] for row in rows]
        for name in names:
            page = self.ipcmark("list", name).stdout
            path = os.path.join(folder, name + ".md")
            if os.environ.get("IPCMARK_RENEW_GOLDEN"):
                with open(path, "w") as file:
                    file.write(page)
            with open(path) as file:
                self.assertEqual(page, file.read(), name)
            for part in ("Processes: ", "## What is checked", "## What the figures mean"):
                self.assertIn(part, page, name)
        self.assertEqual({name + ".md" for name in names}, set(os.listdir(folder)))

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
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)):
            with self.subTest(signal=number.name):
                self.interrupted_run(number, code)

    def interrupted_run(self, number, code):
        path = self.path(number.name + ".json")
        arguments = ["--backend", "pipe", "--scenario", "latency", "--size", "64",
                     "--trials", "20", "--duration", "100ms", "--seed", "3"]
        process = self.start("run", *arguments, "--json", path)
        journal = path + ".journal"
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up:
            if os.path.exists(journal):
                with open(journal) as lines:
                    if sum(1 for _ in lines) >= 3:
                        break
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, err)
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
