"""results <- backends <- scenarios <- tools; bench and tests include anything, nothing includes them."""

import os
import re
import unittest

from sources import root, sources

ROOT = root()
ORDER = ["results", "backends", "scenarios", "tools"]
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def wrong_includes(path, text):
    """Included paths that `path` must not include."""
    folder = path.split("/")[0]
    wrong = []
    for included in INCLUDE.findall(text):
        target = included.split("/")[0]
        if folder in ORDER:
            allowed = ORDER[: ORDER.index(folder) + 1]
        elif path.startswith("bench/handwritten/"):
            allowed = ["bench"]  # the controls stand alone
        else:
            allowed = ORDER + ["bench", "tests"]
            if "/" not in included:
                continue  # a neighbour in the same folder
        if target not in allowed:
            wrong.append(f"{path} includes {included}")
    return wrong


class IncludeDirection(unittest.TestCase):
    def test_every_source(self):
        paths = sources(ROOT)
        self.assertGreater(len(paths), 50)
        wrong = []
        for path in paths:
            with open(os.path.join(ROOT, path)) as file:
                wrong += wrong_includes(path, file.read())
        self.assertEqual(wrong, [])

    def test_a_wrong_include_is_seen(self):
        self.assertTrue(wrong_includes("results/a.cpp", '#include "backends/fd.hpp"\n'))
        self.assertTrue(wrong_includes("backends/a.cpp", '# include "tests/a.hpp"\n'))
        self.assertTrue(wrong_includes("tools/a.cpp", '#include "sibling.hpp"\n'))
        self.assertTrue(wrong_includes("bench/handwritten/a.cpp", '#include "results/a.hpp"\n'))
        self.assertFalse(wrong_includes("tools/a.cpp", '#include "results/a.hpp"\n#include <x>\n'))


if __name__ == "__main__":
    unittest.main()
