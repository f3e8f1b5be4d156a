"""Signals and limits: a run ends in order by each, or goes on, and leaves nothing behind."""

import json
import os
import resource
import shutil
import signal
import subprocess

import command
from command import CommandTest, lines_of

CELL = ["--scenario", "latency", "--backend", "pipe", "--size", "64", "--seed", "3", "--quiet"]
LONG = [*CELL, "--trials", "100000", "--messages", "200"]
OTHERS = [signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF,
          signal.SIGPIPE, signal.SIGIO, signal.SIGPWR, signal.SIGSTKFLT, signal.SIGXCPU, signal.SIGRTMIN,
          signal.SIGRTMIN + 5, signal.SIGRTMAX]


def children(process):
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        return file.read()


class SignalTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.result = self.path("r.json")

    def begun(self, *arguments, **options):
        """A run that has written its first trials down."""
        path = self.result
        process = self.start("run", *(arguments or LONG), "--json", path, **options)
        self.until(lambda: lines_of(path + ".journal") >= 3, process)
        return process

    def assert_ended(self, process, number):
        """In order: the exit code, what was measured, nothing left."""
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + number, err)
        self.assertIn("Interrupted", out)
        with open(self.result) as file:
            document = json.load(file)
        self.assertTrue(document["run"]["interrupted"])
        states = {trial["state"] for trial in document["cells"][0]["trials"]}
        self.assertEqual(states, {"passed"})
        os.remove(self.result)
        os.remove(self.result + ".journal")
        self.assert_nothing_left()


class Ended(SignalTest):
    def test_each_signal_ends_a_run_in_order(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, *OTHERS):
            with self.subTest(signal=number):
                process = self.begun()
                process.send_signal(number)
                self.assert_ended(process, number)

    def test_each_signal_to_the_whole_group(self):
        # Also to the workers, of which none may look as if it had crashed.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1, signal.SIGALRM,
                       signal.SIGRTMIN):
            with self.subTest(signal=number):
                process = self.begun(process_group=0)
                os.killpg(process.pid, number)
                self.assert_ended(process, number)

    def test_how_workers_end_is_known_where_sigchld_is_ignored(self):
        """As under `env --ignore-signal=CHLD`: the kernel then keeps no child's end."""
        answer = self.ipcmark("check", "--scenario", "task_queue,sentinel_stream", "--backend", "pipe",
                              "--share", preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assert_nothing_left()

    def test_other_commands(self):
        for arguments in (["check"], ["stress", "--for", "60s"], ["load", "--backend", "pipe", "--rate", "1k"],
                          ["selfcheck", "--rounds", "500"], ["ab", "--b-args", "--backend fifo", *LONG[:-4]],
                          ["advise", "simple_two_way"]):
            for number in (signal.SIGQUIT, signal.SIGUSR1):
                with self.subTest(command=arguments[0], signal=number):
                    process = self.start(*arguments)
                    self.until(lambda: children(process), process)
                    process.send_signal(number)
                    _, err = process.communicate(timeout=60)
                    self.assertEqual(process.returncode, 128 + number, err)
                    self.assert_nothing_left()

    def test_by_gnu_timeout(self):
        """It signals its child and then its group: twice in an instant."""
        timeout = shutil.which("timeout")
        self.assertTrue(timeout, "this test needs timeout of GNU coreutils")
        for option, code in (([], 124), (["-s", "INT"], 124), (["--preserve-status"], 143)):
            with self.subTest(option=option):
                runs = []
                for i in range(8):
                    path = self.path(f"{i}.json")
                    runs.append((path, subprocess.Popen(
                        [timeout, *option, "2", command.PROGRAM, "run", "--share", *LONG, "--json", path],
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                        env=self.environment, process_group=0)))
                for path, process in runs:
                    _, err = process.communicate(timeout=100)
                    self.assertEqual(process.returncode, code, err)
                    with open(path) as file:
                        self.assertTrue(json.load(file)["run"]["interrupted"])
                    os.remove(path)
                    if os.path.exists(path + ".journal"):
                        os.remove(path + ".journal")
                self.assert_nothing_left()

    def test_a_reader_that_goes_away_ends_nothing(self):
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start("run", *CELL, "--trials", "2", "--messages", "20", "--json", self.result,
                             stdout=writer)
        os.close(writer)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2, err)
        with open(self.result) as file:
            self.assertFalse(json.load(file)["run"]["interrupted"])


