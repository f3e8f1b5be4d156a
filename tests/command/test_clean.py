"""What runs leave is removed, by them or by `ipcmark clean`; what is not theirs stays."""

import os
import platform
import re
import resource
import signal
import subprocess
import time

import command
import sysv
from clean_test import LONG, CleanTest, limit
from refusals import AT_LEAST, EQUAL, NUMBERS, refusing

MEASURE = ["run", "--share", "--trials", "1", "--size", "64", "--quiet"]
COUNT = [*MEASURE, "--scenario", "counter", "--lock", "futex"]
MANIFEST_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # as the clean-up opens one
UNLINK = "unlink" if "unlink" in NUMBERS.get(platform.machine(), {}) else "unlinkat"


def boot_id():
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def uptime_s():
    with open("/proc/uptime") as file:
        return float(file.read().split()[0])


class Foreign(CleanTest):
    """A runtime directory that holds a user's files."""

    def test_a_file_that_only_has_a_manifests_name_stays_and_the_directory_beside_it(self):
        for text in ("{}", "notes", "", "ipcmark-manifest", "ipcmark-manifest 1 app 47",
                     "ipcmark-manifest 1 app 47 more\n", "ipcmark-manifest x app 47\n", "a: 1\nfile data\n"):
            for place in ("", "ipcmark/"):
                with self.subTest(text=text, place=place):
                    names = {self.write(f"{place}app/data", "x"), self.write(f"{place}app/more/data", "y"),
                             self.write(f"{place}app.manifest", text)}
                    said = self.clean()
                    self.assertIn("0 objects removed", said)
                    self.assertEqual({name for name in names if os.path.exists(name)}, names)

    def test_what_a_runs_directory_holds_besides_its_files_stays_with_it(self):
        manifest = self.old_run("app", "file 0", "file 12")
        named, foreign = self.write("app/0"), [self.write("app/letter", "x"), self.write("app/7", "y")]
        for options in (["--dry-run"], []):
            said = self.clean(*options, code=2)
            self.assertIn(f"file {named}", said)
            self.assertIn(f"directory {self.runtime}/app: '7' in it is not its run's", said)
        self.assertFalse(os.path.exists(named))
        self.assertTrue(all(map(os.path.exists, [manifest, *foreign])))
        for path in foreign:
            os.remove(path)
        self.clean()
        self.assertEqual(self.below(), [])

    def test_no_file_goes_that_no_run_names_so(self):
        self.old_run("app", "file data", "file .", "file ../keep", "file 3", "file 4")
        kept = [self.write("app/data", "x"), self.write("keep", "y"), self.write("app/4/data", "z")]
        os.symlink(kept[0], os.path.join(self.runtime, "app", "3"))
        before = self.below()
        said = self.clean(code=2)
        self.assertEqual(said.count("cannot remove file "), 5, said)
        self.assertEqual(self.below(), before)

    def test_a_file_put_into_a_living_runs_directory_stays(self):
        process = self.start("run", "--share", "--trials", "1", "--scenario", "latency", "--size", "64",
                             "--backend", "fifo", "--duration", "1s", "--quiet")
        directory = self.until_a_manifest_claims("file", process)[: -len(".manifest")]
        path = os.path.join(directory, "letter")
        with open(path, "w") as file:
            file.write("x")
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2, err)
        self.assertIn(f"ipcmark: cannot remove directory {directory}", err)
        self.assertIn("letter", self.clean(code=2))
        self.assertTrue(os.path.exists(path))
        os.remove(path)
        self.clean()
        self.assertEqual(self.below(), [])

    def test_a_copy_and_a_link_of_a_manifest_name_nothing(self):
        with sysv.new_queue() as key:
            text = f"ipcmark-manifest 1 app 4711\nsysv_queue {key:#010x}\n"
            self.write("copy.manifest", text)
            os.symlink(self.write("elsewhere", text), os.path.join(self.runtime, "app.manifest"))
            self.assertIn("0 objects removed", self.clean())
            self.assertTrue(sysv.queue_exists(key))
            self.assertEqual(self.below(), ["app.manifest", "copy.manifest", "elsewhere"])

    def test_another_users_objects_stay(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to make one")
        memory = "/dev/shm/ipcmark.app.1"
        self.old_run("app", "file 0", "posix_shm ipcmark.app.1")
        for path in (self.write("app/0"), memory):
            with open(path, "a"):
                os.chown(path, 12345, 12345)
        self.addCleanup(os.remove, memory)
        said = self.clean(code=2)
        self.assertEqual(said.count("it is another user's"), 2, said)
        self.assertTrue(os.path.exists(memory))
        self.assertEqual(self.below(), ["app", "app.manifest", "app/0"])


class NotRemoved(CleanTest):
    """What cannot be removed stays in the manifest, and is said."""

    def refused(self, arguments, call, error, expected, argument=None):
        refuse = refusing(call, error, argument)
        answer = self.ipcmark(*MEASURE, *arguments, preexec_fn=refuse)
        self.assertEqual(answer.returncode, 2, answer.stdout + answer.stderr)
        self.assertRegex(answer.stderr, f"ipcmark: cannot remove {expected}")
        self.assertEqual(len(self.manifests()), 1)
        self.assertRegex(self.clean(code=2, preexec_fn=refuse), f"cannot remove {expected}")
        self.assertEqual(len(self.manifests()), 1)
        said = self.clean()
        self.assertRegex(said, f"removed {expected}")
        self.assertNotIn("cannot", said)
        self.assertEqual(self.below(), [])
        self.assert_nothing_left()

    def test_shared_memory(self):
        self.refused(["--scenario", "latency", "--backend", "shm_mutex,boost_mq"], UNLINK, "EPERM",
                     "posix_shm ipcmark")

    def test_a_queue_of_system_v(self):
        self.refused(["--scenario", "latency", "--backend", "sysv_mq"], "msgctl", "EPERM",
                     "sysv_queue 0x4950", (1, EQUAL, sysv.REMOVE))

    def test_a_semaphore_of_system_v(self):
        self.refused(["--scenario", "counter", "--lock", "sysv_sem"], "semctl", "EPERM",
                     "sysv_sem 0x4950", (2, EQUAL, sysv.REMOVE))

    def test_a_posix_queue(self):
        self.refused(["--scenario", "latency", "--backend", "posix_mq"], "mq_unlink", "EPERM",
                     "posix_queue ipcmark")

    def test_a_directory(self):
        self.refused(["--scenario", "counter", "--lock", "futex"], "unlinkat", "EIO",
                     f"directory {re.escape(self.runtime)}/ipcmark/", (2, EQUAL, 0x200))


class Failing(CleanTest):
    """A run that cannot begin leaves neither manifest nor directory."""

    def begin(self, preexec, **options):
        answer = self.ipcmark(*COUNT, preexec_fn=preexec, **options)
        self.assertEqual(self.below(), [], answer.stderr)
        self.assertFalse(os.path.exists(self.runtime))  # the run would have made it
        return answer

    def test_calls_that_fail(self):
        for call, error in (("flock", "ENOLCK"), ("getrandom", "ENOSYS"), ("fchmod", "EPERM"),
                            ("fchmodat", "EPERM"), ("mkdirat", "EACCES")):
            with self.subTest(call=call):
                refuse = refusing(call, error)
                # The mask makes a chmod necessary.
                answer = self.begin(lambda: (os.umask(0o777 if call.startswith("fchmod") else 0o022), refuse()))
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assertRegex(answer.stderr, "^ipcmark: [^\n]*\n$")

    def test_without_unnamed_files_a_failing_lock_leaves_no_manifest(self):
        first, second = refusing("linkat", "EOPNOTSUPP"), refusing("flock", "ENOLCK")
        answer = self.begin(lambda: (first(), second()))
        self.assertEqual(answer.returncode, 2, answer.stderr)

    def test_without_unnamed_files_a_run_is_as_any_other(self):
        answer = self.begin(refusing("linkat", "EOPNOTSUPP"))
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_few_descriptors(self):
        for count in range(4, 14):
            with self.subTest(count=count):
                self.begin(limit(resource.RLIMIT_NOFILE, count))
        self.assert_nothing_left()

    def test_a_path_too_long_for_a_socket(self):
        self.runtime = self.path("x" * 80)
        answer = self.begin(None, env={"IPCMARK_RUNTIME_DIR": self.runtime})
        self.assertEqual(answer.returncode, 2)
        self.assertIn(self.runtime, answer.stderr)

    def test_a_relative_directory_of_the_session_is_ignored(self):
        environment = {"IPCMARK_RUNTIME_DIR": "", "XDG_RUNTIME_DIR": "rel"}
        answer = self.ipcmark(*COUNT, env=environment,
                              cwd=self.directory.name)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertFalse(os.path.exists(self.path("rel")))

    def test_the_users_directory_for_temporary_files_is_used(self):
        os.mkdir(self.path("tmp"))
        own = self.path(f"tmp/ipcmark-{os.geteuid()}")
        environment = {"IPCMARK_RUNTIME_DIR": "", "XDG_RUNTIME_DIR": "", "TMPDIR": self.path("tmp")}
        process = self.start(*LONG, "--backend", "pipe", env=environment)
        self.until(lambda: os.path.isdir(own) and any(name.endswith(".manifest") for name in os.listdir(own)),
                   process)
        process.kill()
        process.communicate()
        # Another shell, whose manifests would lie elsewhere.
        elsewhere = self.ipcmark("clean", env=dict(environment, TMPDIR=""))
        self.assertTrue(os.listdir(own), elsewhere.stdout)
        answer = self.ipcmark("clean", env=environment)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(os.listdir(self.path("tmp")), [])

    def test_a_directory_for_temporary_files_that_cannot_be_used_is_one_sentence(self):
        for value, why in (("relative", "must be an absolute path"),
                           (self.path("nowhere"), "No such file or directory")):
            with self.subTest(value=value):
                environment = {"IPCMARK_RUNTIME_DIR": "", "XDG_RUNTIME_DIR": "", "TMPDIR": value}
                answer = self.ipcmark(*COUNT, env=environment, cwd=self.directory.name)
                self.assertEqual(answer.returncode, 2, answer.stdout)
                self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
                for words in (value, why, "TMPDIR to one that is there"):
                    self.assertIn(words, answer.stderr)
                clean = self.ipcmark("clean", env=environment, cwd=self.directory.name)
                self.assertEqual(clean.returncode, 0, clean.stderr)


class HalfMade(CleanTest):
    """What a mechanism began to make goes when it cannot make the rest."""

    def skipped(self, preexec, *arguments, **options):
        answer = self.ipcmark("run", "--share", "--trials", "2", "--backend", "boost_mq", *arguments,
                              preexec_fn=preexec, **options)
        self.assertEqual(answer.returncode, 77, answer.stdout + answer.stderr)
        self.assertEqual(self.below(), [])
        self.assert_nothing_left()

    def test_a_queue_above_the_largest_file(self):
        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            limit(resource.RLIMIT_FSIZE, 64 << 10)()

        self.skipped(limited, "--size", "64KiB", "--scenario", "latency", restore_signals=False)

    def test_a_queue_without_room(self):
        for error in ("ENOSPC", "EFBIG"):
            for scenario in ("latency", "sentinel_stream"):
                with self.subTest(error=error, scenario=scenario):
                    self.skipped(refusing("ftruncate", error, (1, AT_LEAST, 1000)), "--scenario", scenario)


class Another(CleanTest):
    """What other runs of the same user have is never left over."""

    STRESS = ["stress", "--backend", "pipe", "--scenario", "latency,sentinel_stream", "--for", "2s"]

    def stress_beside(self, make, remove):
        with sysv.growing(make, remove) as made:
            answer = self.ipcmark(*self.STRESS)
        self.assertGreater(len(made), 20)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)

    def test_queues(self):
        self.stress_beside(lambda _: sysv.make_queue(sysv.random_key()), sysv.remove_queue)

    def test_semaphores(self):
        self.stress_beside(lambda _: sysv.make_semaphore(sysv.random_key()), sysv.remove_semaphore)

    def test_a_run_of_sysv_mq(self):
        other = self.start(*LONG, "--backend", "sysv_mq", "--lock", "sysv_sem", "--scenario", "latency,counter",
                           env={"IPCMARK_RUNTIME_DIR": self.path("other")})
        try:
            answer = self.ipcmark(*self.STRESS)
        finally:
            other.send_signal(signal.SIGINT)
            other.communicate(timeout=60)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)


