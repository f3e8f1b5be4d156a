"""The launchers and stores of tools/fleet are short, and what they say of ipcmark is true: each
command that they start is understood, each figure, metric and column that they name is there.

    test_files.py PATH_OF_IPCMARK REPOSITORY
"""

import ast
import csv
import glob
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest

try:
    import yaml
except ImportError:
    yaml = None

if len(sys.argv) < 3:
    sys.exit("usage: test_files.py PATH_OF_IPCMARK REPOSITORY [unittest arguments]")
IPCMARK = os.path.abspath(sys.argv.pop(1))
FLEET = os.path.join(os.path.abspath(sys.argv.pop(1)), "tools/fleet")
MAX_LINES = 40

# An ipcmark that runs nothing: what it would, it asks of the true one by --dry-run.
DRY = """#!/bin/sh
echo "$*" >>"$NOTES"
case $1 in
  run) exec "$IPCMARK" "$@" --dry-run ;;
  doctor | clean) exit 0 ;;
  *) exec "$IPCMARK" "$@" ;;
esac
"""


def content(name):
    with open(os.path.join(FLEET, name), encoding="utf-8") as file:
        return file.read()


def scripts():
    """All that is started or read by another program, relative to the folder."""
    found = [path for folder in ("launch", "stores") for path in glob.glob(f"{FLEET}/{folder}/*")]
    return sorted(os.path.relpath(path, FLEET) for path in found) + ["query"]


class Short(unittest.TestCase):
    def test_nothing_is_long(self):
        self.assertGreater(len(scripts()), 10)
        long = {name: len(content(name).splitlines()) for name in scripts()}
        self.assertEqual({name: lines for name, lines in long.items() if lines > MAX_LINES}, {})

    def test_the_readme_names_each_of_them(self):
        text = content("README.md")
        names = scripts() + [os.path.relpath(path, FLEET) for path in glob.glob(f"{FLEET}/queries/*.sql")]
        self.assertEqual([name for name in names if os.path.basename(name).removesuffix(".sql") not in text], [])

    def test_shell_is_shell(self):
        shells = [name for name in scripts() if re.match(r"#!.*sh\n", content(name))]
        self.assertGreaterEqual(len(shells), 6)
        for name in shells:
            shell = "sh" if content(name).startswith("#!/bin/sh") else "bash"
            subprocess.run([shell, "-n", os.path.join(FLEET, name)], check=True)


