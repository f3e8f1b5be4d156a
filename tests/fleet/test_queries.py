"""The questions about a fleet (tools/fleet/queries) have the answers that made-up tables must give.

    test_queries.py REPOSITORY             by SQLite, through tools/fleet/query
    test_queries.py REPOSITORY --duckdb    by DuckDB of npm; skipped where npm cannot bring it

The expected answers are the same for both, and so is the text of the questions.
"""

import csv
import glob
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from made_up_tables import LATENCY, THROUGHPUT, Tables

SKIPPED = 77
DUCKDB = "@duckdb/node-api"
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else os.path.dirname(os.path.dirname(HERE))
FLEET = os.path.join(ROOT, "tools/fleet")
QUESTIONS = ["labels", "latest", "noisier", "odd_host", "silent", "trend"]


def run(*command, **options):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, **options)


def typed(value):
    """Numbers as such: the two engines write them otherwise."""
    try:
        return round(float(value), 6)
    except (TypeError, ValueError):
        return value or None


class Sqlite:
    @staticmethod
    def ask(name, folder, parameters):
        answer = run(os.path.join(FLEET, "query"), name, folder, *parameters)
        assert answer.returncode == 0, answer.stderr
        columns, *rows = csv.reader(io.StringIO(answer.stdout))
        return columns, rows


class DuckDb:
    modules = None

    @classmethod
    def install(cls, folder):
        """Whether it could be had."""
        if shutil.which("node") is None or shutil.which("npm") is None:
            return False
        cls.modules = os.path.join(folder, "node_modules")
        try:
            return run("npm", "install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder,
                       DUCKDB).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    @classmethod
    def ask(cls, name, folder, parameters):
        answer = run("node", os.path.join(HERE, "duckdb_query.cjs"), FLEET, name, folder, *parameters,
                     env=dict(os.environ, NODE_PATH=cls.modules))
        assert answer.returncode == 0, answer.stderr
        reported = json.loads(answer.stdout)
        return reported["columns"], reported["rows"]


ENGINE = Sqlite


