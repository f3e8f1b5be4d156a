"""Figures that documents show are from runs that somebody can repeat (tools/docs/renew), and have the
form in which the program prints them today. Which are older than the code that makes them is said: that
is no failure, since a change must not have to wait for an hour of measuring.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from sources import root

ROOT = root()
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(ROOT, "tools", "docs"))

import checks
import documents
import figures
import history
import shapes

CONSOLE = """<!-- figure: quick-latency -->
```text
Latency of 64 B  round trip, cross-cpu
   #  backend    wait       p50      ±      p90      vs best  CPU/msg  switches/msg  rounds
  1=  shm_ring   spin    312 ns  ±2.1%   342 ns         1.00   312 ns          1.00
      pipe*      block  14.5 µs  ~1.2%  16.0 µs   few trials  6.53 µs          1.00      +3
```
"""


def content(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def shown(name):
    entry = figures.FIGURES[name]
    document = documents.read(ROOT, entry.documents[0])
    return document.shown(document.figure(name))


class Figures(unittest.TestCase):
    def test_the_table_is_about_what_is_there(self):
        self.assertEqual(list(checks.of_the_table(ROOT)), [])

    def test_every_figure_is_of_a_run_and_in_its_form(self):
        self.assertEqual(checks.faults(ROOT), [])

    def test_every_soak_that_is_recorded_can_be_repeated(self):
        rows = checks.soak_rows(ROOT)
        self.assertNotIn(None, rows, "no soak of tools/docs/figures.py writes such rows")
        self.assertGreater(sum(map(len, rows.values())), 50)

    def test_what_is_old_is_said(self):
        ages = list(checks.ages(ROOT))
        self.assertEqual(len({age.name for age in ages}), len(figures.FIGURES) + len(figures.SOAKS))
        for age in ages:
            if age.old:
                print(f"{age.document}: {age.name}, of {age.made}: {age.state}")
        if unknown := {age.state for age in ages if age.state.startswith("not known")}:
            print(f"which other figures are old is {'; '.join(sorted(unknown))}")
        for place in checks.sentences(checks.all_documents(ROOT)):
            print(f"figures in a sentence: {place}")


@unittest.skipUnless(shutil.which("git"), "git is not installed")
class History(unittest.TestCase):
    def git(self, directory, *words):
        subprocess.run(["git", "-C", directory, "-c", "user.name=a", "-c", "user.email=a@b", *words], check=True,
                       capture_output=True)

    def commit(self, directory, path, text):
        with open(os.path.join(directory, path), "w", encoding="utf-8") as file:
            file.write(text)
        self.git(directory, "add", path)
        self.git(directory, "commit", "-m", f"Write {text}")
        return subprocess.run(["git", "-C", directory, "rev-parse", "HEAD"], check=True, capture_output=True,
                              text=True).stdout.strip()[:8]

    def test_changes_are_counted_of_the_paths_alone(self):
        with tempfile.TemporaryDirectory() as directory:
            self.git(directory, "init", "-q")
            first = self.commit(directory, "timed", "1")
            self.commit(directory, "page", "2")
            self.assertEqual(history.changes(directory, first, ("timed",)), [])
            self.assertEqual(checks._state(directory, first, ("timed",)), "current")
            last = self.commit(directory, "timed", "3")
            self.assertEqual(history.changes(directory, first, ("timed",)), [f"{last[:7]} Write 3"])
            self.assertTrue(checks._state(directory, first, ("timed",)).startswith("old: 1 change"))

    def test_without_its_history_nothing_is_known(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertIn("not known: ", checks._state(directory, "1234567", ("timed",)))
            self.git(directory, "init", "-q")
            self.commit(directory, "timed", "1")
            with self.assertRaisesRegex(history.Unknown, "1234567 is not in this history"):
                history.changes(directory, "1234567", ("timed",))
            os.mkdir(os.path.join(directory, "unpacked"))
            with self.assertRaisesRegex(history.Unknown, "no git repository"):
                history.changes(os.path.join(directory, "unpacked"), "1234567", ("timed",))


class TheseTests(unittest.TestCase):
    """What they must see, and what they must not take for a fault."""

    def faults(self, path, text):
        """Those that adding `text` to a document brings."""
        texts = checks.all_documents(ROOT)
        before = checks.faults(ROOT, texts)
        there = "\n".join(texts[path].lines) if path in texts else ""
        texts[path] = documents.Document(f"{there}\n\n{text}")
        return [fault for fault in checks.faults(ROOT, texts) if fault not in before]

    def test_markers(self):
        for text, said in (("<!-- figure: no-such-one -->\n```text\n1\n```", "has no figure 'no-such-one'"),
                           ("<!-- figure: ring-limits -->", "has its markers in"),
                           ("<!-- figure:ring-limits -->", "write the marker in one line"),
                           (" <!-- figure: ring-limits -->", "write the marker in one line"),
                           ("<!-- figure: ring-limits, of yesterday -->", "write the marker in one line")):
            self.assertIn(said, "\n".join(self.faults("tools/README.md", text)), text)
        self.assertEqual(self.faults("tools/README.md", "```text\n<!-- figure: no-such-one -->\n```"), [])

    def test_a_marker_too_few(self):
        texts = checks.all_documents(ROOT)
        del texts["bench/README.md"]
        self.assertIn("bench/README.md: no marker of 'ring-rivals'", "\n".join(checks.faults(ROOT, texts)))

    def test_figures_without_a_marker(self):
        for text in ("| a | b |\n|---|---|\n| pipe | 4.66 µs |", "```text\npipe  ±1.9%\n```", "```\n98.8 M/s\n```",
                     "| a | b |\n|---|---|\n| pipe | 0.891 (0.851 to 0.924) |"):
            self.assertIn("figures of no known run", "\n".join(self.faults("tools/README.md", text)), text)
        for text in ("| a | b |\n|---|---|\n| time | `10us`, at most 10 µs, ±5 % |", "```sh\nx  # 4.66 µs\n```"):
            self.assertEqual(self.faults("tools/README.md", text), [], text)

    def test_forms(self):
        console, good = shapes.Console(), documents.Document(CONSOLE).lines[2:-1]
        self.assertIsNone(console.error(good, ROOT))
        for old, new in (("wait ", "waits"), ("Latency", "Delay"), ("vs best", "ratio"), ("pipe*      block", "pipe*")):
            self.assertIsNotNone(console.error([line.replace(old, new) for line in good], ROOT), old)
        waterfall = content(shapes.Waterfall.GOLDEN)
        good = shapes.Waterfall().cut(waterfall, [])
        self.assertIsNone(shapes.Waterfall().error(good, ROOT))
        self.assertIsNotNone(shapes.Waterfall().error(good[1:], ROOT))
        self.assertIsNotNone(shapes.Waterfall().error([line.replace("traced", "seen") for line in good], ROOT))
        table = figures.FIGURES["handwritten-latency"].shape
        good = shown("handwritten-latency")
        self.assertIsNone(table.error(good, ROOT))
        self.assertIsNotNone(table.error([good[0].replace("ipcmark", "this"), *good[1:]], ROOT))
        self.assertIsNotNone(table.error([*good, "| pipe | 1 |"], ROOT))

    def test_what_is_printed_becomes_a_block(self):
        table = figures.FIGURES["handwritten-latency"].shape
        printed = """| cell | control | pairs | ipcmark | handwritten | median ratio | 95 % interval |
