"""Advice from stored and from fresh figures: who is named, and why the others are not."""

import json
import re
import statistics

import command
from command import CommandTest


def cell(scenario, mechanism, rate, trials=6, **asked):
    """Trials that lie close around a rate."""
    return {
        "asked": dict({"scenario": scenario, "backend": mechanism}, **asked),
        "capabilities": {"ordered": "yes"},
        "trials": [
            {
                "round": i,
                "state": "passed",
                "metrics": [{"name": "rate", "unit": "msg/s", "value": rate * (1 + i / 1000)}],
            }
            for i in range(trials)
        ],
    }


# What decides each need (`ipcmark advise --help`).
NEEDS = {
    "simple_two_way": ("latency", "round_trip", 0.5, "lower"),
    "multiple_producers": ("fan_in", "rate", None, "higher"),
    "broadcast_data": ("fan_out", "rate", None, "higher"),
    "large_data": ("throughput", "bytes_rate", None, "higher"),
    "cross_system": ("latency", "round_trip", 0.5, "lower"),
    "simple_flags": ("notify", "notify", 0.5, "lower"),
}


def passed(cell):
    return cell["summary"]["state"] == "passed"


def ranking(document, scenario, figure, quantile, better):
    """The best mechanism by the stored summaries, and those whose intervals overlap with its."""
    def published(each):
        return (each["name"] == figure and each.get("quantile") == quantile and
                each.get("median", 0) > 0)

    found = []
    for cell in document["cells"]:
        asked, summary = cell["asked"], cell["summary"]
        if asked["scenario"] != scenario or not passed(cell) or cell["capabilities"].get("lossy") == "yes":
            continue
        for each in filter(published, summary["figures"]):
            label = asked["notifier"] or asked["backend"]
            if asked["wait"] != "block":
                label += f" ({asked['wait']})"
            found.append((summary, label, stand_in(summary, each)))
    # Those with an interval, else those of the published state, of one other, or any.
    states = [summary["machine_state_ns"] for summary, _, _ in found if summary["machine_state_ns"]]
    other = max(sorted(set(states)), key=states.count, default=None)
    for kept in (lambda summary, each: summary["comparable"] and each["coverage"] > 0,
                 lambda summary, each: summary["comparable"],
                 lambda summary, each: summary["machine_state_ns"] == other):
        if some := [row for row in found if kept(row[0], row[2])]:
            found = some
            break
    sign = 1 if better == "lower" else -1
    found.sort(key=lambda each: sign * each[2]["median"])
    best = found[0][2]
    tied = {label for _, label, each in found[1:]
            if best["coverage"] > 0 and each["low"] <= best["high"] and each["high"] >= best["low"]}
    return found[0][1], tied


def stand_in(summary, figure):
    """Where the clock is coarse for a round trip, its interval is wider than its trials', and the
    means of batches are ranked."""
    if figure["name"] != "round_trip" or not figure.get("clock_step_ns"):
        return figure
    return next((each for each in summary["figures"] if each["name"] == "batch_mean" and
                 each.get("median", 0) > 0), figure)


