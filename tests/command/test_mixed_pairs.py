"""Mixed pairs: a Python process at one end of a channel and a C++ one of ipcmark itself at the other."""

import json
import os
import shutil
import subprocess
import sys
import time
import unittest
import zlib

import command
import test_runners
from test_runners import HERE, SHORT, is_there

WAYS = ("pipe_to_cpp", "pipe_from_cpp", "fifo_to_cpp", "fifo_from_cpp", "unix_socket_to_cpp", "unix_socket_from_cpp")
# What a message looks like does not depend on the way: each kind of descriptor, each language at each end.
SOME = ("pipe_to_cpp", "unix_socket_from_cpp")


class MixedPairs(test_runners.RunnerTest):
    check, only, named = test_runners.Python.check, test_runners.Python.only, test_runners.Python.named

    def of_all(self, scenario, *arguments, ways=WAYS, code=0):
        trials = self.check(scenario, *arguments, mechanism=",".join(f"python.{way}" for way in ways), code=code)
        for key, trial in trials.items():
            self.assertEqual(trial["state"], "passed", f"{key}: {trial['reason']}")
        return trials

    def test_trips_and_streams_are_whole_and_both_processes_are_measured(self):
        self.assert_whole(WAYS, ("64", "100KiB"), "full")
        self.assert_nothing_left()

    def test_messages_of_all_sizes_and_with_less_verification_are_whole(self):
        self.assert_whole(SOME, ("1", "23", "24"), "full")  # a stamp has 24 bytes
        for verify in ("off", "header"):
            self.assert_whole(SOME, ("64", "100KiB"), verify)

    def assert_whole(self, ways, sizes, verify):
        trials = self.of_all("latency,throughput", "--messages", "300", "--size", ",".join(sizes), "--verify", verify,
                             ways=ways)
        self.assertEqual(len(trials), 2 * len(ways) * len(sizes))
        for key, trial in trials.items():
            if key.startswith("latency"):
                self.assertEqual(trial["histograms"]["round_trip"]["count"], 300, key)
            else:
                self.assertEqual(trial["counts"]["messages"], 300, key)
            self.assertEqual(len([cost for cost in trial["costs"] if cost["role"] in (
                "initiator", "echo", "sender", "receiver")]), 2, trial["costs"])
            self.assertEqual(trial["integrity"]["lost"], 0)
            self.assertGreaterEqual(trial["integrity"]["checked"], 300)

    def test_a_million_bytes_arrive_whole_either_way_and_both_ways(self):
        trials = self.of_all("large_payload", "--exclude", "*/protocol=*")
        self.assertEqual(len(trials), 12)
        for key, trial in trials.items():
            self.assertEqual(trial["counts"]["bytes_received"], 2_000_000 if "both_ways" in key else 1_000_000, key)
        # Chunks of two sizes, of which only one carries a stamp.
        self.of_all("large_payload", "--size", "71", "--exclude", "*/protocol=*", "--chunk", "24", ways=SOME)

    def test_the_naive_exchange_is_a_deadlock_and_both_languages_are_named(self):
        trials = self.of_all("large_payload", "--protocol", "naive", "--exclude", "*/both_ways=1*")
        self.assertEqual(len(trials), 6)
        for key, trial in trials.items():
            self.assertEqual(trial["counts"]["deadlock_found"], 1, trial["reason"])
            python, cpp = ("left 0", "right 1 C") if "_to_" in key else ("right 1", "left 0 C")
            self.assertRegex(trial["reason"], rf"{python} \([0-9]+\) waits in (write|send)", key)
            self.assertRegex(trial["reason"], rf"{cpp}\+\+ \([0-9]+\) waits in (write|send)", key)
        self.assert_nothing_left()

    def test_a_stream_with_its_sentinel(self):
        for trial in self.of_all("sentinel_stream", "--count", "40").values():
            self.assertEqual((trial["counts"]["received"], trial["counts"]["stops"]), (40, 1))
            self.assertEqual(trial["histograms"]["delivery"]["count"], 40)
        for trial in self.of_all("sentinel_stream", "--count", "0", ways=SOME).values():
            self.assertEqual((trial["counts"]["received"], trial["counts"]["stops"]), (0, 1))

    def test_each_end_notices_what_the_other_one_damages(self):
        timed = ("--verify", "full", "--size", "64", "--duration", "20ms")
        for fault, kind in (("drop:7", "lost"), ("duplicate:7", "duplicated"), ("swap:7", "reordered"),
                            ("flip:7", "corrupted"), ("truncate:7", "wrong_length")):
            for trial in self.of_fault("throughput", fault, "failed", "check", *timed):
                self.assertGreater(trial["integrity"][kind], 0, trial["integrity"])
        for fault in ("early_stop", "after_stop", "flip:2", "drop:3"):
            self.of_fault("sentinel_stream", fault, "failed", "check")
        self.of_fault("latency", "flip:7", "failed", "check", *timed)
        self.of_fault("sentinel_stream", "early_stop", "skipped", "no-fault", "--count", "0")
        self.of_fault("sentinel_stream", "drop:70", "skipped", "no-fault")
        for trial in self.of_fault("throughput", "slow:100", "skipped", "unsupported", *timed):
            self.assertIn("does not know the fault slow:100", trial["reason"])
        # The pieces of 3 bytes have 2 and 1.
        for size, chunk in (("3", "2"), ("2", "1")):
            trials = self.check("large_payload", "--fault", "truncate:2", "--size", size, "--chunk", chunk,
                                "--exclude", "*/protocol=*", "--exclude", "*/both_ways=1*", code=77,
                                mechanism="python.pipe_to_cpp,python.pipe_from_cpp")
            self.assertEqual(len(trials), 2)
            for trial in trials.values():
                self.assertIn("a message of one byte cannot be cut", trial["reason"])

    def of_fault(self, scenario, fault, state, cause, *arguments):
        """The trials of it, either language at the damaging end."""
        with self.subTest(f"{scenario} {fault}"):
            trials = self.check(scenario, "--fault", fault, *arguments, code={"failed": 5, "skipped": 77}[state],
                                mechanism=",".join(f"python.{way}" for way in SOME))
            self.assertEqual(len(trials), len(SOME))
            for key, trial in trials.items():
                self.assertEqual((trial["state"], trial["cause"]), (state, cause), f"{key}: {trial['reason']}")
            return trials.values()
        return []

    def test_an_end_that_is_killed_is_named(self):
        for name, role in (("echo 1 C++", "echo 1"), ("initiator 0", "initiator 0")):
            path = self.path("k.json")
            process = self.start("run", *SHORT, "--runner", "python", "--scenario", "latency", "--backend",
                                 "python.fifo_to_cpp", "--size", "64", "--duration", "60s", "--json", path)
            end = []
            self.until(lambda: end.extend(self.named(name, process.pid)) or end, process)
            os.kill(end[0], 9)
            process.communicate(timeout=60)
            self.assertEqual(process.returncode, 5)
            with open(path, encoding="utf-8") as file:
                trial, = json.load(file)["cells"][0]["trials"]
            self.assertEqual((trial["state"], trial["cause"]), ("failed", "killed"), trial["reason"])
            self.assertIn(f"{role} ({end[0]}) was killed by SIGKILL", trial["reason"])
        self.assert_nothing_left()

    def test_the_table_has_them_behind_each_languages_own(self):
        path = self.path("t.json")
        done = self.ipcmark("run", *SHORT, "--runner", "python", "--scenario", "latency,throughput", "--size",
                            "64,64KiB", "--messages", "300", "--json", path, "--backend",
                            "python.pipe_to_cpp,python.pipe_bytes,pipe")
        self.assertEqual(done.returncode, 0, done.stderr)
        table = os.path.join(HERE, "../../backends/runners/table")
        shown = subprocess.run([sys.executable, table, path], capture_output=True, text=True, timeout=60, check=True)
        rows = [row.split("|")[1:-1] for row in shown.stdout.splitlines() if row.startswith("| `")]
        self.assertEqual([row[0].strip() for row in rows], ["`pipe`", "`python.pipe_bytes`", "`python.pipe_to_cpp`"])
        for cell in [cell for row in rows for cell in row[1:]]:
            self.assertRegex(cell, "^ [0-9.]+ ([nµm]?s|[kM]?/s|[kMG]?B/s) $")

    def test_a_program_that_is_replaced_during_the_run_is_started_as_it_was(self):
        program, runner = self.path("ipcmark"), self.path("replacing")
        shutil.copy(command.PROGRAM, program)
        with open(runner, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\necho > '{program}.new'\nmv '{program}.new' '{program}'\nexec '{sys.executable}' "
                       f"'{os.path.abspath(HERE)}/../../backends/runners/python/runner' \"$@\"\n")
        path = self.path("r.json")
        done = subprocess.run([program, "run", *SHORT, "--runner", f"python=sh '{runner}'", "--scenario", "latency",
                               "--backend", "python.pipe_to_cpp", "--size", "64", "--messages", "300", "--json", path],
                              env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(path, encoding="utf-8") as file:
            trial, = json.load(file)["cells"][0]["trials"]
        self.assertEqual(trial["state"], "passed", trial["reason"])

    def test_kills_and_stops_leave_nothing(self):
        # Beside them what Python has alone: a queue under locks, which die with their holder, and semaphores.
        ways = WAYS[1:5] + ("simple_queue", "shared_memory")
        done = self.ipcmark("stress", "--runner", "python", "--backend", ",".join(f"python.{way}" for way in ways),
                            "--scenario", "latency,throughput,sentinel_stream", "--for", "20s", "--seed", "7",
                            timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for way in ways:
            self.assertRegex(done.stdout, rf"python\.{way} +good")
        self.assertRegex(done.stdout, " [1-9][0-9]* killed and ended")
        self.assert_nothing_left()

    def test_when_ipcmark_is_killed_both_ends_end(self):
        process = self.start("run", *SHORT, "--runner", "python", "--scenario", "throughput", "--backend",
                             "python.pipe_from_cpp", "--size", "64", "--duration", "60s")
        pids = []
        self.until(lambda: pids.clear() or pids.extend(
            pid for name in ("sender 0 C++", "receiver 1") for pid in self.named(name, process.pid)) or len(pids) == 2,
            process)
        process.kill()
        process.communicate()
        give_up = time.monotonic() + 30
        while any(is_there(pid) for pid in pids) and time.monotonic() < give_up:
            time.sleep(0.05)
        self.assertEqual([pid for pid in pids if is_there(pid)], [])
        self.assertEqual(self.ipcmark("clean").returncode, 0)
        self.assert_nothing_left()


class CppEnd(command.CommandTest):
    """`ipcmark trial --peer` as the author of a runner meets it."""

    def peer(self, asked):
        text = asked if isinstance(asked, str) else json.dumps(asked)
        return subprocess.run([command.PROGRAM, "trial", "--peer"], input=text, capture_output=True, text=True,
                              timeout=60, check=False)

    def question(self, **changes):
        return {"schema": "ipcmark.peer-spec", "version": {"major": 1}, "role": "echo", "worker": 1,
                "spec": {"scenario": "latency", "backend": "x", "size": 64, "verify": "full", "seed": 3},
                "channels": [{"kind": "socket", "fd": 3}, {"kind": "socket", "fd": 4, "sends": True}], **changes}

    def test_what_it_cannot_be_is_refused_in_one_sentence(self):
        spec = self.question()["spec"]
        for asked, part in (
                ("", "no question came on standard input"),
                ("[]\n", "must be an object"),
                (self.question(version={"major": 2}), "written by a newer ipcmark"),
                (self.question(schema="other"), "a question for 'ipcmark trial --peer'"),
                (self.question(role="cook"), "there is no end 'cook' of latency"),
                (self.question(spec={**spec, "scenario": "chat"}), "there is no end 'echo' of chat"),
                (self.question(channels=[]), "needs one channel to send into and one to receive from"),
                (self.question(channels=[{"kind": "teleport", "fd": 3}]), 'unknown value "teleport"'),
                (self.question(channels=[{"kind": "pipe"}]), "/channels/0/fd: is missing"),
                (self.question(worker=2), "'worker' must be 0 or 1"),
                (self.question(spec={**spec, "size": 0}), "messages have 1 to"),
                (self.question(role="sender", spec={**spec, "scenario": "throughput"},
                               channels=[{"kind": "pipe", "fd": 3, "sends": True}]), "throughput needs 'enough'"),
                (self.question(role="sender", spec={**spec, "scenario": "large_payload"},
                               channels=[{"kind": "pipe", "fd": 3, "sends": True}]), "large_payload needs 'ready'"),
                (self.question(role="left", spec={**spec, "scenario": "large_payload", "options": {"protocol": 1}}),
                 "the naive exchange needs 'payload'"),
                (self.question(cpu=2_147_483_647), "'cpu' is 2147483647, where this process may not run"),
                (self.question(cpu=2_000_000_000), "'cpu' is 2000000000, where this process may not run")):
            with self.subTest(part):
                done = self.peer(asked if isinstance(asked, str) else json.dumps(asked) + "\n")
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(part, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
        done = self.ipcmark("trial", "--peer", "--list")
        self.assertEqual(done.returncode, 2)

    def test_descriptors_that_it_cannot_have_are_refused_in_one_sentence(self):
        out, into = os.pipe()
        word = os.memfd_create("word")
        os.truncate(word, 7)
        sender = {"role": "sender", "spec": {**self.question()["spec"], "scenario": "throughput"}}
        one, other = {"kind": "pipe", "fd": into, "sends": True}, {"kind": "pipe", "fd": out}
        for changes, part in (
                ({"channels": [other, {**one, "fd": out}]}, f"descriptor {out} stands twice"),
                ({"channels": [other, {**one, "fd": 1}]}, "descriptor 1 is none to inherit"),
                ({"channels": [other, {**one, "fd": -7}]}, "descriptor -7 is none to inherit"),
                ({"channels": [other, {**one, "fd": 987}]}, "descriptor 987 is not open"),
                ({**sender, "channels": [one], "enough": into}, f"descriptor {into} stands twice"),
                ({**sender, "channels": [one], "enough": 2}, "descriptor 2 is none to inherit"),
                ({**sender, "channels": [one], "enough": word}, "'enough' must be a file of at least 8 bytes")):
            with self.subTest(part):
                done = subprocess.run([command.PROGRAM, "trial", "--peer"], pass_fds=(out, into, word), text=True,
                                      input=json.dumps(self.question(**changes)) + "\n", capture_output=True,
                                      timeout=60, check=False)
                self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
                self.assertIn(part, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
        for fd in (out, into, word):
            os.close(fd)

    def test_its_checksum_is_that_of_zlib(self):
        """By the page alone: a sender written here, against its receiver."""
        out, into = os.pipe()
        asked = self.question(role="receiver", spec={"scenario": "sentinel_stream", "backend": "x", "size": 40,
                                                     "verify": "full", "seed": 77},
                              channels=[{"kind": "pipe", "fd": out}])
        process = subprocess.Popen([command.PROGRAM, "trial", "--peer"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, pass_fds=[out], text=True)
        os.close(out)
        with process:
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), "ready\n")
            process.stdin.write("go\n")
            process.stdin.flush()
            with open(into, "wb") as file:
                for sequence in (0, 1, 3, 2):
                    body = bytes([sequence]) * 16
                    head = sequence.to_bytes(8, "little") + bytes(4) + (40).to_bytes(4, "little")
                    checksum = zlib.crc32(body, zlib.crc32(head, 77))
                    file.write((40).to_bytes(4, "little") + head + checksum.to_bytes(8, "little") + body)
                file.write((4).to_bytes(4, "little") + b"STOP" + bytes(4))
            said = json.loads(process.stdout.readline())
            process.stdin.write("end\n")
            process.stdin.close()
        self.assertEqual(process.returncode, 0)
        self.assertEqual((said["received"], said["next"], said["counts"]["stops"]), (4, 4, 1))
        self.assertEqual({name: count for name, count in said["integrity"].items() if count},
                         {"checked": 4, "reordered": 1})

    def test_it_says_why_it_failed_and_does_not_outlive_who_started_it(self):
        out, into = os.pipe()
        asked = self.question(role="receiver", spec={"scenario": "sentinel_stream", "backend": "x", "size": 40},
                              channels=[{"kind": "pipe", "fd": out}])
        process = subprocess.Popen([command.PROGRAM, "trial", "--peer"], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, pass_fds=[out], text=True)
        os.close(out)
        with process:
            process.stdin.write(json.dumps(asked) + "\ngo\n")
            process.stdin.flush()
            os.close(into)  # no message, no end
            self.assertEqual(process.stdout.readline(), "ready\n")
            self.assertIn("closed", json.loads(process.stdout.readline())["failed"])
            process.stdin.close()
        done = self.peer(json.dumps(self.question(channels=[
            {"kind": "fifo", "path": self.path("none")}, {"kind": "fifo", "path": self.path("none"), "sends": True}]))
            + "\n")
        self.assertIn("No such file", json.loads(done.stdout)["failed"])


class Runner(unittest.TestCase):
    def asked(self, **changes):
        runner = os.path.join(HERE, "../../backends/runners/python/runner")
        question = {"schema": "ipcmark.trial-spec", "version": {"major": 1, "minor": 2}, "key": "k",
                    "spec": {"scenario": "latency", "backend": "pipe_to_cpp", "size": 64}, **changes}
        return subprocess.run([sys.executable, runner, "trial", "--spec", "-"], input=json.dumps(question),
                              capture_output=True, text=True, timeout=60, check=False)

    def test_an_ipcmark_that_does_not_say_where_it_is(self):
        done = self.asked()
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn("protocol 1.3", json.loads(done.stdout)["trial"]["reason"])

    def test_an_end_that_dies_before_it_has_read_the_question_is_named(self):
        # The question is more than a pipe holds: whoever writes it sees the death.
        spec = {"scenario": "latency", "backend": "pipe_to_cpp", "size": 64, "messages": 10, "note": "x" * 200_000}
        done = self.asked(spec=spec, ipcmark="/bin/false")
        self.assertEqual(done.returncode, 5, done.stderr)
        trial = json.loads(done.stdout)["trial"]
        self.assertEqual((trial["state"], trial["cause"]), ("failed", "crash"), trial)
        self.assertRegex(trial["reason"], r"^echo 1 \([0-9]+\) ended with code 1$")


if __name__ == "__main__":
    command.main()