class Questions(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.tables = Tables()
        self.folder = tempfile.TemporaryDirectory(prefix="fleet-")
        self.addCleanup(self.folder.cleanup)

    def ask(self, name, columns, *parameters):
        """These columns of the answer."""
        self.tables.write(self.folder.name)
        there, rows = ENGINE.ask(name, self.folder.name, parameters)
        self.assertEqual(there, described_columns(name))
        return [tuple(typed(dict(zip(there, row))[column]) for column in columns.split()) for row in rows]

    def runs(self, host, medians, first_day=1, host_class="a", **options):
        for day, median in enumerate(medians, first_day):
            self.tables.latency(self.tables.run(day, host, host_class), median, **options)

    def test_latest_of_each_class(self):
        self.runs("h1", [1000, 1010, 1020])
        self.runs("h2", [900], first_day=2)
        self.runs("h9", [5000], host_class="b", state_ns="")
        self.tables.throughput(self.tables.run(1, "h2"), 300000)
        columns = "host_class key figure unit started host median low high trials state_ns two_groups"
        self.assertEqual(self.ask("latest", columns), [
            ("a", LATENCY, "p50", "ns", "2026-01-03T03:00:00Z", "h1", 1020, 1010, 1030, 6, 100, "no"),
            ("a", THROUGHPUT, "rate", "msg/s", "2026-01-01T03:00:00Z", "h2", 300000, 299500, 300500, 6,
             100, "no"),
            ("b", LATENCY, "p50", "ns", "2026-01-01T03:00:00Z", "h9", 5000, 4990, 5010, 6, 0, "no")])
        self.assertEqual(self.ask("latest", "key median", "figure=p99", "key=latency/%"),
                         [(LATENCY, 10200), (LATENCY, 50000)])
        self.assertEqual(self.ask("latest", "key", "key=LATENCY/%"), [])

    def test_trend_keeps_states_apart(self):
        self.runs("h1", [1000, 1010])
        self.runs("h1", [2000], first_day=3, state_ns="160")   # 1.6 times 100: another state
        self.runs("h1", [1111], first_day=4, state_ns="149")   # 1.49 times: the same
        columns = "state state_ns started median change_percent"
        self.assertEqual(self.ask("trend", columns, f"key={LATENCY}"), [
            (0, 100, "2026-01-01T03:00:00Z", 1000, None), (0, 100, "2026-01-02T03:00:00Z", 1010, 1.0),
            (0, 160, "2026-01-03T03:00:00Z", 2000, 98.02), (0, 149, "2026-01-04T03:00:00Z", 1111, -44.45)])
        self.tables.figures = [row for row in self.tables.figures if row[10] != "149"]
        self.assertEqual(self.ask("trend", columns, f"key={LATENCY}"), [
            (0, 100, "2026-01-01T03:00:00Z", 1000, None), (0, 100, "2026-01-02T03:00:00Z", 1010, 1.0),
            (1, 160, "2026-01-03T03:00:00Z", 2000, None)])
        self.assertEqual(self.ask("trend", "median", f"key={LATENCY}", "host=h2"), [])
        self.assertEqual(self.ask("trend", "median", f"key={LATENCY}", "figure=p99", "host=h1"),
                         [(10000,), (10100,), (20000,)])
        self.assertEqual(self.ask("trend", "median"), [])

    def test_two_labels_side_by_side(self):
        for day, (commit, median) in enumerate([("c10", 1000), ("c10", 1020), ("c10", 1100),
                                                ("c1", 1090), ("c1", 1200), ("c1", 1300),
                                                ("c1", 1400), ("c5", 1)], 1):
            self.tables.latency(self.tables.run(day, "h1", commit=commit, other="c10"), median)
        for commit, rate in (("c10", 100000), ("c1", 90000)):
            self.tables.throughput(self.tables.run(1, "h1", commit=commit), rate)
        self.tables.latency(self.tables.run(1, "h9", "b", commit="c1"), 7)  # of its class no other side
        columns = ("host_class_a host_class_b host state key figure unit better runs_a median_a min_a max_a "
                   "runs_b median_b min_b max_b change_percent apart")
        self.assertEqual(self.ask("labels", columns, "name=commit", "a=c10", "b=c1"), [
            ("a", "a", None, 0, LATENCY, "p50", "ns", "lower", 3, 1020, 1000, 1100, 4, 1250, 1090, 1400,
             22.55, "no"),
            ("a", "a", None, 0, THROUGHPUT, "rate", "msg/s", "higher", 1, 100000, 100000, 100000, 1, 90000,
             90000, 90000, -10, "yes")])
        self.assertEqual(self.ask("labels", "key", "name=commit", "a=c10"), [])

    def test_labels_compare_hosts_that_are_on_both_sides(self):
        self.runs("slow", [3000] * 3)
        for host, commit, median in (("h1", "old", 1000), ("h1", "new", 1100), ("h2", "old", 5000),
                                     ("h3", "new", 10), ("", "old", 1000), ("", "new", 1100)):
            self.tables.latency(self.tables.run(1, host, commit=commit), median)
        self.assertEqual(self.ask("labels", "runs_a median_a runs_b median_b change_percent", "name=commit",
                                  "a=old", "b=new"), [(2, 1000, 2, 1100, 10)])

    def kernels(self):
        """Of h1 and h2 runs before and after another kernel, which is another class; h3 had one alone."""
        for host, kernel, median, state_ns in (
                ("h1", "6.1", 1000, "100"), ("h1", "6.1", 1010, "100"), ("h1", "6.12", 1100, "110"),
                ("h1", "6.12", 5000, "300"), ("h2", "6.1", 2000, "160"), ("h2", "6.12", 1000, "160"),
                ("h3", "6.12", 7, "100"), ("", "6.1", 1, "100"), ("", "6.12", 2, "100")):
            host_class = "old" if kernel == "6.1" else "new"
            self.tables.latency(self.tables.run(1, host, host_class, kernel=kernel), median, state_ns)

    def test_two_kernels_are_two_classes(self):
        self.kernels()
        asked = ("name=kernel", "a=6.1", "b=6.12")
        self.assertEqual(self.ask("labels", "key", *asked), [])
        columns = "host_class_a host_class_b host state runs_a median_a runs_b median_b change_percent apart"
        self.assertEqual(self.ask("labels", columns, *asked, "across=yes"), [
            ("old", "new", "h1", 0, 2, 1005, 1, 1100, 9.45, "yes"),
            ("old", "new", "h2", 0, 1, 2000, 1, 1000, -50, "yes")])

    def six_hosts(self, state_ns="100"):
        """h6 is 30 % slower than the others, and h1 was so once."""
        for host, medians in (("h1", [1000, 1010, 990, 1300]), ("h2", [1010]), ("h3", [990, 990, 990]),
                              ("h4", [1005]), ("h5", [990, 1000]), ("h6", [1310, 1290, 1300])):
            self.runs(host, medians, state_ns=state_ns)

    def test_odd_host(self):
        self.six_hosts()
        self.runs("h7", [1300] * 3, host_class="b")
        self.runs("", [9000])  # nobody knows whose it is
        for host in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self.tables.throughput(self.tables.run(9, host), 100000)
        # Hosts: 1005, 1010, 990, 1005, 995, 1300. Distances from 1005: 0, 5, 15, 0, 10, 295.
        columns = ("host_class host odd_cells cells key figure unit state value runs middle spread_percent "
                   "hosts z side")
        self.assertEqual(self.ask("odd_host", columns), [
            ("a", "h6", 1, 2, LATENCY, "p50", "ns", 0, 1300, 3, 1005, 1.11, 6, 19.8, "worse")])
        self.assertEqual(self.ask("odd_host", "host z", "z=0.95"), [("h3", -1.01), ("h6", 19.8)])
        self.assertEqual(self.ask("odd_host", "host z", "floor=0"), [("h6", 26.53)])
        for parameter in ("hosts=7", "cells=2", "z=20", "key=throughput/%", "floor=0.5"):
            self.assertEqual(self.ask("odd_host", "host", parameter), [], parameter)
        self.assertEqual(self.ask("odd_host", "host value", "figure=p99"), [("h6", 13000)])

    def test_a_host_in_another_state_is_not_odd(self):
        self.six_hosts()
        for row in self.tables.figures:
            if row[0] in {run[0] for run in self.tables.runs if run[3] == "h6"}:
                row[10] = "150"  # 1.5 times: where a new state begins
        self.assertEqual(self.ask("odd_host", "host"), [])
        self.tables.figures = [[*row[:10], "149" if row[10] == "150" else row[10], *row[11:]]
                               for row in self.tables.figures]
        self.assertEqual(self.ask("odd_host", "host"), [("h6",)])

    def test_an_unknown_state_is_one_of_its_own(self):
        self.six_hosts(state_ns="")
        self.assertEqual(self.ask("odd_host", "host state"), [("h6", 0)])
        self.runs("h8", [5000] * 3, state_ns="80")
        self.assertEqual(self.ask("odd_host", "host state"), [("h6", 0)])

    def test_a_higher_rate_is_better(self):
        for host, rate in enumerate([100000, 101000, 99000, 100000, 130000], 1):
            self.tables.throughput(self.tables.run(1, f"h{host}"), rate)
        self.assertEqual(self.ask("odd_host", "host side"), [("h5", "better")])
        for row in self.tables.figures:
            row[4] = ""  # better: neither
        self.assertEqual(self.ask("odd_host", "host side"), [("h5", "other")])

    def test_silent_hosts(self):
        self.runs("h1", [1] * 6)
        self.runs("h2", [1] * 3)
        self.runs("h3", [1] * 5)
        self.runs("h9", [1], host_class="b")
        self.assertEqual(self.ask("silent", "host_class host runs last days others_last"), [
            ("a", "h2", 3, "2026-01-03T03:00:00Z", 3, "2026-01-06T03:00:00Z")])
        self.assertEqual(self.ask("silent", "host days", "days=1"), [("h2", 3), ("h3", 1)])
        self.assertEqual(self.ask("silent", "host", "days=4"), [])

    def test_a_host_with_another_kernel_is_not_silent(self):
        self.runs("h1", [1] * 6)
        self.runs("h2", [1] * 3)
        self.runs("h2", [1] * 3, first_day=4, host_class="b")
        self.assertEqual(self.ask("silent", "host"), [])
        # h3 ended with the old kernel; that its peers have another does not hide it.
        self.runs("h3", [1] * 3)
        self.tables.runs = [run for run in self.tables.runs if run[3] != "h1"]
        self.assertEqual(self.ask("silent", "host_class host days"), [("a", "h3", 3)])

    def test_noisier_cells(self):
        self.runs("h1", [1000] * 6, width=10)
        self.runs("h1", [1000] * 2, first_day=7, width=30)
        self.runs("h1", [1000] * 3, first_day=9, width=20)
        self.runs("h2", [1000] * 11, width=10)
        self.runs("h3", [1000] * 9, width=10)
        # The last five: 3, 3, 2, 2, 2 %.
        columns = ("host_class host key figure state runs_before noise_percent_before runs_recent "
                   "noise_percent_recent ratio since")
        self.assertEqual(self.ask("noisier", columns), [
            ("a", "h1", LATENCY, "p50", 0, 6, 1, 5, 2, 2, "2026-01-07T03:00:00Z")])
        self.assertEqual(self.ask("noisier", "host", "ratio=2.1"), [])
        self.assertEqual(self.ask("noisier", "host", "recent=6"), [])
        self.assertEqual(self.ask("noisier", "host", "recent=3"), [("h1",)])

    def test_no_noise_is_not_more_than_none(self):
        self.runs("h1", [1000] * 10, width=0)
        self.runs("h2", [1000] * 5, width=0)
        self.runs("h2", [1000] * 5, first_day=6, width=1)
        self.assertEqual(self.ask("noisier", "host ratio"), [("h2", None)])

    def test_answers_to_empty_tables(self):
        for name in QUESTIONS:
            self.assertEqual(self.ask(name, ""), [], name)


def described_columns(name):
    """The columns that the head of the question's file names, in order."""
    with open(os.path.join(FLEET, "queries", f"{name}.sql"), encoding="utf-8") as file:
        head = "".join(re.findall(r"^-- ?(.*\n)", file.read(), re.MULTILINE))
    text = re.search(r"^Columns:(.*?)(?:\.\n|\. |\Z)", head, re.MULTILINE | re.DOTALL).group(1)
    # "low, high: with the interval" -> low, high
    return [name.strip() for item in text.split(";") for name in item.split(":")[0].split(",")]


class Files(unittest.TestCase):
    def test_each_question_has_a_file_with_a_head(self):
        paths = sorted(glob.glob(os.path.join(FLEET, "queries/*.sql")))
        self.assertEqual([os.path.basename(path)[:-4] for path in paths], QUESTIONS)
        for path in paths:
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertRegex(text, r"\A-- [A-Z].*\?\n(?:--.*\n)*-- Parameters .*\n(?:--   .*\n)+-- Columns: ")
            used = set(re.findall(r"name = '(\w+)'", text))
            self.assertEqual(used, set(re.findall(r"^--   (\w+)=", text, re.MULTILINE)), path)

    def test_query_ends_with_its_reader_and_takes_long_fields(self):
        tables = Tables()
        for day in range(1, 4001):
            tables.latency(tables.run(day % 28 + 1, "h1"), 1000)
        tables.runs[0][-1] = "x" * 200_000
        with tempfile.TemporaryDirectory() as folder:
            tables.write(folder)
            query = subprocess.Popen([os.path.join(FLEET, "query"), "trend", folder, f"key={LATENCY}"],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True)
            self.assertIn("host_class,host,", query.stdout.readline())
            query.stdout.close()
            self.assertEqual(query.stderr.read(), "")
            query.wait(timeout=60)
            query.stderr.close()

    def test_what_query_refuses(self):
        query = os.path.join(FLEET, "query")
        with tempfile.TemporaryDirectory() as folder:
            Tables().write(folder)
            for arguments, expected in (
                    ((), "usage: query labels|"), (("nothing", folder), "usage: query labels|"),
                    (("trend", folder, "kee=x"), "'kee=x' sets no parameter of trend: key=KEY, figure=NAME, host=NAME"),
                    (("trend", folder, "key="), "'key=' sets no parameter of trend"),
                    (("odd_host", folder, "z=abc"), "query: 'z=abc' sets no parameter of odd_host: key=PATTERN, figure=NAME, z=NUMBER, "),
                    (("odd_host", folder, "floor=nan"), "'floor=nan' sets no parameter"),
                    (("odd_host", folder, "hosts=2.5"), "'hosts=2.5' sets no parameter"),
                    (("labels", folder, "across=no"), "'across=no' sets no parameter of labels: name=LABEL, "),
                    (("trend", "/none"), "name a folder that `ipcmark merge` wrote, not '/none'")):
                answer = run(query, *arguments)
                self.assertNotEqual(answer.returncode, 0)
                self.assertIn(expected, answer.stderr)
                self.assertEqual((answer.stdout, "Traceback" in answer.stderr), ("", False))


if __name__ == "__main__":
    if "--duckdb" in sys.argv:
        sys.argv.remove("--duckdb")
        with tempfile.TemporaryDirectory(prefix="duckdb-") as modules:
            if not DuckDb.install(modules):
                print(f"skipped: npm cannot bring {DUCKDB}")
                sys.exit(SKIPPED)
            ENGINE = DuckDb
            unittest.main(defaultTest="Questions")
    unittest.main()
