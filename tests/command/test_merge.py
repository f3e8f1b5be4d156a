"""Many results become one folder of tables: what is left out is said, what is spoilt is named."""

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import command
from output_test import GOLDEN, NOBODY, OutputTest
from refusals import refusing

TABLES = ["cells.csv", "columns.csv", "figures.csv", "labels.csv", "runs.csv"]
EXPECTED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden", "merge")


class MergeTest(OutputTest):
    def setUp(self):
        super().setUp()
        with open(GOLDEN) as file:
            self.document = json.load(file)

    def result(self, name, edit=None, **run):
        """Writes a result, with the run's members as given. Its path."""
        unnamed = {name: value for name, value in self.document["run"].items()
                   if name not in ("host", "labels", "shard")}
        document = dict(self.document, run=dict(unnamed, **run))
        if edit:
            edit(document)
        os.makedirs(os.path.dirname(self.here(name)), exist_ok=True)
        with open(self.here(name), "w") as file:
            json.dump(document, file)
        return self.here(name)

    def merge(self, *arguments, code=0, **options):
        answer = self.ipcmark("merge", *arguments, cwd=self.place, **options)
        self.assertEqual(answer.returncode, code, answer.stderr)
        return answer

    def rows(self, name, folder="out"):
        with open(os.path.join(self.here(folder), name), newline="") as file:
            return list(csv.DictReader(file))

    def runs(self, folder="out"):
        return [row["run_id"] for row in self.rows("runs.csv", folder)]

    def skipped(self, answer):
        """Path to reason, of those named on standard error."""
        lines = [line for line in answer.stderr.splitlines() if line.startswith("ipcmark: skipped '")]
        return dict(line[len("ipcmark: skipped '"):].split("': ", 1) for line in lines)

    def assert_nothing_half_written(self):
        self.assertEqual([name for name in os.listdir(self.place) if name.startswith(".")], [])


class Tables(MergeTest):
    def fleet(self):
        """Two hosts, of two classes, and a run that was ended."""
        def other_kernel(document):
            document["environment"] = json.loads(json.dumps(document["environment"]))
            document["environment"]["kernel"]["release"] = "6.18.0"

        def half(document):
            document["cells"] = document["cells"][:7]

        self.result("fleet/b/2.json", other_kernel, id="run2", started="2026-01-02T00:00:00Z", host="b",
                    labels={"commit": "1a2b", "note": "a, \"b\""})
        self.result("fleet/a/1.json", id="run1", started="2026-01-01T00:00:00Z", host="a", shard="1/2")
        self.result("fleet/a/deep/er/3.json", half, id="run3", started="2026-01-03T00:00:00Z", finished="",
                    interrupted=True, labels={"host": "c"})
        return self.merge("fleet", "-o", "out")

    def test_they_are_as_expected(self):
        self.fleet()
        self.assertEqual(sorted(os.listdir(self.here("out"))), TABLES)
        for name in TABLES:
            made = self.text(f"out/{name}")
            expected = os.path.join(EXPECTED, name)
            if os.environ.get("IPCMARK_RENEW_GOLDEN"):
                os.makedirs(EXPECTED, exist_ok=True)
                shutil.copy(self.here(f"out/{name}"), expected)
            with open(expected) as file:
                self.assertEqual(made, file.read(), name)

    def test_they_fit_each_other_and_the_result(self):
        answer = self.fleet()
        self.assertIn("out: 3 runs of 3 named hosts in 2 host classes, ", answer.stdout)
        self.assertEqual(answer.stderr, "")
        self.assertEqual(self.runs(), ["run1", "run2", "run3"])
        classes = {row["host"]: row["host_class"] for row in self.rows("runs.csv")}
        self.assertEqual(classes["a"], classes["c"])
        self.assertNotEqual(classes["a"], classes["b"])
        columns = {}
        for row in self.rows("columns.csv"):
            columns.setdefault(row["file"], []).append(row["column"])
            self.assertTrue(row["meaning"], row)
        for name in TABLES:
            with open(self.here(f"out/{name}"), newline="") as file:
                self.assertEqual(next(csv.reader(file)), columns[name])
        self.assert_figures(columns["cells.csv"])

    def assert_figures(self, columns):
        """The figures of the tables are the summaries' of the document."""
        wide = {(row["run_id"], row["key"]): row for row in self.rows("cells.csv")}
        of_cell = {}
        for row in self.rows("figures.csv"):
            of_cell.setdefault((row["run_id"], row["key"]), {})[row["figure"]] = row
        seen = 0
        for cell in self.document["cells"]:
            summary = cell["summary"]
            row = wide["run1", cell["key"]]
            self.assertEqual((row["status"], row["reason"]), (summary["state"], summary["reason"]))
            self.assertEqual(row["comparable"], "yes" if summary["comparable"] else "no")
            self.assertEqual(float(row["machine_state_ns"] or 0), summary["machine_state_ns"])
            figures = of_cell.get(("run1", cell["key"]), {})
            for figure in summary["figures"]:
                extreme = figure["name"].endswith(("_min", "_max"))
                if "median" not in figure or "quantile" in figure or extreme:
                    continue
                tidy = figures[figure["name"]]
                self.assertEqual([float(tidy[name]) for name in ("median", "low", "high")],
                                 [figure["median"], figure["low"], figure["high"]])
                self.assertIn(figure["median"], [float(row[name]) for name in columns[11:] if row[name]])
                seen += 1
            self.assertLessEqual(len([1 for tidy in figures.values() if tidy["headline"] == "yes"]), 1)
        self.assertGreater(seen, 50)


