"""Journals: what an ended run left is gone on with, set aside or left as it is; never lost."""

import json
import os
import re
import resource
import signal

import command
from command import CommandTest, lines_of

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CELL = ["--scenario", "latency", "--backend", "pipe", "--size", "64", "--messages", "20",
        "--seed", "3", "--quiet"]
TRIALS = 4


class JournalTest(CommandTest):
    _lines = None  # of a journal that a run left: the head, then a trial a line

    def setUp(self):
        super().setUp()
        self.result = self.path("r.json")
        self.journal = self.path("r.json.journal")

    def run_cell(self, *arguments, **options):
        return self.ipcmark("run", *CELL, "--trials", str(TRIALS), *arguments, **options)

    def lines(self):
        """The head, and TRIALS trials of a run of TRIALS."""
        if JournalTest._lines is None:
            path = self.path("template.json")
            process = self.start("run", *CELL, "--trials", "100000", "--json", path)
            self.until(lambda: lines_of(path + ".journal") > TRIALS, process)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
            with open(path + ".journal") as file:
                lines = file.readlines()[:TRIALS + 1]
            head = json.loads(lines[0])
            head["trials"] = TRIALS
            JournalTest._lines = [json.dumps(head) + "\n", *lines[1:]]
        return list(JournalTest._lines)

    def write(self, text):
        self.before = text.encode() if isinstance(text, str) else text
        with open(self.journal, "wb") as file:
            file.write(self.before)

    def with_head(self, change):
        """A journal of all trials whose head is another."""
        lines = self.lines()
        head = json.loads(lines[0])
        change(head)
        return json.dumps(head) + "\n" + "".join(lines[1:])

    def text(self, path=None):
        with open(path or self.journal, "rb") as file:
            return file.read()

    def trials(self):
        with open(self.result) as file:
            (cell,) = json.load(file)["cells"]
        return cell["trials"]

    def assert_refused(self, answer, *parts):
        """One sentence that names the file; nothing is measured, nothing written over."""
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertEqual(answer.stdout, "")
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        for part in (self.journal, *parts):
            self.assertIn(part, answer.stderr)
        self.assertEqual(self.text(), self.before)
        self.assertFalse(os.path.exists(self.result))


class Begun(JournalTest):
    """What `run --json r.json` does when something lies in r.json.journal."""

    def test_what_is_not_a_journal_is_left_as_it_is(self):
        for text in ("notes\n", "notes without an end", "{\"a\": 1}\n", "[]\n", b"\x00" * 100,
                     b"\xff\xfe\x00\n", "{\"journal\":\"another's\",\"major\":1}\n"):
            with self.subTest(text=text):
                self.write(text)
                self.assert_refused(self.run_cell("--json", self.result), "line 1", "--fresh")

    def test_a_journal_of_a_newer_ipcmark_is_left_as_it_is(self):
        self.write(self.with_head(lambda head: head.update(major=7)))
        self.assert_refused(self.run_cell("--json", self.result), "newer", "--fresh")
        self.assert_refused(self.run_cell("--json", self.result, "--resume", self.journal), "newer")

    def test_a_damaged_journal_is_left_as_it_is(self):
        head, first, second, *_ = self.lines()
        for text, trials in ((head + first + "x\n" + second, 1), (head + "\x00" * 50 + "\n" + first, 0),
                             (head + first + second[:50], 1), (head + first[10:], 0)):
            with self.subTest(trials=trials, text=text[len(head):][:40]):
                self.write(text)
                self.assert_refused(self.run_cell("--json", self.result), f"holds {trials} trials",
                                    "line ", "--resume", "--fresh")

    def test_an_unfinished_run_is_left_as_it_is(self):
        self.write("".join(self.lines()))
        self.assert_refused(self.run_cell("--json", self.result), "holds 4 trials", "--resume", "--fresh")

    def test_a_journal_without_trials_is_begun_anew(self):
        for text in ("", self.lines()[0]):
            self.write(text)
            answer = self.run_cell("--json", self.result)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.assertFalse(os.path.exists(self.journal))

    def test_a_place_that_is_no_file(self):
        os.mkdir(self.journal)
        answer = self.run_cell("--json", self.result)
        self.assertEqual((answer.returncode, answer.stderr.count("\n")), (2, 1))
        self.assertIn(self.journal, answer.stderr)
        os.rmdir(self.journal)
        os.symlink("elsewhere", self.journal)
        answer = self.run_cell("--json", self.result)
        self.assertEqual((answer.returncode, answer.stderr.count("\n")), (2, 1))
        self.assertIn("symbolic link", answer.stderr)


