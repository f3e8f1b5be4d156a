#!/usr/bin/python3
"""The largest systems, each within 300 s: 64 clients, 16 stages, 1 000 000 increments, and more."""

import time

import soak

LIMIT_S = 300

# name, extent, options
MESSAGES = (
    ("chat", "64 clients x 1000", ["--scenario", "chat", "--clients", "64", "--count", "1000"]),
    ("pipeline", "16 stages x 100 000",
     ["--scenario", "pipeline", "--stages", "16", "--count", "100000"]),
    ("task queue", "100 000, a kill every 100 ms",
     ["--scenario", "task_queue", "--count", "100000", "--kills", "50", "--kill-every", "100ms"]),
    ("fan-in", "of 32", ["--scenario", "fan_in", "--senders", "32", "--count", "10000"]),
    ("fan-out", "to 32", ["--scenario", "fan_out", "--receivers", "32", "--count", "10000"]),
    ("scoreboard", "32 x 1000",
     ["--scenario", "scoreboard", "--processes", "32", "--count", "1000"]),
    ("sensor", "32 readers x 10 000",
     ["--scenario", "sensor", "--receivers", "32", "--count", "10000"]),
    ("monitor", "32 sensors x 10 000",
     ["--scenario", "monitor", "--senders", "32", "--count", "10000"]),
    ("crawl", "1 000 000 pages", ["--scenario", "crawl", "--count", "1000000"]),
)
BROKER = ("broker", "8 publishers x 10 000 to 32",
          ["--scenario", "broker", "--senders", "8", "--receivers", "32", "--topics", "8",
           "--count", "10000"])
LOCKED = (
    ("crawl", "1 000 000 pages", ["--scenario", "crawl", "--count", "1000000"]),
    ("counter", "8 x 1 000 000",
     ["--scenario", "counter", "--processes", "8", "--increments", "1000000"]),
    ("scoreboard", "32 x 1000",
     ["--scenario", "scoreboard", "--processes", "32", "--count", "1000"]),
)

# With as many processes as may be asked for (max_processes): of some to one, of one to some, both.
LARGEST = (
    ("pipe", ("counter", "processes"), ("fan_in", "senders"), ("fan_out", "receivers"),
     ("request_reply", "clients"), ("chat", "clients"), ("pipeline", "stages"), ("broker", "receivers"),
     ("task_queue", "processes"), ("crawl", "processes"), ("scoreboard", "processes"),
     ("monitor", "senders"), ("sensor", "receivers")),
    ("futex", ("barrier", "processes"), ("event", "receivers"), ("condvar", "senders"), ("race", "processes"),
     ("crawl", "processes"), ("scoreboard", "processes")),
    ("posix_sem", ("semaphore", "processes")),  # one that counts
)


def systems(locks):
    """Kind of the row, extent and options of each."""
    for backend in ("pipe", "unix_stream", "posix_mq", "shm_ring", "mpmc_ring", "broadcast_ring",
                    "shm_mutex"):
        for name, extent, options in (*MESSAGES, BROKER):
            yield f"scale: {name}, {backend}", extent, [*options, "--backend", backend]
    name, extent, options = BROKER
    yield f"scale: {name}, zeromq", extent, [*options, "--backend", "zeromq"]
    for mechanism, *scenarios in LARGEST:
        kind = "backend" if mechanism == "pipe" else "notifier"
        for name, option in scenarios:
            over = "lock" if name in ("race", "crawl", "scoreboard") and kind == "notifier" else kind
            yield (f"scale: {name} of 250, {mechanism}", f"250 {option}",
                   ["--scenario", name, f"--{option}", "250", f"--{over}", mechanism])
    for lock in locks:
        for name, extent, options in LOCKED:
            yield f"scale: {name}, {lock}", extent, [*options, "--lock", lock]


def locks_of(run):
    code, said = run.run(run.ipcmark, "list", "locks")
    names = [line.split()[0] for line in said.splitlines()[1:] if line.strip()]
    if code != 0 or "none" not in names:
        raise soak.Refused(f"{run.ipcmark} list locks does not list the locks; build it anew")
    return [name for name in names if name != "none"]


def scale(run):
    wanted = run.options.only
    chosen = [each for each in systems(locks_of(run)) if not wanted or wanted.search(each[0])]
    if not chosen:
        raise soak.Refused(f"no system's name matches '{wanted.pattern}'; "
                           "names are like 'scale: chat, pipe'")
    bad = 0
    for kind, extent, options in chosen:
        run.begin_row()
        began = time.monotonic()
        code, said = run.run(run.ipcmark, "run", "--trials", "1", "--size", "64", "--wait", "block",
                             "--quiet", *options)
        late = time.monotonic() - began > LIMIT_S
        run.row(kind, extent, f"exit code {code}" + (f", above {LIMIT_S} s" if late else ""))
        if code != 0 or late:
            bad += 1
            run.say(said)
    return bad == 0


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_only("only systems whose name matches, as in 'chat|crawl, futex'", row_each=True)
    soak.main(scale, arguments)
