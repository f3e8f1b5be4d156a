"""What of the soaks needs no long run: arguments, the table, what is left over, an orderly end."""

import contextlib
import dataclasses
import fcntl
import glob
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

import causes
import chains
import explaining
import gate_busy
import gate_power
import gate_tail
import leftovers
import record

HERE = os.path.dirname(os.path.abspath(__file__))
SOAKS = ("causes", "chains", "check", "environments", "explain_kill", "flake", "fleet", "gate", "kill",
         "kill_ends", "late", "many_messages", "merge", "mutants", "pause", "report", "scale", "selfcheck",
         "spoil", "stored", "timeout", "trials")
# As long as another run's objects, which its tests do not name in a manifest, may lie there.
LONG = ("--settle", "250")

# A program ipcmark for one soak: what `run` and `check` do is the test's; all else succeeds.
PROGRAM = """#!/bin/sh
case $1 in
run) {run} ;;
check) {check} ;;
esac
"""
RESULT = """
while [ "$1" != --json ]; do shift; done
printf '{"cells": [{"trials": [{"state": "passed"}]}]}' >"$2"
"""


class SoakTest(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def write(self, name, text="", mode=0o644):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def build(self, run, check=""):
        """A build directory whose `ipcmark run` and `ipcmark check` are these lines of shell."""
        program = PROGRAM.replace("{run}", run).replace("{check}", check)
        self.write("build/ipcmark", program, 0o755)
        return self.path("build")

    def start(self, soak, *arguments):
        return subprocess.Popen([os.path.join(HERE, f"{soak}.py"), *arguments], text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def soak(self, soak, *arguments):
        with self.start(soak, *arguments) as process:
            out, err = process.communicate()
        return process.returncode, out, err


class Explained(unittest.TestCase):
    def test_a_cause_is_named_by_the_change_it_was_planted_for(self):
        in_time, by_count = causes.CAUSES[0], causes.CAUSES[-1]
        longer = {"work": "user", "from_ns": 1, "to_ns": 2, "counts": []}
        self.assertTrue(in_time.named_in(longer))
        self.assertFalse(in_time.named_in({**longer, "work": "call"}))
        self.assertFalse(in_time.named_in({**longer, "to_ns": 0}))
        saved = {"work": "interrupt", "from_ns": 9, "to_ns": 1, "opposite": "other_task", "opposite_from_ns": 0,
                 "opposite_to_ns": 2, "counts": []}
        (neighbour,) = (each for each in causes.CAUSES if each.neighbour)
        self.assertTrue(neighbour.named_in(saved))
        self.assertFalse(neighbour.named_in({**saved, "opposite_to_ns": -1}))
        self.assertFalse(in_time.named_in({**saved, "opposite": "user"}))
        self.assertFalse(by_count.named_in(longer))
        more = {"what": "page faults", "from": 0, "to": 1}
        self.assertTrue(by_count.named_in({**longer, "counts": [more]}))
        self.assertFalse(by_count.named_in({**longer, "counts": [{**more, "from": 2}]}))

    def test_a_run_beside_another_task_is_not_clean(self):
        cell = {"work": [{"work": "user", "traced_ns": 97}]}
        self.assertTrue(causes.is_clean(cell))
        cell["work"].append({"work": "other_task", "traced_ns": 3})
        self.assertFalse(causes.is_clean(cell))

    def test_every_backend_that_can_block_is_followed(self):
        table = ("Backends (name, waits)\n  pipe            block              n:n  a pipe\n"
                 "  shm_ring        block,spin,hybrid  1:1  a ring\n  other  spin  1:1  none\n")
        self.assertEqual(explaining.backends_in(table), ["pipe", "shm_ring"])

    def test_chains_are_compared_with_the_cells_own_clock_trial_by_trial(self):
        cell = {"trips": 100, "complete": 99, "cut": 5, "negative": 0, "lost": 0,
                "by_trial": {"chains_ns": [100, 99, 101], "traced_ns": [100, 100, 100]}}
        self.assertEqual(chains.wrong_chains(cell), [])
        for worse in ({"complete": 94}, {"cut": 6}, {"negative": 1}, {"lost": 1},
                      {"by_trial": {"chains_ns": [100, 97], "traced_ns": [100, 100]}}):
            self.assertEqual(len(chains.wrong_chains({**cell, **worse})), 1, worse)

    def test_what_following_costs(self):
        cell = {"probe_alone_ns": 300, "plain_ns": 20_000, "traced_ns": 25_900}
        self.assertEqual(chains.wrong_cost(cell), [])
        self.assertEqual(len(chains.wrong_cost({**cell, "probe_alone_ns": 301})), 1)
        self.assertEqual(len(chains.wrong_cost({**cell, "probe_alone_ns": 0})), 1, "not measured")
        self.assertEqual(chains.difference_ns({"probe_ns": 200, "difference_a_probe_ns": 824}), 824)
        self.assertEqual(len(chains.wrong_cost({**cell, "traced_ns": 26_100})), 1)
        self.assertEqual(chains.wrong_cost({**cell, "plain_ns": 19_000, "traced_ns": 26_100}), [])

    def test_the_interval_of_a_median(self):
        self.assertEqual(chains.interval_of_median(range(1, 31)), (10, 21))
        self.assertEqual(chains.interval_of_median([5, 1, 3, 2, 4, 6]), (1, 6))


class Arguments(SoakTest):
    def assert_refused(self, part, soak, *arguments):
        with self.subTest(soak=soak, arguments=arguments):
            code, out, err = self.soak(soak, *arguments)
            self.assertEqual((code, out), (2, ""), err)
            self.assertEqual(err.count("\n"), 1, err)
            self.assertIn(part, err)

    def test_each_soak_is_known_here(self):
        programs = {os.path.basename(path)[:-3] for path in glob.glob(os.path.join(HERE, "*.py"))
                    if os.access(path, os.X_OK)}
        self.assertEqual(programs, set(SOAKS))

    def test_each_soak_has_help(self):
        for soak in SOAKS:
            for kind in (["aa"], ["state"], ["tail"], ["busy"]) if soak == "gate" else ([],):
                with self.subTest(soak=soak, kind=kind):
                    code, out, err = self.soak(soak, *kind, "--help")
                    self.assertEqual((code, err), (0, ""))
                    self.assertIn("--record", out)
                    self.assertIn("--build DIR", out)

    def test_mistakes_are_one_sentence(self):
        for soak in SOAKS:
            kind = ["aa"] if soak == "gate" else []
            self.assert_refused("unrecognized arguments: --recorded", soak, *kind, "--recorded")
            self.assert_refused("say where it lies with --build DIR", soak, *kind, "--build",
                                "/nonexistent")
            if soak not in ("scale", "selfcheck"):
                for count in ("0", "-1", "many", "1.5", "99999999"):
                    self.assert_refused(f"{count}", soak, *kind, count)

    def test_mistakes_of_some(self):
        build = self.build("exit 1")
        self.assert_refused("holds 0 results", "fleet", "--build", build, "--results", self.path())
        self.assert_refused("required: KIND", "gate")
        self.assert_refused("'ab'", "gate", "ab")
        self.assert_refused("no multiple of 60", "gate", "null", "61")
        self.assert_refused("no multiple of 60", "gate", "tail", "1", "61")
        self.assert_refused("has cells of its own", "gate", "noise", "--build", build, "--", "--size",
                            "1")
        self.assert_refused("from 2 to", "stored", "1", "1")
        self.assert_refused("no regular expression", "flake", "--only", "(")
        self.assert_refused("leave out --only", "flake", "--only", "rules", "--record")
        self.assert_refused("number of seconds", "kill", "--settle", "soon")


class Gate(SoakTest):
    """What its live kinds choose and count, from comparisons that are made up."""

    def comparison(self, name, *figures):
        rows = [dict({"gated": True, "cell": "latency/pipe/4KiB/block/same-cpu", "better": "lower",
                      "name": "round_trip", "verdict": "NO REGRESSION", "base_values": [1]}, **each)
                for each in figures]
        return self.write(name, json.dumps({"figures": rows}))

    def test_the_slowed_trips_make_the_p99_half_as_long_again(self):
        recorded = self.comparison("r.json", {"quantile": 0.5, "base_values": [6000, 6000]},
                                   {"quantile": 0.99, "base_values": [8000, 8000]})
        seen = gate_tail.trips([recorded])
        self.assertEqual(seen, {("latency", "pipe"): (6000, 8000)})
        spin = gate_tail.spins_ns(seen)["latency", "pipe"]
        self.assertAlmostEqual(6000 + 4 * (spin + gate_power.SPIN_OVERSHOOT_NS), 1.5 * 8000, delta=4)
        self.assertEqual(gate_tail.trips([self.comparison("thin.json", {"quantile": 0.5})]), {})

    def test_only_the_tails_count_for_a_tail(self):
        files = [self.comparison("1.json", {"quantile": 0.5, "verdict": "REGRESSION"},
                                 {"quantile": 0.99, "ratio": 1.2}),
                 self.comparison("2.json", {"quantile": 0.5},
                                 {"quantile": 0.99, "verdict": "REGRESSION", "ratio": 1.6})]
        text, flagged = gate_tail.tails(files)
        self.assertEqual(flagged, 1)
        self.assertIn("flagged in 1 of 2 runs", text)
        self.assertEqual(gate_busy.flagged_runs(files)[1], 2)

    def test_a_detour_gives_the_cell_its_fault_and_answers_as_the_cell_that_was_asked(self):
        program = self.write("ipcmark", """#!/bin/sh
question=$(cat)
fault=$(printf '%s' "$question" | sed 's/.*"fault":"\\([^"]*\\)".*/\\1/')
echo "{\\"key\\":\\"latency/pipe/same-cpu${fault:+/fault=$fault}\\",\\"said\\":\\"$fault, $*\\"}"
exit 5
""".replace("\\\\", "\\"), 0o755)
        question = '{"scenario":"latency","backend":"%s","fault":""}'
        for backend, fault, given in (("pipe", "slow:$ns/50", "slow:700/50"), ("pipe", "", ""),
                                      ("fifo", "slow:$ns/50", "")):
            path = self.path("detour")
            gate_power.write_detour(path, program, {("latency", "pipe"): 700}, fault)
            done = subprocess.run([path, "trial", "--spec", "-"], input=question % backend,
                                  capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stderr), (5, ""))
            self.assertEqual(json.loads(done.stdout), {"key": "latency/pipe/same-cpu",
                                                       "said": f"{given}, trial --spec -"})


class Table(SoakTest):
    ROW = record.Row("kill", "3 runs", "0 left", "abc1234", "2026-01-02", "5 s")

    def table(self, *rows, after=""):
        return record.HEAD + "".join(f"{row}\n" for row in rows) + after

    def test_a_row_takes_the_place_of_its_kind_alone(self):
        first, last = self.ROW._replace(soak="kill more"), self.ROW._replace(soak="late")
        new = self.ROW._replace(extent="4 runs")
        self.assertEqual(record.replaced(self.table(first, self.ROW, last, after="\nend\n"), new),
                         self.table(first, new, last, after="\nend\n"))

    def test_of_several_rows_of_a_kind_one_stays(self):
        new = self.ROW._replace(extent="4 runs")
        self.assertEqual(record.replaced(self.table(self.ROW, self.ROW), new), self.table(new))

    def test_a_new_kind_goes_to_the_end(self):
        new = self.ROW._replace(soak="late")
        self.assertEqual(record.replaced(self.table(self.ROW, after="\nend\n"), new),
                         self.table(self.ROW, new, after="\nend\n"))

    def test_bars_and_line_ends_do_not_break_the_table(self):
        odd = self.ROW._replace(soak="a|b", outcome="one\ntwo | three")
        text = record.replaced(self.table(odd), self.ROW)
        self.assertEqual(len(text.splitlines()), len(self.table().splitlines()) + 2)
        self.assertEqual(record.replaced(text, odd), text)

    def test_a_file_is_begun_and_gone_on_with(self):
        path = self.path("results.md")
        for extent in ("3 runs", "4 runs"):
            record.Record(path).write(self.ROW._replace(extent=extent))
        with open(path) as file:
            self.assertEqual(file.read(), self.table(self.ROW._replace(extent="4 runs")))
        self.assertEqual(os.listdir(self.directory), ["results.md"])

    def test_what_is_no_table_is_refused_before_the_soak(self):
        path = self.write("results.md", "# My notes\n")
        with self.assertRaisesRegex(record.NotATable, "repair it, or remove it"):
            record.Record(path)
        with self.assertRaisesRegex(record.NotATable, "cannot be written"):
            record.Record(self.path("missing", "results.md"))

    def test_the_repository_s_own_has_each_kind_once(self):
        with open(os.path.join(HERE, "results.md")) as file:
            text = file.read()
        self.assertTrue(text.startswith(record.HEAD))
        rows = text[len(record.HEAD):].splitlines()
        kinds = [record.soak_of(row) for row in rows]
        self.assertNotIn(None, kinds)
        self.assertEqual(len(set(kinds)), len(kinds))


TABLES = {
    "msg": "       key      msqid perms  cuid\n",
    "sem": "       key      semid perms  cuid\n",
    "shm": "       key      shmid perms  cuid\n",
}


class LeftOver(SoakTest):
    def setUp(self):
        super().setUp()
        for name in ("memory", "queues", "runtime", "tmp"):
            os.mkdir(self.path(name))
        for name, titles in TABLES.items():
            self.write(f"tables/{name}", titles)
        self.places = leftovers.Places((self.path("runtime"), self.path("tmp")),
                                       self.path("memory"), self.path("queues"),
                                       self.path("tables"))

    def add_key(self, table, key, user=None):
        signed = key - (1 << 32) if key >> 31 else key
        with open(self.path("tables", table), "a") as file:
            file.write(f"{signed:10} 7 600 {os.geteuid() if user is None else user}\n")

    def added(self, places=None):
        return leftovers.Leftovers(places or self.places, settle_s=0)

    def test_what_lay_there_before_is_not_counted(self):
        self.write("memory/ipcmark.old.1")
        self.write("runtime/old.manifest")
        self.write("tmp/old")
        self.add_key("sem", 0x49500001)
        self.assertEqual(self.added().added(), [])

    def test_what_is_added_is_counted_once_wherever_it_lies(self):
        left = self.added()
        expected = {self.write("memory/ipcmark.new.1"), self.write("queues/ipcmark.new.2"),
                    self.write("runtime/new.manifest"), self.write("tmp/new"),
                    "System V msg 0x4950beef"}
        self.add_key("msg", 0x4950BEEF)
        # Another program's, another user's.
        self.write("memory/mine")
        self.add_key("msg", 0xC950BEEF)
        self.add_key("shm", 0x49500002, user=os.geteuid() + 1)
        self.assertEqual(set(left.added()), expected)
        self.assertEqual(left.added(), [])

    def test_what_another_program_puts_into_tmp_is_its_own(self):
        left = self.added(leftovers.of_runs_in(self.path("runtime")))
        with tempfile.TemporaryDirectory(prefix="ipcmark-notes-", dir="/tmp") as folder:
            self.assertNotIn(folder, left.added())

    def test_what_a_living_run_claims_is_in_use(self):
        left = self.added()
        manifest = self.write("runtime/abcdefgh.manifest",
                              "ipcmark-manifest 1 abcdefgh 1\nposix_shm ipcmark.abcdefgh.1\n"
                              "sysv_sem 0x49501234\n#posix_shm ipcmark.abcdefgh.2\nfile 3\n")
        self.write("runtime/abcdefgh/3")
        self.write("memory/ipcmark.abcdefgh.1")
        forgotten = self.write("memory/ipcmark.abcdefgh.2")
        self.add_key("sem", 0x49501234)
        with open(manifest) as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            self.assertEqual(left.added(), [forgotten])
        # Its run has ended without a word.
        self.assertEqual(set(left.added()), {
            manifest, self.path("runtime/abcdefgh"), self.path("runtime/abcdefgh/3"),
            self.path("memory/ipcmark.abcdefgh.1"), "System V sem 0x49501234"})

    def test_what_manifests_elsewhere_claim_is_another_runs(self):
        self.places = dataclasses.replace(self.places, others=(self.path("other*"), self.path("runtime")))
        left = self.added()
        text = ("ipcmark-manifest 1 abcdefgh 1\nposix_shm ipcmark.abcdefgh.1\nsysv_sem 0x49501234\n"
                "sysv_queue 0x4950")
        self.write("other1/abcdefgh.manifest", text)
        self.write("memory/ipcmark.abcdefgh.1")
        self.add_key("sem", 0x49501234)
        mine = {self.write("runtime/ours.manifest", text.replace("abcdefgh", "ours")),
                self.write("memory/ipcmark.ours.1")}
        self.assertEqual(set(left.added()), mine)  # its run is dead, and the soak's own

    def test_what_goes_away_by_itself_was_not_left(self):
        left = leftovers.Leftovers(self.places, settle_s=60)
        path = self.write("memory/ipcmark.new.1")
        with subprocess.Popen(["sh", "-c", 'sleep 0.3; rm "$0"', path]):
            self.assertEqual(left.added(), [])

    def test_real_shared_memory(self):
        name = f"/dev/shm/ipcmark.soaktest{os.getpid()}"
        places = leftovers.Places()
        with tempfile.NamedTemporaryFile(prefix=f"{name}.") as old:
            left = self.added(places)
            with tempfile.NamedTemporaryFile(prefix=f"{name}.") as new:
                added = left.added()
        self.assertIn(new.name, added)
        self.assertNotIn(old.name, added)


class WholeSoak(SoakTest):
    """trials.py with a program that is made up."""

    @contextlib.contextmanager
    def object(self):
        """A name for an object, which is removed after the block, an ending signal included."""
        path = f"/dev/shm/ipcmark.soaktest{os.getpid()}.1"
        try:
            yield path
        finally:
            if os.path.exists(path):
                os.remove(path)

    def test_passes_with_what_was_there_before(self):
        with self.object() as path, open(path, "w"):
            code, out, err = self.soak("trials", "1", *LONG, "--build", self.build(RESULT))
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out, r"^\| trials \| 1 of each cell \| exit code 0; 1 passed; "
                              r"0 objects left \| \w+ \| [-0-9]+ \| \d+ s \|\n$")

    def test_fails_with_what_it_left(self):
        with self.object() as path:
            code, out, err = self.soak("trials", "1", "--settle", "0", "--build",
                                       self.build(f"touch {path}\n{RESULT}"))
        self.assertEqual(code, 1)
        self.assertRegex(out, "exit code 0; 1 passed; [1-9][0-9]* objects left")
        self.assertIn(f"left over: {path}\n", err)

    def test_a_part_of_a_soak_has_a_row_of_its_own(self):
        build = self.build("", check='[ "$3" -ge 11 ]')  # check --seed N
        _, first, _ = self.soak("check", "1", "--build", build)
        code, second, _ = self.soak("check", "1", "--from", "11", "--build", build)
        self.assertIn("| check | ", first)
        self.assertIn("2 with a failure", first)  # one alone, one beside a busy machine
        self.assertEqual(code, 0)
        self.assertIn("| check, from number 11 on | ", second)

    def test_each_soak_fails_with_what_it_left(self):
        with self.object() as path:
            code, out, _ = self.soak("check", "1", "--settle", "0", "--build",
                                     self.build("", check=f"touch {path}"))
        self.assertEqual(code, 1)
        self.assertRegex(out, "0 with a failure; .* [1-9][0-9]* objects left over")

    def test_fails_with_the_program(self):
        code, out, err = self.soak("trials", "1", *LONG, "--build",
                                   self.build("echo no memory >&2; exit 5"))
        self.assertEqual(code, 1)
        self.assertIn("exit code 5; 1 no result; 0 objects left", out)
        self.assertEqual(err, "no memory\n")

    def test_ends_in_order_when_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                said = self.path(f"said-{number}")
                build = self.build(f"echo $$ $IPCMARK_RUNTIME_DIR >{said}.part; "
                                   f"mv {said}.part {said}; exec sleep 600")
                with self.start("trials", "1", "--build", build) as process:
                    while not os.path.exists(said) and process.poll() is None:
                        time.sleep(0.01)
                    process.send_signal(number)
                    out, err = process.communicate()
                self.assertEqual((process.returncode, out), (128 + number, ""), err)
                self.assertEqual(err.splitlines()[0],
                                 f"trials.py: ended by {number.name}, without a result")
                with open(said) as file:
                    child, runtime = file.read().split()
                self.assertFalse(os.path.exists(f"/proc/{child}"))
                self.assertFalse(os.path.exists(os.path.dirname(runtime)))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # which unittest ends by, in order
    unittest.main()
