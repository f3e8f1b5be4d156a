"""Runs of the build against itself in which the machine changes midway: never a false alarm."""

import os
import time

import busy
import gate_runs
import program


def pin(pid, cpu):
    try:
        os.sched_setaffinity(pid, {cpu})
    except OSError:  # ended, or the CPU is not this container's
        pass


def move_workers(process, until):
    """One worker of each trial is moved to the last CPU, away from the others."""
    cpu = max(os.sched_getaffinity(0))
    while time.monotonic() < until and process.poll() is None:
        for trial in program.children(process.pid):
            for worker in program.children(trial)[:1]:
                pin(worker, cpu)
        time.sleep(0.02)


def share_cpu(run, process, until):
    """Another process takes half of the CPU that the cells run on."""
    burner = busy.start_burner(run.processes, min(os.sched_getaffinity(0)))
    try:
        while time.monotonic() < until and process.poll() is None:
            time.sleep(0.02)
    finally:
        run.processes.end(burner)


def disturbed_run(gate, file, i):
    run = gate.run
    with open(run.path("gate.txt"), "w+", errors="replace") as output:
        process = run.processes.start(
            gate.command("--rounds", str(gate_runs.ROUNDS), "--seed", str(3000 + i)), output)
        time.sleep(3 + (i * 5) % 9)
        until = time.monotonic() + 6 + (i * 7) % 9
        if i % 2 == 0:
            share_cpu(run, process, until)
        else:
            move_workers(process, until)
        code = run.processes.wait(process)
        output.seek(0)
        gate.keep(file, code, output.read())


def state(run):
    gate = gate_runs.Gate(run)
    directory = gate.directory("state")
    files = [gate.file(directory, i) for i in range(1, run.options.count + 1)]
    for i, file in enumerate(files, start=1):
        if not os.path.exists(file):
            disturbed_run(gate, file, i)
    text, flagged = gate_runs.tally(run, files)
    run.row(gate.kind("state"), f"{run.options.count} runs", text)
    return flagged == 0
