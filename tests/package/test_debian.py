"""The Debian package: what is in it, what it depends on, and that the program in it runs."""

import glob
import os
import shutil
import sys
import tempfile
import unittest

from packaging_steps import COMMAND_FILES, run

BUILD = sys.argv.pop(1)
sys.argv.pop(1)


class Debian(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="package-", dir=BUILD)
        run("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-G", "DEB",
            "-B", cls.directory.name, "-D", "CPACK_COMPONENTS_ALL=command",
            "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=gzip")
        (cls.package,) = glob.glob(os.path.join(cls.directory.name, "*.deb"))

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_contents(self):
        listed = run("dpkg-deb", "--contents", self.package)
        for name in COMMAND_FILES:
            self.assertIn(f" ./usr/{name}\n", listed)
        self.assertNotIn(".hpp", listed)
        self.assertNotIn(".a\n", listed)
        for line in listed.splitlines():
            self.assertEqual(line.split()[1], "root/root", line)

    def test_dependencies_are_those_of_the_program(self):
        depends = run("dpkg-deb", "--field", self.package, "Depends")
        for library in ("libc6", "libstdc++6", "libzmq5", "libfmt9"):
            self.assertIn(library + " (>=", depends)
        self.assertEqual(run("dpkg-deb", "--field", self.package, "Package").strip(), "ipcmark")

    def test_the_program_in_it_runs(self):
        root = os.path.join(self.directory.name, "root")
        run("dpkg-deb", "--extract", self.package, root)
        program = os.path.join(root, "usr/bin/ipcmark")
        self.assertIn("libzmq", run(program, "--version"))
        environment = dict(os.environ, IPCMARK_RUNTIME_DIR=os.path.join(root, "r"))
        run(program, "run", "--quiet", "--share", "--backend", "pipe", "--scenario", "latency",
            "--size", "64", "--trials", "1", "--duration", "20ms", env=environment)


if __name__ == "__main__":
    if not shutil.which("dpkg-shlibdeps"):
        print("skipped: no dpkg-shlibdeps here (package dpkg-dev)")
        sys.exit(77)
    unittest.main()
