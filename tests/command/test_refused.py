"""What the kernel, a container or a filter refuses: skipped with the true reason, or done otherwise."""

import json
import os
import resource
import subprocess
import time

import command
from command import CommandTest
from refusals import WORDS, refusing

PLAIN = ["--trials", "1", "--size", "64", "--share", "--quiet"]
SMALL = [*PLAIN, "--duration", "20ms"]


class Refused(CommandTest):
    def under(self, call, error, *arguments):
        """The run's answer, and its trials by mechanism; none where nothing was written."""
        path = self.path("r.json")
        answer = self.ipcmark(*arguments, "--json", path, preexec_fn=refusing(call, error))
        if answer.returncode == 99:
            self.skipTest("no filters of system calls here")
        self.assertNotRegex(answer.stderr, "bug:|internal error|terminate called")
        trials = {}
        if os.path.exists(path):
            with open(path) as file:
                document = json.load(file)
                for cell in document.get("cells", ()):
                    asked = cell["asked"]
                    name = asked["backend"] or asked["lock"] or asked["notifier"]
                    trials.setdefault(name, []).extend(cell["trials"])
        return answer, trials

    def assert_skipped(self, trials, *words):
        for trial in trials:
            self.assertEqual(trial["state"], "skipped", trial["reason"])
            for word in words:
                self.assertIn(word, trial["reason"])

    def assert_passed(self, trials):
        for trial in trials:
            self.assertEqual(trial["state"], "passed", trial["reason"])

    def test_what_cannot_be_made_is_skipped_and_the_others_run(self):
        for call, backend in (("mq_open", "posix_mq"), ("msgget", "sysv_mq"), ("mknodat", "fifo"),
                              ("eventfd2", "zeromq"), ("eventfd2", "eventfd_slot"),
                              ("memfd_create", "memfd_pass"), ("process_vm_readv", "cma"),
                              ("vmsplice", "vmsplice"), ("signalfd4", "signal"), ("shmget", "sysv_shm"),
                              ("io_uring_setup", "io_uring_pipe"), ("io_uring_setup", "io_uring_unix")):
            for error, words in WORDS.items():
                with self.subTest(call=call, error=error):
                    answer, trials = self.under(call, error, "run", "--scenario", "latency",
                                                "--backend", f"{backend},pipe", *SMALL)
                    self.assertEqual(answer.returncode, 0, answer.stderr)
                    self.assert_skipped(trials[backend], words)
                    self.assert_passed(trials["pipe"])
        self.assert_nothing_left()

    def test_a_way_out_that_leads_nowhere_is_not_named(self):
        for call, error, backend, words in (
                ("bind", "EPERM", "udp", "ip link"), ("process_vm_readv", "ENOSYS", "cma", "docker"),
                ("io_uring_setup", "ENOSYS", "io_uring_pipe", "kernel.io_uring_disabled")):
            with self.subTest(call=call, error=error):
                _, trials = self.under(call, error, "run", "--scenario", "latency", "--backend",
                                       backend, *SMALL)
                self.assert_skipped(trials[backend], WORDS[error])
                self.assertNotIn(words, trials[backend][0]["reason"])

    def test_an_eventfd_that_may_not_be_read_is_no_old_kernels(self):
        answer, trials = self.under("preadv2", "EPERM", "run", "--scenario", "notify", "--notifier",
                                    "eventfd,pipe", "--trials", "1", "--share", "--quiet")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_skipped(trials["eventfd"], "preadv2: Operation not permitted")
        self.assertNotIn("Linux 5.8", trials["eventfd"][0]["reason"])
        self.assert_passed(trials["pipe"])

    def test_ways_round(self):
        everywhere = ("pipe", "shm_ring", "mmap_file", "unix_stream")
        others = ("mpmc_ring", "broadcast_ring", "futex_slot", "eventfd_slot", "signal", "udp", "vmsplice")
        for call in ("pidfd_open", "close_range", "memfd_create", "futex_waitv"):
            for error in WORDS:
                with self.subTest(call=call, error=error):
                    answer, trials = self.under(
                        call, error, "run", "--scenario", "latency", "--backend",
                        ",".join((*everywhere, *others)), *SMALL)
                    self.assertEqual(answer.returncode, 0, answer.stderr)
                    for name in everywhere:
                        self.assert_passed(trials[name])
                    for name in others:  # which something else may hinder here
                        self.assertIn(trials[name][0]["state"], ("passed", "skipped"), trials[name][0]["reason"])
                        self.assertNotIn(WORDS[error], trials[name][0]["reason"], name)

    def test_a_set_that_cannot_be_waited_for_is_polled_and_burns_no_cpu(self):
        arguments = ("run", "--scenario", "chat", "--think-time", "3ms", "--backend", "shm_ring", *PLAIN)
        _, plain = self.under("mq_open", "EPERM", *arguments)
        self.assertNotIn("poll_interval_ns", plain["shm_ring"][0]["granted"]["values"])
        answer, trials = self.under("futex_waitv", "EPERM", *arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        (trial,) = trials["shm_ring"]
        self.assertEqual(trial["granted"]["values"]["poll_interval_ns"], 1_000_000)

    def test_a_killed_worker_is_seen_without_pidfd(self):
        answer, trials = self.under("pidfd_open", "ENOSYS", "run", "--scenario", "task_queue", "--backend",
                                    "pipe", "--trials", "1", "--share", "--quiet")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assert_passed(trials["pipe"])

    def test_ab_does_not_hang_without_pidfd(self):
        began = time.monotonic()
        answer, _ = self.under("pidfd_open", "EPERM", "ab", "--a-args", "--backend pipe", "--b-args",
                               "--backend pipe", "--suite", "quick", "--scenario", "latency", "--size",
                               "64", "--duration", "5ms", "--rounds", "2", "--share", "--quiet")
        self.assertLess(time.monotonic() - began, 60)
        self.assertIn(answer.returncode, (0, 4), answer.stderr)

    def test_what_every_cell_needs_is_said_of_each(self):
        for call, words in (("socketpair", "control link"), ("sched_setaffinity", "pinning"),
                            ("prctl", "prctl(PR_SET_PDEATHSIG)")):
            with self.subTest(call=call):
                answer, trials = self.under(call, "EPERM", "run", "--scenario", "latency", "--backend",
                                            "pipe,tcp", *SMALL)
                self.assertEqual(answer.returncode, 77, answer.stderr)
                for each in trials.values():
                    self.assert_skipped(each, words, "Operation not permitted; ")

    def test_the_turn_is_taken_where_no_socket_may_have_a_name(self):
        answer = self.ipcmark("run", "--backend", "pipe", "--scenario", "latency", "--size", "64", "--trials", "1",
                              "--duration", "20ms", "--quiet", preexec_fn=refusing("bind", "EPERM"))
        if answer.returncode == 99:
            self.skipTest("no filters of system calls here")
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_what_is_asked_of_the_machine_is_skipped_with_the_way_out(self):
        for call, option, words in (("mlockall", ["--mlock"], "mlockall: this user may not"),
                                    ("sched_setscheduler", ["--rt-priority", "5"], "raise ulimit -r")):
            if call == "mlockall" and self.is_sanitized():
                words = "mlockall: AddressSanitizer locks no memory"
            with self.subTest(call=call):
                answer, trials = self.under(call, "EPERM", "run", "--scenario", "latency", "--backend",
                                            "pipe,shm_ring", *option, *SMALL)
                self.assertEqual(answer.returncode, 77, answer.stderr)
                for each in trials.values():
                    self.assert_skipped(each, words)
        self.assert_nothing_left()

    def test_no_proc_is_one_sentence(self):
        if self.is_sanitized():
            self.skipTest("the sanitizer's own end needs /proc")
        path = self.path("r.json")
        answer = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'umount -l /proc && exec "$@"', "sh", command.PROGRAM, "run",
             "--scenario", "latency", "--backend", "pipe", *SMALL, "--json", path],
            capture_output=True, text=True, timeout=120, env=self.environment)
        if "unshare" in answer.stderr or "umount" in answer.stderr:
            self.skipTest("no mount namespaces here")
        self.assertEqual(answer.returncode, 77, answer.stderr)
        with open(path) as file:
            (trial,) = json.load(file)["cells"][0]["trials"]
        self.assert_skipped([trial], "/proc")

    def test_without_a_loopback_device_udp_is_skipped(self):
        path = self.path("r.json")
        answer = subprocess.run(
            ["unshare", "-n", command.PROGRAM, "run", "--scenario", "latency", "--backend", "udp,pipe",
             *SMALL, "--json", path],
            capture_output=True, text=True, timeout=120, env=self.environment)
        if "unshare" in answer.stderr:
            self.skipTest("no network namespaces here")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            trials = {cell["asked"]["backend"]: cell["trials"] for cell in json.load(file)["cells"]}
        self.assert_skipped(trials["udp"], "udp: ", "ip link set lo up")
        self.assert_passed(trials["pipe"])

    def test_what_workers_cannot_make_often_enough_is_the_machines_limit(self):
        path = self.path("r.json")
        lower = "echo 1 >/proc/sys/kernel/msgmni && echo 1 >/proc/sys/kernel/shmmni"
        answer = subprocess.run(
            ["unshare", "-i", "sh", "-c", lower + ' && exec "$@"', "sh", command.PROGRAM, "run", "--scenario",
             "connect", "--messages", "20", "--backend", "sysv_mq,sysv_shm,pipe", *PLAIN, "--json", path],
            capture_output=True, text=True, timeout=120, env=self.environment)
        if answer.returncode == 1 or "unshare" in answer.stderr:
            self.skipTest("no limits of one's own here")
        self.assertEqual(answer.returncode, 0, answer.stderr + answer.stdout)
        with open(path) as file:
            trials = {cell["asked"]["backend"]: cell["trials"] for cell in json.load(file)["cells"]}
        self.assert_skipped(trials["sysv_mq"], "kernel.msgmni")
        self.assert_skipped(trials["sysv_shm"], "kernel.shmmni")
        self.assert_passed(trials["pipe"])

    def test_a_queue_that_is_smaller_than_by_default_is_said_beside_the_figures(self):
        path = self.path("r.json")
        lower = "echo 4096 >/proc/sys/kernel/msgmnb && echo 3 >/proc/sys/fs/mqueue/msg_default"
        answer = subprocess.run(
            ["unshare", "-i", "sh", "-c", lower + ' && exec "$@"', "sh", command.PROGRAM, "run", "--scenario",
             "latency", "--backend", "sysv_mq,posix_mq", *SMALL, "--json", path],
            capture_output=True, text=True, timeout=120, env=dict(self.environment, COLUMNS="300"))
        if answer.returncode == 1 or "unshare" in answer.stderr:
            self.skipTest("no limits of one's own here")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            notes = {cell["asked"]["backend"]: cell["trials"][0]["granted"]["note"]
                     for cell in json.load(file)["cells"]}
        self.assertIn("a buffer of 4096 B, smaller than by default (16384 B), because of kernel.msgmnb",
                      notes["sysv_mq"])
        self.assertIn("a queue of 3 messages, shorter than by default (10)", notes["posix_mq"])
        self.assertRegex(answer.stdout, r"sysv_mq: .*because of kernel\.msgmnb")

    def test_the_hard_limit_of_descriptors_is_the_one_that_counts(self):
        answer = self.ipcmark("run", "--scenario", "fan_in", "--backend", "unix_stream", "--senders", "30",
                              *PLAIN, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 1024)))
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_no_signal_may_be_pending(self):
        path = self.path("r.json")
        answer = self.ipcmark(
            "run", "--scenario", "latency", "--backend", "posix_mq,sysv_mq,eventfd_slot,signal,pipe", *SMALL,
            "--json", path, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_SIGPENDING, (0, 0)))
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        with open(path) as file:
            trials = {cell["asked"]["backend"]: cell["trials"] for cell in json.load(file)["cells"]}
        self.assert_passed(trials.pop("pipe"))
        for each in trials.values():
            self.assert_skipped(each, "raise ulimit -i")
        self.assert_nothing_left()

    def test_few_descriptors_are_no_failure_of_zeromq(self):
        for number in (16, 24, 32, 40):
            def few(number=number):
                resource.setrlimit(resource.RLIMIT_NOFILE, (number, number))

            with self.subTest(number=number):
                path = self.path("r.json")
                answer = self.ipcmark("run", "--scenario", "counter,chat", "--backend", "zeromq", *PLAIN,
                                      "--json", path, preexec_fn=few)
                self.assertIn(answer.returncode, (0, 77), answer.stderr)
                self.assertNotRegex(answer.stderr, "internal error|bug:")


if __name__ == "__main__":
    command.main()
