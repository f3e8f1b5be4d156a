"""--runner: mechanisms that other programs measure; the one for Python, and made-up ones for every way to fail."""

import csv
import json
import os
import shlex
import shutil
import sys
import time

import command
from command import CommandTest

HERE = os.path.dirname(os.path.abspath(__file__))
FAKE = os.path.join(HERE, "fake_runner.py")
SHORT = ("--share", "--quiet", "--trials", "1")


def is_there(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class RunnerTest(CommandTest):
    def fake(self, how, *arguments, scenario="latency", backend="fake.thing", **options):
        runner = f"fake={shlex.quote(sys.executable)} {shlex.quote(FAKE)} {how}"
        over = ("--lock", "fake.lock") if scenario == "counter" else ("--backend", backend)
        return self.ipcmark("run", *SHORT, "--runner", runner, "--scenario", scenario, *over, *arguments, **options)

    def results(self, *arguments, code=0, timeout=120, env=None):
        """The only trial of each cell, by key; the document beside it."""
        path = self.path("r.json")
        done = self.ipcmark(*arguments, "--json", path, timeout=timeout, **({"env": env} if env else {}))
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        os.remove(path)
        return {cell["key"]: cell["trials"][0] for cell in document["cells"]}, document

    def fake_trial(self, how, *arguments, code=0, scenario="latency", size="64", env=None):
        runner = f"fake={shlex.quote(sys.executable)} {shlex.quote(FAKE)} {how}"
        over = ("--lock", "fake.lock") if scenario == "counter" else ("--backend", "fake.thing", "--size", size)
        trials, document = self.results("run", *SHORT, "--runner", runner, "--scenario", scenario, *over, *arguments,
                                        code=code, env=env)
        self.assertEqual(len(trials), 1)
        return next(iter(trials.values())), document


class Fakes(RunnerTest):
    def test_what_it_measures_has_its_own_name_everywhere(self):
        path, table = self.path("r.json"), self.path("r.csv")
        runner = f"fake={shlex.quote(sys.executable)} {shlex.quote(FAKE)} well"
        done = self.ipcmark("run", *SHORT, "--runner", runner, "--scenario", "latency", "--size", "64",
                            "--duration", "20ms", "--backend", "pipe,fake.thing", "--json", path, "--csv", table)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("fake.thing", done.stdout)
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        self.assertEqual({cell["asked"]["backend"] for cell in document["cells"]}, {"pipe", "fake.thing"})
        self.assertEqual(document["environment"]["runners"], {"fake": "Fake 1.0, how well"})
        with open(table, encoding="utf-8", newline="") as file:
            self.assertIn("fake.thing", {row["backend"] for row in csv.DictReader(file)})
        page = self.path("r.html")
        self.assertEqual(self.ipcmark("report", path, "-o", page).returncode, 0)
        with open(page, encoding="utf-8") as file:
            self.assertIn("fake.thing", file.read())
        listed = self.ipcmark("list", "--runner", runner)
        self.assertRegex(listed.stdout, r"Runners .*\n  node, python\n")
        self.assertIn("fake.thing", listed.stdout)
        self.assertIn("fake.lock", listed.stdout)
        self.assertIn("Backend: nothing", self.ipcmark("list", "fake.thing", "--runner", runner).stdout)
        self.assert_nothing_left()

    def test_its_question_is_whole_and_its_names_are_removed(self):
        note = self.path("note")
        self.fake_trial("asks", "--placement", "same-cpu", env={"FAKE_RUNNER_NOTE": note})
        with open(note, encoding="utf-8") as file:
            question = json.load(file)
        self.assertEqual(question["version"], {"major": 1, "minor": 3})
        self.assertEqual(os.path.realpath(question["ipcmark"]), os.path.realpath(command.PROGRAM))
        self.assertEqual(question["spec"]["backend"], "thing")  # its own name
        self.assertEqual(question["key"], "latency/thing/64B/block/same-cpu")
        self.assertEqual(len(set(question["cpus"])), 1)
        self.assertIn("gap_ns", question["spec"]["defaults"])
        self.assertEqual([path for path in question["files"] if os.path.exists(path)], [])
        self.assert_nothing_left()

    def test_a_scenario_that_it_does_not_list_is_skipped(self):
        trial, _ = self.fake_trial("well", scenario="throughput", code=77)
        self.assertEqual((trial["state"], trial["reason"]),
                         ("skipped", "fake.thing: its runner does not run throughput"))
        trial, _ = self.fake_trial("well", "--wait", "spin", code=77)
        self.assertEqual(trial["reason"], "fake.thing: needs wait=spin")

    def test_stress_names_which_process_it_stopped(self):
        runner = f"fake={shlex.quote(sys.executable)} {shlex.quote(FAKE)} fails_late"
        done = self.ipcmark("stress", "--runner", runner, "--backend", "fake.thing", "--scenario", "latency",
                            "--for", "5s", "--seed", "7")
        self.assertEqual(done.returncode, 5, done.stdout + done.stderr)
        self.assertRegex(done.stdout + done.stderr, r", python[0-9.]* \([0-9]+\) stopped after [0-9]+ ms: ")
        self.assertNotRegex(done.stdout + done.stderr, "worker [0-9]")

    def test_loans_without_zero_copy_are_skipped_as_ours_are(self):
        trials, _ = self.results("run", *SHORT, "--runner", "python", "--scenario", "throughput", "--size", "64",
                                 "--messages", "300", "--backend", "pipe,python.pipe", "--loans", "8", code=77)
        self.assertEqual([(trial["state"], trial["reason"].partition(": ")[2]) for trial in trials.values()],
                         [("skipped", "needs zero-copy, to have several messages on loan")] * 2)

    def test_what_it_says_of_itself_stands(self):
        trial, _ = self.fake_trial("fails", code=5)
        self.assertEqual((trial["state"], trial["cause"], trial["reason"]),
                         ("failed", "check", "fake.thing: the third message was blue"))
        trial, _ = self.fake_trial("skips", code=77)
        self.assertEqual((trial["state"], trial["reason"]), ("skipped", "fake.thing: no such thing here"))

    def test_every_way_to_fail_is_one_clear_sentence(self):
        for how, cause, part in (
                ("dies", "crash", "the runner 'fake' killed by SIGSEGV without an answer"),
                ("exits", "crash", "exited with code 1 without an answer (out of luck)"),
                ("garbage", "operation", "gave no answer of the trial protocol: /: must be an object"),
                ("version", "operation", "written by a newer ipcmark (format 2"),
                ("refuses", "crash", "exited with code 3 without an answer (speaks version 0 alone)"),
                ("other_key", "operation", "was asked for latency/thing/64B/block/cross-cpu and answers "
                                           "latency/other/64B"),
                ("late_regret", "operation", "exited with code 5 after an answer that says passed"),
                ("lies", "check", "cannot be believed: its answer says passed, and messages is 1000000 instead of "
                                  "600")):
            with self.subTest(how):
                trial, _ = self.fake_trial(how, code=5)
                self.assertEqual((trial["state"], trial["cause"]), ("failed", cause), trial["reason"])
                self.assertIn(part, trial["reason"])
                self.assertNotIn("\n", trial["reason"])
        trial, _ = self.fake_trial("lies", scenario="counter", code=5)
        self.assertIn("counter_expected is 14 instead of 15", trial["reason"])
        exact = ("--messages", "500")
        self.assertEqual(self.fake_trial("well", *exact, scenario="load")[0]["state"], "passed")
        for how, part in (("stops_early", "messages is 499 instead of 500"),
                          ("keeps_quiet", "has a response, though 0.5 of the messages came in time")):
            with self.subTest(how):
                trial, _ = self.fake_trial(how, *exact, scenario="load", code=5)
                self.assertEqual((trial["state"], trial["cause"]), ("failed", "check"), trial["reason"])
                self.assertIn(part, trial["reason"])
        self.assert_nothing_left()

    def test_a_runner_without_a_list_ends_the_command_before_anything_is_measured(self):
        for how, part in (
                ("list_garbage", "gave no list of mechanisms: not JSON"),
                ("list_dies", "exited with code 1 (the library is not installed)"),
                ("list_version", "written by a newer ipcmark (format 2"),
                ("list_scenario", "'teleport' of 'thing' is no scenario of this ipcmark"),
                ("list_twice", "it lists 'thing' twice")):
            with self.subTest(how):
                done = self.fake(how)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn("--runner fake: ", done.stderr)
                self.assertIn(part, done.stderr)
        for named, part in (
                ("nobody", "no runner 'nobody' is installed"),
                ("pyton", "did you mean 'python'?"),
                ("Up=true", "'Up' is no name of a runner"),
                ("x=", "has no command"),
                ("x=/no/such/program", "exited with code 127 (x: 1: exec: /no/such/program: not found)")):
            with self.subTest(named):
                done = self.ipcmark("run", *SHORT, "--runner", named, "--dry-run")
                self.assertEqual(done.returncode, 2)
                self.assertIn(part, done.stderr)
        done = self.ipcmark("list", "--runner", f"x={sys.executable} {FAKE} well",
                            "--runner", f"x={sys.executable} {FAKE} well")
        self.assertIn("'x' is named twice", done.stderr)

    def test_a_deadlock_is_found_and_both_waits_are_named(self):
        trial, _ = self.fake_trial("deadlock", code=5)
        self.assertEqual((trial["state"], trial["cause"]), ("deadlock", "deadlock"), trial["reason"])
        self.assertEqual(trial["reason"].count("waits in send on a socket"), 2, trial["reason"])
        # Where it has to be found, the trial passes.
        trial, _ = self.fake_trial("deadlock", "--protocol", "naive", "--exclude", "*/both_ways=1*",
                                   scenario="large_payload", size="1MB")
        self.assertEqual(trial["counts"]["deadlock_found"], 1)
        self.assertTrue(trial["reason"].startswith("deadlock, as it must be: "), trial["reason"])
        self.assert_nothing_left()

    def test_who_sleeps_or_is_stopped_is_not_deadlocked(self):
        trial, _ = self.fake_trial("sleeps")
        self.assertEqual(trial["state"], "passed", trial["reason"])
        note = self.path("stopped")
        runner = f"fake={shlex.quote(sys.executable)} {shlex.quote(FAKE)} stops"
        process = self.start("run", *SHORT, "--runner", runner, "--scenario", "latency", "--backend", "fake.thing",
                             "--size", "64", "--json", self.path("s.json"), env={"FAKE_RUNNER_NOTE": note})
        self.until(lambda: os.path.exists(note), process)
        time.sleep(4)  # more than a deadlock takes
        self.assertIsNone(process.poll())
        for pid in self.runners_of(process.pid):
            os.kill(pid, 18)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0)
        with open(self.path("s.json"), encoding="utf-8") as file:
            trial, = json.load(file)["cells"][0]["trials"]
        self.assertEqual((trial["state"], trial["voids"]),
                         ("passed", ["its processes were stopped for a while"]))

    def runners_of(self, pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]

    def test_one_that_waits_outside_is_ended_by_its_timeout_alone(self):
        trial, _ = self.fake_trial("waits_outside", "--trial-timeout", "4s", code=5)
        self.assertEqual((trial["state"], trial["cause"]), ("timeout", "stage-limit"))
        self.assertIn("has not answered within 4 s", trial["reason"])
        self.assertEqual(trial["reason"].count("waits in send on a socket"), 2, trial["reason"])
        self.assert_nothing_left()

    def test_nobody_of_its_family_is_left(self):
        pids = self.path("pids")
        trial, _ = self.fake_trial(f"family:{pids}", "--trial-timeout", "1s", code=5)
        self.assertEqual(trial["state"], "timeout")
        self.assertEqual([pid for pid in self.read_pids(pids) if is_there(pid)], [])
        os.remove(pids)
        trial, _ = self.fake_trial(f"orphans:{pids}", code=5)
        self.assertIn("ended and left 2 of its processes, which were killed", trial["reason"])
        self.assertEqual([pid for pid in self.read_pids(pids) if is_there(pid)], [])
        os.remove(pids)
        runner = f"fake={shlex.quote(sys.executable)} {shlex.quote(FAKE)} family:{pids}"
        process = self.start("run", *SHORT, "--runner", runner, "--scenario", "latency", "--backend", "fake.thing")
        self.until(lambda: os.path.exists(pids) and len(self.read_pids(pids)) == 3, process)
        process.terminate()
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143)
        self.assertEqual([pid for pid in self.read_pids(pids) if is_there(pid)], [])
        self.assert_nothing_left()

    def read_pids(self, path):
        with open(path, encoding="ascii") as file:
            return [int(pid) for pid in file.read().split()]

    def test_cpu_time_is_taken_of_all_its_processes_whatever_it_says(self):
        trial, _ = self.fake_trial("burns")
        cpu_ns = sum(cost["user_ns"] + cost["system_ns"] for cost in trial["costs"])
        self.assertGreaterEqual(cpu_ns, 300_000_000)
        self.assertGreaterEqual(len(trial["costs"]), 2)
        trial, _ = self.fake_trial("well")
        self.assertEqual(trial["costs"], [])  # no marks: it is not known what was measured

    def test_a_suite_names_its_runners(self):
        suite = self.path("mine.json")
        with open(suite, "w", encoding="utf-8") as file:
            json.dump({"runners": [f"fake={sys.executable} {FAKE} well"], "backends": ["fake.thing"],
                       "scenarios": ["latency"], "sizes": [64], "trials": 1}, file)
        done = self.ipcmark("run", "--suite", suite, "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("latency/fake.thing/64B/block", done.stdout)
        with open(suite, "w", encoding="utf-8") as file:
            json.dump({"runners": [f"fake={sys.executable} {FAKE} well"], "backends": ["fake.thin"]}, file)
        done = self.ipcmark("run", "--suite", suite, "--dry-run")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'fake.thing'?", done.stderr)

    def test_ab_asks_it_through_both_programs(self):
        runner = f"fake={shlex.quote(sys.executable)} {shlex.quote(FAKE)} well"
        done = self.ipcmark("ab", "--share", "--quiet", "--runner", runner, "--rounds", "2", "--scenario", "latency",
                            "--size", "64", "--backend", "fake.thing", "--a-args", "--touch full", "--b-args",
                            "--touch full", "--results", self.path("d"))
        self.assertEqual(done.returncode, 4, done.stderr)  # too few rounds to say more
        with open(self.path("d/base.json"), encoding="utf-8") as file:
            document = json.load(file)
        states = [trial["state"] for trial in document["cells"][0]["trials"]]
        self.assertGreaterEqual(len(states), 2)  # more where a round was measured again
        self.assertEqual(set(states), {"passed"})
        self.assertEqual(document["environment"]["runners"], {"fake": "Fake 1.0, how well"})
        self.assert_nothing_left()


class Python(RunnerTest):
    """The programs of the tutorial, with their answers."""

    def check(self, scenario, *arguments, over="--backend", mechanism="python.pipe", code=0):
        trials, _ = self.results("run", *SHORT, "--runner", "python", "--scenario", scenario, over, mechanism,
                                 *arguments, code=code)
        return trials

    def only(self, *arguments, **options):
        trials = self.check(*arguments, **options)
        self.assertEqual(len(trials), 1, trials.keys())
        return next(iter(trials.values()))

    def test_three_times_five_is_fifteen(self):
        for mechanism in ("python.lock", "python.value_lock"):
            trial = self.only("counter", over="--lock", mechanism=mechanism)
            self.assertEqual((trial["state"], trial["counts"]["counter_final"]), ("passed", 15), trial["reason"])
        trials = self.check("counter", mechanism="python.queue,python.manager_queue,python.manager")
        self.assertEqual([trial["counts"]["counter_final"] for trial in trials.values()], [15] * 3)

    def test_the_race_is_caught_without_a_lock_and_exact_with_it(self):
        trial = self.only("race", over="--lock", mechanism="python.none")
        self.assertEqual(trial["state"], "passed", trial["reason"])
        self.assertRegex(trial["reason"], "^caught: [1-9][0-9]* of 2000 updates lost$")
        trial = self.only("race", over="--lock", mechanism="python.lock")
        self.assertEqual((trial["state"], trial["counts"]["counter_final"]), ("passed", 2000))
        trial = self.only("race", "--fault", "unlocked", over="--lock", mechanism="python.lock", code=5)
        self.assertEqual((trial["state"], trial["cause"]), ("failed", "check"))

    def test_the_average_of_the_readings(self):
        trials = self.check("sensor", "--receivers", "2", mechanism="python.mmap,python.pipe")
        self.assertEqual(len(trials), 2)
        for trial in trials.values():
            self.assertEqual((trial["counts"]["readings"], trial["counts"]["average_millionths"]),
                             (40, 24_845_000), trial["reason"])

    def test_a_million_bytes_arrive_whole_in_chunks(self):
        trials = self.check("large_payload", mechanism="python.pipe,python.fifo,python.shared_memory")
        keys = [key for key in trials if "protocol" not in key]
        self.assertEqual(len(keys), 6)  # one way, and both ways at once
        for key in keys:
            self.assertEqual(trials[key]["counts"]["bytes_received"], 2_000_000 if "both_ways" in key else 1_000_000,
                             trials[key]["reason"])

    def test_the_naive_exchange_is_a_deadlock_where_it_does_not_fit(self):
        trials = self.check("large_payload", "--protocol", "naive", "--exclude", "*/both_ways=1*",
                            mechanism="python.pipe,python.simple_queue,python.mmap,python.queue")
        found = {key.split("/")[1]: trial for key, trial in trials.items()}
        for mechanism, wait in (("python.pipe", "write on a socket"), ("python.simple_queue", "write on a pipe"),
                                ("python.mmap", "futex")):
            trial = found[mechanism]
            self.assertEqual((trial["state"], trial["counts"].get("deadlock_found")), ("passed", 1), trial["reason"])
            for role in ("left 0", "right 1"):
                self.assertRegex(trial["reason"], rf"{role} \([0-9]+\) waits in {wait}")
        self.assertEqual(found["python.queue"]["counts"]["deadlock_found"], 0)  # it has no limit

    def test_messages_stages_players_and_chat(self):
        trial = self.only("sentinel_stream", mechanism="python.fifo")
        self.assertEqual((trial["counts"]["received"], trial["counts"]["stops"]), (3, 1), trial["reason"])
        trial = self.only("pipeline", mechanism="python.queue")
        self.assertEqual(trial["counts"]["orders_served"], 4, trial["reason"])
        trial = self.only("scoreboard", mechanism="python.manager")
        self.assertEqual(trial["counts"]["points"], trial["counts"]["points_awarded"], trial["reason"])
        for mechanism in ("python.queue", "python.manager_queue"):
            trial = self.only("chat", mechanism=mechanism)
            self.assertEqual((trial["state"], trial["counts"]["chat_messages"]), ("passed", 8), trial["reason"])
        self.assert_nothing_left()

    def test_check_has_them_beside_ours(self):
        done = self.ipcmark("check", "--share", "--quiet", "--runner", "python", "--scenario", "sentinel_stream,pipeline",
                            "--backend", "pipe,python.fifo", "--json", self.path("c.json"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(self.path("c.json"), encoding="utf-8") as file:
            trials = {cell["key"]: cell["trials"][0]["state"] for cell in json.load(file)["cells"]}
        self.assertEqual(sorted(key.split("/")[1] for key in trials), ["pipe", "pipe", "python.fifo", "python.fifo"])
        self.assertEqual(set(trials.values()), {"passed"})

    def test_faults_are_caught(self):
        for scenario, fault, mechanism in (
                ("throughput", "drop:7", "python.pipe"), ("throughput", "duplicate:7", "python.unix_socket"),
                ("throughput", "swap:7", "python.shared_memory"), ("throughput", "flip:7", "python.tcp_socket"),
                ("throughput", "truncate:7", "python.queue"), ("latency", "flip:7", "python.mmap"),
                ("load", "flip:7", "python.pipe"), ("load", "drop:7", "python.queue"),
                ("sentinel_stream", "after_stop", "python.pipe"), ("pipeline", "skip_stage", "python.pipe"),
                ("chat", "miss", "python.queue")):
            timed = ("--verify", "full", "--size", "64", "--duration", "20ms") if scenario in (
                "latency", "throughput", "load") else ()
            with self.subTest(f"{scenario} {fault}"):
                trial = self.only(scenario, "--fault", fault, *timed, mechanism=mechanism, code=5)
                self.assertEqual((trial["state"], trial["cause"]), ("failed", "check"), trial["reason"])
        trial = self.only("sentinel_stream", "--fault", "drop:7", code=77)
        self.assertEqual(trial["cause"], "no-fault")

    def test_load_verifies_what_it_counts_as_checked(self):
        for verify in ("off", "header", "full"):
            trial = self.only("load", "--verify", verify, "--size", "64", "--rate", "1k", "--duration", "20ms")
            self.assertEqual(trial["state"], "passed", trial["reason"])
            self.assertEqual(trial["integrity"]["checked"], trial["counts"]["messages_total"])
        trial = self.only("load", "--verify", "full", "--size", "40", "--rate", "1k", code=77)
        self.assertEqual(trial["reason"], "python.pipe: needs messages of at least 48 bytes with --verify")

    def test_timed_scenarios_and_who_pays_for_them(self):
        trials = self.check("latency", "--size", "64", "--duration", "20ms",
                            mechanism="python.pipe,python.manager_queue")
        for key, trial in trials.items():
            self.assertEqual(trial["state"], "passed", trial["reason"])
            self.assertGreaterEqual(trial["histograms"]["round_trip"]["count"], 250)
            roles = {cost["role"] for cost in trial["costs"]}
            self.assertTrue({"initiator", "echo"} <= roles, roles)
            if "manager" in key:
                self.assertIn("manager", roles)
        trial = self.only("throughput", "--messages", "500", "--size", "1KiB", mechanism="python.fifo")
        self.assertEqual((trial["state"], trial["counts"]["messages"]), ("passed", 500), trial["reason"])
        done = self.ipcmark("load", "--share", "--quiet", "--runner", "python", "--backend", "python.pipe", "--rate",
                            "1k", "--duration", "100ms", "--trials", "1")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("python.pipe", done.stdout)
        self.assert_nothing_left()

    def test_a_worker_that_is_killed_is_named(self):
        path = self.path("k.json")
        process = self.start("run", *SHORT, "--runner", "python", "--scenario", "latency", "--backend", "python.pipe",
                             "--size", "64", "--duration", "60s", "--json", path)
        echo = []
        self.until(lambda: echo.extend(self.named("echo 1", process.pid)) or echo, process)
        os.kill(echo[0], 9)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 5)
        with open(path, encoding="utf-8") as file:
            trial, = json.load(file)["cells"][0]["trials"]
        self.assertEqual((trial["state"], trial["cause"]), ("failed", "killed"))
        self.assertIn(f"echo 1 ({echo[0]}) was killed by SIGKILL", trial["reason"])
        self.assert_nothing_left()

    def test_when_ipcmark_is_killed_its_runner_ends_with_all_its_processes(self):
        process = self.start("run", *SHORT, "--runner", "python", "--scenario", "latency", "--backend",
                             "python.manager_queue", "--size", "64", "--duration", "60s")
        roles = ("initiator 0", "echo 1", "manager")
        pids = []
        self.until(lambda: pids.clear() or pids.extend(
            pid for role in roles for pid in self.named(role, process.pid)) or len(pids) == len(roles), process)
        process.kill()
        process.communicate()
        give_up = time.monotonic() + 30
        while any(is_there(pid) for pid in pids) and time.monotonic() < give_up:
            time.sleep(0.05)
        self.assertEqual([pid for pid in pids if is_there(pid)], [])
        self.assertEqual(self.ipcmark("clean").returncode, 0)
        self.assert_nothing_left()

    def named(self, name, root):
        """The descendants of that name."""
        found, left = [], [root]
        while left:
            pid = left.pop()
            try:
                with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
                    if file.read().strip() == name:
                        found.append(pid)
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                    left += [int(child) for child in file.read().split()]
            except OSError:
                continue
        return found

    def test_node_is_the_second(self):
        if not shutil.which("node"):
            self.skipTest("needs node")
        trials, document = self.results(
            "run", *SHORT, "--runner", "node", "--scenario", "latency,throughput", "--backend",
            "node.child_process,node.unix_socket", "--size", "64", "--duration", "50ms", "--verify", "full")
        self.assertEqual([trial["state"] for trial in trials.values()], ["passed"] * 4,
                         [trial["reason"] for trial in trials.values()])
        for trial in trials.values():
            roles = {cost["role"] for cost in trial["costs"]}
            self.assertTrue({"initiator", "echo"} <= roles or {"sender", "receiver"} <= roles, roles)
        self.assertTrue(document["environment"]["runners"]["node"].startswith("Node.js v"))
        self.assert_nothing_left()

    def test_ipcmark_is_a_runner_too(self):
        trials, _ = self.results("run", *SHORT, "--runner", f"old={shlex.quote(command.PROGRAM)}", "--scenario",
                                 "latency,counter", "--backend", "old.pipe", "--size", "64", "--duration", "20ms")
        self.assertEqual([trial["state"] for trial in trials.values()], ["passed"] * 2,
                         [trial["reason"] for trial in trials.values()])
        roles = {cost["role"] for trial in trials.values() for cost in trial["costs"]}
        self.assertIn("initiator", roles)
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