class Duplicates(MergeTest):
    def test_one_of_each_run_counts_whatever_the_order(self):
        def trials(count):
            def edit(document):
                document["cells"] = [dict(cell, trials=cell["trials"][:count]) for cell in document["cells"]]
            return edit

        for order in ("abc", "cba", "bca"):
            with self.subTest(order=order):
                shutil.rmtree(self.here("in"), ignore_errors=True)
                part, whole, copy = (f"in/{letter}.json" for letter in order)
                self.result(part, trials(1), id="one", interrupted=True, finished="2026-01-01T00:00:05Z")
                self.result(whole, id="one", suite="whole")
                self.result(copy, trials(2), id="one", suite="copy")
                self.result("in/other.json", id="two", suite="other")
                answer = self.merge("in", "-o", "out")
                self.assertIn("2 results left out: another one of the same run was kept\n", answer.stdout)
                self.assertEqual(sorted(row["suite"] for row in self.rows("runs.csv")), ["other", "whole"])
                self.assertEqual([row["file"] for row in self.rows("runs.csv") if row["run_id"] == "one"], [whole])
                cells = [row["key"] for row in self.rows("cells.csv") if row["run_id"] == "one"]
                self.assertEqual(cells, [cell["key"] for cell in self.document["cells"]])

    def test_a_place_that_is_named_twice_changes_nothing(self):
        self.result("in/a.json", id="one")
        os.symlink("a.json", self.here("in/latest.json"))
        answer = self.merge("in", "in/a.json", "in", "-o", "out")
        self.assertEqual(self.runs(), ["one"])
        self.assertIn("4 results left out", answer.stdout)