class Many(CleanTest):
    def test_thousands_of_dead_runs(self):
        for i in range(3000):
            self.old_run(f"r{i}", "file 0")
        said = self.clean(preexec_fn=limit(resource.RLIMIT_NOFILE, 1024))
        self.assertIn("3000 runs", said)
        self.assertEqual(self.below(), [])

    def test_more_dead_runs_with_files_than_descriptors(self):
        for i in range(60):
            self.old_run(f"r{i}", "file 0")
            self.write(f"r{i}/0")
        said = self.clean(preexec_fn=limit(resource.RLIMIT_NOFILE, 20))
        self.assertIn("60 runs ended without cleaning up; 120 objects removed", said)
        self.assertEqual(self.below(), [])

    def test_a_huge_file_is_not_read(self):
        if self.is_sanitized():
            self.skipTest("AddressSanitizer needs more address space than the limit of this test")
        for text, code in (("notes\n", 0), ("ipcmark-manifest 1 app 4711\n", 2),
                           ("ipcmark-manifest 1 app 4711\nfile 0\n", 2)):
            with self.subTest(text=text):
                path = self.write("app.manifest", text)
                os.truncate(path, 1 << 30)
                said = self.clean(code=code, preexec_fn=limit(resource.RLIMIT_AS, 512 << 20))
                self.assertIn("0 runs", said)
                if code:
                    self.assertIn("longer than any", said)
                self.assertTrue(os.path.exists(path))

    def test_too_few_descriptors_are_said(self):
        for count in range(3, 12):
            with self.subTest(count=count):
                self.old_run("app", "file 0", "posix_shm ipcmark.app.1")
                self.write("app/0")
                answer = self.ipcmark("clean", preexec_fn=limit(resource.RLIMIT_NOFILE, count))
                if answer.returncode == 0:
                    self.assertEqual(self.below(), [])
                elif answer.returncode == 2:
                    self.assertIn("Too many open files", answer.stderr)
                else:  # not even the program's libraries could be opened
                    self.assertIn("error while loading shared libraries", answer.stderr)
                    self.assertLess(count, 5)

    def test_a_manifest_that_cannot_be_opened_is_said(self):
        self.old_run("app", "file 0")
        self.write("ipcmark/other.manifest", "ipcmark-manifest 1 other 4711\nfile 0\n")
        before = self.below()
        for error in ("EACCES", "EMFILE"):
            refuse = refusing("openat", error, (2, EQUAL, MANIFEST_FLAGS))
            said = self.clean(code=2, preexec_fn=refuse)
            self.assertIn(f"cannot remove manifest {self.runtime}/ipcmark/other.manifest: it cannot be opened", said)
            # In a directory of the user's such a file need not be a manifest.
            self.assertEqual("/app.manifest: " in said, error == "EMFILE")
            self.assertEqual(self.below(), before)

    def test_a_directory_that_cannot_be_listed_is_said(self):
        self.old_run("app", "file 0")
        before = self.below()
        said = self.clean(code=2, preexec_fn=refusing("getdents64", "EIO"))
        self.assertIn(f"cannot use the runtime directory '{self.runtime}': listing it: Input/output error", said)
        self.assertEqual(self.below(), before)

    def test_a_damaged_manifest_is_said_and_kept(self):
        path = self.old_run("app", "file 0", "house 1")
        self.write("app/0")
        said = self.clean(code=2)
        self.assertIn(f"{path}: it is damaged in line 3", said)
        self.assertEqual(self.below(), ["app", "app.manifest", "app/0"])


