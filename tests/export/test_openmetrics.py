"""Prometheus' promtool reads our OpenMetrics text.

promtool comes from PATH, else from Debian's package `prometheus`, of which only this program is
unpacked into a cache (nothing is installed, no service is started). Skipped where neither is there.
"""

import os
import shutil
import subprocess
import tempfile

import exporting
from exporting import ExportTest

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"),
                     "ipcmark-tests")


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=90, check=True, **options)


def promtool():
    """Its path; None when it cannot be had."""
    found = shutil.which("promtool")
    cached = os.path.join(CACHE, "promtool")
    if found or os.path.exists(cached):
        return found or cached
    try:
        os.makedirs(CACHE, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as directory:
            run("apt-get", "download", "-qq", "prometheus", cwd=directory)
            (package,) = [name for name in os.listdir(directory) if name.endswith(".deb")]
            run("dpkg-deb", "-x", package, "unpacked", cwd=directory)
            # By rename, since another test run may be looking for it at this moment.
            os.rename(os.path.join(directory, "unpacked/usr/bin/promtool"), cached)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return cached


class OpenMetrics(ExportTest):
    def import_samples(self, text):
        with open(self.path("m.txt"), "w", encoding="utf-8") as file:
            file.write(text)
        return subprocess.run(
            [PROMTOOL, "tsdb", "create-blocks-from", "openmetrics", self.path("m.txt"),
             self.path("data")], capture_output=True, text=True, timeout=90)

    def test_every_sample_is_imported(self):
        text = self.exported("openmetrics")
        answer = self.import_samples(text)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        os.mkdir(os.path.join(self.path("data"), "wal"))  # of a server; `dump` wants it
        stored = run(PROMTOOL, "tsdb", "dump", self.path("data")).stdout.splitlines()
        samples = [line for line in text.splitlines() if not line.startswith("#")]
        self.assertEqual(len(stored), len(samples))
        self.assertTrue(any('__name__="ipcmark_round_trip_seconds"' in line and 'q="0.5"' in line
                            for line in stored))

    def test_promtool_does_refuse(self):
        text = self.exported("openmetrics")
        for spoilt in (text.replace("# EOF\n", ""), text.replace(" gauge\n", " guage\n")):
            self.assertNotEqual(self.import_samples(spoilt).returncode, 0)


if __name__ == "__main__":
    PROMTOOL = promtool()
    if PROMTOOL is None:
        exporting.skip("no promtool, and Debian's package prometheus cannot be downloaded")
    exporting.main()
