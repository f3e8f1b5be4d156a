"""tools/ci/gate from two revisions to its files, with builds that only copy this program."""

import os
import shutil
import subprocess
import unittest

import command
from command import CommandTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CMAKE = """#!/bin/sh
{what}
mkdir -p build/release
ln -sf '{program}' build/release/ipcmark
"""


@unittest.skipUnless(shutil.which("git"), "no git")
class CiGate(CommandTest):
    def setUp(self):
        super().setUp()
        self.repository = self.path("repository")
        os.makedirs(os.path.join(self.repository, "tools/ci"))
        shutil.copy(os.path.join(ROOT, "tools/ci/gate"), os.path.join(self.repository, "tools/ci"))
        # Of this user's settings none may count.
        self.environment.update(
            PATH=self.directory.name + os.pathsep + os.environ["PATH"], GIT_CONFIG_GLOBAL=os.devnull,
            GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="a", GIT_AUTHOR_EMAIL="a@localhost",
            GIT_COMMITTER_NAME="a", GIT_COMMITTER_EMAIL="a@localhost")
        for arguments in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "one"],
                          ["commit", "--quiet", "--allow-empty", "-m", "two"]):
            self.git(*arguments)

    def git(self, *arguments):
        return subprocess.run(["git", *arguments], cwd=self.repository, env=self.environment,
                              check=True, capture_output=True, text=True).stdout

    def gate(self, what, *arguments):
        path = self.path("cmake")
        with open(path, "w") as file:
            file.write(CMAKE.format(what=what, program=command.PROGRAM))
        os.chmod(path, 0o755)
        return subprocess.run(["tools/ci/gate", *arguments], cwd=self.repository,
                              env=self.environment, capture_output=True, text=True, timeout=120)

    def result(self, name):
        return os.path.join(self.repository, "ipcmark-results/gate", name)

    def test_measures_both_and_leaves_its_files(self):
        # So few rounds can flag nothing, and are called that.
        done = self.gate(":", "HEAD~1", "HEAD", "--", "--rounds", "2", "--scenario", "throughput",
                         "--backend", "pipe", "--size", "64", "--wait", "block", "--duration", "20ms",
                         "--quiet", "--share")
        self.assertEqual(done.returncode, 4, done.stdout + done.stderr)
        with open(self.result("comparison.md")) as file:
            self.assertIn("throughput/pipe", file.read())
        for name in ("comparison.json", "base.json", "candidate.json", "trend.json"):
            self.assertGreater(os.path.getsize(self.result(name)), 0, name)
        self.assertEqual(len(self.git("worktree", "list").splitlines()), 1)

    def test_a_build_that_fails_is_no_regression(self):
        done = self.gate("echo 'a.cpp: error: oops'; exit 1", "HEAD~1")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("a.cpp: error: oops", done.stderr)
        self.assertIn("HEAD~1 could not be built", done.stderr)
        self.assertFalse(os.path.exists(self.result("comparison.md")))
        self.assertEqual(len(self.git("worktree", "list").splitlines()), 1)
        self.assertEqual(self.gate(":", "no-such-revision").returncode, 2)


if __name__ == "__main__":
    command.main()