class Elsewhere(CleanTest):
    """Another start of the machine, another namespace."""

    def test_a_run_before_the_last_start_is_left_alone(self):
        with sysv.new_queue() as key:
            manifest = self.old_run("app", f"sysv_queue {key:#010x}", "file 0")
            self.write("app/0")
            before = time.time() - uptime_s() - 100
            os.utime(manifest, (before, before))
            for options in (["--dry-run"], []):
                said = self.clean(*options)
                self.assertIn("left alone: run app, which is older than this machine's last start", said)
                self.assertIn(manifest, said)
            self.assertTrue(sysv.queue_exists(key))
            self.assertEqual(self.below(), ["app", "app.manifest", "app/0"])

    def test_a_run_since_the_last_start_is_cleaned_up(self):
        with sysv.new_queue() as key:
            self.old_run("app", f"sysv_queue {key:#010x}", "file 0")
            self.write("app/0")
            self.assertIn("3 objects removed", self.clean())
            self.assertFalse(sysv.queue_exists(key))
            self.assertEqual(self.below(), [])

    def test_a_queue_that_was_made_after_the_run_is_left_alone(self):
        if uptime_s() < 1000:
            self.skipTest("the machine was started just now")
        with sysv.new_queue() as key:
            manifest = self.old_run("app", f"sysv_queue {key:#010x}")
            before = time.time() - 600
            os.utime(manifest, (before, before))
            for _ in range(2):  # the first clean-up must not make the second bolder
                said = self.clean()
                self.assertIn(f"left alone: sysv_queue {key:#010x}", said)
            self.assertTrue(sysv.queue_exists(key))
            self.assertEqual(self.below(), ["app.manifest"])

    def test_a_run_of_another_start_or_machine_is_left_alone(self):
        manifest = self.killed_run("--backend", "sysv_mq,fifo", claim="sysv_queue")
        with open(manifest) as file:
            text = file.read()
        self.assertIn(boot_id(), text.split("\n")[0])
        queues = [int(key, 16) for key in re.findall("^sysv_queue (.*)$", text, re.MULTILINE)]
        with open(manifest, "w") as file:
            file.write(text.replace(boot_id(), "0" * len(boot_id())))
        said = self.clean_until_none_runs()
        self.assertIn("before this machine's last start, or on another machine", said)
        self.assertTrue(all(map(sysv.queue_exists, queues)))
        with open(manifest, "w") as file:
            file.write(text)
        self.clean()
        self.assertFalse(any(map(sysv.queue_exists, queues)))
        self.assertEqual(self.below(), [])
        self.assert_nothing_left()

    def test_another_namespace(self):
        script = ('"$@" >/dev/null 2>&1 & child=$!; while ! cat "$0"/ipcmark/*.manifest "$0"/*.manifest '
                  '2>/dev/null | grep -q ^sysv_queue; do kill -0 $child || exit 1; done; '
                  'kill -9 $child; wait $child 2>/dev/null; echo ready; read line; '
                  f'"$1" clean || exit 2; ipcs -q')
        process = subprocess.Popen(
            ["unshare", "--ipc", "sh", "-c", script, self.runtime, command.PROGRAM, *LONG, "--backend", "sysv_mq"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self.environment)
        with process:
            if process.stdout.readline() != "ready\n":
                _, err = process.communicate()
                if "unshare" in err:
                    self.skipTest("no namespaces of IPC here")
                self.fail(err)
            said = self.clean_until_none_runs()
            there = self.manifests()
            out, err = process.communicate("go\n", timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("in another IPC namespace", said)
        self.assertEqual(len(there), 1)
        self.assertIn("removed sysv_queue 0x4950", out)
        self.assertEqual(self.below(), [])


class Running(CleanTest):
    def test_what_is_printed_does_not_get_into_the_manifest(self):
        """With standard descriptors closed, the next files get their numbers."""
        for closed in ((0,), (2,), (0, 2), (0, 1, 2)):
            with self.subTest(closed=closed):
                self.killed_run("--backend", "boost_mq", claim="posix_shm",
                                preexec_fn=lambda: [os.close(number) for number in closed])
                self.clean_until_none_runs()
                self.assertEqual(self.below(), [])
                self.assert_nothing_left()

    def test_a_dry_run_says_what_a_clean_up_does(self):
        with sysv.new_queue() as key:
            self.old_run("app", f"sysv_queue {key:#010x}", "file 0", "file 1", "posix_shm ipcmark.other.1")
            self.write("app/0")
            self.write("app/letter")
            self.write("notes.manifest", "notes")
            before = self.below()
            would = self.clean("--dry-run", code=2)
            self.assertEqual(self.below(), before)
            did = self.clean(code=2)
        self.assertIn("would remove", would)
        self.assertEqual(would.replace("would remove", "removed").replace("would be removed", "removed"), did)

    def test_a_chosen_directory_is_given_back_as_it_was(self):
        self.write("notes", "x")
        answer = self.ipcmark(*COUNT)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.below(), ["notes"])
        self.killed_run("--backend", "fifo", claim="file")
        self.assertEqual([name for name in os.listdir(self.runtime) if name != "notes"], ["ipcmark"])
        self.clean_until_none_runs()
        self.assertEqual(self.below(), ["notes"])

    def test_a_chosen_directory_that_cannot_be_used_is_said(self):
        os.mkdir(self.runtime)
        os.chmod(self.runtime, 0o777)
        self.assertIn(f"cannot use the runtime directory '{self.runtime}': it can be written by others",
                      self.clean(code=2))


if __name__ == "__main__":
    command.main()
