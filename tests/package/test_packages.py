"""What tools/package/make makes: what is in each package, what the Debian one depends on and the tar
file brings with it, and that the program in both runs."""

import os
import re
import shutil
import sys
import tarfile
import tempfile
import unittest

from packaging_steps import COMMAND_FILES, run

BUILD = sys.argv.pop(1)
SOURCE = sys.argv.pop(1)
# Of the system's own C and C++ run time.
RUN_TIME = re.compile(r"^lib(c|m|dl|rt|pthread|resolv|stdc\+\+|gcc_s)\.so|^ld-linux")


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="package-", dir=BUILD)
        cls.made = run(os.path.join(SOURCE, "tools/package/make"), BUILD, cls.directory.name)
        cls.command, cls.tar, cls.development = cls.made.splitlines()

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def measures(self, program):
        environment = dict(os.environ, IPCMARK_RUNTIME_DIR=self.path("r"))
        run(program, "run", "--quiet", "--share", "--backend", "pipe,zeromq", "--scenario", "latency",
            "--size", "64", "--trials", "1", "--duration", "20ms", env=environment)

    def test_three_files_are_made_and_nothing_else(self):
        self.assertEqual(sorted(os.path.basename(path) for path in self.made.splitlines()),
                         sorted(name for name in os.listdir(self.directory.name)
                                if os.path.isfile(self.path(name))))

    def test_contents_of_the_debian_package(self):
        listed = run("dpkg-deb", "--contents", self.command)
        for name in COMMAND_FILES:
            self.assertIn(f" ./usr/{name}\n", listed)
        self.assertNotIn(".hpp", listed)
        self.assertNotIn(".a\n", listed)
        self.assertNotIn("lib/ipcmark", listed)  # the tar file's libraries
        for line in listed.splitlines():
            self.assertEqual(line.split()[1], "root/root", line)

    def test_dependencies_are_those_of_the_program(self):
        depends = run("dpkg-deb", "--field", self.command, "Depends")
        for library in ("libc6", "libstdc++6", "libzmq5", "libfmt9", "libsimdjson14"):
            self.assertIn(library + " (>=", depends)
        self.assertEqual(run("dpkg-deb", "--field", self.command, "Package").strip(), "ipcmark")

    def test_contents_of_the_development_package(self):
        listed = run("dpkg-deb", "--contents", self.development)
        for name in ("ipcmarkConfig.cmake", "ipcmarkConformanceTargets.cmake", "libipcmark_command.a",
                     "libipcmark_conformance.a", "include/ipcmark/backends/transport.hpp",
                     "share/doc/ipcmark-dev/examples/CMakeLists.txt"):
            self.assertIn(f"/{name}\n", listed)
        self.assertNotIn("bin/ipcmark\n", listed)

    def test_the_program_in_the_debian_package_runs(self):
        root = self.path("root")
        run("dpkg-deb", "--extract", self.command, root)
        program = os.path.join(root, "usr/bin/ipcmark")
        self.assertIn("libzmq", run(program, "--version"))
        self.measures(program)

    def test_contents_of_the_tar_file(self):
        name = os.path.basename(self.tar).removesuffix(".tar.gz")
        self.assertRegex(name, r"^ipcmark-[0-9]+\.[0-9]+\.[0-9]+-linux-[a-z0-9_]+$")
        with tarfile.open(self.tar) as tar:
            members = tar.getmembers()
        files = {member.name for member in members if member.isfile()}
        for member in members:
            self.assertEqual(member.name.split("/")[0], name)
            self.assertEqual((member.uid, member.gid), (0, 0), member.name)
        for expected in COMMAND_FILES:
            self.assertIn(f"{name}/{expected}", files)
        libraries = {os.path.basename(path) for path in files if path.startswith(f"{name}/lib/ipcmark/")}
        self.assertLess({"libzmq.so.5", "libfmt.so.9", "libsimdjson.so.14", "libsodium.so.23"}, libraries)
        self.assertEqual([library for library in libraries if RUN_TIME.match(library)], [])
        licences = {path.split("/")[-2] for path in files if "doc/ipcmark/libraries" in path}
        self.assertLess({"libzmq5", "libfmt9", "libsimdjson14", "libsodium23", "libcli11-dev",
                         "common-licenses"}, licences)

    def test_the_program_in_the_tar_file_brings_its_libraries_wherever_it_is(self):
        place = self.path("a place")
        os.mkdir(place)
        run("tar", "-C", place, "-xf", self.tar)
        (unpacked,) = os.listdir(place)
        program = os.path.join(place, unpacked, "bin/ipcmark")
        for line in run("ldd", program).splitlines():
            library, _, found = line.strip().partition(" => ")
            if found and not RUN_TIME.match(library):
                self.assertIn(f"/{unpacked}/", found)
        self.measures(program)


if __name__ == "__main__":
    if not shutil.which("dpkg-shlibdeps"):
        print("skipped: no dpkg-shlibdeps here (package dpkg-dev)")
        sys.exit(77)
    unittest.main()
