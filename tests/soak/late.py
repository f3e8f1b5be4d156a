#!/usr/bin/python3
"""Receivers that come late, are slow, or stopped and continued: none is called a deadlock.

Four runs side by side, in each of which somebody waits for seconds and everything is well.
"""

import concurrent.futures
import re
import signal
import time

import program
import soak

# Named here because they have to pass between two processes, both ways at once.
BACKENDS = ("pipe", "fifo", "unix_stream", "unix_seqpacket", "unix_dgram", "tcp", "posix_mq",
            "sysv_mq", "shm_mutex", "shm_ring", "mpmc_ring", "broadcast_ring", "mmap_file",
            "boost_mq", "zeromq")
SIDE_BY_SIDE = 4


def options_of(i):
    if i % 4 < 2:
        return ["--scenario", "large_payload", "--receiver-late", "3s", *["--both-ways"] * (i % 2)]
    if i % 4 == 2:
        return ["--scenario", "counter", "--think-time", "700ms", "--processes", "2",
                "--increments", "2"]
    return ["--scenario", "throughput", "--size", "64", "--duration", "1500ms", "--wait", "block"]


def stop_for_a_while(process):
    """Stops the receiver in the middle; false when there never was one."""
    began = time.monotonic()
    while len(workers := program.children(process.pid)) < 2:
        if process.poll() is not None:
            return False
        time.sleep(0.01)
    time.sleep(max(0, began + 1 - time.monotonic()))
    program.send(workers[1], signal.SIGSTOP)
    time.sleep(2)
    program.send(workers[1], signal.SIGCONT)
    return True


def one(run, i):
    """What one run printed; whether it passed; whether it was called a deadlock."""
    backend = BACKENDS[i // 4 % len(BACKENDS)]
    with open(run.path(f"late-{i}"), "w+", errors="replace") as output:
        process = run.processes.start(
            [run.ipcmark, "run", *options_of(i), "--backend", backend, "--trials", "1", "--share",
             "--quiet"], output)
        stopped = i % 4 != 3 or stop_for_a_while(process)
        code = run.processes.wait(process)
        output.seek(0)
        said = output.read()
    if not stopped:
        said += "ended before its receiver could be stopped\n"
    passed = code == 0 and stopped
    return f"{i}: {backend}\n{said}", passed, re.search("deadlock", said, re.IGNORECASE) is not None


def late(run):
    bad = false = 0
    pool = concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE)
    try:
        for said, passed, deadlock in pool.map(lambda i: one(run, i), range(run.options.count)):
            bad += not passed
            false += deadlock
            if not passed or deadlock:
                run.say(said)
    finally:
        # When interrupted: the runs are ended afterwards, which ends the threads that wait for them.
        pool.shutdown(wait=False, cancel_futures=True)
    run.row("late", f"{run.options.count} runs", f"{false} called a deadlock, {bad} not passed")
    return bad == 0 and false == 0


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(200, "runs")
    soak.main(late, arguments)
