#!/usr/bin/python3
"""Runs that stand still for a minute, and one that moves for ten: each ends by itself, all passed.

They are stopped with all their processes, alone, or frozen as a container is. Where the processes
that are measured stood still, the trial is void and was measured again. Tests with a made-up clock
show the same in milliseconds.
"""

import concurrent.futures
import contextlib
import json
import os
import shlex
import signal
import time

import program
import soak

PAUSE_S = 60
BACKENDS = ("pipe", "shm_ring", "posix_mq", "python.pipe")
RUNNER = f"python=/usr/bin/python3 {shlex.quote(os.path.join(program.ROOT, 'backends/runners/python/runner'))}"
# Of four pauses of two and a half minutes: longer than any limit of what does not move.
MOVING = ("run", "--scenario", "counter", "--lock", "futex", "--processes", "1", "--increments", "4",
          "--think-time", "150s", "--trials", "1", "--share", "--quiet")


def tree(pid):
    """The process and its descendants."""
    return [pid, *(below for child in program.children(pid) for below in tree(child))]


class Stopped:
    """By signals: all processes of a run, or the run's own alone."""

    def __init__(self, everybody):
        self.everybody = everybody
        self.stopped = []

    def start(self, command):
        return command

    def begin(self, pid):
        self.stopped = tree(pid) if self.everybody else [pid]
        for each in self.stopped:
            program.send(each, signal.SIGSTOP)

    def end(self):
        for each in self.stopped:
            program.send(each, signal.SIGCONT)
        self.stopped = []

    def close(self):
        self.end()


class Frozen:
    """In a control group of its own, of version 1 or 2."""

    def __init__(self):
        if os.path.exists("/sys/fs/cgroup/cgroup.controllers"):
            base, self.file, self.words = "/sys/fs/cgroup", "cgroup.freeze", ("1", "0")
        else:
            base, self.file, self.words = "/sys/fs/cgroup/freezer", "freezer.state", ("FROZEN", "THAWED")
        self.folder = os.path.join(base, f"ipcmark.soak.{os.getpid()}.{id(self):x}")
        try:
            os.mkdir(self.folder)
        except OSError as error:
            raise soak.Refused(f"there is no group to freeze here: {error}; leave out 'frozen' by --only")

    def start(self, command):
        return ["sh", "-c", f'echo $$ >{self.folder}/cgroup.procs && exec "$@"', "sh", *command]

    def _write(self, word):
        with open(os.path.join(self.folder, self.file), "w", encoding="ascii") as file:
            file.write(word)

    def begin(self, _):
        self._write(self.words[0])

    def end(self):
        self._write(self.words[1])

    def close(self):
        self.end()
        for _ in range(100):  # what has ended leaves it a little later
            with contextlib.suppress(OSError):
                os.rmdir(self.folder)
                return
            time.sleep(0.1)


HOW = {"all of it stopped": lambda: Stopped(True), "ipcmark alone stopped": lambda: Stopped(False),
       "frozen": Frozen}


def await_trial(process):
    """Until its trial has run for a moment; false: it ended before."""
    while not program.children(process.pid):
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    time.sleep(2.5)
    return process.poll() is None


def one(run, how, backend):
    """What is wrong with a run that stands still in its first trial; empty: nothing."""
    name = f"{how.replace(' ', '-')}-{backend}"
    result = run.path(f"{name}.json")
    runner = ("--runner", RUNNER) if backend.startswith("python.") else ()
    command = [run.ipcmark, "run", *runner, "--scenario", "latency", "--backend", backend, "--size", "64",
               "--trials", "2", "--duration", "5s", "--share", "--quiet", "--json", result]
    with contextlib.closing(HOW[how]()) as pause, open(run.path(name), "w+", errors="replace") as output:
        process = run.processes.start(pause.start(command), output)
        paused = await_trial(process)
        if paused:
            pause.begin(process.pid)
            time.sleep(run.options.seconds)
            pause.end()
        code = run.processes.wait(process)
        output.seek(0)
        said = output.read()
    if not paused or code != 0:
        return f"{how}, {backend}: exit code {code}, paused: {paused}\n{said}"
    with open(result, encoding="utf-8") as file:
        trials = json.load(file)["cells"][0]["trials"]
    states, voids = {trial["state"] for trial in trials}, sum(len(trial["voids"]) for trial in trials)
    # Of ipcmark alone nobody may tell that the others went on.
    if states != {"passed"} or (voids == 0 and how != "ipcmark alone stopped"):
        return f"{how}, {backend}: {', '.join(sorted(states))}; {voids} void\n{said}"
    return ""


def stood_still(run, how):
    """What was wrong, of all mechanisms side by side."""
    pool = concurrent.futures.ThreadPoolExecutor(len(BACKENDS))
    try:
        return [wrong for wrong in pool.map(lambda backend: one(run, how, backend), BACKENDS) if wrong]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def moved_on(run):
    began = time.monotonic()
    code, said = run.run(run.ipcmark, *MOVING)
    took = time.monotonic() - began
    return [] if code == 0 and took >= 600 else [f"exit code {code} after {took:.0f} s\n{said}"]


def pauses(run):
    kinds = {how: (f"{len(BACKENDS)} mechanisms, {run.options.seconds} s", lambda how=how: stood_still(run, how))
             for how in HOW}
    kinds["moving on"] = ("10 minutes", lambda: moved_on(run))
    passed = True
    for kind, (extent, wrong_in) in kinds.items():
        if run.options.only and not run.options.only.search(kind):
            continue
        wrong = wrong_in()
        for each in wrong:
            run.say(each)
        run.row(f"pause: {kind}", extent, f"{len(wrong)} wrong")
        passed = passed and not wrong
    return passed


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(PAUSE_S, "for so long they stand still", name="SECONDS")
    arguments.add_only("only kinds whose name matches", row_each=True)
    soak.main(pauses, arguments)