class Fresh(JournalTest):
    def test_sets_aside_whatever_lies_there(self):
        texts = ["notes\n", "".join(self.lines()), self.with_head(lambda head: head.update(major=7))]
        for number, text in enumerate(texts, 1):
            self.write(text)
            answer = self.run_cell("--json", self.result, "--fresh")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            kept = f"{self.journal}.{number}"
            self.assertIn(f"'{kept}'", answer.stderr)
            self.assertEqual(self.text(kept), self.before)
            self.assertFalse(os.path.exists(self.journal))
            self.assertEqual(len(self.trials()), TRIALS)

    def test_says_nothing_where_nothing_lies(self):
        answer = self.run_cell("--json", self.result, "--fresh")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))

    def test_needs_a_file_and_excludes_resuming(self):
        self.write("".join(self.lines()))
        for arguments, said in (([], "--fresh needs --json"),
                                (["--json", self.result, "--resume", self.journal], "--resume and --fresh exclude each other")):
            answer = self.run_cell("--fresh", *arguments)
            self.assertEqual((answer.returncode, answer.stderr.count("\n")), (2, 1))
            self.assertIn(said, answer.stderr)
            self.assertEqual(self.text(), self.before)

    def test_examples_for_continuous_integration_use_it(self):
        # A job that was killed leaves a journal in the workspace that its next run begins in.
        runs = []
        for folder, _, names in os.walk(os.path.join(ROOT, "tools", "ci")):
            for name in names:
                with open(os.path.join(folder, name)) as file:
                    runs += re.findall(r"ipcmark run .*--json.*", file.read())
        self.assertTrue(runs)
        for line in runs:
            self.assertIn("--fresh", line)


class Resumed(JournalTest):
    def resume(self, **options):
        return self.run_cell("--json", self.result, "--resume", self.journal, **options)

    def assert_resumed(self, answer, taken, *parts):
        self.assertEqual(answer.returncode, 0, answer.stderr)
        for part in parts:
            self.assertIn(part, answer.stderr)
        trials = self.trials()
        self.assertEqual([trial["round"] for trial in trials], list(range(TRIALS)))
        lines = self.lines()[1:]
        same = [trial["metrics"] == json.loads(line)["trial"]["metrics"]
                for trial, line in zip(trials, lines)]
        self.assertEqual(same, [True] * taken + [False] * (TRIALS - taken))
        self.assertFalse(os.path.exists(self.journal))

    def test_goes_on_in_silence_where_nothing_is_wrong(self):
        self.write("".join(self.lines()[:3]))
        answer = self.resume()
        self.assert_resumed(answer, 2)
        self.assertEqual(answer.stderr, "")

    def test_up_to_a_cut_last_line(self):
        head, first, second, third, _ = self.lines()
        self.write(head + first + second + third[:-20])
        self.assert_resumed(self.resume(), 2, "line 4: cut off", "2 trials before that are taken",
                            "the rest is measured again")
        self.assertEqual(os.listdir(self.directory.name).count("r.json.journal.1"), 0)

    def test_up_to_zeros_after_a_power_cut(self):
        head, first, *_ = self.lines()
        self.write(head + first + "\x00" * 4000)
        self.assert_resumed(self.resume(), 1, "line 3: ", "1 trial before that is taken")

    def test_up_to_the_first_bad_line(self):
        head, first, second, third, fourth = self.lines()
        for number, bad in enumerate(("x\n", "\x00" * 500 + "\n", "{}\n", third.replace("pipe", "fifo"),
                                      third[:100] + fourth, head), 1):
            with self.subTest(bad=bad[:40]):
                self.write(head + first + second + bad + fourth)
                kept = f"{self.journal}.{number}"
                self.assert_resumed(self.resume(), 2, "line 4: ", "2 trials before that are taken",
                                    f"'{kept}'")
                self.assertEqual(self.text(kept), self.before)

    def test_a_line_twice_is_taken_once(self):
        head, first, second, *_ = self.lines()
        for text in (head + first + first, head + first + second + first + second):
            self.write(text)
            taken = len(set(text.splitlines())) - 1
            self.assert_resumed(self.resume(), taken)

    def test_into_another_file(self):
        head, first, second, *_ = self.lines()
        self.write(head + first + "x\n" + second)
        other = self.path("other.json")
        answer = self.run_cell("--json", other, "--resume", self.journal)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("1 trial before that is taken", answer.stderr)
        self.assertEqual(self.text(), self.before)
        self.assertEqual(set(os.listdir(self.directory.name)) - {"r", "template.json", "template.json.journal"},
                         {"r.json.journal", "other.json"})

    def test_a_file_of_another_name_is_the_same_file(self):
        self.write("".join(self.lines()[:3]))
        answer = self.run_cell("--json", "r.json", "--resume", f"./{os.path.basename(self.journal)}",
                               cwd=self.directory.name)
        self.assert_resumed(answer, 2)

    def test_without_a_result_file_the_journal_stays(self):
        self.write("".join(self.lines()[:3]))
        answer = self.run_cell("--resume", self.journal)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(lines_of(self.journal), TRIALS + 1)


