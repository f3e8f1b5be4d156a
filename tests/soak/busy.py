"""Other work on the machine: processes that do nothing but take CPU time, and end with the soak."""

import contextlib
import os
import sys

# Looks for its parent now and then, so that it does not outlive one that was killed.
BURN = """
import os, sys
while os.getppid() == int(sys.argv[1]):
    for _ in range(1000000):
        pass
"""


def start_burner(processes, cpu=None):
    """A busy process; on that CPU alone when one is given. processes.end() ends it."""
    pin = "" if cpu is None else f"import os; os.sched_setaffinity(0, {{{cpu}}})\n"
    return processes.start([sys.executable, "-c", pin + BURN, str(os.getpid())])


@contextlib.contextmanager
def busy_machine(processes, busy=True):
    """As many busy processes as there are CPUs, while the block runs."""
    burners = []
    try:
        for _ in os.sched_getaffinity(0) if busy else ():
            burners.append(start_burner(processes))
        yield
    finally:
        if burners:
            processes.end(*burners)
