"""Code that CONTRIBUTING.md quotes is the file that is compiled, letter for letter.

A quote is a fenced block right after a line `<!-- quoted: path -->`. With --write the blocks are
taken from the files anew.
"""

import os
import re
import sys
import unittest

from sources import root

ROOT = root()
DOCUMENT = os.path.join(ROOT, "CONTRIBUTING.md")
QUOTE = re.compile(r"(<!-- quoted: (\S+) -->\n```\w+\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE)
MUST_QUOTE = {
    "tests/out_of_tree/packet_pipe.cpp",
    "tests/out_of_tree/sum_scenario.cpp",
    "tests/out_of_tree/main.cpp",
    "tests/out_of_tree/project.cmake",
}


def content(path):
    with open(os.path.join(ROOT, path)) as file:
        return file.read()


class QuotedCode(unittest.TestCase):
    def test_quotes_are_the_files(self):
        quotes = QUOTE.findall(content(DOCUMENT))
        self.assertLessEqual(MUST_QUOTE, {path for _, path, _, _ in quotes})
        for _, path, quoted, _ in quotes:
            with self.subTest(path):
                self.assertEqual(quoted, content(path))


def write():
    text = QUOTE.sub(lambda m: m.group(1) + content(m.group(2)) + m.group(4), content(DOCUMENT))
    with open(DOCUMENT, "w") as file:
        file.write(text)


if __name__ == "__main__":
    if "--write" in sys.argv:
        write()
    else:
        unittest.main()
