"""The repository's source files, for the tests beside this file."""

import os
import sys

FOLDERS = ("results", "backends", "scenarios", "tools", "bench", "tests")


def root():
    """The repository: the first argument, else the one these tests lie in."""
    if len(sys.argv) > 1 and os.path.isdir(sys.argv[1]):
        return sys.argv.pop(1)
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def sources(root, endings=(".cpp", ".hpp")):
    """Paths relative to `root`, sorted."""
    found = []
    for folder in FOLDERS:
        for directory, _, names in os.walk(os.path.join(root, folder)):
            found += [os.path.relpath(os.path.join(directory, name), root)
                      for name in names if name.endswith(endings)]
    return sorted(found)
