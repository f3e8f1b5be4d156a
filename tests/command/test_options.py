"""Options reach the cells they are meant for, or are refused; documents say what was run."""

import csv
import json
import os

import command
from command import CommandTest

ONE = ["--size", "64", "--wait", "block", "--trials", "1", "--quiet"]
KEY = "latency/pipe/64B/block/cross-cpu"


class Options(CommandTest):
    def keys(self, *arguments):
        """Of the cells that a run would have."""
        answer = self.ipcmark("run", "--dry-run", *arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return [line.split()[0] for line in answer.stdout.splitlines()[:-1]], answer.stderr

    def refused(self, part, *arguments):
        answer = self.ipcmark(*arguments)
        self.assertEqual(answer.returncode, 2, answer.stdout + answer.stderr)
        self.assertEqual(answer.stdout, "")
        self.assertIn(part, answer.stderr)
        self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
        self.assert_nothing_left()

    def measured(self, *arguments):
        path, table = self.path("o.json"), self.path("o.csv")
        answer = self.ipcmark(*arguments, "--json", path, "--csv", table)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file, open(table) as rows:
            return json.load(file)["cells"], list(csv.DictReader(rows))

    def test_documents_hold_what_was_run(self):
        (cell,), rows = self.measured("run", "--scenario", "fan_in", "--backend", "pipe", *ONE)
        self.assertEqual(cell["asked"]["options"], {"count": 100, "senders": 4})
        self.assertEqual(cell["asked"]["defaults"], {"count": 100, "senders": 4})
        self.assertEqual(cell["key"], "fan_in/pipe/64B/block/cross-cpu/verify=full")
        self.assertEqual({row["senders"] for row in rows}, {"4"})
        (cell,), rows = self.measured("run", "--scenario", "load", "--backend", "pipe", *ONE,
                                      "--duration", "20ms")
        self.assertEqual({row["rate_offered"] for row in rows}, {"10000"})

    def test_what_reaches_no_cell_is_refused(self):
        for arguments, part in [
            (["run", "--only", KEY, "--processes", "4"], "--processes means nothing"),
            (["run", "--only", KEY, "--lock", "futex"], "--lock futex means nothing"),
            (["run", "--scenario", "latency", "--lock", "futex"], "nothing to run"),
            (["run", "--scenario", "latency,counter", "--lock", "futex"], "--scenario latency"),
            (["run", "--backend", "shm_ring", "--notifier", "eventfd", "--scenario", "latency"],
             "--notifier eventfd means nothing"),
            (["run", "--scenario", "counter", "--duration", "5s"], "none of them is timed"),
            (["run", "--scenario", "counter", "--lock", "futex", "--zero-copy"], "over a backend"),
            (["check", "--scenario", "counter", "--vanish", "1"], "an option of chat"),
            (["load", "--only", "load/pipe/64B/block/cross-cpu/rate=10000"], "states a rate"),
            (["load", "--only", KEY], "is a cell of latency"),
            (["check", "--only", KEY], "measures times"),
            (["stress", "--for", "1s", "--exclude", "nothing"], "matches no cell"),
            (["stress", "--for", "1s", "--scenario", "chat", "--backend", "pipe", "--exclude",
              "chat/pipe"], "leaves no cell"),
            (["load", "--backend", "pipe", "--exclude", "fifo"], "matches no cell"),
            (["stress", "--scenario", "counter", "--gap", "1ms"], "--gap means nothing"),
            (["ab", "--only", KEY, "--a-args", "--processes 2,4"], "--a-args: --processes means"),
            (["ab", "--only", KEY, "--b-args", "--lock futex"], "--b-args: --lock futex means"),
            (["ab", "--scenario", "latency", "--a-args", "--lock futex", "--b-args",
              "--lock spin"], "nothing to run"),
            (["ab", "--gap", "1ms", "--scenario", "latency", "--b-args", "--scenario throughput"],
             "--b-args: --gap means nothing"),
        ]:
            with self.subTest(arguments=arguments):
                self.refused(part, *arguments)

    def test_a_key_takes_several_values(self):
        keys, _ = self.keys("--only", KEY, "--gap", "10us,1ms")
        self.assertEqual(keys, [KEY + "/gap_ns=10000", KEY + "/gap_ns=1000000"])

    def test_a_side_has_the_last_word(self):
        answer = self.ipcmark("ab", "--only", KEY, "--gap", "10us,1ms", "--a-args", "--gap 100us",
                              "--b-args", "--gap 200us", "--messages", "60", "--rounds", "2",
                              "--quiet", "--results", self.path("both"))
        # It is no matter which is slower, or whether so few rounds can say.
        self.assertIn(answer.returncode, (0, 1, 4), answer.stderr)
        for name, gap in [("base", 100_000), ("candidate", 200_000)]:
            with open(self.path(f"both/{name}.json")) as file:
                cells = json.load(file)["cells"]
            self.assertEqual([cell["asked"]["options"]["gap_ns"] for cell in cells], [gap])

    def test_a_side_that_measures_another_cell_is_found_out(self):
        other = self.path("other")
        with open(other, "w") as file:
            file.write(f"#!/bin/sh\nsed 's/\"size\":4096/\"size\":64/' | '{command.PROGRAM}' \"$@\"\n")
        os.chmod(other, 0o755)
        answer = self.ipcmark("ab", "--b", other, "--only", KEY.replace("64B", "4KiB"), "--messages",
                              "60", "--rounds", "2", "--quiet")
        self.assertEqual(answer.returncode, 3, answer.stdout + answer.stderr)
        self.assertIn(f"measured {KEY}", answer.stderr)

    def test_several_cells_and_patterns(self):
        one, two = KEY, "throughput/pipe/64B/block/cross-cpu"
        self.assertEqual(self.keys("--only", one, "--only", two)[0], [one, two])
        keys, _ = self.keys("--only", "latency/*/64B/block/*", "--exclude", "null",
                            "--exclude", "latency/unix*")
        self.assertIn(one, keys)
        self.assertFalse([key for key in keys if "null" in key or "unix" in key], keys)
        self.assertFalse([key for key in keys if not key.startswith("latency/")], keys)

    def test_contradictions(self):
        self.refused("exclude each other", "run", "--messages", "5", "--duration", "1s")
        self.refused("contradict each other", "run", "--only", KEY, "--size", "128")
        self.refused("both name 'pipe'", "run", "--only", "pipe", "--exclude", "pipe")

    def test_one_syntax(self):
        keys, _ = self.keys("--only", "load/pipe/64B/block/cross-cpu", "--rate", "20k")
        self.assertEqual(keys, ["load/pipe/64B/block/cross-cpu/rate=20000"])
        keys, _ = self.keys("--only", KEY, "--pairs", "4")
        self.assertEqual(keys, [KEY + "/pairs=4"])
        keys, _ = self.keys("--only", KEY, "--one-way")
        self.assertEqual(keys, [KEY + "/one_way=1"])
        keys, _ = self.keys("--only", KEY, "--cpus", "0-0")
        self.assertEqual(keys, [KEY + "/cpus=0"])
        for arguments in (["run", "--gap", "10"], ["run", "--think-time", "5"],
                          ["load", "--p99", "50"], ["advise", "--p99", "50"],
                          ["stress", "--for", "10"], ["ab", "--for", "10"]):
            with self.subTest(arguments=arguments):
                self.refused("is not a time", *arguments)

    def test_decimal_commas(self):
        for arguments, part in [
            (["run", "--gap", "0,5ms"], "decimals have a point"),
            (["run", "--size", "1,024"], "'024' begins with a zero"),
            (["run", "--rate", "10,000"], "'000' begins with a zero"),
            (["load", "--rate", "10,000"], "'000' begins with a zero"),
            (["run", "--depth", "0,5"], "decimals have a point"),
        ]:
            with self.subTest(arguments=arguments):
                self.refused(part, *arguments)
        _, said = self.keys("--scenario", "latency", "--size", "1,5KiB")
        self.assertIn("--size: 1B, 5KiB", said)  # what remains is shown as it was understood

    def test_every_measuring_command_takes_the_options_of_cells(self):
        (cell, *_), _ = self.measured("load", "--backend", "shm_ring", "--wait", "block",
                                      "--rate", "1k", "--trials", "1", "--duration", "20ms",
                                      "--quiet", "--placement", "same-cpu", "--cpus", "0",
                                      "--verify", "header", "--depth", "8")
        asked = cell["asked"]
        self.assertEqual((asked["cpus"], asked["verify"], asked["depth"]), ([0], "header", 8))
        answer = self.ipcmark("check", "--scenario", "sentinel_stream", "--backend", "pipe",
                              "--size", "128", "--quiet", "--json", self.path("c.json"))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(self.path("c.json")) as file:
            self.assertEqual(json.load(file)["cells"][0]["asked"]["size"], 128)
        answer = self.ipcmark("stress", "--scenario", "sentinel_stream", "--backend", "pipe",
                              "--for", "1s", "--size", "64,1KiB", "--touch", "none")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("--size: 64B, 1KiB", answer.stderr)
        answer = self.ipcmark("advise", "simple_two_way", "--backend", "shm_ring", "--trials", "2",
                              "--duration", "10ms", "--depth", "3", "--no-code", "--quiet",
                              "--json", self.path("a.json"))
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        with open(self.path("a.json")) as file:
            self.assertEqual({cell["asked"]["depth"] for cell in json.load(file)["cells"]}, {3})

    def suite(self, text):
        path = self.path("mine.json")
        with open(path, "w") as file:
            json.dump(text, file)
        return path

    def test_suites_have_the_same_syntax(self):
        path = self.suite({"scenarios": ["latency", "load"], "backends": ["pipe"],
                           "waits": ["block"], "options": {"depth": 8, "touch": "none"},
                           "settings": {"latency": {"variants": [{"gap": "10us", "one_way": True}]},
                                        "load": {"variants": [{"rate": "20k"}]}}})
        keys, _ = self.keys("--suite", path)
        self.assertEqual(keys, [KEY + "/depth=8/touch=none/gap_ns=10000/one_way=1",
                                "load/pipe/64B/block/cross-cpu/depth=8/touch=none/rate=20000"])
        self.refused("/options/depht: unknown option 'depht'; did you mean 'depth'?", "run",
                     "--suite", self.suite({"options": {"depht": 8}}))
        self.refused("is a time", "run", "--suite",
                     self.suite({"settings": {"latency": {"variants": [{"gap": 5}]}}}))

    def test_an_older_result_is_read(self):
        (cell,), _ = self.measured("run", "--scenario", "fan_in", "--backend", "pipe", *ONE)
        with open(self.path("o.json")) as file:
            document = json.load(file)
        asked = document["cells"][0]["asked"]
        asked["options"] = {}
        del asked["defaults"]
        with open(self.path("old.json"), "w") as file:
            json.dump(document, file)
        answer = self.ipcmark("export", self.path("old.json"), "--format", "csv")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        rows = list(csv.DictReader(answer.stdout.splitlines()))
        self.assertEqual({row["senders"] for row in rows}, {"4"})
        self.assertEqual({row["key"] for row in rows}, {cell["key"]})
        # Another default: the same key, and no comparison.
        asked.update(options={"senders": 8, "count": 100}, defaults={"senders": 8, "count": 100})
        with open(self.path("other.json"), "w") as file:
            json.dump(document, file)
        answer = self.ipcmark("compare", self.path("o.json"), self.path("other.json"))
        self.assertEqual(answer.returncode, 3, answer.stdout + answer.stderr)
        self.assertIn("it ran with senders=8, in the base 4", answer.stderr)


if __name__ == "__main__":
    command.main()
