#!/usr/bin/python3
"""Runs killed at random moments, then `ipcmark clean`: nothing is left, and the next run passes.

Every second time a worker is killed, and the coordinator is asked to end.
"""

import random
import signal
import time

import program
import soak


def kill_one(run, i):
    """One run that does not end by itself."""
    coordinator = run.processes.start(
        [run.ipcmark, "run", "--scenario", "latency,throughput,counter", "--size", "64",
         "--trials", "1", "--duration", "20ms", "--seed", str(i + 1), "--quiet"])
    time.sleep(0.02 + random.Random(i + 7).random() * 1.5)
    workers = program.children(coordinator.pid) if i % 2 else []
    program.send(workers[0] if workers else coordinator.pid, signal.SIGKILL)
    if workers:
        time.sleep(0.2)
        program.send(coordinator.pid, signal.SIGTERM)
    run.processes.wait(coordinator)
    time.sleep(0.2)  # workers die with their parent


def kill(run):
    bad = disturbed = 0
    for i in range(run.options.count):
        kill_one(run, i)
        run.run(run.ipcmark, "clean")
        bad += run.left_over() > 0
        code, said = run.run(run.ipcmark, "run", "--scenario", "counter", "--trials", "1", "--quiet")
        if code != 0:
            disturbed += 1
            run.say(said)
    run.row("kill", f"{run.options.count} runs",
            f"{bad} times something left after clean; {disturbed} runs after it disturbed")
    return bad == 0 and disturbed == 0


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(100, "runs to kill")
    soak.main(kill, arguments)
