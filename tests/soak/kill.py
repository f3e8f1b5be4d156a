#!/usr/bin/python3
"""Runs killed at random moments, some at once, beside `ipcmark clean` in a loop.

Nothing is left, what each had measured goes on with --resume, and the next run passes. Every second
time a worker is killed first.
"""

import contextlib
import json
import os
import random
import signal
import time

import program
import soak

AT_ONCE = 8
FAILED = 5  # the exit code
# What has objects with names, and some that have none.
MEASURE = ("run", "--share", "--scenario", "latency,throughput,counter", "--size", "64", "--trials", "1",
           "--backend", "pipe,fifo,posix_mq,sysv_mq,shm_mutex,sysv_shm,mmap_file,boost_mq,zeromq",
           "--lock", "futex,sysv_sem", "--duration", "20ms", "--quiet")


def start(run, i):
    return run.processes.start([run.ipcmark, *MEASURE, "--seed", str(i + 1), "--json", run.path(f"{i}.json")])


def kill_each(run, processes):
    """Those by number, each at a moment of its own."""
    began = time.monotonic()
    moments = {i: 0.02 + random.Random(i + 7).random() * 2 for i in processes}
    for i in sorted(processes, key=moments.get):
        time.sleep(max(0, began + moments[i] - time.monotonic()))
        workers = program.children(processes[i].pid) if i % 2 else []
        if workers:
            program.send(workers[0], signal.SIGKILL)
            time.sleep(0.05)
        program.send(processes[i].pid, signal.SIGKILL)
    for process in processes.values():
        run.processes.wait(process)


def trials_of(document):
    return [trial for cell in document["cells"] for trial in cell["trials"]]


def lost(run, i):
    """What is wrong with what run number i had measured; or nothing."""
    result, journal = run.path(f"{i}.json"), run.path(f"{i}.json.journal")
    if not os.path.exists(journal) or os.path.getsize(journal) == 0:
        return ""  # killed before, or ended before
    with open(journal) as file:
        written = file.read().split("\n")[1:-1]  # a last line without its end was being written
    code, said = run.run(run.ipcmark, *MEASURE, "--resume", journal, "--json", result)
    if code != 0 and not (code == FAILED and i % 2):  # of a cell whose worker was killed
        return f"exit code {code} of --resume: {said}"
    with open(result) as file:
        trials = trials_of(json.load(file))
    missing = [line for line in written if json.loads(line)["trial"] not in trials]
    return f"{len(missing)} of {len(written)} trials were lost" if missing else ""


def kill_some(run, numbers):
    """How many of these runs lost something."""
    kill_each(run, {i: start(run, i) for i in numbers})
    bad = 0
    for i in numbers:
        if said := lost(run, i):
            bad += 1
            run.say(f"run {i}: {said}")
        for name in (f"{i}.json", f"{i}.json.journal"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(run.path(name))
    return bad


def kill(run):
    bad = left = disturbed = 0
    for first in range(0, run.options.count, AT_ONCE):
        with run.cleaning() as failures:
            bad += kill_some(run, range(first, min(first + AT_ONCE, run.options.count)))
        for said in failures:
            disturbed += 1
            run.say(f"clean: {said}")
        run.run(run.ipcmark, "clean")
        left += run.left_over() > 0
        code, said = run.run(run.ipcmark, "run", "--share", "--scenario", "counter", "--trials", "1", "--quiet")
        if code != 0:
            disturbed += 1
            run.say(said)
    run.row("kill", f"{run.options.count} runs, {AT_ONCE} at once, beside clean",
            f"{bad} lost something; {left} times something left; {disturbed} disturbed")
    return bad == 0 and left == 0 and disturbed == 0


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(100, "runs to kill")
    soak.main(kill, arguments)