class Advise(CommandTest):
    def write(self, *cells):
        path = self.path("r.json")
        with open(path, "w") as file:
            json.dump({"schema": "ipcmark.result", "version": {"major": 1, "minor": 0},
                       "run": {"id": "r1"}, "environment": {}, "cells": list(cells)}, file)
        return path

    def advise(self, *arguments):
        answer = self.ipcmark("advise", *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""), answer.stdout)
        return answer.stdout

    def test_the_file_decides(self):
        for rates, best in [((1000, 2000), "zeromq"), ((3000, 2000), "sysv_mq")]:
            path = self.write(cell("fan_in", "sysv_mq", rates[0]), cell("fan_in", "zeromq", rates[1]))
            text = self.advise("multiple_producers", "--from", path)
            self.assertIn(f"Take {best}: ", text)
            self.assertIn("run r1", text)
            self.assertIn(f"tools/snippets/{best}.cpp", text)

    def test_a_tie_is_called_one(self):
        path = self.write(cell("fan_in", "sysv_mq", 1000), cell("fan_in", "zeromq", 1001))
        self.assertIn("tied with sysv_mq", self.advise("multiple_producers", "--from", path))

    def test_traits_choose_their_cells(self):
        path = self.write(cell("fan_in", "sysv_mq", 40e3, size=4096, options={"senders": 8}),
                          cell("fan_in", "pipe", 90e3, size=4096, options={"senders": 8}),
                          cell("fan_in", "zeromq", 999e3))
        text = self.advise("--size", "4KiB", "--rate", "50k", "--producers", "8", "--from", path,
                           "--no-code")
        self.assertIn("Take pipe: ", text)
        self.assertIn("gets 40.", text)
        ranked, absent = text.split("Not in the file")
        self.assertNotIn("zeromq", ranked)
        self.assertIn("zeromq", absent)  # it is there with other producers only
        self.assertNotRegex(absent, r"(?<!\w)pipe,")
        self.assertNotIn("#include", text)

    def test_none_fits(self):
        path = self.write(cell("fan_in", "sysv_mq", 1000))
        answer = self.ipcmark("advise", "multiple_producers", "--rate", "1M", "--from", path)
        self.assertEqual(answer.returncode, 77)
        self.assertIn("None of what was measured fits", answer.stdout)

    def test_measured_now(self):
        path = self.path("kept.json")
        arguments = ["cross_system", "--trials", "2", "--no-code"]
        text = self.advise(*arguments, "--quiet", "--share", "--json", path)
        self.assertIn("measured now", text)
        with open(path) as file:
            measured = json.load(file)
        self.assertEqual(measured["run"]["suite"], "advise")
        # The same figures once more, from the file: the same table.
        again = self.advise(*arguments, "--from", path)
        self.assertEqual(text.split("\n\n")[1:], again.split("\n\n")[1:])
        self.assertIn("tcp is the only mechanism that could be ranked", text)
        self.assertIn("may lose messages", text)
        self.assertNotIn("Not in the file", again)
        self.assert_nothing_left()

    def test_each_need_names_the_best_by_the_figures_in_the_file(self):
        for need, (scenario, figure, quantile, better) in NEEDS.items():
            with self.subTest(need=need):
                path = self.path(need + ".json")
                text = " ".join(self.advise(need, "--trials", "1", "--no-code", "--quiet",
                                            "--share", "--json", path).split())
                with open(path) as file:
                    document = json.load(file)
                best, tied = ranking(document, scenario, figure, quantile, better)
                said = re.search(r"Take (.+?): .*?(?:; tied with (.*?) \(their intervals|\. )", text)
                self.assertEqual(said[1], best, text)
                self.assertEqual(set((said[2] or "").split(", ")) - {""}, tied, text)
                self.check_medians(document, scenario, figure)

    def check_medians(self, document, scenario, figure):
        # Of one quiet state of the machine all passed trials count: their own values say the same.
        if len(document["machine"]["states_ns"]) > 1:
            return
        for cell in document["cells"]:
            values = [metric["value"] for trial in cell["trials"] for metric in trial["metrics"]
                      if metric["name"] == figure]
            all_count = cell["summary"]["published"] == len(values)
            if cell["asked"]["scenario"] == scenario and values and passed(cell) and all_count:
                stored = next(f for f in cell["summary"]["figures"] if f["name"] == figure)
                self.assertAlmostEqual(stored["median"] / statistics.median(values), 1)

    def test_what_the_file_lacks_is_named_and_measured(self):
        path = self.path("some.json")
        arguments = ["simple_flags", "--trials", "2", "--no-code", "--quiet", "--share"]
        self.advise(*arguments, "--json", path)
        with open(path) as file:
            document = json.load(file)
        kept = [cell for cell in document["cells"]
                if cell["asked"]["notifier"] in ("futex", "pipe")]
        with open(path, "w") as file:
            json.dump(dict(document, cells=kept), file)
        ranked, absent = self.advise(*arguments, "--from", path).split("Not in the file")
        self.assertIn("Take ", ranked)
        self.assertNotIn("eventfd", ranked)
        self.assertIn("eventfd", absent)
        self.assertNotIn("futex", absent)
        merged = self.path("merged.json")
        text = self.advise(*arguments, "--from", path, "--measure-missing", "--json", merged)
        self.assertIn("and what was measured now", " ".join(text.split()))
        self.assertNotIn("Not in the file", text)
        self.assertIn("eventfd", text)
        with open(merged) as file:
            cells = json.load(file)["cells"]
        self.assertEqual(cells[:len(kept)], [dict(cell, summary=again["summary"])
                                             for cell, again in zip(kept, cells)])
        self.assertEqual(sorted(cell["key"] for cell in cells),
                         sorted(cell["key"] for cell in document["cells"]))
        # Of another machine nothing can be measured here.
        document["environment"]["kernel"]["release"] = "1.0"
        with open(path, "w") as file:
            json.dump(dict(document, cells=kept), file)
        answer = self.ipcmark("advise", *arguments, "--from", path, "--measure-missing")
        self.assertEqual((answer.returncode, answer.stdout), (3, ""))
        self.assertIn("kernel release: 1.0 and ", answer.stderr)
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
