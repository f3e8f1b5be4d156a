"""What the machine refuses a runner's mechanisms is skipped with the true reason, as it is for ipcmark's own."""

import json
import os
import shutil
import subprocess

import command
import test_runners
from refusals import WORDS, refusing

PAIRS = ("to_cpp", "from_cpp")
NEEDS = {"bind": ("tcp_socket", "unix_socket", "manager_queue", *(f"unix_socket_{way}" for way in PAIRS)),
         "mknodat": ("fifo", *(f"fifo_{way}" for way in PAIRS))}


class RunnersRefused(test_runners.RunnerTest):
    def arguments(self, runner, names):
        return ("run", *test_runners.SHORT, "--runner", runner, "--scenario", "latency", "--size", "64",
                "--duration", "20ms", "--backend", ",".join(f"{runner}.{name}" for name in names),
                "--json", self.path("r.json"))

    def trials_of(self, code, stderr):
        """By mechanism, of what was written."""
        self.assertIn(code, (0, 77), stderr)
        with open(self.path("r.json"), encoding="utf-8") as file:
            document = json.load(file)
        os.remove(self.path("r.json"))
        return {cell["asked"]["backend"].partition(".")[2]: cell["trials"][0] for cell in document["cells"]}

    def under(self, call, error, names, runner="python"):
        answer = self.ipcmark(*self.arguments(runner, names), preexec_fn=refusing(call, error))
        if answer.returncode == 99:
            self.skipTest("no filters of system calls here")
        return self.trials_of(answer.returncode, answer.stderr)

    def within(self, namespaces, script, names):
        """The same, and what the command printed, in namespaces in which the script has run."""
        answer = subprocess.run(
            ["unshare", *namespaces, "sh", "-c", f'{script} && exec "$@"', "sh", command.PROGRAM,
             *self.arguments("python", names)],
            capture_output=True, text=True, timeout=120, env=self.environment)
        if answer.returncode in (1, 32):  # of unshare, of mount
            self.skipTest(f"no namespaces of one's own here: {answer.stderr}")
        return answer

    def assert_skipped(self, trial, *words):
        self.assertEqual((trial["state"], trial["cause"]), ("skipped", "unsupported"), trial["reason"])
        for word in words:
            self.assertIn(word, trial["reason"])

    def test_what_a_filter_refuses_is_skipped_and_the_others_run(self):
        for call, names in NEEDS.items():
            for error, words in WORDS.items():
                with self.subTest(call=call, error=error):
                    trials = self.under(call, error, (*names, "pipe"))
                    for name in names:
                        self.assert_skipped(trials[name], f"python.{name}: {words}; ", "a filter of system calls")
                    self.assertEqual(trials["pipe"]["state"], "passed", trials["pipe"]["reason"])
        self.assert_nothing_left()

    def test_who_may_not_be_pinned_is_skipped_in_either_language(self):
        trials = self.under("sched_setaffinity", "EPERM", ("pipe", "pipe_to_cpp", "pipe_from_cpp"))
        for trial in trials.values():
            self.assert_skipped(trial, "Operation not permitted")

    def test_shared_memory_needs_a_dev_shm_with_room(self):
        for options, skipped, words, passed in (
                ("ro", ("shared_memory", "simple_queue"), "Read-only file system", ()),
                ("size=32k", ("shared_memory",), "No space left on device", ("fifo",))):
            with self.subTest(options):
                answer = self.within(("-m",), f"mount -t tmpfs -o {options} tmpfs /dev/shm", (*skipped, *passed))
                trials = self.trials_of(answer.returncode, answer.stderr)
                for name in skipped:
                    self.assert_skipped(trials[name], words)
                for name in passed:
                    self.assertEqual(trials[name]["state"], "passed", trials[name]["reason"])
        self.assert_nothing_left()

    def test_without_a_loopback_device_tcp_is_skipped(self):
        answer = self.within(("-n",), "true", ("tcp_socket", "pipe"))
        trials = self.trials_of(answer.returncode, answer.stderr)
        self.assert_skipped(trials["tcp_socket"], "ip link set lo up")
        self.assertEqual(trials["pipe"]["state"], "passed", trials["pipe"]["reason"])

    def test_no_proc_is_one_sentence(self):
        if self.is_sanitized():
            self.skipTest("the sanitizer's own end needs /proc")
        answer = self.within(("-m",), "umount -l /proc", ("pipe",))
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertEqual(answer.stderr, "ipcmark: --runner: runners are followed through /proc, which is not there; "
                                        "mount it\n")

    def test_node_is_refused_as_python_is(self):
        if not shutil.which("node"):
            self.skipTest("needs node")
        trials = self.under("bind", "EPERM", ("unix_socket", "child_process"), runner="node")
        self.assert_skipped(trials["unix_socket"], "operation not permitted", "a filter of system calls")
        self.assertEqual(trials["child_process"]["state"], "passed", trials["child_process"]["reason"])
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
