"""tools/quickstart on a copy of the sources without any build: rows come before the table, and what
it has built can be installed."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from packaging_steps import COMMAND_FILES

BUILD = sys.argv.pop(1)
SOURCE = sys.argv.pop(1)
SMALL = ["--backend", "pipe", "--scenario", "latency", "--size", "64", "--trials", "2",
         "--duration", "20ms", "--share"]


def sources():
    """Paths of what a clone would have; empty: this is none."""
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                          cwd=SOURCE, capture_output=True, text=True)
    return [path for path in done.stdout.split("\0")
            if path and os.path.exists(os.path.join(SOURCE, path))]


class Quickstart(unittest.TestCase):
    def run_in(self, directory, *arguments, **options):
        # Of a group of its own, that ends as a whole when it takes too long.
        done = subprocess.run(["timeout", "1500", *arguments], cwd=directory, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, **options)
        self.assertEqual(done.returncode, 0, done.stdout[-4000:] + done.stderr[-4000:])
        return done

    def test_from_a_clean_copy_to_rows_a_table_and_an_installation(self):
        # Below the build directory: there a compiler cache finds what it has seen before.
        with tempfile.TemporaryDirectory(prefix="quickstart-", dir=BUILD) as directory:
            copy = os.path.join(directory, "ipcmark")
            for path in sources():
                os.makedirs(os.path.dirname(os.path.join(copy, path)), exist_ok=True)
                shutil.copy(os.path.join(SOURCE, path), os.path.join(copy, path))
            environment = dict(os.environ, IPCMARK_RUNTIME_DIR=os.path.join(directory, "r"))
            done = self.run_in(copy, "tools/quickstart", *SMALL, env=environment)
            self.assertRegex(done.stderr, r"latency 64 B, first trial of 2; the table follows\n"
                                          r"  pipe +block +[0-9.]+ (ns|us)\n")
            self.assertRegex(done.stdout, r"\nLatency of 64 B .*\n.*\n +pipe\*? +block ")  # two are not ranked
            prefix = os.path.join(directory, "prefix")
            self.run_in(copy, "cmake", "--install", "build/release", "--prefix", prefix)
            missing = [name for name in COMMAND_FILES
                       if not os.path.exists(os.path.join(prefix, name))]
            self.assertEqual(missing, [])


if __name__ == "__main__":
    if not sources():
        print("skipped: the sources are not in a Git repository")
        sys.exit(77)
    unittest.main()