class Elsewhere(JournalTest):
    """What was measured under other conditions is no part of this run."""

    def assert_not_resumed(self, *parts, **options):
        self.assert_refused(self.run_cell("--json", self.result, "--resume", self.journal, **options),
                            *parts)

    def test_on_other_cpus(self):
        allowed = sorted(os.sched_getaffinity(0))
        self.write(self.with_head(lambda head: head.update(cpus=[*allowed, 4000])))
        self.assert_not_resumed("the CPUs", "4000, this run may use ")
        if len(allowed) == 1:
            return
        self.write("".join(self.lines()))
        answer = self.run_cell("--json", self.result, "--resume", self.journal,
                               preexec_fn=lambda: os.sched_setaffinity(0, allowed[:1]))
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertIn(f"this run may use {allowed[0]};", answer.stderr)
        self.assertEqual(self.text(), self.before)

    def test_under_other_limits(self):
        self.write("".join(self.lines()))
        for name, which in (("nofile", resource.RLIMIT_NOFILE), ("msgqueue", resource.RLIMIT_MSGQUEUE),
                            ("memlock", resource.RLIMIT_MEMLOCK)):
            with self.subTest(limit=name):
                soft, hard = resource.getrlimit(which)
                value = 500 if soft in (resource.RLIM_INFINITY, hard) else soft - 1
                self.assert_not_resumed(f"limits rlimit.{name}: ", preexec_fn=lambda which=which,
                                        value=value: resource.setrlimit(which, (value, value)))

    def test_of_another_build_or_machine(self):
        for group, name in (("build", "type"), ("build", "sanitizers"), ("cpu", "model"),
                            ("cpu", "governor"), ("kernel", "release"), ("limits", "msgmax")):
            with self.subTest(fact=name):
                def change(head):
                    head.setdefault("conditions", {}).setdefault(group, {})[name] = "other"
                self.write(self.with_head(change))
                self.assert_not_resumed(f"{group} {name}: other and ")

    def test_of_another_revision(self):
        self.write(self.with_head(lambda head: head.update(version="0.0.1 (abc)")))
        self.assert_not_resumed("0.0.1 (abc)")