|---|---|---|---|---|---|---|
| latency/pipe/64B/block/cross-cpu | pipe | 9 | 10 | 11 | 0.909 | 0.9 to 1.0 |
| latency/udp/64B/block/cross-cpu | udp | 9 | 20 | 21 | 0.952 | 0.9 to 1.0 |
| latency/futex_slot/64B/spin/cross-cpu, means of batches | futex_slot_spin | 9 | 1 | 1 | 1.0 | 0.9 to 1.1 |
| throughput/pipe/64B/block/cross-cpu | pipe | 9 | 10 | 11 | 0.909 | 0.9 to 1.0 |
"""
        block = ["| mechanism | control | ipcmark |", "|---|---|---|", "| pipe | pipe | 1 |",
                 "| futex_slot, means of batches | futex_slot_spin | 2 |"]
        self.assertEqual(table.cut(printed, block),
                         [*block[:2], "| pipe | pipe | 10 |", "| futex_slot, means of batches | futex_slot_spin | 1 |"])
        self.assertEqual(len(table.cut(printed, [])), 2 + 3)
        with self.assertRaisesRegex(shapes.Refused, "no row of fifo / fifo"):
            table.cut(printed, [*block, "| fifo | fifo | 1 |"])
        with self.assertRaisesRegex(shapes.Refused, "no column 'p99'"):
            table.cut(printed, ["| mechanism | p99 |", "|---|---|", "| pipe | 1 |"])

    def test_ratios_of_rings_are_of_the_state_in_which_they_were_seen(self):
        printed = """while core-to-core took 110 ns:
  shm_ring / shm_mutex, stream 64B spin          25.076 [22.699, 25.156]   78.8 over 3.4 M msg/s, 3 pairs
