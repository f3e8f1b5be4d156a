"""The repository's source files, for the tests beside this file."""

import os

FOLDERS = ("results", "backends", "scenarios", "tools", "bench", "tests")


def sources(root, endings=(".cpp", ".hpp")):
    """Paths relative to `root`, sorted."""
    found = []
    for folder in FOLDERS:
        for directory, _, names in os.walk(os.path.join(root, folder)):
            found += [os.path.relpath(os.path.join(directory, name), root)
                      for name in names if name.endswith(endings)]
    return sorted(found)
