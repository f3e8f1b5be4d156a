"""A build without the charting library still works, and says what was missing."""

import os
import subprocess
import sys
import tempfile
import unittest

CMAKE, SOURCE = sys.argv[1], sys.argv[2]
del sys.argv[1:3]


class Bundle(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(directory.cleanup)
        self.path = lambda name: os.path.join(directory.name, name)

    def bundle(self, esbuild, vega="/usr/share/javascript/vega"):
        folder = os.path.join(SOURCE, "results", "report", "web")
        subprocess.run(
            [CMAKE, f"-DENTRY={folder}/vega_entry.js", f"-DOUTPUT={self.path('vega.js')}",
             f"-DESBUILD={esbuild}", f"-DVEGA={vega}", "-P", f"{folder}/bundle.cmake"],
            check=True, capture_output=True)
        with open(self.path("vega.js"), encoding="utf-8") as file:
            bundle = file.read()
        with open(self.path("vega.js.lacks"), encoding="utf-8") as file:
            return bundle, file.read()

    def program(self, text):
        path = self.path("esbuild")
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o755)
        return path

    def test_missing_parts_are_named(self):
        self.assertEqual(self.bundle(""), ("", "esbuild was missing when this ipcmark was built"))
        self.assertEqual(self.bundle("/bin/true", vega=""),
                         ("", "libjs-vega was missing when this ipcmark was built"))
        broken = self.program("echo '✘ [ERROR] Could not resolve \"d3-geo\"' >&2; exit 1\n")
        self.assertEqual(self.bundle(broken),
                         ("", "the module d3-geo (Debian's node-d3-geo) was missing when this "
                              "ipcmark was built"))
        bundle, lacks = self.bundle(self.program("exit 1\n"))
        self.assertEqual(bundle, "")
        self.assertIn("could not bundle", lacks)

    def test_the_sources_are_complete_without_it(self):
        self.bundle("")
        folder = os.path.join(SOURCE, "results", "report", "web")
        output = self.path("report_assets.cpp")
        subprocess.run([CMAKE, f"-DOUTPUT={output}", f"-DVEGA={self.path('vega.js')}",
                        f"-DFOLDER={folder}", "-P", f"{folder}/embed.cmake"], check=True)
        with open(output, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("esbuild was missing", text)
        self.assertIn('"percentiles"', text)


if __name__ == "__main__":
    unittest.main()
