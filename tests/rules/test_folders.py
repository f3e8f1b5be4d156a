"""Who may include whom, folder by folder, and how many sources a folder holds.

    results <- backends <- scenarios <- tools; bench and tests include anything, nothing includes them.

Inside these, a folder may include headers of its parent and of its neighbours, as long as no two folders
need each other. A parent never includes its children: its tables declare their entries.
"""

import collections
import os
import re
import unittest

from sources import root, sources

ROOT = root()
ORDER = ["results", "backends", "scenarios", "tools"]
MAX_SOURCES = 25  # a header counts with the source of its name
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def wrong_top_folder(path, included):
    """Whether `path` must not include `included` for the folders that they begin with."""
    folder, target = path.split("/")[0], included.split("/")[0]
    if path.startswith("bench/handwritten/"):
        return target != "bench"  # the controls stand alone
    if folder not in ORDER:
        return "/" not in included or target not in ORDER + ["bench", "tests"]
    return target not in ORDER[: ORDER.index(folder) + 1]


def includes_child(path, included):
    return os.path.dirname(included).startswith(os.path.dirname(path) + "/")


def wrong_includes(path, text):
    """Included paths that `path` must not include."""
    return [f"{path} includes {included}" for included in INCLUDE.findall(text)
            if wrong_top_folder(path, included) or includes_child(path, included)]


def edges(texts):
    """Folder -> folders that it includes headers of. `texts`: path -> text."""
    found = collections.defaultdict(set)
    for path, text in texts.items():
        for included in INCLUDE.findall(text):
            if os.path.dirname(included) != os.path.dirname(path):
                found[os.path.dirname(path)].add(os.path.dirname(included))
    return found


def in_cycles(graph):
    """The folders that are left when those that need no other folder are taken away, again and again."""
    left = {folder: set(needs) for folder, needs in graph.items()}
    while True:
        free = [folder for folder, needs in left.items() if not needs & left.keys()]
        if not free:
            return sorted(left)
        for folder in free:
            del left[folder]


def sizes(paths):
    """Folder -> its number of sources."""
    stems = {os.path.splitext(path)[0] for path in paths}
    return collections.Counter(os.path.dirname(stem) for stem in stems)


class Folders(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.texts = {}
        for path in sources(ROOT):
            with open(os.path.join(ROOT, path)) as file:
                cls.texts[path] = file.read()

    def test_every_include_goes_the_right_way(self):
        self.assertGreater(len(self.texts), 400)
        wrong = [line for path, text in self.texts.items() for line in wrong_includes(path, text)]
        self.assertEqual(wrong, [])

    def test_no_two_folders_need_each_other(self):
        self.assertEqual(in_cycles(edges(self.texts)), [])

    def test_folders_stay_small(self):
        large = {folder: count for folder, count in sizes(self.texts).items() if count > MAX_SOURCES}
        self.assertEqual(large, {})

    def test_a_wrong_include_is_seen(self):
        self.assertTrue(wrong_includes("results/a.cpp", '#include "backends/fd.hpp"\n'))
        self.assertTrue(wrong_includes("backends/a.cpp", '# include "tests/a.hpp"\n'))
        self.assertTrue(wrong_includes("tools/a.cpp", '#include "sibling.hpp"\n'))
        self.assertTrue(wrong_includes("tests/unit/a.cpp", '#include "sibling.hpp"\n'))
        self.assertTrue(wrong_includes("bench/handwritten/a.cpp", '#include "results/text/a.hpp"\n'))
        self.assertTrue(wrong_includes("scenarios/a.cpp", '#include "scenarios/plan/a.hpp"\n'))
        self.assertFalse(wrong_includes("tools/a/b.cpp", '#include "tools/c.hpp"\n#include <x>\n'))
        self.assertFalse(wrong_includes("tools/a/b.cpp", '#include "results/text/a.hpp"\n'))

    def test_a_cycle_and_a_large_folder_are_seen(self):
        self.assertEqual(in_cycles(edges({"a/x/1.cpp": '#include "a/y/2.hpp"\n',
                                          "a/y/2.hpp": '#include "a/z/3.hpp"\n',
                                          "a/z/3.hpp": '#include "a/x/1.hpp"\n',
                                          "a/w/4.cpp": '#include "a/x/1.hpp"\n'})),
                         ["a/w", "a/x", "a/y", "a/z"])
        self.assertEqual(in_cycles(edges({"a/x/1.cpp": '#include "a/y/2.hpp"\n'})), [])
        self.assertEqual(sizes(["a/b.cpp", "a/b.hpp", "a/c.hpp"]), {"a": 2})


if __name__ == "__main__":
    unittest.main()
