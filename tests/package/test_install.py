"""`cmake --install` puts everything in its place, and an outside project builds against it."""

import os
import shutil
import sys
import tempfile
import unittest

from packaging_steps import COMMAND_FILES, run

BUILD = sys.argv.pop(1)
SOURCE = sys.argv.pop(1)

class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Below the build directory: there a compiler cache finds what it has seen before.
        cls.directory = tempfile.TemporaryDirectory(prefix="install-", dir=BUILD)
        cls.prefix = os.path.join(cls.directory.name, "prefix")
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    def test_everything_is_in_its_place(self):
        missing = [name for name in COMMAND_FILES
                   if not os.path.exists(os.path.join(self.prefix, name))]
        self.assertEqual(missing, [])
        self.assertTrue(os.path.exists(
            os.path.join(self.prefix, "include/ipcmark/backends/transport.hpp")))
        self.assertFalse(os.path.exists(os.path.join(self.prefix, "include/ipcmark/tools/snippets")))

    def test_no_header_wants_what_the_package_does_not_depend_on(self):
        for folder, _, names in os.walk(os.path.join(self.prefix, "include")):
            for name in names:
                with open(os.path.join(folder, name)) as file:
                    self.assertNotIn("<zmq.hpp>", file.read(), name)

    def test_the_installed_program_reads_the_installed_suites(self):
        program = os.path.join(self.prefix, "bin/ipcmark")
        text = run(program, "run", "--dry-run", "--suite",
                   os.path.join(self.prefix, "share/ipcmark/suites/quick.json"))
        self.assertIn("latency/pipe/64B", text)

    def test_a_project_outside_builds_against_it(self):
        # Away from the sources: no header may come from them.
        project = os.path.join(self.directory.name, "project")
        shutil.copytree(os.path.join(SOURCE, "tests/out_of_tree"),
                        os.path.join(project, "tests/out_of_tree"))
        shutil.copy(os.path.join(SOURCE, "tests/out_of_tree/project.cmake"),
                    os.path.join(project, "CMakeLists.txt"))
        build = os.path.join(self.directory.name, "build")
        run("cmake", "-S", project, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O0")
        run("cmake", "--build", build)
        environment = dict(os.environ, IPCMARK_RUNTIME_DIR=os.path.join(self.directory.name, "r"))
        program = os.path.join(build, "my_ipcmark")
        self.assertIn("packet_pipe", run(program, "list", "backends"))
        run(program, "run", "--quiet", "--share", "--backend", "packet_pipe", "--scenario",
            "latency,sum", "--size", "64", "--trials", "1", "--duration", "20ms", env=environment)
        text = run(os.path.join(build, "my_conformance"), "--gtest_filter=*Transfer*:*Closing*:*Close*",
                   env=environment)
        self.assertIn("PASSED", text)
        self.assertNotIn("0 tests", text)


if __name__ == "__main__":
    unittest.main()
