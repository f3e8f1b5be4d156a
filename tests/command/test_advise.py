"""Advice from stored and from fresh figures: who is named, and why the others are not."""

import json

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


class Advise(CommandTest):
    def write(self, *cells):
        path = self.path("r.json")
        with open(path, "w") as file:
            json.dump({"schema": "ipcmark.result", "version": {"major": 1, "minor": 0},
                       "run": {"id": "r1"}, "environment": {}, "cells": list(cells)}, file)
        return path

    def advise(self, *arguments):
        answer = self.ipcmark("advise", *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
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
        self.assertNotIn("zeromq", text)
        self.assertNotIn("#include", text)

    def test_none_fits(self):
        path = self.write(cell("fan_in", "sysv_mq", 1000))
        answer = self.ipcmark("advise", "multiple_producers", "--rate", "1M", "--from", path)
        self.assertEqual(answer.returncode, 77)
        self.assertIn("None of what was measured fits", answer.stdout)

    def test_measured_now(self):
        path = self.path("kept.json")
        arguments = ["cross_system", "--trials", "2", "--no-code"]
        text = self.advise(*arguments, "--quiet", "--json", path)
        self.assertIn("measured now", text)
        with open(path) as file:
            measured = json.load(file)
        self.assertEqual(measured["run"]["suite"], "advise")
        # The same figures once more, from the file: the same table.
        again = self.advise(*arguments, "--from", path)
        self.assertEqual(text.split("\n\n")[1:], again.split("\n\n")[1:])
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
