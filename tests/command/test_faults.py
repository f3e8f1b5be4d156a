"""Limits met, processes killed: one sentence, nothing lost, nothing left."""

import csv
import json
import os
import random
import resource
import signal
import subprocess
import time

import command
import program
from command import CommandTest

SMALL = ["--trials", "2", "--duration", "20ms", "--size", "64", "--scenario", "latency"]


class Faults(CommandTest):
    def test_few_descriptors(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (12, 12))

        path = self.path("r.json")
        answer = self.ipcmark("run", "--backend", "tcp,unix_stream,pipe", *SMALL, "--json", path,
                              preexec_fn=few)
        self.assertEqual(answer.returncode, 77, answer.stderr)
        with open(path) as file:
            for cell in json.load(file)["cells"]:
                for trial in cell["trials"]:
                    self.assertEqual(trial["state"], "skipped", trial)
                    self.assertIn("open files", trial["reason"])
        self.assert_nothing_left()

    def test_zeromq_short_of_descriptors_is_skipped_not_hung(self):
        # From too few to open an end to enough for all: in between libzmq cannot accept in silence.
        path = self.path("r.json")
        states = []
        for limit in (18, 20, 22, 60):
            answer = self.ipcmark(
                "run", "--backend", "zeromq", *SMALL, "--json", path,
                preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit)))
            self.assertIn(answer.returncode, (0, 77), answer.stdout)
            with open(path) as file:
                trial = json.load(file)["cells"][0]["trials"][0]
            states.append(trial["state"])
            if trial["state"] == "skipped":
                self.assertRegex(trial["reason"], "open files|descriptor")
        self.assertEqual(states, ["skipped", "skipped", "skipped", "passed"])

    def test_full_dev_shm(self):
        if os.geteuid() != 0:
            self.skipTest("needs root for a mount namespace of its own")
        script = "mount -t tmpfs -o size=8k tmpfs /dev/shm && exec \"$@\""
        path = self.path("r.json")
        answer = subprocess.run(
            ["unshare", "-m", "sh", "-c", script, "sh", command.PROGRAM, "run",
             "--backend", "boost_mq,pipe", *SMALL, "--json", path],
            capture_output=True, text=True, env=self.environment, timeout=120)
        if "unshare" in answer.stderr or "mount" in answer.stderr:
            self.skipTest("no mount namespaces here")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            cells = {cell["asked"]["backend"]: cell for cell in json.load(file)["cells"]}
        self.assertEqual(cells["pipe"]["trials"][0]["state"], "passed")
        self.assertEqual(cells["boost_mq"]["trials"][0]["state"], "skipped")
        self.assertIn("/dev/shm", cells["boost_mq"]["trials"][0]["reason"])

    def test_eight_runs_at_once(self):
        runs = [self.start("run", "--backend", "pipe,sysv_mq,zeromq", *SMALL, "--share") for _ in range(8)]
        for run in runs:
            _, err = run.communicate(timeout=180)
            self.assertEqual(run.returncode, 0, err)
        self.assert_nothing_left()

    def test_second_run_waits(self):
        first = self.start("run", "--backend", "pipe", "--scenario", "latency", "--size", "64",
                           "--trials", "5", "--duration", "300ms", "--quiet")
        time.sleep(0.5)
        second = self.ipcmark("run", "--backend", "pipe", *SMALL)
        first.communicate(timeout=60)
        self.assertEqual((first.returncode, second.returncode), (0, 0))
        self.assertIn("waiting for another measuring run", second.stderr)

    def test_a_pause_of_all_processes_voids_the_trial_and_it_is_measured_again(self):
        path = self.path("r.json")
        run = self.start("run", "--backend", "pipe", "--scenario", "latency", "--size", "64", "--trials",
                         "2", "--duration", "2s", "--share", "--json", path, process_group=0)
        self.until(lambda: len(program.children(run.pid)) == 2, run)
        os.killpg(run.pid, signal.SIGSTOP)
        time.sleep(6)  # longer than a stage may stand still
        os.killpg(run.pid, signal.SIGCONT)
        _, err = run.communicate(timeout=120)
        self.assertEqual(run.returncode, 0, err)
        self.assertIn("stopped for a while: the trial is void, and measured again", err)
        with open(path) as file:
            trials = json.load(file)["cells"][0]["trials"]
        self.assertEqual([trial["state"] for trial in trials], ["passed", "passed"], trials)
        self.assertEqual(sum(len(trial["voids"]) for trial in trials), 1)

    def test_a_trial_whose_processes_are_stopped_each_time_is_left_void(self):
        question = json.dumps({"schema": "ipcmark.trial-spec", "version": {"major": 1},
                               "spec": {"scenario": "latency", "backend": "pipe", "size": 64,
                                        "duration_ns": 500_000_000}})
        path = self.path("q.json")
        with open(path, "w") as file:
            file.write(question)
        run = self.start("trial", "--spec", path)
        give_up = time.monotonic() + 120
        while run.poll() is None and time.monotonic() < give_up:
            workers = program.children(run.pid)
            for number in (signal.SIGSTOP, signal.SIGCONT):
                for worker in workers:
                    program.send(worker, number)
                time.sleep(0.05)  # one that has not stopped yet is not continued, and nothing is seen
        out, err = run.communicate()
        self.assertEqual(run.returncode, 77, err)
        trial = json.loads(out)["trial"]
        self.assertEqual((trial["state"], trial["cause"]), ("interrupted", "void-round"))
        self.assertIn("stopped for a while, in each of 3 attempts", trial["reason"])

    def test_a_slow_network_is_no_deadlock(self):
        """Both ends sleep in receive for seconds, with a message on its way between them."""
        path = self.path("r.json")
        script = ("ip link set lo up mtu 1500 && "
                  "tc qdisc add dev lo root tbf rate 2kbit burst 1600 limit 20k && exec \"$@\"")
        answer = subprocess.run(
            ["unshare", "-n", "sh", "-c", script, "sh", command.PROGRAM, "run", "--scenario", "latency",
             "--backend", "tcp", "--size", "64", "--trials", "1", "--messages", "12", "--warm-up", "1ns",
             "--share", "--quiet", "--json", path],
            capture_output=True, text=True, env=self.environment, timeout=200)
        if "unshare" in answer.stderr or "RTNETLINK" in answer.stderr or "sh: " in answer.stderr:
            self.skipTest("no network of its own here, or none that can be made slow")
        with open(path) as file:
            (trial,) = json.load(file)["cells"][0]["trials"]
        self.assertEqual(trial["state"], "passed", trial["reason"])

    def test_a_packet_filter_that_drops_all_is_the_reason_that_is_given(self):
        """Neither does the run hang for the two minutes that the kernel would go on trying."""
        path = self.path("r.json")
        script = ('ip link set lo up && '
                  'tc qdisc add dev lo root tbf rate 1kbit burst 10 limit 10 && exec "$@"')
        answer = subprocess.run(
            ["unshare", "-n", "sh", "-c", script, "sh", command.PROGRAM, "run", "--backend", "tcp,pipe",
             "--scenario", "latency", "--size", "64", "--trials", "1", "--duration", "20ms", "--share",
             "--quiet", "--json", path],
            capture_output=True, text=True, env=self.environment, timeout=60)
        if "unshare" in answer.stderr or "sh: " in answer.stderr or not os.path.exists(path):
            self.skipTest(f"no network of its own here, or none that can be made deaf: {answer.stderr}")
        with open(path) as file:
            trials = {cell["asked"]["backend"]: cell["trials"][0] for cell in json.load(file)["cells"]}
        self.assertEqual(trials["pipe"]["state"], "passed", trials["pipe"]["reason"])
        self.assertEqual(trials["tcp"]["state"], "skipped", trials["tcp"]["reason"])
        self.assertIn("nothing answers on 127.0.0.1", trials["tcp"]["reason"])

    def test_the_wait_for_the_turn_is_bounded_and_names_the_holder(self):
        first = self.start("run", "--backend", "pipe", "--scenario", "latency", "--size", "64",
                           "--trials", "30", "--duration", "300ms", "--quiet", "--wait-for-turn", "60s")
        time.sleep(1)
        second = self.ipcmark("run", "--backend", "pipe", *SMALL, "--wait-for-turn", "0s")
        first.terminate()
        first.communicate(timeout=60)
        self.assertEqual(second.returncode, 77, second.stderr)
        self.assertIn(f"the turn to measure did not come within 0s: process {first.pid} (", second.stderr)
        self.assertIn("--trials 30", second.stderr)
        self.assertRegex(second.stderr, r"since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

    def test_in_a_container_it_is_said_who_else_is_not_seen(self):
        script = ("mount -t tmpfs tmpfs /run && mkdir /run/systemd && echo lxc >/run/systemd/container && "
                  'exec "$@"')
        for option, is_said in ((None, True), ("--share", False), ("--quiet", False)):
            answer = subprocess.run(
                ["unshare", "-m", "sh", "-c", script, "sh", command.PROGRAM, "run", "--backend", "pipe", *SMALL,
                 *([option] if option else [])],
                capture_output=True, text=True, env=self.environment, timeout=120)
            if answer.returncode in (1, 32):  # of unshare, of mount
                self.skipTest("no mount namespaces here")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            said = "are seen only where they share its /tmp or its network" in answer.stderr
            self.assertEqual(said, is_said, answer.stderr)
            if is_said:
                self.assertRegex(answer.stderr, r"outside this container \((docker|podman|lxc)\)")

    def test_the_trials_timeout_is_asked_for(self):
        path = self.path("r.json")
        answer = self.ipcmark("run", "--backend", "pipe", "--scenario", "latency", "--size", "64",
                              "--trials", "1", "--duration", "30s", "--trial-timeout", "1s", "--share",
                              "--json", path)
        self.assertEqual(answer.returncode, 5, answer.stderr)
        with open(path) as file:
            trial = json.load(file)["cells"][0]["trials"][0]
        self.assertEqual(trial["state"], "timeout")
        self.assertIn("did not end within 1 s (--trial-timeout)", trial["reason"])

    def test_what_is_polled_says_so(self):
        path, table = self.path("r.json"), self.path("r.csv")
        answer = self.ipcmark("run", "--backend", "sysv_mq,pipe", "--scenario", "chat", "--think-time", "3ms",
                              "--trials", "1", "--share", "--json", path, "--csv", table)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            granted = {cell["asked"]["backend"]: cell["trials"][0]["granted"]["values"]
                       for cell in json.load(file)["cells"]}
        self.assertNotIn("poll_interval_ns", granted["pipe"])
        with open(table) as file:
            flagged = {row["backend"] for row in csv.DictReader(file) if "polled" in row["flags"]}
        self.assertEqual(flagged, {"sysv_mq"} if "poll_interval_ns" in granted["sysv_mq"] else set())
        self.assertEqual(granted["sysv_mq"].get("poll_interval_ns"), 1000000)

    def test_killed_runs_are_cleaned(self):
        rng = random.Random(5)
        for _ in range(5):
            process = self.start("run", "--backend", "fifo,sysv_mq,boost_mq,zeromq", "--scenario", "latency",
                                 "--size", "64", "--trials", "50", "--duration", "50ms", "--share")
            time.sleep(rng.uniform(0.1, 1.0))
            process.send_signal(signal.SIGKILL)
            process.communicate()
        give_up = time.monotonic() + 10
        answer = self.ipcmark("clean")
        while "still running" in answer.stdout and time.monotonic() < give_up:
            time.sleep(0.1)
            answer = self.ipcmark("clean")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_nothing_left()
        again = self.ipcmark("run", "--backend", "sysv_mq", *SMALL)
        self.assertEqual(again.returncode, 0, again.stderr)

    def test_a_dead_runs_fifo_stops_no_new_run(self):
        # Run ids are random; of a run that is gone, this is what is left.
        os.makedirs(os.path.join(self.runtime, "deadbeef"), mode=0o700)
        os.chmod(self.runtime, 0o700)
        fifo = os.path.join(self.runtime, "deadbeef", "0")
        os.mkfifo(fifo, mode=0o600)
        with open(os.path.join(self.runtime, "deadbeef.manifest"), "w") as manifest:
            manifest.write("ipcmark-manifest 1 deadbeef 4711\nfile 0\n")
        answer = self.ipcmark("run", "--scenario", "sentinel_stream", "--backend", "fifo")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertTrue(os.path.exists(fifo))  # not this run's to remove
        answer = self.ipcmark("clean")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn(fifo, answer.stdout)
        self.assertEqual(os.listdir(self.runtime), [])
        self.assert_nothing_left()

    def test_full_disk_loses_nothing(self):
        answer = self.ipcmark("run", "--backend", "pipe", *SMALL, "--json", "/dev/full",
                              env={"TMPDIR": self.directory.name})  # where it is saved instead
        self.assertEqual(answer.returncode, 2)
        self.assertIn("/dev/full", answer.stderr)
        self.assertIn("pipe", answer.stdout)  # the table is still printed

    def test_full_standard_output_is_said_and_loses_no_file(self):
        path = self.path("r.json")
        for arguments in (["list"], ["doctor"], ["--help"], ["version"],
                          ["run", "--backend", "pipe", *SMALL, "--json", path]):
            with open("/dev/full", "w") as full:
                answer = subprocess.run([command.PROGRAM, *arguments], stdout=full, text=True,
                                        stderr=subprocess.PIPE, env=self.environment, timeout=60)
            self.assertEqual(answer.returncode, 2, arguments)
            self.assertIn("cannot write to standard output", answer.stderr)
        with open(path) as file:
            self.assertEqual(len(json.load(file)["cells"][0]["trials"]), 2)

    def test_readers_that_went_away_end_no_run(self):
        path = self.path("r.json")
        for stream, code in (("stderr", 0), ("stdout", 2)):
            reading, writing = os.pipe()
            os.close(reading)
            streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writing}
            answer = subprocess.run([command.PROGRAM, "run", "--backend", "pipe", *SMALL, "--json", path],
                                    env=self.environment, timeout=60, **streams)
            os.close(writing)
            self.assertEqual(answer.returncode, code, answer)
            with open(path) as file:
                self.assertEqual(len(json.load(file)["cells"][0]["trials"]), 2)
            self.assert_nothing_left()

    def test_a_fault_that_never_happens_is_said_and_is_no_success(self):
        path = self.path("r.json")
        for scenario, options, fault, why in (
                ("sentinel_stream", ["--count", "3"], "drop:7", "fewer than 7 messages were sent"),
                ("pipeline", [], "swap:5", "fewer than 6 messages were sent"),
                ("counter", [], "unlocked", "'unlocked' has no place in this cell"),
                ("task_queue", ["--kills", "0"], "lost_claim", "has no place in this cell")):
            with self.subTest(scenario=scenario, fault=fault):
                answer = self.ipcmark("run", "--scenario", scenario, "--backend", "pipe", *options,
                                      "--fault", fault, "--json", path)
                self.assertEqual(answer.returncode, 77, answer.stdout + answer.stderr)
                self.assertIn("the fault never happened", answer.stdout)
                with open(path) as file:
                    trial = json.load(file)["cells"][0]["trials"][0]
                self.assertEqual((trial["state"], trial["cause"]), ("skipped", "no-fault"))
                self.assertIn(why, trial["reason"])
        # One that happens and harms nothing is survived.
        answer = self.ipcmark("run", "--scenario", "sentinel_stream", "--backend", "pipe",
                              "--fault", "stall:2")
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_messages_larger_than_the_mechanism_holds(self):
        for scenario, size, backends in (("crawl", "2MiB", "pipe,fifo,unix_stream,posix_mq"),
                                         ("crawl", "64KiB", "sysv_mq"),
                                         ("task_queue", "64KiB", "sysv_mq"),
                                         ("task_queue", "4MiB", "unix_stream")):
            with self.subTest(scenario=scenario, size=size):
                answer = self.ipcmark("run", "--scenario", scenario, "--size", size, "--backend",
                                      backends, "--count", "40", "--trials", "1")
                self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_nothing_could_run(self):
        answer = self.ipcmark("run", "--backend", "pipe", "--wait", "spin", *SMALL)
        self.assertEqual(answer.returncode, 77, answer.stdout + answer.stderr)
        self.assertIn("spin", answer.stdout)


if __name__ == "__main__":
    command.main()
