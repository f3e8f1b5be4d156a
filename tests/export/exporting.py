"""Runs `ipcmark export` on the sample result, for the tests beside this file."""

import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest

SKIPPED = 77  # CTest's SKIP_RETURN_CODE of these tests

PROGRAM = None
RESULT = None


class ExportTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(self.directory.cleanup)
        with open(RESULT, encoding="utf-8") as file:
            self.result = json.load(file)

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def ipcmark(self, *arguments, **options):
        return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=60, **options)

    def exported(self, form, *arguments, result=None):
        """The text of the sample, or of another result document."""
        path = RESULT
        if result is not None:
            path = self.path("other.json")
            with open(path, "w", encoding="utf-8") as file:
                json.dump(result, file)
        answer = self.ipcmark("export", path, "--format", form, *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        return answer.stdout

    def changed(self, edit):
        result = copy.deepcopy(self.result)
        edit(result)
        return result


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def main():
    global PROGRAM, RESULT
    if len(sys.argv) < 3:
        sys.exit("usage: test_*.py PATH_OF_IPCMARK RESULT.json [unittest arguments]")
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    RESULT = os.path.abspath(sys.argv.pop(1))
    unittest.main(module="__main__")
