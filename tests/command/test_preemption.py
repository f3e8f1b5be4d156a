"""Jobs that a scheduler ends and starts again: one command, and nothing counted twice."""

import json
import os
import signal

import command
from command import CommandTest, lines_of

CELLS = ["run", "--scenario", "latency", "--backend", "pipe,fifo", "--size", "64", "--wait", "block",
         "--messages", "50", "--seed", "3", "--quiet", "--share"]
LABELS = ["--label", "commit=4f2a9c1,kernel=6.1", "--host-name", "--shard", "1/1"]
HOST = os.uname().nodename


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        return [int(pid) for pid in file.read().split()]


def cpu_ticks(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return sum(int(word) for word in file.read().rpartition(")")[2].split()[11:13])
    except FileNotFoundError:
        return 0


class PreemptionTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.result = self.path("r.json")
        self.journal = self.path("r.json.journal")

    def command(self, trials, *labels):
        """The same for the first start and for each that follows."""
        return [*CELLS, "--trials", str(trials), *labels, "--json", self.result, "--resume", self.journal]

    def document(self):
        with open(self.result) as file:
            return json.load(file)

    def head(self):
        with open(self.journal) as file:
            return json.loads(file.readline())

    def ended(self, number, arguments, lines):
        """A run that is ended by this signal once its journal has so many lines."""
        process = self.start(*arguments)
        self.until(lambda: lines_of(self.journal) >= lines, process)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, -number if number == signal.SIGKILL else 128 + number, err)

    def with_trials(self, trials):
        """As if the run that left this journal had been started with fewer trials: then it can end."""
        with open(self.journal) as file:
            first, *rest = (line for line in file.readlines() if line.endswith("\n"))
        head = json.loads(first)
        head["trials"] = trials
        rest = [line for line in rest if json.loads(line)["round"] < trials]
        with open(self.journal, "w") as file:
            file.writelines([json.dumps(head) + "\n", *rest])
        return [json.loads(line) for line in rest]

    def assert_continued(self, before, trials):
        """All trials are there once, and those of before are as they were."""
        for cell in self.document()["cells"]:
            rounds = {trial["round"]: trial["metrics"] for trial in cell["trials"]}
            self.assertEqual(sorted(rounds), list(range(trials)))
            self.assertEqual(len(cell["trials"]), trials)
            for line in before:
                if line["cell"] == cell["key"]:
                    self.assertEqual(rounds[line["round"]], line["trial"]["metrics"])


class Ended(PreemptionTest):
    def test_by_sigterm_and_by_sigkill_and_gone_on_with(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            with self.subTest(signal=number):
                self.ended(number, self.command(100000, *LABELS), 6)
                head = self.head()
                self.assertEqual((head["labels"], head["host"], head["shard"]),
                                 ({"commit": "4f2a9c1", "kernel": "6.1"}, HOST, "1/1"))
                if number == signal.SIGTERM:
                    run = self.document()["run"]
                    self.assertTrue(run["interrupted"])
                    self.assertEqual((run["id"], run["labels"]), (head["run"], head["labels"]))
                else:
                    self.assertFalse(os.path.exists(self.result))
                before = self.with_trials(4)
                self.assertGreaterEqual(len(before), 5)
                answer = self.ipcmark(*self.command(4, *LABELS))
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assert_continued(before, 4)
                run = self.document()["run"]
                # One run, whatever it took: who gathers results by their id counts it once.
                self.assertEqual((run["id"], run["started"]), (head["run"], head["started"]))
                self.assertEqual((run["labels"], run["host"], run["shard"], run["interrupted"]),
                                 (head["labels"], HOST, "1/1", False))
                self.assertFalse(os.path.exists(self.journal))
                os.remove(self.result)
                self.assertEqual(self.ipcmark("clean").returncode, 0)
                self.assert_nothing_left()

    def test_again_and_again(self):
        for lines in (3, 5, 7):
            self.ended(signal.SIGKILL, self.command(100000, *LABELS), lines)
        before = self.with_trials(5)
        answer = self.ipcmark(*self.command(5, *LABELS))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_continued(before, 5)
        self.ipcmark("clean")

    def test_a_trial_that_would_go_on_for_long_is_ended(self):
        """SIGTERM is followed by SIGKILL within half a minute: no trial is waited for."""
        arguments = ["run", "--scenario", "latency", "--backend", "pipe", "--size", "64", "--wait", "block",
                     "--duration", "30m", "--trials", "1", "--seed", "3", "--quiet", "--share", "--json",
                     self.result]
        process = self.start(*arguments)
        self.until(lambda: sum(map(cpu_ticks, children(process))) >= 20, process)  # the workers are at it
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 143, err)
        document = self.document()
        self.assertEqual((document["run"]["interrupted"], document["cells"]), (True, []))
        self.assertEqual(lines_of(self.journal), 1)
        self.assert_nothing_left()


class Begun(PreemptionTest):
    def test_the_first_start_needs_no_other_command(self):
        for text in (None, ""):
            with self.subTest(text=text):
                if text is not None:
                    with open(self.journal, "w") as file:
                        file.write(text)
                answer = self.ipcmark(*self.command(2))
                self.assertEqual((answer.returncode, answer.stderr), (0, ""))
                self.assert_continued([], 2)
                self.assertFalse(os.path.exists(self.journal))
        os.remove(self.result)
        loud = [word for word in self.command(1) if word != "--quiet"]
        self.assertIn(f"nothing is in '{self.journal}' yet; it is begun", self.ipcmark(*loud).stderr)

    def test_another_journal_that_is_not_there_is_refused(self):
        for arguments in (["--json", self.result, "--resume", self.path("s.json.journal")],
                          ["--resume", self.journal]):
            answer = self.ipcmark(*CELLS, *arguments)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
            self.assertIn("No such file", answer.stderr)
            self.assertFalse(os.path.exists(self.result))


class Elsewhere(PreemptionTest):
    """What is said of the whole run must be true of each part."""

    def journal_with(self, **changed):
        if not os.path.exists(self.journal):
            self.ended(signal.SIGTERM, self.command(100000, *LABELS), 4)
            self.with_trials(3)
            os.remove(self.result)
        with open(self.journal) as file:
            first, *rest = file.readlines()
        head = json.loads(first)
        head.update(changed)
        with open(self.journal, "w") as file:
            file.writelines([json.dumps(head) + "\n", *rest])

    def refused(self, part, *labels):
        with open(self.journal) as file:
            before = file.read()
        answer = self.ipcmark(*self.command(3, *labels))
        self.assertEqual((answer.returncode, answer.stdout), (2, ""), answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        self.assertIn(part, answer.stderr)
        with open(self.journal) as file:
            self.assertEqual(file.read(), before)

    def test_other_labels_and_other_hosts_are_refused(self):
        self.journal_with()
        self.refused("written with --label commit=4f2a9c1,kernel=6.1, this run has --label commit=99",
                     "--label", "commit=99", "--host-name", "--shard", "1/1")
        self.journal_with(host="another-host")
        for asked in ([], ["--host-name"]):
            self.refused(f"measured on the host 'another-host', this is '{HOST}'", *LABELS[:2], *asked, "--shard",
                         "1/1")
        self.journal_with(host="")
        self.refused("begun without --host-name", *LABELS)

    def test_what_is_not_named_again_is_kept(self):
        self.journal_with()
        answer = self.ipcmark(*self.command(3, "--shard", "1/1"))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        run = self.document()["run"]
        self.assertEqual((run["labels"], run["host"]), ({"commit": "4f2a9c1", "kernel": "6.1"}, HOST))


if __name__ == "__main__":
    command.main()
