"""What tests of outputs need: files to lose, other users, namespaces."""

import json
import os
import shutil
import subprocess

import command
from command import CommandTest

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "results", "golden", "result.json")
PIPE = ["run", "--share", "--scenario", "latency", "--backend", "pipe", "--size", "64", "--messages", "300"]
SMALL = [*PIPE, "--trials", "2"]
ENDLESS = [*PIPE, "--trials", "100000"]
OLD = "what was here, and is not to be lost\n"
NOBODY = 65534


class OutputTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.place = self.path("place")  # where the commands are run
        self.saved = self.path("saved")  # $TMPDIR
        os.mkdir(self.place)
        os.mkdir(self.saved)
        self.environment["TMPDIR"] = self.saved

    def here(self, name):
        return os.path.join(self.place, name)

    def write(self, name, text=OLD, mode=0o644):
        with open(self.here(name), "w") as file:
            file.write(text)
        os.chmod(self.here(name), mode)
        return self.here(name)

    def text(self, path):
        with open(os.path.join(self.place, path)) as file:
            return file.read()

    def assert_result(self, path):
        self.assertEqual(len(json.loads(self.text(path))["cells"][0]["trials"]), 2)

    def small(self, *arguments, code=0, **options):
        answer = self.ipcmark(*SMALL, *arguments, cwd=self.place, **options)
        self.assertEqual(answer.returncode, code, answer.stderr)
        return answer

    def refused(self, *arguments):
        """The one sentence; nothing was measured."""
        answer = self.ipcmark(*arguments, cwd=self.place)
        self.assertEqual((answer.returncode, answer.stdout), (2, ""), answer.stderr)
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)
        return answer.stderr

    def in_namespace(self, script, *arguments, kind="--mount"):
        """Runs ipcmark after a script, in a namespace of its own. For root alone."""
        if os.geteuid() != 0:
            self.skipTest("needs root for a namespace of its own")
        answer = subprocess.run(["unshare", kind, "--fork", "--kill-child", "sh", "-ec", f'{script}\nexec "$@"', "sh",
                                 command.PROGRAM, *arguments], capture_output=True, text=True,
                                env=self.environment, cwd=self.place, timeout=120)
        if answer.stderr.startswith(("unshare:", "mount:")):
            self.skipTest("no namespaces here: " + answer.stderr)
        return answer

    def as_nobody(self):
        """What makes ipcmark run as a user who owns nothing but a runtime directory. For root alone."""
        if os.geteuid() != 0:
            self.skipTest("needs root to be another user")
        os.chmod(self.directory.name, 0o755)
        for folder in (self.runtime, self.saved):
            os.makedirs(folder, mode=0o700, exist_ok=True)
            os.chown(folder, NOBODY, NOBODY)
        program = shutil.copy(command.PROGRAM, self.path("ipcmark"))

        def run(*arguments):
            return subprocess.run([program, *SMALL, *arguments], user=NOBODY, group=NOBODY, extra_groups=[],
                                  capture_output=True, text=True, env=self.environment, cwd=self.place,
                                  timeout=120)
        return run
