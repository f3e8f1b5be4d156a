"""`cmake --install` puts everything in its place, and an outside project builds against it."""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from packaging_steps import COMMAND_FILES, run

BUILD = sys.argv.pop(1)
SOURCE = sys.argv.pop(1)

# The contract with whoever writes a backend or a scenario of their own, and nothing else.
HEADERS = {
    "backends/deadline.hpp",
    "backends/error.hpp",
    "backends/fd.hpp",
    "backends/lock.hpp",
    "backends/names.hpp",
    "backends/notifier.hpp",
    "backends/refusal.hpp",
    "backends/registry.hpp",
    "backends/transport.hpp",
    "backends/wait_set.hpp",
    "results/model/capabilities.hpp",
    "results/model/catalogue.hpp",
    "results/model/environment.hpp",
    "results/model/explained.hpp",
    "results/model/histogram.hpp",
    "results/model/option_value.hpp",
    "results/model/samples.hpp",
    "results/model/spec.hpp",
    "results/model/trace.hpp",
    "results/model/trial.hpp",
    "results/text/units.hpp",
    "scenarios/figures.hpp",
    "scenarios/launch/launch.hpp",
    "scenarios/launch/watched_time.hpp",
    "scenarios/option_row.hpp",
    "scenarios/progress.hpp",
    "scenarios/scenario.hpp",
    "scenarios/trace_log.hpp",
    "tests/conformance/conformance.hpp",
    "tools/command_line.hpp",
}
GUIDE = {
    "CONTRIBUTING.md",
    "copyright",
    "examples/CMakeLists.txt",
    "examples/tests/out_of_tree/conformance_main.cpp",
    "examples/tests/out_of_tree/main.cpp",
    "examples/tests/out_of_tree/packet_pipe.cpp",
    "examples/tests/out_of_tree/packet_pipe.hpp",
    "examples/tests/out_of_tree/sum_scenario.cpp",
    "examples/tests/out_of_tree/sum_scenario.hpp",
}


def files_below(folder):
    return {os.path.relpath(os.path.join(below, name), folder)
            for below, _, names in os.walk(folder) for name in names}


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

    def test_the_headers_are_those_of_the_api(self):
        self.assertEqual(files_below(os.path.join(self.prefix, "include")),
                         {"ipcmark/" + name for name in HEADERS})

    def test_headers_include_each_other_and_what_the_package_depends_on(self):
        for name in HEADERS:
            with open(os.path.join(self.prefix, "include/ipcmark", name)) as file:
                text = file.read()
            for included in re.findall(r'#include "(.*)"', text):
                self.assertIn(included, HEADERS, name)
            self.assertNotIn("<zmq.hpp>", text, name)

    def test_the_guide_and_its_examples_are_installed(self):
        self.assertEqual(files_below(os.path.join(self.prefix, "share/doc/ipcmark-dev")), GUIDE)

    def test_the_installed_program_reads_the_installed_suites(self):
        program = os.path.join(self.prefix, "bin/ipcmark")
        text = run(program, "run", "--dry-run", "--suite",
                   os.path.join(self.prefix, "share/ipcmark/suites/quick.json"))
        self.assertIn("latency/pipe/64B", text)

    def test_the_installed_program_finds_the_installed_runner(self):
        program = os.path.join(self.prefix, "bin/ipcmark")
        self.assertIn("python.pipe", run(program, "list", "backends", "--runner", "python"))

    def test_a_project_outside_builds_against_it(self):
        # The installed examples, away from the sources: no header may come from them.
        project = os.path.join(self.prefix, "share/doc/ipcmark-dev/examples")
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

    def find_package(self, components, prefix):
        """How CMake ends that looks for ipcmark below `prefix`, and what it says, on one line."""
        project = os.path.join(self.directory.name, "looking")
        os.makedirs(project, exist_ok=True)
        with open(os.path.join(project, "CMakeLists.txt"), "w") as file:
            file.write("cmake_minimum_required(VERSION 3.25)\nproject(looking LANGUAGES CXX)\n"
                       f"find_package(ipcmark REQUIRED {components})\n")
        done = subprocess.run(
            ["cmake", "-S", project, "-B", os.path.join(project, "build"), "--fresh",
             f"-DCMAKE_PREFIX_PATH={prefix}"], capture_output=True, text=True, timeout=60)
        return done.returncode, " ".join(done.stderr.split())

    def test_find_package_with_and_without_components(self):
        for components in ("", "COMPONENTS conformance", "OPTIONAL_COMPONENTS nothing"):
            code, said = self.find_package(components, self.prefix)
            self.assertEqual(code, 0, said)

    def test_find_package_says_which_component_is_lacking(self):
        code, said = self.find_package("COMPONENTS conformanse", self.prefix)
        self.assertNotEqual(code, 0)
        self.assertIn("ipcmark has no component 'conformanse'; it has 'conformance' and no other.",
                      said)
        bare = os.path.join(self.directory.name, "without_conformance")
        shutil.copytree(self.prefix, bare)
        for path in glob.glob(os.path.join(bare, "lib*/**/ipcmarkConformance*"), recursive=True):
            os.remove(path)
        self.assertEqual(self.find_package("OPTIONAL_COMPONENTS conformance", bare)[0], 0)
        code, said = self.find_package("COMPONENTS conformance", bare)
        self.assertNotEqual(code, 0)
        self.assertIn("This ipcmark was built without its component 'conformance'; build it with "
                      "-DIPCMARK_CONFORMANCE=ON", said)


if __name__ == "__main__":
    unittest.main()
