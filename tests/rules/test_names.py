"""What is made of results knows no scenario, backend, lock or notifier by name.

A branch on a name is a fact about what bears it: it belongs in its entry, from where the catalogue
(results/model/catalogue.hpp) brings it.
"""

import os
import re
import unittest

from sources import root, sources

ROOT = root()
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
# Of an entry: `entry.name = "pipe";`, `return {.name = "shm_ring"`, `BackendEntry entry{"zeromq", …`,
# `PacketSocket packets{"unix_dgram", …`, `static constexpr const char* name = "mpmc_ring";`.
NAME = re.compile(
    r'\bentry\.name = "(\w+)"|\breturn \{\.name = "(\w+)"|\bentry\{"(\w+)"|'
    r'\b(?:PacketSocket|StreamPairs|Uring)\b[^;]*?\{"(\w+)"|\bchar\* name = "(\w+)"')
ENTRIES = ("backends/transports/", "backends/locks/", "backends/notifiers/", "scenarios/timed/",
           "scenarios/messaging/", "scenarios/synchronization/", "scenarios/shared_state/")
# The same words, of another vocabulary.
OTHER_MEANING = {
    ("results/model/cell_options.cpp", "spin"): "a value of --wait",
    ("results/model/cell_options.cpp", "none"): "a value of --touch",
    ("results/model/cell_options.cpp", "futex"): "a value of --wake",
    ("results/model/cell_options.cpp", "eventfd"): "a value of --wake",
    ("results/model/cell_options.cpp", "pipe"): "a value of --wake",
    ("results/model/trial.cpp", "none"): "the cause of no end",
    ("results/model/capabilities.hpp", "spin"): "a capability",
    ("results/json/peer_protocol.cpp", "pipe"): "a kind of channel",
    ("results/json/peer_protocol.cpp", "fifo"): "a kind of channel",
    ("results/figures/disturbances.cpp", "load"): "a group of facts",
    ("results/console/console.cpp", "none"): "a fact of the environment",
    ("results/export/export_bencher.cpp", "latency"): "a measure built into Bencher",
    ("results/export/export_bencher.cpp", "throughput"): "a measure built into Bencher",
}


def content(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def entry_names():
    found = set()
    for path in sources(ROOT, (".cpp",)):
        if path.startswith(ENTRIES):
            text = content(path)
            if "_entry()" in text or "_scenario()" in text:
                found.update(name for match in NAME.findall(text) for name in match if name)
    return found


def literals(text):
    return STRING.findall(COMMENT.sub("", text))


class Names(unittest.TestCase):
    def test_entries_are_found(self):
        names = entry_names()
        table = content("backends/table.cpp") + content("scenarios/table.cpp")
        declared = set(re.findall(r"(\w+?)(?:_lock|_notifier)?_(?:entry|scenario)\(\);", table))
        missing = {name for name in declared if not {name, name + "_lock"} & names}
        self.assertEqual(missing, {"no"})  # `no_lock_entry` is the lock `none`
        self.assertIn("none", names)

    def test_no_literal_of_results_is_a_name(self):
        names = entry_names()
        found, met = [], set()
        for path in sources(ROOT):
            if not path.startswith("results/"):
                continue
            for literal in literals(content(path)):
                if literal not in names:
                    continue
                if (path, literal) in OTHER_MEANING:
                    met.add((path, literal))
                else:
                    found.append(f'{path}: "{literal}"')
        self.assertEqual(found, [])
        self.assertEqual(set(OTHER_MEANING) - met, set(), "exceptions that nothing needs any more")

    def test_the_rule_bites(self):
        self.assertEqual(literals('if (group.scenario == "load") {}  // "pipe"\n'), ["load"])


if __name__ == "__main__":
    unittest.main()
