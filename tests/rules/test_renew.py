"""tools/docs/renew with a made program, in a copy of the documents."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from sources import root

ROOT = root()
RENEW = os.path.join(ROOT, "tools", "docs", "renew")
CONSOLE = os.path.join(ROOT, "tests", "unit", "results", "golden", "console.txt")
WATERFALL = os.path.join(ROOT, "tests", "unit", "results", "golden", "explain", "pipe_cross_cpu.txt")
REVISION = "0123456789ab"
PROGRAM = f"""#!/bin/sh
case "$1" in
version) echo 'ipcmark 1'; echo '  revision: {REVISION}' ;;
run) echo "$*" >>'{{directory}}/asked'; cat '{CONSOLE}' ;;
explain) cat '{WATERFALL}' ;;
esac
"""
PAGE = """# Page

<!-- figure: quick-latency -->
```text
Latency of 64 B  round trip, cross-cpu
   #  backend    wait       p50      ±
   4  pipe       block  99.9 µs  ±1.2%
   5  shm_ring   spin   99.9 µs  ±1.2%
```
In between.
<!-- figure: explain-pipe, of 1234567 on 2020-01-01 -->

The end.
"""
RESULTS = "<!-- figure: quick-latency -->\n```text\nipcmark 1 of old\n\nLatency of 64 B  round trip\n```\n"


class Renew(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        os.mkdir(self.path("results"))
        self.environment = self.unshared()
        self.program(PROGRAM)
        self.write("README.md", PAGE)
        self.write("results/README.md", RESULTS)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def unshared(self):
        """A PATH whose `unshare -m sh -c … PROGRAM` starts the program alone: mounting takes root."""
        os.mkdir(self.path("bin"))
        self.write("bin/unshare", '#!/bin/sh\nshift 4\nexec "$@"\n')
        os.chmod(self.path("bin/unshare"), 0o755)
        return {**os.environ, "PATH": f"{self.path('bin')}:{os.environ['PATH']}"}

    def program(self, text):
        self.write("ipcmark", text.replace("{directory}", self.directory))
        os.chmod(self.path("ipcmark"), 0o755)

    def command(self, *words, documents=True):
        return [sys.executable, RENEW, "--program", self.path("ipcmark"),
                *(["--documents", self.directory] if documents else []), *words]

    def renew(self, *words, **options):
        return subprocess.run(self.command(*words, **options), capture_output=True, text=True,
                              env=self.environment, stdin=subprocess.DEVNULL)

    def refused(self, answer, said, code=2):
        self.assertIn(said, answer.stderr)
        self.assertNotIn("Traceback", answer.stderr)
        self.assertEqual(answer.returncode, code, answer.stderr)
        self.assertEqual((self.read("README.md"), self.read("results/README.md")), (PAGE, RESULTS))

    def test_the_rows_that_a_document_has_are_made_anew_in_each(self):
        answer = self.renew("quick-latency")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        page = self.read("README.md")
        self.assertRegex(page, rf"<!-- figure: quick-latency, of {REVISION[:8]} on \d{{4}}-\d\d-\d\d -->\n```text\nLatency")
        block = page.split("```text\n")[1].split("\n```")[0].splitlines()
        with open(CONSOLE, encoding="utf-8") as file:
            printed = file.read().splitlines()
        begin = printed.index(block[0])
        rows = [line for line in printed[begin:begin + 9] if re.search(r" pipe\*? | shm_ring +spin", line)]
        self.assertEqual(block, printed[begin:begin + 2] + rows)
        self.assertEqual(len(rows), 2)
        self.assertIn("```\nIn between.\n<!-- figure: explain-pipe, of 1234567 on 2020-01-01 -->\n\nThe end.\n", page)
        other = self.read("results/README.md")
        self.assertIn("\n".join(["```text", *printed[:3], "", *printed[begin:begin + 9], "```"]), other)
        self.assertEqual(self.read("asked").count("\n"), 1, "both are of one run")

    def test_a_marker_without_a_block_gets_one(self):
        answer = self.renew("explain-pipe")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        page = self.read("README.md")
        self.assertRegex(page, r"on \d{4}-\d\d-\d\d -->\n```text\n  76 % of trips went this way .*\n +traced +scaled ")
        self.assertIn("B: return from read to user code\n```\n\nThe end.\n", page)
        self.assertEqual(self.read("results/README.md"), RESULTS)

    def test_options_behind_two_dashes_reach_the_run_in_a_copy_alone(self):
        self.assertEqual(self.renew("quick-latency", "--", "--trials", "1").returncode, 0)
        self.assertRegex(self.read("asked"), r"^run --suite quick .*--trials 1\n$")
        answer = self.renew("quick-latency", "--", "--trials", "1", documents=False)
        self.assertIn("name a copy with --documents DIR", answer.stderr)
        self.assertEqual(answer.returncode, 2)

    def test_a_run_that_fails_changes_nothing(self):
        self.program(PROGRAM.replace("esac", "esac\n[ $1 = version ] || exit 5"))
        self.refused(self.renew("quick-latency"), "ended with 5", code=1)

    def test_a_run_that_is_ended_changes_nothing_and_leaves_nothing(self):
        self.program(PROGRAM.replace("run) ", "run) trap 'echo ended >>{directory}/asked; exit 1' TERM; "
                                     "echo $$ >'{directory}/pid'; while :; do sleep 0.05; done ;;\nno) "))
        with subprocess.Popen(self.command("quick-latency"), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              text=True) as process:
            while process.poll() is None and not (os.path.exists(self.path("pid"))
                                                  and self.read("pid").endswith("\n")):
                time.sleep(0.01)
            process.terminate()
            said = process.communicate()[1]
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertIn("what was not yet renewed is as it was", said)
        self.assertEqual((self.read("README.md"), self.read("results/README.md")), (PAGE, RESULTS))
        self.assertEqual(self.read("asked"), "ended\n")
        self.assertFalse(os.path.exists(f"/proc/{int(self.read('pid'))}"))

    def test_a_row_that_is_no_longer_printed_is_named(self):
        self.program(PROGRAM.replace(f"cat '{CONSOLE}'", f"grep -v '  pipe' '{CONSOLE}'"))
        answer = self.renew("quick-latency")
        self.assertIn("the run printed no row of pipe block", answer.stderr)
        self.assertEqual(answer.returncode, 1)
        self.assertEqual(self.read("README.md"), PAGE)

    def test_what_cannot_be_renewed_is_refused_before_the_run(self):
        self.refused(self.renew("no-such"), "there is no figure 'no-such'")
        self.refused(self.renew("soak-late"), "leave out --documents")
        self.refused(self.renew("ring-limits"), "there is no document")
        self.refused(self.renew("quick-throughput"), "has no line '<!-- figure: quick-throughput -->'")
        self.refused(self.renew(), "name the figures to renew")
        self.refused(self.renew("explain-pipe", "--program", "/no/such"), "there is no program /no/such")
        self.program("#!/bin/sh\n")
        self.refused(self.renew("explain-pipe"), "names no revision")
        self.assertFalse(os.path.exists(self.path("asked")))

    def test_a_figure_in_the_repository_has_a_revision(self):
        self.program(PROGRAM.replace(REVISION, f"{REVISION}-dirty"))
        self.refused(self.renew("ring-rivals", documents=False), "was built from changed sources")
        self.assertEqual(self.renew("explain-pipe").returncode, 0)

    def test_the_list_has_every_figure(self):
        answer = self.renew("--list", documents=False)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        for name in ("ring-rivals", "report-charts", "soak-gate-aa"):
            self.assertRegex(answer.stdout, rf"(?m)^{name} ")


if __name__ == "__main__":
    unittest.main()