class Started(unittest.TestCase):
    """The commands of templates, run with an ipcmark that only makes plans."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="fleet-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.notes = os.path.join(self.folder, "notes")
        os.mkdir(os.path.join(self.folder, "bin"))
        with open(os.path.join(self.folder, "bin/ipcmark"), "w", encoding="utf-8") as file:
            file.write(DRY)
        os.chmod(file.name, 0o755)
        os.symlink(os.path.join(FLEET, "launch/on_host"), os.path.join(self.folder, "bin/on_host"))

    def start(self, *command, **variables):
        """Its output, and the commands of ipcmark that it came to."""
        environment = dict(os.environ, NOTES=self.notes, IPCMARK=IPCMARK,
                           PATH=f"{self.folder}/bin:{os.environ['PATH']}", **variables)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, env=environment, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        with open(self.notes, encoding="utf-8") as file:
            return done.stdout + done.stderr, file.read().splitlines()

    def test_on_host_begins_and_goes_on(self):
        text, commands = self.start("on_host", "out", "first", "--label", "commit=abc", "--backend", "pipe")
        self.assertEqual([line.split()[0] for line in commands], ["clean", "doctor", "run"])
        self.assertIn("--resume first.json.journal --host-name --label commit=abc", commands[-1])
        self.assertRegex(text, r"\d+ cells")
        with open(os.path.join(self.folder, "out/first.json"), "w", encoding="utf-8") as file:
            file.write("{}")
        self.assertEqual(self.start("on_host", "out", "first")[1], commands)  # it is whole
        with open(os.path.join(self.folder, "out/first.json.journal"), "w", encoding="utf-8"):
            pass
        self.assertEqual(len(self.start("on_host", "out", "first")[1]), 2 * len(commands))
        for words in (("--label", "host=n1"), ("--label=host=n1",), ("--label=a=b,host=n1",)):
            _, commands = self.start("on_host", "out", f"run{len(commands)}", *words, "--backend", "pipe")
            self.assertNotIn("--host-name", commands[-1], words)

    def test_on_host_leaves_a_host_where_nothing_can_be_measured(self):
        with open(os.path.join(self.folder, "bin/ipcmark"), "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\necho "$1" >>"$NOTES"\n[ "$1" != doctor ] || exit "$DOCTOR"\n')
        for code, commands in ((6, ["clean", "doctor", "run"]), (7, ["clean", "doctor"])):
            done = subprocess.run(
                [f"{self.folder}/bin/on_host", f"{self.folder}/{code}", "first"], stdin=subprocess.DEVNULL,
                env=dict(os.environ, NOTES=self.notes + str(code), DOCTOR=str(code),
                         PATH=f"{self.folder}/bin:{os.environ['PATH']}"))
            self.assertEqual(done.returncode, 0 if code == 6 else code)
            with open(self.notes + str(code), encoding="utf-8") as file:
                self.assertEqual(file.read().split(), commands)

    @unittest.skipIf(yaml is None, "Debian's package python3-yaml is not there")
    def test_kubernetes(self):
        job = yaml.safe_load(content("launch/kubernetes.yaml"))
        spec = job["spec"]
        self.assertEqual((job["kind"], spec["completionMode"]), ("Job", "Indexed"))
        self.assertEqual(spec["completions"], spec["parallelism"])
        (container,) = spec["template"]["spec"]["containers"]
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        self.assertEqual(mounts, {volume["name"] for volume in spec["template"]["spec"]["volumes"]})
        (script,) = container["args"]
        self.assertIn(f"/{spec['completions']}\"", script)
        names = {variable["name"] for variable in container["env"]} | {"JOB_COMPLETION_INDEX"}
        self.assertEqual(set(re.findall(r"\$(?:\(\()?([A-Z_]+)", script)), names)
        local = script.replace("/results/", "results/")
        text, commands = self.start(*container["command"], local, NODE="n1", COMMIT="abc",
                                    JOB_COMPLETION_INDEX="2")
        self.assertIn("--label host=n1,commit=abc --shard 3/8", commands[-1])
        self.assertNotIn("--host-name", commands[-1])  # that of a pod is nobody's
        self.assertRegex(text, r"\d+ cells \(shard 3/8 of \d+\)")

    @unittest.skipIf(yaml is None, "Debian's package python3-yaml is not there")
    def test_github_actions(self):
        jobs = yaml.safe_load(content("launch/github-actions.yaml"))["jobs"]
        self.assertEqual(jobs["merge"]["needs"], "measure")
        hosts = jobs["measure"]["strategy"]["matrix"]["host"]
        self.assertGreaterEqual(len(hosts), 5)  # as odd_host wants, unless told otherwise
        values = {"matrix.host": hosts[0], "github.run_id": "17", "github.sha": "abc"}
        runs = {step["name"]: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: values[found.group(1)], step["run"])
                for job in jobs.values() for step in job["steps"] if "run" in step}
        os.makedirs(os.path.join(self.folder, "tools"))
        os.symlink(FLEET, os.path.join(self.folder, "tools/fleet"))
        text, commands = self.start("bash", "-e", "-c", runs["measure"], HOME=self.folder)
        # Where a job that is run again finds what it began: no checkout empties it.
        self.assertTrue(os.path.exists(os.path.join(self.folder, "ipcmark-fleet/17.lock")))
        self.assertIn(f"--label host={hosts[0]},commit=abc --suite standard", commands[-1])
        self.assertRegex(text, r"\d+ cells")
        self.merge_of(runs["merge"])

    def merge_of(self, script):
        folder = os.path.join(self.folder, "results/result-lab1")  # as artifacts are laid down
        os.makedirs(folder)
        subprocess.run([IPCMARK, *TINY, "--host-name", "--json", f"{folder}/17.json"], check=True,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        text, commands = self.start("bash", "-e", "-c", script)
        self.assertIn("merge results -o tables", commands[-1])
        self.assertIn("host_class,host,odd_cells", text)

    def test_reframe(self):
        """Its class by a stand-in for ReFrame, whose decorators leave functions as they are."""
        source = content("launch/reframe.py")
        ast.parse(source)
        plain = types.ModuleType("reframe")
        plain.RunOnlyRegressionTest, plain.simple_test = object, lambda made: made
        sanity = types.ModuleType("reframe.utility.sanity")
        sanity.assert_eq = lambda left, right: left == right
        utility = types.ModuleType("reframe.utility")
        plain.utility, utility.sanity = utility, sanity
        stand_in = {"reframe": plain, "reframe.utility": utility, "reframe.utility.sanity": sanity}
        names = {"sanity_function": lambda made: made, "performance_function": lambda unit: lambda made: made}
        sys.modules.update(stand_in)
        try:
            exec(compile(source, "reframe.py", "exec"), names)
        finally:
            for name in stand_in:
                del sys.modules[name]
        test = names["Ipcmark"]()
        subprocess.run([IPCMARK, *test.executable_opts, "--trials", "1", "--messages", "300", "--quiet",
                        "--share"], check=True, cwd=self.folder, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        self.assertTrue(os.path.exists(os.path.join(self.folder, test.keep_files[0])))
        test.stagedir = self.folder
        test.job = types.SimpleNamespace(exitcode=0)
        self.assertTrue(test.every_cell_passed())
        for mechanism in ("pipe", "shm_ring"):
            self.assertGreater(test.round_trip(mechanism), 0)
            self.assertGreater(test.rate(mechanism), 0)


TINY = ["run", "--scenario", "latency,throughput", "--backend", "pipe", "--size", "64", "--wait", "block",
        "--trials", "2", "--messages", "300", "--quiet", "--share"]


class Stored(unittest.TestCase):
    """What stores are told of, against one measured result."""

    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory(prefix="fleet-")
        cls.addClassCleanup(cls.made.cleanup)
        cls.folder = cls.made.name
        cls.result = os.path.join(cls.folder, "r.json")
        cls.ipcmark(*TINY, "--host-name", "--label", "commit=abc", "--json", cls.result)
        os.symlink(IPCMARK, os.path.join(cls.folder, "ipcmark"))
        cls.environment = dict(os.environ, PATH=f"{cls.folder}:{os.environ['PATH']}")

    @staticmethod
    def ipcmark(*arguments):
        return subprocess.run([IPCMARK, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              text=True, timeout=60, check=True).stdout

    def script(self, name, *arguments):
        return subprocess.run([os.path.join(FLEET, name), *arguments], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True, timeout=60, check=True,
                              env=self.environment).stdout

    def test_grafana_shows_what_is_exported(self):
        text = self.ipcmark("export", self.result, "--format", "openmetrics")
        exported = set(re.findall(r"^(\w+)\{", text, re.MULTILINE))
        labels = set(re.findall(r'[{,](\w+)="', text))
        board = json.loads(self.script("stores/grafana", self.result))
        queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        shown = {re.match(r"\w+", query).group() for query in queries}
        self.assertEqual(shown - exported, set())
        self.assertLessEqual({"ipcmark_round_trip_seconds", "ipcmark_rate_messages_per_second",
                              "ipcmark_cpu_per_message_seconds"}, shown)
        self.assertEqual(len(queries), len(shown))
        wanted = {name for query in queries for name in re.findall(r'(\w+)=~', query)}
        wanted |= {name for panel in board["panels"] for target in panel["targets"]
                   for name in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])}
        for variable in board["templating"]["list"]:
            metric, label = re.match(r"label_values\((\w+), (\w+)\)", variable["query"]).groups()
            self.assertIn(metric, exported)
            wanted.add(label)
        self.assertEqual(wanted - labels, set())

    @unittest.skipIf(yaml is None, "Debian's package python3-yaml is not there")
    def test_otava_finds_its_columns(self):
        text = self.ipcmark("export", self.result, "--format", "otava")
        columns, row = csv.reader(io.StringIO(text))
        better = dict(re.findall(r"^  (\S+) +\S+ +(lower|higher) ", self.ipcmark("list", "figures"), re.MULTILINE))
        for test in yaml.safe_load(content("stores/otava.yaml"))["tests"].values():
            self.assertEqual(test["type"], "csv")
            self.assertEqual({test["time_column"], *test["attributes"]} - set(columns), set())
            for metric in test["metrics"].values():
                value = dict(zip(columns, row))[metric["column"]]
                self.assertGreater(float(value), 0)
                figure = metric["column"].rpartition("/")[2]
                direction = better.get(figure, better["round_trip"])  # p50 is one of round_trip
                self.assertEqual(metric["direction"], 1 if direction == "higher" else -1)

    def test_openmetrics_of_several_runs_is_in_the_order_of_time(self):
        older = os.path.join(self.folder, "older.json")
        with open(self.result, encoding="utf-8") as file:
            document = json.load(file)
        document["run"].update(id="older", started="2026-01-01T00:00:00Z", finished="2026-01-01T00:01:00Z")
        with open(older, "w", encoding="utf-8") as file:
            json.dump(document, file)
        text = self.script("stores/openmetrics", self.result, older)
        self.assertEqual(text.count("# EOF\n"), 1)
        self.assertTrue(text.endswith("# EOF\n"))
        times = [int(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")]
        self.assertEqual(times, sorted(times))
        self.assertEqual(len(set(times)), 2)

    def test_tables_are_those_of_merge(self):
        tables = os.path.join(self.folder, "tables")
        self.ipcmark("merge", self.result, "-o", tables)
        statements = re.findall(r"CREATE TABLE (\w+) \((.*?)\);", content("tables.sql"), re.DOTALL)
        for table, columns in statements:
            if table == "parameters":
                continue
            with open(os.path.join(tables, f"{table}.csv"), newline="", encoding="utf-8") as file:
                head = next(csv.reader(file))
            ours = [column.split()[0] for column in columns.split(",")]
            self.assertEqual(head[:len(ours)], ours)
            self.assertTrue(table == "cells" or len(head) == len(ours))
        answer = self.script("query", "latest", tables)
        self.assertIn("latency/pipe/64B/block/cross-cpu,p50,ns,", answer)


if __name__ == "__main__":
    unittest.main()
