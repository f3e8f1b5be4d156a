"""Files stay small, and none is named for being a drawer of everything."""

import os
import re
import unittest

from sources import root, sources

ROOT = root()
MAX_LINES = 500
DRAWER = re.compile(r"(^|[_./-])(util|utils|common|helper|helpers|misc)([_.-]|$)")


class Files(unittest.TestCase):
    def test_no_file_is_long(self):
        long = []
        for path in sources(ROOT, (".cpp", ".hpp", ".py")):
            with open(os.path.join(ROOT, path)) as file:
                lines = sum(1 for _ in file)
            if lines >= MAX_LINES:
                long.append(f"{path}: {lines} lines")
        self.assertEqual(long, [])

    def test_names_say_what_is_inside(self):
        names = sources(ROOT, (".cpp", ".hpp", ".py"))
        self.assertEqual([name for name in names if DRAWER.search(name)], [])

    def test_a_drawer_is_seen(self):
        self.assertTrue(DRAWER.search("results/string_util.hpp"))
        self.assertTrue(DRAWER.search("backends/common.cpp"))
        self.assertFalse(DRAWER.search("backends/commonly_used.cpp"))


if __name__ == "__main__":
    unittest.main()