class Spoilt(MergeTest):
    def spoil(self, name, content):
        with open(self.result(name), "wb") as file:
            file.write(content)

    def test_what_cannot_be_read_is_named_with_the_reason(self):
        with open(self.result("in/good.json", id="good"), "rb") as file:
            good = file.read()
        reasons = {}
        for name, content, reason in (
                ("cut", good[:len(good) // 2], "not JSON: line 1, column "),
                ("empty", b"", "not JSON: line 1, column 1"),
                ("binary", bytes(range(256)) * 40, "not JSON: line 1, column 1"),
                ("latin", good.replace(b'"suite": "', b'"suite": "\xe4', 1), "not JSON: line 1, column "),
                ("list", b"[1,2]", "/: must be an object"),
                ("deep", b"[" * 100000, "not usable JSON: nested deeper than 64 levels"),
                ("other", b'{"schema":"ipcmark.comparison","version":{"major":1}}',
                 '/schema: not an ipcmark result ("ipcmark.comparison")'),
                ("newer", good.replace(b'"major": 1', b'"major": 2', 1), "/version: written by a newer ipcmark"),
                ("wrong", good.replace(b'"trials": [{', b'"trials": [{"round": -1, "state": "passed"}, {', 1),
                 "/cells/0/trials/0/round: is out of range")):
            self.spoil(f"in/{name}.json", content)
            reasons[f"in/{name}.json"] = reason
        os.mkfifo(self.here("in/fifo.json"))
        reasons["in/fifo.json"] = "is no file but a FIFO"
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(self.here("in/socket.json"))
        reasons["in/socket.json"] = "is no file but a socket"
        os.symlink("nowhere", self.here("in/dangling.json"))
        reasons["in/dangling.json"] = "cannot be read: No such file or directory"
        os.symlink("loop.json", self.here("in/loop.json"))
        reasons["in/loop.json"] = "cannot be read: Too many levels of symbolic links"
        os.mkdir(self.here("in/more"))
        os.symlink("..", self.here("in/more/up"))
        os.symlink("..", self.here("in/more/up.json"))
        self.write("in/notes.txt", "no JSON")
        answer = self.merge("in", "-o", "out", timeout=30)
        skipped = self.skipped(answer)
        self.assertEqual(set(skipped), set(reasons), answer.stderr)
        for name, reason in reasons.items():
            self.assertTrue(skipped[name].startswith(reason), (name, skipped[name]))
        self.assertIn(f"{len(reasons)} files skipped, named on standard error\n", answer.stdout)
        self.assertEqual(self.runs(), ["good"])

    def test_large_files_of_others_are_not_parsed(self):
        self.result("in/good.json", id="good")
        self.write("in/numbers.json", "[" + "1," * 1_000_000 + "1]")
        with open(self.here("in/trace.json"), "w") as file:
            file.write('{"schema": "another", "traceEvents": []')
            file.truncate(70 << 20)
        answer = self.merge("in", "-o", "out")
        self.assertEqual(self.skipped(answer), {
            "in/numbers.json": "is no document of ipcmark's: it names no schema",
            "in/trace.json": "is larger than 64MiB, more than is read of one among many"})
        self.assertEqual(self.runs(), ["good"])

    def test_what_may_not_be_read_is_named(self):
        self.as_nobody()
        for folder in ("in/closed", "in/open"):
            self.result(f"{folder}/a.json", id=folder)
        self.result("in/closed.json")
        os.chmod(self.here("in/closed.json"), 0)
        os.chmod(self.here("in/closed"), 0)
        os.chmod(self.place, 0o777)
        answer = subprocess.run([self.path("ipcmark"), "merge", "in", "-o", "out"], capture_output=True,
                                text=True, cwd=self.place, env=self.environment, user=NOBODY, group=NOBODY,
                                extra_groups=[])
        self.assertEqual(answer.returncode, 0, answer.stderr)
        reason = "cannot be read: Permission denied"
        self.assertEqual(self.skipped(answer), {"in/closed.json": reason, "in/closed": reason})
        self.assertEqual(self.runs(), ["in/open"])

    def test_a_hundred_of_many(self):
        for i in range(250):
            self.result(f"in/{i:03}.json", lambda document: document.update(cells=document["cells"][:1]),
                        id=f"run{i:03}")
        spoilt = [f"in/{i:03}.json" for i in range(0, 250, 5)] + [f"in/{i:03}.json" for i in range(1, 250, 5)]
        for i, name in enumerate(spoilt):
            with open(self.here(name), "rb+") as file:
                size = os.path.getsize(self.here(name))
                file.truncate(i * size // len(spoilt))
        answer = self.merge("in", "-o", "out")
        self.assertEqual(sorted(self.skipped(answer)), sorted(spoilt))
        self.assertEqual(self.runs(), [f"run{i:03}" for i in range(250) if i % 5 > 1])

    def test_nothing_left_is_an_error(self):
        os.mkdir(self.here("in"))
        answer = self.merge("in", "-o", "out", code=2)
        self.assertIn("there is no *.json at the places named", answer.stderr)
        self.write("in/a.json", "{")
        answer = self.merge("in", "-o", "out", code=2)
        self.assertEqual(self.skipped(answer), {"in/a.json": "not JSON: line 1, column 2"})
        self.assertIn("nothing was written: all of 1 file were skipped", answer.stderr)
        answer = self.merge("in", "nowhere", "-o", "out", code=2)
        self.assertEqual(answer.stderr, "ipcmark: cannot read 'nowhere': No such file or directory\n")
        self.assertEqual(os.listdir(self.place), ["in"])


class Folder(MergeTest):
    def setUp(self):
        super().setUp()
        self.result("in/a.json", id="one")

    def test_the_tables_of_an_earlier_merge_are_replaced(self):
        os.mkdir(self.here("out"))
        os.chmod(self.here("out"), 0o750)
        self.merge("in", "-o", "out/")
        os.symlink("out", self.here("link"))
        self.result("in/a.json", id="another")
        self.merge("in", "-o", "link")
        self.assertEqual(self.runs(), ["another"])
        self.assertEqual(os.stat(self.here("out")).st_mode & 0o777, 0o750)
        self.assertTrue(os.path.islink(self.here("link")))
        self.assertEqual(sorted(os.listdir(self.place)), ["in", "link", "out"])

    def test_a_folder_of_others_is_kept(self):
        os.mkdir(self.here("out"))
        self.write("out/thesis.txt")
        answer = self.merge("in", "-o", "out", code=2)
        self.assertIn("cannot write 'out': it holds 'thesis.txt', too; name another folder, or let --force",
                      answer.stderr)
        self.assertEqual(os.listdir(self.here("out")), ["thesis.txt"])
        self.merge("in", "-o", "out", "--force")
        self.assertEqual(sorted(os.listdir(self.here("out"))), [*TABLES, "thesis.txt"])
        self.assert_kept("out/thesis.txt")
        self.assertEqual(self.runs(), ["one"])
        self.merge("in", "-o", "out", code=2)

    def assert_kept(self, name):
        self.assertEqual(self.text(name), "what was here, and is not to be lost\n")

    def test_tables_of_another_program_are_kept(self):
        os.mkdir(self.here("out"))
        self.write("out/runs.csv")
        for force in ((), ("--force",)):
            answer = self.merge("in", "-o", "out", *force, code=2)
            self.assertIn("it holds a 'runs.csv' that no merge wrote; name another folder", answer.stderr)
            self.assert_kept("out/runs.csv")
            self.assertLessEqual(set(os.listdir(self.here("out"))), {"runs.csv", "notes"})
            self.write("out/notes")

    def test_a_file_system_that_exchanges_no_names_has_the_tables(self):
        os.mkdir(self.here("empty"))
        for error in ("EINVAL", "ENOSYS", "EXDEV"):
            for folder in ("empty", "new", "new"):  # the second time in place of the tables there
                self.result("in/a.json", id=f"{error}{folder}")
                self.merge("in", "-o", folder, preexec_fn=refusing("renameat2", error))
                self.assertEqual(self.runs(folder), [f"{error}{folder}"])
                self.assertEqual(sorted(os.listdir(self.here(folder))), TABLES)
                self.assert_nothing_half_written()
            shutil.rmtree(self.here("new"))

    def test_where_no_folder_can_be_is_said(self):
        self.write("file")
        os.symlink("nowhere", self.here("dangling"))
        for name, why in (("file", "it is no directory"), ("file/out", "Not a directory"),
                          ("none/out", "No such file or directory"), ("dangling", "it is a link to nothing"),
                          ("", "No such file or directory")):
            answer = self.merge("in", "-o", name, code=2)
            self.assertIn(f"cannot write '{name}': {why}", answer.stderr)
            self.assertEqual(answer.stderr.count("\n"), 1)
        self.assert_kept("file")
        self.assertEqual(sorted(os.listdir(self.place)), ["dangling", "file", "in"])

    def test_a_full_disk_leaves_nothing(self):
        for folder in ("full/out", "full/new"):
            script = "mkdir -p full; mount -t tmpfs -o size=16k none full; mkdir -p full/out"
            answer = self.in_namespace(f'{script}\n"$@" || code=$?; ls -A full full/out > listed; '
                                       'set -- sh -c "exit $code"', "merge", "in", "-o", folder)
            self.assertEqual(answer.returncode, 2, answer.stderr)
            self.assertIn(f"cannot write '{folder}': No space left on device", answer.stderr)
            self.assertEqual(self.text("listed"), "full:\nout\n\nfull/out:\n")

    def test_a_kill_at_any_time_leaves_no_part(self):
        for i in range(200):
            self.result(f"in/{i}.json", id=f"run{i}")
        began = time.monotonic()
        self.merge("in", "-o", "out")
        took = time.monotonic() - began
        before = self.text("out/runs.csv")
        for i in range(12):
            process = self.start("merge", "in", "-o", "out" if i % 2 else "new", cwd=self.place)
            time.sleep(took * i / 12)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.assertEqual(self.text("out/runs.csv"), before)
            if os.path.exists(self.here("new")):
                self.assertEqual(sorted(os.listdir(self.here("new"))), TABLES)
                shutil.rmtree(self.here("new"))
            if i < 6:  # later it may have been about to give whole tables their place
                self.assert_nothing_half_written()


if __name__ == "__main__":
    command.main()
