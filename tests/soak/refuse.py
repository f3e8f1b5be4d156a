#!/usr/bin/python3
"""refuse.py CALL ERROR PROGRAM [ARGUMENT]...: runs it under a filter that refuses one system call.

As a container's filter does: the kernel answers ERROR (EPERM, ENOSYS) to CALL, of the program and of
all that it starts.
"""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "command"))
import refusals


def is_known(call):
    try:
        refusals.number_of(call)
        return True
    except unittest.SkipTest:
        return False


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__.splitlines()[0])
    call, error, program = sys.argv[1], sys.argv[2], sys.argv[3:]
    try:
        refusals.refusing(call, error)()
    except unittest.SkipTest as unknown:
        sys.exit(f"refuse.py: {unknown}")
    os.execvp(program[0], program)


if __name__ == "__main__":
    main()