while core-to-core took 520 ns:
  shm_ring / shm_mutex, stream 64B spin           5.310 [4.110, 6.225]   12.9 over 2.44 M msg/s, 5 pairs
  shm_ring / plain ring, round trip 64B           1.021 [0.966, 1.056]   556 over 540 ns, 24 pairs
"""
        lines = shapes.Rivals().cut(printed, [])
        self.assertEqual(lines[2:], [
            "| shm_ring / shm_mutex, stream 64B spin | 25.076 (22.699 to 25.156) | 78.8 / 3.4 M msg/s, 3 "
            "| 5.310 (4.110 to 6.225) | 12.9 / 2.44 M msg/s, 5 |",
            "| shm_ring / plain ring, round trip 64B | not seen |  | 1.021 (0.966 to 1.056) | 556 / 540 ns, 24 |"])
        self.assertIsNone(shapes.Rivals().error(lines, ROOT))
        self.assertEqual(shown("ring-rivals")[:2], lines[:2])

    def test_power_is_that_of_the_cell_which_is_flagged_least(self):
        printed = """| slowed cell | flagged | 1 | 1.05 | 1.1 | 1.15 |
|---|---|--:|--:|--:|--:|
| latency/pipe | the cell | 0.0 % | 1.2 % | 100.0 % | 100.0 % |
| | p50 | 0.0 % | 0.1 % | 0.2 % | 0.3 % |
| latency/tcp | the cell | 0.0 % | 1.5 % | 97.5 % | 100.0 % |
"""
        lines = shapes.Power().cut(printed, [])
        self.assertEqual(lines[2:], ["| 1.05 | in 1.2 % of the runs |", "| 1.1 | in 97.5 % of the runs |",
                                     "| 1.15 | in 100 % of the runs |"])
        self.assertIsNone(shapes.Power().error(lines, ROOT))

    def test_quotes(self):
        figure = ["| pipe | pipe | 53.7 µs | 0.937 | 12 of 20 |"]
        for text, wrong in (("takes 53.7 µs, in 12 of 20", []), ("takes 53.8 µs", ["53.8 µs"]),
                            ("takes 3.7 µs", ["3.7 µs"]), ("in 2 of 20", ["2 of 20"])):
            self.assertEqual(documents.wrongly_quoted(documents.Quote("a", 0, text), figure), wrong, text)
        document = documents.Document("<!-- quotes: soak-gate-null -->\n- The test rejects 5.10 % of them,\n"
                                      "  where 4.94 % are expected.\n- 7.77 %\n")
        self.assertEqual([quote.text.count("%") for quote in document.quotes], [2])
        for name, said in (("none", "there is no figure 'none'"), ("soak-gate-null", "'99.9 %' does not stand")):
            text = f"<!-- quotes: {name} -->\nIt rejects 99.9 % of them."
            self.assertIn(said, "\n".join(self.faults("tools/README.md", text)))

    def test_sentences(self):
        document = documents.Document("It takes\n4.66 µs.\n\n- At most 10 µs.\n- `5.10 µs (11)`\n\n"
                                      "```sh\n4.66 µs\n```\n")
        self.assertEqual(document.sentences, [0])


if __name__ == "__main__":
    unittest.main()
