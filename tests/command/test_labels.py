"""Which run of many a result is from: labels, the host's name, the shard of the cells."""

import csv
import json
import os
import re
import signal

import command
from command import CommandTest, lines_of

PIPE = ["--scenario", "latency", "--backend", "pipe", "--size", "64", "--messages", "50", "--trials", "1",
        "--quiet", "--share"]
HOST = os.uname().nodename


class LabelTest(CommandTest):
    def document(self, path):
        with open(path) as file:
            return json.load(file)

    def measured(self, *arguments):
        path = self.path("r.json")
        answer = self.ipcmark(*arguments, "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return self.document(path), answer

    def refused(self, part, *arguments):
        answer = self.ipcmark(*arguments)
        self.assertEqual(answer.returncode, 2, answer.stdout + answer.stderr)
        self.assertEqual(answer.stdout, "")
        self.assertIn(part, answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        self.assert_nothing_left()


class Labels(LabelTest):
    def test_are_in_the_document_the_csv_and_the_table(self):
        document, answer = self.measured("run", *PIPE, "--label", "commit=4f2a9c1,kernel=6.1.0-18", "--label",
                                         "compiler=g++ 12", "--csv", self.path("r.csv"))
        labels = {"commit": "4f2a9c1", "kernel": "6.1.0-18", "compiler": "g++ 12"}
        self.assertEqual(document["run"]["labels"], labels)
        self.assertNotIn("host", document["run"])
        self.assertNotIn("shard", document["run"])
        self.assertIn("commit=4f2a9c1", answer.stdout.split("\n\n")[0])
        with open(self.path("r.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual({row["labels"] for row in rows}, {"commit=4f2a9c1;compiler=g++ 12;kernel=6.1.0-18"})
        self.assertEqual({(row["host"], row["shard"]) for row in rows}, {("", "")})

    def test_without_any_nothing_is_said_of_the_host(self):
        document, answer = self.measured("run", *PIPE)
        for name in ("labels", "host", "shard"):
            self.assertNotIn(name, document["run"])
        self.assertNotIn(f'"{HOST}"', json.dumps(document))
        self.assertNotIn(f"host {HOST}", answer.stdout)

    def test_the_hosts_name_is_there_when_it_was_asked_for(self):
        document, answer = self.measured("run", *PIPE, "--host-name")
        self.assertEqual(document["run"]["host"], HOST)
        self.assertIn(f"host {HOST}", answer.stdout)

    def test_check_and_load_take_them_too(self):
        for arguments in (["check", "--scenario", "counter", "--lock", "futex", "--share"],
                          ["load", "--backend", "pipe", "--rate", "1k", "--duration", "20ms", "--trials", "1",
                           "--share"]):
            with self.subTest(command=arguments[0]):
                document, _ = self.measured(*arguments, "--label", "commit=4f", "--host-name", "--quiet")
                self.assertEqual((document["run"]["labels"], document["run"]["host"]), ({"commit": "4f"}, HOST))

    def test_both_sides_of_a_comparison_show_them(self):
        paths = []
        for commit in ("4f2a9c1", "77bd001"):
            paths.append(self.path(f"{commit}.json"))
            answer = self.ipcmark("run", *PIPE, "--label", f"commit={commit}", "--json", paths[-1])
            self.assertEqual(answer.returncode, 0, answer.stderr)
        answer = self.ipcmark("compare", *paths, "--json", self.path("c.json"), "--markdown", self.path("c.md"))
        head = answer.stdout.split("Candidate")
        self.assertIn("commit=4f2a9c1", head[0])
        self.assertIn("commit=77bd001", head[1])
        comparison = self.document(self.path("c.json"))
        self.assertEqual(comparison["base"]["labels"], {"commit": "4f2a9c1"})
        self.assertEqual(comparison["candidate"]["labels"], {"commit": "77bd001"})
        with open(self.path("c.md")) as file:
            text = file.read()
        self.assertIn("4f2a9c1", text)
        self.assertIn("77bd001", text)

    def test_ab_has_those_of_both_and_of_each_side(self):
        sides = self.path("sides")
        answer = self.ipcmark("ab", "--only", "latency/pipe/64B/block/cross-cpu", "--messages", "50", "--rounds",
                              "2", "--a-label", "commit=old", "--b-label", "commit=new", "--label", "kernel=6.1",
                              "--host-name", "--b-args", "--messages 60", "--quiet", "--share", "--seed", "7",
                              "--results", sides)
        self.assertIn("commit=old, kernel=6.1", " ".join(answer.stdout.split()), answer.stderr)
        self.assertIn("commit=new, kernel=6.1", " ".join(answer.stdout.split()))
        a, b = (self.document(os.path.join(sides, name))["run"] for name in ("base.json", "candidate.json"))
        self.assertEqual(a["labels"], {"commit": "old", "kernel": "6.1"})
        self.assertEqual(b["labels"], {"commit": "new", "kernel": "6.1"})
        self.assertEqual((a["host"], b["host"]), (HOST, HOST))
        # Whoever drops results with one id must drop neither of them.
        self.assertNotEqual(a["id"], b["id"])
        self.assertNotIn("7", (a["id"], b["id"]))
        self.refused("both name 'commit'", "ab", "--b-args", "--messages 60", "--label", "commit=x", "--a-label",
                     "commit=y")

    def test_what_is_no_label_is_refused(self):
        for value, part in (("commit", "write NAME=VALUE"), ("Commit=1", "'Commit' is not the name of a label"),
                            ("commit=", "'commit' has no value"), ("a=b;c=d", "a comma or a semicolon"),
                            ("a=1\n2", "cannot be shown (1\\n2)"), ("a=" + "x" * 201, "201 characters; 200"),
                            ("a=1,a=2", "two values"), ("a=1,", "")):
            for name in ("run", "check", "load"):
                with self.subTest(value=value[:20], command=name):
                    self.refused(part, name, "--label", value)
        self.refused("two values", "run", "--label", "a=1", "--label", "a=2")


class Shards(LabelTest):
    SOME = ["run", "--backend", "pipe,fifo,shm_ring", "--scenario", "latency,throughput", "--trials", "1"]

    def planned(self, *arguments):
        """The keys of a run's cells, and the line below them; nothing where there are none."""
        answer = self.ipcmark(*self.SOME, *arguments, "--dry-run")
        if answer.returncode == 77:
            return set(), answer.stderr
        self.assertEqual(answer.returncode, 0, answer.stderr)
        *cells, line = answer.stdout.splitlines()
        return {cell.split()[0] for cell in cells}, line

    def test_partition_what_is_planned(self):
        whole, line = self.planned()
        self.assertNotIn("shard", line)
        parts = [self.planned("--shard", f"{part}/4") for part in range(1, 5)]
        self.assertEqual(sum(len(keys) for keys, _ in parts), len(whole))
        self.assertEqual(set().union(*(keys for keys, _ in parts)), whole)
        self.assertIn(f"(shard 2/4 of {len(whole)})", parts[1][1])

    def test_a_cell_stays_in_its_shard_whatever_else_is_chosen(self):
        for part in range(1, 4):
            keys, _ = self.planned("--shard", f"{part}/3")
            fewer, _ = self.planned("--shard", f"{part}/3", "--only", "*/64B/*", "--seed", "99",
                                    "--messages", "7")
            self.assertEqual(fewer, {key for key in keys if "/64B/" in key})

    def test_only_its_cells_are_measured_and_the_result_says_so(self):
        few = ["--scenario", "latency", "--backend", "pipe,fifo,shm_ring,unix_stream", "--size", "64",
               "--wait", "block", "--messages", "50", "--trials", "2", "--quiet", "--share"]
        keys = []
        for part in ("1/2", "2/2"):
            document, answer = self.measured("run", *few, "--shard", part)
            self.assertEqual(document["run"]["shard"], part)
            self.assertIn(f"shard {part}", answer.stdout)
            keys.append({cell["key"] for cell in document["cells"]})
            self.assertEqual({len(cell["trials"]) for cell in document["cells"]}, {2})
        self.assertEqual(len(keys[0] | keys[1]), 4)
        self.assertFalse(keys[0] & keys[1])

    def test_one_without_cells_is_said_and_is_no_failure_of_its_own(self):
        # The key is in 8/8 (tests/unit/scenarios/plan/shard_test.cpp).
        one = ["run", "--only", "latency/pipe/64B/block/cross-cpu", "--shard", "1/8"]
        for arguments in ([], ["--dry-run"], ["--budget", "60s"]):
            answer = self.ipcmark(*one, *arguments, "--json", self.path("r.json"))
            self.assertEqual((answer.returncode, answer.stdout), (77, ""))
            self.assertEqual(answer.stderr, "ipcmark: none of the 1 cells falls into shard 1/8: nothing to run\n")
            self.assertEqual(os.listdir(self.directory.name), [])
        self.assertEqual(self.ipcmark(*one[:-1], "8/8", "--dry-run").returncode, 0)

    def test_what_is_no_shard_is_refused(self):
        for value in ("0/8", "9/8", "3", "3/0", "a/b", "1/2/3", "", "1/100001"):
            self.refused("is not a shard; write one such as 3/8", "run", "--shard", value)

    def test_the_journal_of_another_shard_is_refused(self):
        journal = self.path("r.json.journal")
        arguments = ["run", "--scenario", "latency", "--backend", "pipe,fifo,shm_ring,unix_stream", "--size", "64",
                     "--wait", "block", "--messages", "50", "--seed", "3", "--quiet", "--share"]
        long = [*arguments, "--shard", "1/2", "--trials", "100000", "--json", self.path("r.json")]
        process = self.start(*long)
        self.until(lambda: lines_of(journal) >= 4, process)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        with open(journal) as file:
            self.assertEqual(json.loads(file.readline())["shard"], "1/2")
        for shard, said in ((["--shard", "2/2"], "this run has --shard 2/2"), ([], "this run has no --shard"),
                            (["--shard", "1/3"], "this run has --shard 1/3")):
            answer = self.ipcmark(*arguments, *shard, "--trials", "100000", "--json", self.path("r.json"),
                                  "--resume", journal)
            self.assertEqual(answer.returncode, 2, answer.stderr)
            self.assertTrue(re.search(rf"written with --shard 1/2, {said}; give it the same", answer.stderr),
                            answer.stderr)


if __name__ == "__main__":
    command.main()