class Ignored(SignalTest):
    """What was ignored on entry stays so: nohup, the background jobs of a script."""

    def goes_on(self, ignored, sent, group=False):
        def ignore():
            for number in ignored:
                signal.signal(number, signal.SIG_IGN)

        process = self.begun(*CELL, "--trials", "8", "--messages", "200", preexec_fn=ignore, process_group=0)
        if group:
            os.killpg(process.pid, sent)
        else:
            process.send_signal(sent)
        out, err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 0, err)
        with open(self.result) as file:
            document = json.load(file)
        self.assertFalse(document["run"]["interrupted"])
        self.assertEqual(len(document["cells"][0]["trials"]), 8)
        self.assert_nothing_left()

    def test_each(self):
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1):
            for group in (False, True):
                with self.subTest(signal=number, group=group):
                    self.goes_on([number], number, group)

    def test_nohup(self):
        nohup = shutil.which("nohup")
        self.assertTrue(nohup, "this test needs nohup of GNU coreutils")
        process = subprocess.Popen(
            [nohup, command.PROGRAM, "run", *CELL, "--trials", "8", "--messages", "200", "--json", self.result],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environment)
        self.until(lambda: lines_of(self.result + ".journal") >= 3, process)
        process.send_signal(signal.SIGHUP)
        _, err = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 0, err)

    def test_others_still_end_it(self):
        process = self.begun(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGTERM)
        self.assert_ended(process, signal.SIGTERM)


class FileSize(CommandTest):
    """A limit of the size of files makes writing fail; it ends nobody."""

    def limited(self, limit, *arguments):
        def limit_size():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        answer = self.ipcmark(*arguments, preexec_fn=limit_size)
        self.assertGreaterEqual(answer.returncode, 0, f"killed by {-answer.returncode}")
        self.assertNotIn("internal error", answer.stderr)
        self.assert_nothing_left()
        return answer

    def test_each_command(self):
        run = ["--scenario", "latency", "--backend", "pipe", "--size", "64", "--messages", "20"]
        for limit in (0, 1024, 16384):
            for arguments in (["list"], ["run", *run, "--trials", "1", "--json", self.path("r.json")],
                              ["run", *run, "--trials", "1", "--trace", self.path("t.json")],
                              ["check", "--backend", "pipe", "--scenario", "counter"],
                              ["ab", *run, "--rounds", "1", "--json", self.path("c.json")],
                              ["stress", "--for", "1s", "--backend", "pipe"],
                              ["advise", "simple_two_way", "--backend", "pipe", "--trials", "1"]):
                with self.subTest(limit=limit, command=arguments):
                    self.limited(limit, *arguments)

    def test_a_journal_beyond_the_limit_is_one_sentence_with_the_way_out(self):
        answer = self.limited(1024, "run", "--scenario", "counter", "--lock", "futex", "--trials", "1",
                              "--quiet", "--json", self.path("r.json"))
        self.assertEqual((answer.returncode, answer.stdout), (2, ""), answer.stderr)
        self.assertRegex(answer.stderr, r"^ipcmark: cannot write the journal '[^']*': File too large; "
                                        r"raise ulimit -f\n$")

    def test_a_result_beyond_the_limit_is_said(self):
        answer = self.limited(65536, "run", "--scenario", "counter", "--lock", "futex,spin",
                              "--trials", "40", "--quiet", "--json", self.path("r.json"))
        self.assertEqual(answer.returncode, 2)
        self.assertIn("File too large", answer.stderr)


if __name__ == "__main__":
    command.main()
