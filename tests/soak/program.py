"""Finding the build, and running it: each process in a group of its own.

So a Ctrl-C reaches the soak alone, which ends what it started in order.
"""

import os
import signal
import subprocess
import threading

import interruption

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
END_S = 30  # for a run to end in order


class Refused(Exception):
    """The soak cannot begin, or cannot go on. Its text is one sentence that says what to change."""


def find_build(asked=None):
    """The directory that holds ipcmark: `asked`, else the developers' build, else the users'."""
    candidates = [asked] if asked else [os.path.join(ROOT, "build", name)
                                        for name in ("check", "release")]
    for directory in candidates:
        if os.access(os.path.join(directory, "ipcmark"), os.X_OK):
            return os.path.abspath(directory)
    raise Refused(f"there is no program ipcmark in {' or '.join(candidates)}: build it first (cmake "
                  "--workflow --preset check), or say where it lies with --build DIR")


def revision():
    try:
        answer = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except FileNotFoundError:
        return "unknown"
    return answer.stdout.strip() or "unknown"


def children(pid):
    """Process ids, oldest first; empty when the process has ended."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def send(pid, number):
    """A signal to a process that may be gone by now."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


class Processes:
    """What a soak has started and not yet seen end. Safe to use from several threads."""

    def __init__(self, environment):
        self.environment = environment
        self._lock = threading.Lock()
        self._running = set()
        self._ended = False

    def start(self, command, output=subprocess.DEVNULL):
        """A process that the caller hands to wait(). `output` takes stdout and stderr."""
        with interruption.whole(), self._lock:
            if self._ended:
                raise Refused("the soak is being ended")
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment,
                                       stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, process_group=0)
            self._running.add(process)
            return process

    def wait(self, process):
        code = process.wait()
        self._running.discard(process)
        return code

    def run(self, command, output=subprocess.DEVNULL):
        return self.wait(self.start(command, output))

    def end(self, *processes):
        """Ends these, in order where they can, and all of them without arguments."""
        if not processes:
            with self._lock:
                self._ended = True
            processes = tuple(self._running)
        for process in processes:
            _signal_group(process, signal.SIGTERM)
        for process in processes:
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                _signal_group(process, signal.SIGKILL)
                process.wait()
            self._running.discard(process)


def _signal_group(process, number):
    if process.poll() is None:
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:  # another thread has just seen it end
            pass