class Kept(CommandTest):
    """Commands without a journal write what they have when they are ended."""

    def ended(self, process, code=143):
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, code, err)
        return out, err

    def document(self, path):
        with open(path) as file:
            return json.load(file)

    def said(self, *arguments):
        """A running command whose stderr goes to a file; it has said of two cells how they are."""
        with open(self.path("said"), "w") as file:
            process = self.start(*arguments, stderr=file)
        self.until(lambda: len(re.findall(r"^[0-9]+/[0-9]+ ", self.read("said"), re.MULTILINE)) >= 2, process)
        return process

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def test_advise(self):
        path = self.path("a.json")
        out, _ = self.ended(self.said("advise", "simple_two_way", "--trials", "1", "--json", path))
        self.assertEqual(out, "")
        document = self.document(path)
        self.assertTrue(document["run"]["interrupted"])
        self.assertGreaterEqual(len(document["cells"]), 2)
        self.assertIn(f"ended by a signal, without advice; what was measured is in '{path}'", self.read("said"))
        self.assert_nothing_left()

    def test_advise_that_measures_what_is_missing(self):
        stored, path = self.path("s.json"), self.path("a.json")
        answer = self.ipcmark("run", "--scenario", "latency", "--backend", "pipe", "--size", "64",
                              "--trials", "1", "--messages", "50", "--json", stored)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.ended(self.said("advise", "simple_two_way", "--from", stored, "--measure-missing", "--trials", "1",
                             "--json", path))
        document = self.document(path)
        self.assertTrue(document["run"]["interrupted"])
        self.assertGreaterEqual(len(document["cells"]), 3)

    def test_load(self):
        path = self.path("l.json")
        rates = ",".join(f"{rate}k" for rate in range(1, 31))
        self.ended(self.said("load", "--backend", "pipe", "--rate", rates, "--trials", "1", "--duration",
                             "60ms", "--json", path))
        document = self.document(path)
        self.assertTrue(document["run"]["interrupted"])
        self.assertGreaterEqual(len(document["cells"]), 2)
        self.assert_nothing_left()

    def test_selfcheck(self):
        if self.is_sanitized():
            self.skipTest("its checks judge figures, which sanitizers spoil")
        path = self.path("c.json")
        with open(self.path("said"), "w") as file:
            process = self.start("selfcheck", "--only", "delay,control,stall", "--rounds", "6", "--json", path,
                                 stderr=file)
        self.until(lambda: "control" in self.read("said"), process)  # the second check has begun
        self.ended(process)
        document = self.document(path)
        self.assertTrue(document["run"]["interrupted"])
        self.assertEqual([check["name"] for check in document["checks"]], ["delay"])
        self.assert_nothing_left()

    def ab(self, turns, *arguments):
        """`ipcmark ab` of two alike, ended after so many trials of B."""
        count = self.path("turns")
        side = self.path("side")
        with open(side, "w") as file:
            file.write(f"#!/bin/sh\necho turn >>{count}\nexec {command.PROGRAM} \"$@\"\n")
        os.chmod(side, 0o755)
        process = self.start("ab", "--b", side, "--scenario", "latency", "--backend", "pipe", "--size", "64",
                             "--messages", "100", "--rounds", "100000", "--quiet", "--results",
                             self.path("ab"), *arguments)
        self.until(lambda: lines_of(count) >= turns, process)
        return self.ended(process)

    def test_ab(self):
        import jsonschema

        out, err = self.ab(8, "--json", self.path("c.json"), "--markdown", self.path("c.md"))
        self.assertRegex(err, "ended by a signal after [0-9]+ rounds: no verdict")
        for name in ("base.json", "candidate.json"):
            document = self.document(self.path(f"ab/{name}"))
            self.assertTrue(document["run"]["interrupted"])
            self.assertGreaterEqual(len(document["cells"][0]["trials"]), 5)
        comparison = self.document(self.path("c.json"))
        with open(os.path.join(ROOT, "results", "json", "ipcmark.comparison.schema.json")) as file:
            jsonschema.validate(comparison, json.load(file))
        self.assertTrue(comparison["interrupted"])
        self.assertTrue(comparison["figures"])
        for figure in comparison["figures"]:
            self.assertFalse(figure["gated"])
            self.assertNotIn("verdict", figure)
        self.assertEqual(set(comparison["counts"].values()), {0})
        with open(self.path("c.md")) as file:
            self.assertIn("interrupted: no verdict", file.read())
        self.assertTrue(out.endswith("interrupted: no verdict\n"), out)
        self.assert_nothing_left()

    def test_ab_before_its_first_round(self):
        self.ab(1)
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
