"""Closed descriptors, kills, full places and missing readers: what was measured is not lost, nor a file spoiled."""

import itertools
import json
import os
import select
import shutil
import signal
import stat
import subprocess
import time

import command
from output_test import ENDLESS, GOLDEN, OLD, PIPE, SMALL, OutputTest


class ClosedDescriptors(OutputTest):
    CLOSED = [" ".join(some) for count in (1, 2, 3) for some in itertools.combinations(("<&-", ">&-", "2>&-"), count)]

    def closed(self, redirections, *arguments):
        return subprocess.run(["sh", "-c", f'exec "$@" {redirections}', "sh", command.PROGRAM, *arguments],
                              env=self.environment, cwd=self.place, capture_output=True, text=True, timeout=60)

    def test_every_file_is_whole(self):
        for redirections in self.CLOSED:
            with self.subTest(closed=redirections):
                answer = self.closed(redirections, *SMALL, "--json", "r.json", "--csv", "r.csv", "--trace", "t")
                self.assertEqual(answer.returncode, 0, answer.stderr)
                self.assertNotIn("cannot write", answer.stderr)
                self.assert_result("r.json")
                self.assertTrue(self.text("r.csv").startswith("run_id,"))
                json.loads(self.text("t"))
        self.assert_nothing_left()

    def test_comparisons_and_reports_are_whole(self):
        result = shutil.copy(GOLDEN, self.here("r.json"))
        for redirections in self.CLOSED:
            for arguments, start in ((["compare", result, result, "--all", "--json", "o"], "{"),
                                     (["report", result, "-o", "o"], "<!doctype html>"),
                                     (["export", result, "--format", "csv", "-o", "o"], "run_id,"),
                                     (["export", result, "--format", "nonsense", "-o", "o"], "untouched")):
                self.write("o", "untouched")
                self.closed(redirections, *arguments)
                self.assertTrue(self.text("o").startswith(start), (redirections, self.text("o")[:80]))

    def test_a_manifest_is_not_written_over(self):
        process = subprocess.Popen(
            ["sh", "-c", 'exec "$@" <&- 2>&-', "sh", command.PROGRAM, "run", "--share", "--scenario", "latency",
             "--backend", "boost_mq", "--size", "64", "--trials", "200", "--duration", "1s"],
            env=self.environment, cwd=self.place, stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up and not [name for name in os.listdir("/dev/shm")
                                                  if name.startswith("ipcmark.")]:
            time.sleep(0.02)
        process.kill()
        process.wait()
        answer = self.ipcmark("clean")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assert_nothing_left()


class KilledRuns(OutputTest):
    def start_and_kill(self, *arguments):
        process = self.start(*ENDLESS, *arguments, cwd=self.place)
        give_up = time.monotonic() + 60
        while time.monotonic() < give_up and not os.path.exists(self.here("r.json.journal")):
            time.sleep(0.02)
        process.kill()
        process.communicate()
        os.remove(self.here("r.json.journal"))

    def test_nothing_but_the_journal_stays(self):
        self.write("r.csv")
        self.start_and_kill("--json", "r.json")
        self.assertEqual(os.listdir(self.place), ["r.csv"])
        self.start_and_kill("--json", "r.json", "--csv", "r.csv")
        self.assertEqual(os.listdir(self.place), ["r.csv"])
        self.assertIn(OLD, self.text("r.csv"))
        self.ipcmark("clean")

    def test_the_next_with_the_same_number_is_not_stopped(self):
        # As in a container: the first process of each.
        for _ in range(3):
            answer = self.in_namespace(
                '"$@" & while kill -0 $! && ! test -e r.json.journal; do sleep 0.02; done\n'
                "kill -9 $! || true; rm -f r.json.journal; set -- true", *ENDLESS, "--json", "r.json", kind="--pid")
            self.assertEqual((answer.returncode, answer.stdout), (0, ""), answer.stderr)
        answer = self.in_namespace('"$@" & wait $! || true; set -- true', *SMALL, "--json", "r.json", kind="--pid")
        self.assertNotIn("File exists", answer.stderr)
        self.assert_result("r.json")
        self.ipcmark("clean")


class FullPlaces(OutputTest):
    def only_saved(self):
        names = os.listdir(self.saved)
        self.assertEqual(len(names), 1, names)
        return os.path.join(self.saved, names[0])

    def test_what_was_measured_is_saved_elsewhere(self):
        for number, (arguments, start) in enumerate((
                ([*SMALL, "--json"], "{"), ([*SMALL, "--csv"], "run_id,"),
                (["load", "--share", "--backend", "pipe", "--rate", "1000", "--duration", "50ms", "--trials", "1",
                  "--json"], "{"),
                (["selfcheck", "--share", "--only", "integrity", "--rounds", "6", "--json"], "{"),
                (["ab", "--share", "--a-args", "--backend pipe", "--b-args", "--backend fifo", "--scenario",
                  "latency", "--size", "64", "--messages", "50", "--rounds", "2", "--json"], "{"))):
            with self.subTest(arguments=arguments):
                answer = self.ipcmark(*arguments, "/dev/full", cwd=self.place)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                path = self.only_saved()
                self.assertIn(f"cannot write '/dev/full': No space left on device; what was measured is in "
                              f"'{path}' instead", answer.stderr)
                text = self.text(path)
                self.assertTrue(text.startswith(start), text[:80])
                if start == "{":
                    json.loads(text)
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
                os.remove(path)

    def test_nothing_is_saved_of_what_can_be_had_again(self):
        result = shutil.copy(GOLDEN, self.here("r.json"))
        for arguments in (["export", result, "--format", "csv", "-o"], ["report", result, "-o"],
                          ["compare", result, result, "--json"]):
            answer = self.ipcmark(*arguments, "/dev/full")
            self.assertEqual(answer.returncode, 2)
            self.assertIn("choose a place with room", answer.stderr)
            self.assertEqual(os.listdir(self.saved), [])

    def test_a_reader_that_went_away(self):
        reading, writing = os.pipe()
        os.close(reading)
        process = subprocess.run([command.PROGRAM, *SMALL, "--json", "-"], stdout=writing, stderr=subprocess.PIPE,
                                 env=self.environment, cwd=self.place, text=True)
        os.close(writing)
        self.assertEqual(process.returncode, 2)
        self.assertIn("Broken pipe; what was measured is in", process.stderr)
        self.assert_result(self.only_saved())

    def test_a_full_disk_and_its_journal(self):
        self.write("old")
        for quiet in ([], ["--quiet"]):
            with self.subTest(quiet=quiet):
                os.makedirs(self.here("small"), exist_ok=True)
                answer = self.in_namespace(
                    'mount -t tmpfs -o size=64k none small; cp old small/r.json; code=0; "$@" || code=$?\n'
                    "cp small/r.json.journal small/r.json .; ls -A small > names; set -- sh -c \"exit $code\"",
                    *PIPE, "--trials", "40", *quiet, "--json", "small/r.json")
                self.assertEqual(answer.returncode, 2, answer.stderr)
                with open(self.here("r.json.journal")) as journal:
                    held = len(journal.readlines()) - 1
                self.assertLess(held, 40)
                self.assertIn(f"it holds {held} trials, and is given up", answer.stderr)
                self.assertIn(f"{held} finished trials are in 'small/r.json.journal'", answer.stderr)
                self.assertNotIn("every finished trial", answer.stderr)
                self.assertIn(OLD, self.text("r.json"))
                self.assertEqual(self.text("names"), "r.json\nr.json.journal\n")
                saved = self.only_saved()
                self.assertIn(saved, answer.stderr)
                self.assertEqual(len(json.loads(self.text(saved))["cells"][0]["trials"]), 40)
                os.remove(saved)

    def test_a_trace_that_is_cut_off_is_said(self):
        answer = self.small("--trace", "/dev/full", "--json", "r.json", code=2)
        self.assertIn("the trace in '/dev/full' is not complete", answer.stderr)
        self.assert_result("r.json")

    def test_a_journal_that_is_whole_is_said_to_be(self):
        for arguments in (["--csv", "/dev/full"], ["--csv", "/dev/full", "--quiet"]):
            answer = self.small("--json", "r.json", *arguments, code=2)
            self.assertIn("every finished trial is in 'r.json.journal'", answer.stderr)
            with open(self.here("r.json.journal")) as journal:
                self.assertEqual(len(journal.readlines()), 3)
            os.remove(self.here("r.json.journal"))

    def test_a_full_disk_leaves_a_file_that_cannot_be_replaced(self):
        answer = self.in_namespace(
            "mkdir small; mount -t tmpfs -o size=64k none small; echo before > small/inner; touch r.json\n"
            'mount --bind small/inner r.json; head -c 60000 /dev/zero > small/filler || true; code=0; "$@" || code=$?\n'
            'cp r.json kept; set -- sh -c "exit $code"', *PIPE, "--trials", "9", "--json", "r.json")
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertEqual(self.text("kept"), "before\n")
        self.assertEqual(len(json.loads(self.text(self.only_saved()))["cells"][0]["trials"]), 9)


class Fifos(OutputTest):
    def wait_for_word(self, process):
        if not select.select([process.stderr], [], [], 60)[0]:
            process.kill()
        word = process.stderr.readline()
        self.assertIn("waiting until something reads from 'fifo'", word)

    def test_a_signal_ends_the_wait(self):
        os.mkfifo(self.here("fifo"))
        for option, number in (("--json", signal.SIGTERM), ("--csv", signal.SIGINT), ("--trace", signal.SIGHUP),
                               ("--json", signal.SIGINT)):
            with self.subTest(option=option, signal=number.name):
                process = self.start(*SMALL, "--quiet", option, "fifo", cwd=self.place)
                self.wait_for_word(process)
                process.send_signal(number)
                out, err = process.communicate(timeout=60)
                self.assertEqual((process.returncode, out), (128 + number, ""), err)
                self.assertIn("ended by a signal", err)
        for command_line in (["selfcheck", "--share", "--json"], ["load", "--share", "--backend", "pipe", "--csv"],
                             ["ab", "--share", "--a-args", "--backend pipe", "--b-args", "--backend fifo", "--json"]):
            process = self.start(*command_line, "fifo", cwd=self.place)
            self.wait_for_word(process)
            process.terminate()
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 143, err)
        self.assertEqual(os.listdir(self.place), ["fifo"])
        self.assert_nothing_left()

    def test_a_reader_that_comes_late_gets_all(self):
        os.mkfifo(self.here("fifo"))
        for option, start in (("--json", "{"), ("--csv", "run_id,"), ("--trace", "[")):
            process = self.start(*SMALL, option, "fifo", cwd=self.place)
            self.wait_for_word(process)
            text = self.text("fifo")
            _, err = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, err)
            self.assertTrue(text.startswith(start), text[:80])
            if start != "run_id,":
                json.loads(text)
        self.assertEqual(os.listdir(self.place), ["fifo"])


if __name__ == "__main__":
    command.main()
