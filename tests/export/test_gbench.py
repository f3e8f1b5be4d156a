"""Google Benchmark's own compare.py (Debian: libbenchmark-tools, python3-scipy) reads our files."""

import json
import os
import subprocess
import sys

import exporting
from exporting import ExportTest

COMPARE = "/usr/share/benchmark/compare.py"
SLOWED = "throughput/pipe/64B/block/cross-cpu/per_message"


def slow_down(result):
    for cell in result["cells"]:
        if cell["key"] + "/per_message" != SLOWED:
            continue
        for trial in cell["trials"]:
            for metric in trial["metrics"]:
                if metric["name"] == "rate":
                    metric["value"] /= 2


class Gbench(ExportTest):
    def compare(self, before, after):
        for name, text in (("before.json", before), ("after.json", after)):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)
        answer = subprocess.run(
            [sys.executable, COMPARE, "--no-color", "-d", self.path("diff.json"), "benchmarks",
             self.path("before.json"), self.path("after.json")],
            capture_output=True, text=True, timeout=100)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""), answer.stdout)
        with open(self.path("diff.json"), encoding="utf-8") as file:
            return {row["name"]: row for row in json.load(file)}

    def test_compare_sees_what_changed_and_nothing_else(self):
        before = self.exported("gbench")
        rows = self.compare(before, self.exported("gbench", result=self.changed(slow_down)))
        names = {entry["name"] for entry in json.loads(before)["benchmarks"]}
        self.assertEqual(set(rows), names | {"OVERALL_GEOMEAN"})
        for name in names:
            row = rows[name]
            self.assertGreaterEqual(len(row["measurements"]), 3, name)
            self.assertTrue(row["utest"], name)  # several repetitions under one name
            for measured in row["measurements"]:
                expected = 1.0 if name == SLOWED else 0.0
                self.assertAlmostEqual(measured["time"], expected, 6, name)
                self.assertAlmostEqual(measured["cpu"], 0, 6, name)
        self.assertLess(rows[SLOWED]["utest"]["time_pvalue"], 0.05)


if __name__ == "__main__":
    if not os.path.exists(COMPARE):
        exporting.skip("no compare.py; install libbenchmark-tools")
    try:
        import scipy.stats  # noqa: F401
    except ImportError:
        exporting.skip("no scipy; install python3-scipy")
    exporting.main()
