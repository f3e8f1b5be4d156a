#!/usr/bin/python3
"""ipcmark where the kernel, a container, a filter or a limit refuses something, as root.

In each environment `list`, `doctor`, `check` and `run --suite quick --trials 1`, and Python's own
mechanisms, must end in time, with an exit code that is documented, and leave nothing; no cell may fail
for it, and what is skipped must say why: the words expected of the environment stand in the reasons,
and in no reason of a mechanism that it is not to touch.
"""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import typing

import program
import refuse
import soak

HERE = os.path.dirname(os.path.abspath(__file__))
REFUSE = (sys.executable, os.path.join(HERE, "refuse.py"))
LIMIT_S = 900  # for one command: far above what it takes
NOBODY = 65534

# What each command may end with: 0 well, 2 an output or a directory of its own that cannot be had,
# 77 nothing could run. Never 5: an environment is no failure of a cell. 4: every round was void.
CODES = {"list": (0,), "doctor": (0,), "check": (0, 2, 77), "run": (0, 2, 77),
         "on request": (0, 2, 77), "runner": (0, 2, 77), "ab": (4,)}
# What `check` leaves out unless it is named, as the quick suite does.
NAMED = {"memfd_pass", "cma", "vmsplice", "signal", "sysv_shm", "io_uring_pipe", "io_uring_unix",
         "eventfd_slot", "futex_slot", "mpmc_ring", "broadcast_ring"}
# Lose messages: only where they are asked for, and of no `check`.
LOSSY = {"udp", "lossy_ring"}
# For what is in no suite.
ON_REQUEST = ("run", "--scenario", "latency,duplex,connect", "--messages", "20", "--trials", "1",
              "--backend", ",".join(("pipe", "unix_stream", "tcp", "posix_mq", "shm_ring", *sorted(LOSSY),
                                     *sorted(NAMED))))
# Python's own mechanisms; not by its name, which a shell would have to find.
RUNNER = f"python=/usr/bin/python3 {shlex.quote(os.path.join(program.ROOT, 'backends/runners/python/runner'))}"
WITH_RUNNER = ("run", "--runner", RUNNER, "--only", "latency/python.*", "--size", "64", "--messages", "20",
               "--trials", "1")
PAIRS = ("to_cpp", "from_cpp")
PYTHON_FIFO = ("python.fifo", *(f"python.fifo_{way}" for way in PAIRS))
PYTHON_BIND = ("python.tcp_socket", "python.unix_socket", "python.manager_queue",
               *(f"python.unix_socket_{way}" for way in PAIRS))
PYTHON_SHM = ("python.shared_memory", "python.mmap", "python.queue", "python.simple_queue")
# What waits with a timer of its own, which wakes it to look after its peer.
TIMED = ("posix_mq", "sysv_mq", "eventfd_slot", "signal", "posix_sem", "sysv_sem", "flock", "ofd_lock",
         "eventfd", "pipe")
# Never, whatever the environment.
BUGS = re.compile(r"bug:|internal error|terminate called|Sanitizer|Assertion")


class Environment(typing.NamedTuple):
    name: str
    # Before the command, in its place: `"$@"` is the command.
    script: str = 'exec "$@"'
    # By mechanism: what the reason must say where all its cells are skipped, and they must be.
    skipped: dict = {}
    # These must have passed somewhere: a way round is expected. A result must be written then.
    passed: tuple = ()
    # Words of its own: no other mechanism but those of `others` may be skipped with them altogether.
    because: str = ""
    others: tuple = ()
    # A sentence that each command that would measure must say; nothing need have passed then.
    said: str = ""
    # By command: what it must show, beside its figures where it has some. `ab` is run for this alone.
    shown: dict = {}
    # False: of what has to be named, only what is expected to be skipped is tried.
    tries_all: bool = True
    prefix: tuple = ("unshare", "-m", "--propagation", "private")


def with_mounts(*commands, **rest):
    return dict(script=" && ".join(commands) + ' && exec "$@"', **rest)


def under_limit(flag, value):
    return f'ulimit -{flag} {value} && exec "$@"'


# Of each 100 ms all together may run 20 ms.
QUOTA = """
mounts=/sys/fs/cgroup
if [ -e $mounts/cpu/cpu.cfs_quota_us ]; then
    outside=$mounts/cpu$(sed -n 's/^[0-9]*:\\(.*,\\)*cpu\\(,.*\\)*://p' /proc/self/cgroup | head -n 1)
    inside=$outside/ipcmark.soak.$$
    mkdir $inside && echo 100000 >$inside/cpu.cfs_period_us \
        && echo 20000 >$inside/cpu.cfs_quota_us || exit 99
else
    outside=$mounts$(sed -n 's/^0:://p' /proc/self/cgroup)
    inside=$mounts/ipcmark.soak.$$
    mkdir $inside && echo 20000 100000 >$inside/cpu.max || exit 99
fi
echo $$ >$inside/cgroup.procs
"$@"
code=$?
echo $$ >$outside/cgroup.procs
rmdir $inside
exit $code
"""


def refused(call, error, skipped=None, passed=(), said="", **rest):
    return Environment(f"{call} {error}", skipped=skipped or {}, passed=passed, said=said,
                       prefix=(*REFUSE, call, error), script='exec "$@"', tries_all=False, **rest)


def refusals():
    way = {"EPERM": "Operation not permitted", "ENOSYS": "not implemented"}
    for error, words in way.items():
        round_it = dict(passed=("pipe", "shm_ring"), because=words)
        yield refused("memfd_create", error, {"memfd_pass": words}, ("pipe", "shm_ring", "mmap_file"),
                      because=words)
        yield refused("pidfd_open", error, **round_it)
        yield refused("futex_waitv", error, **round_it)
        yield refused("close_range", error, **round_it)
        yield refused("mq_open", error, {"posix_mq": words}, **round_it)
        yield refused("msgget", error, {"sysv_mq": words}, **round_it)
        yield refused("semget", error, {"sysv_sem": words}, **round_it)
        yield refused("socketpair", error, said=words)
        yield refused("eventfd2", error, {"zeromq": words, "eventfd": words, "eventfd_slot": words},
                      **round_it)
        yield refused("process_vm_readv", error, {"cma": words}, **round_it)
        yield refused("vmsplice", error, {"vmsplice": words}, **round_it)
        yield refused("signalfd4", error, {"signal": words}, **round_it)
        yield refused("shmget", error, {"sysv_shm": words}, **round_it)
        yield refused("io_uring_setup", error, {"io_uring_pipe": words, "io_uring_unix": words}, **round_it)
        yield refused("timer_create", error, others=TIMED, **round_it)
        yield refused("sched_setaffinity", error, said=words)
        yield refused("mknodat", error, {name: words for name in ("fifo", *PYTHON_FIFO)}, **round_it)


def environments():
    yield Environment("read-only root", **with_mounts("mount -o remount,bind,ro /"),
                      said="Read-only file system")
    own = 'work=$(dirname "$IPCMARK_RUNTIME_DIR") && mount --bind "$work" "$work"'
    yield Environment("read-only root, one folder of one's own",
                      **with_mounts(own, "mount -o remount,bind,ro /"), passed=("pipe", "mmap_file"))
    yield Environment("no /dev/shm", **with_mounts("mount -t tmpfs none /dev"
                                                   " && mknod -m 666 /dev/null c 1 3"),
                      skipped={name: "/dev/shm" for name in ("shm_mutex", "boost_mq", *PYTHON_SHM)},
                      passed=("pipe",))
    yield Environment("/dev/shm read-only", **with_mounts("mount -t tmpfs -o ro none /dev/shm"),
                      skipped={name: "Read-only" for name in ("shm_mutex", "boost_mq", *PYTHON_SHM)},
                      passed=("pipe",))
    yield Environment("/dev/shm of 64 KiB", **with_mounts("mount -t tmpfs -o size=64k none /dev/shm"),
                      passed=("pipe",))
    yield Environment("no loopback",
                      skipped={name: "loopback" for name in ("tcp", "udp", "python.tcp_socket")},
                      passed=("pipe", "unix_stream"), prefix=("unshare", "-n"))
    yield Environment("no /proc", **with_mounts("umount -l /proc"), said="/proc")
    yield Environment("mknod refused", skipped={name: "not permitted" for name in ("fifo", *PYTHON_FIFO)},
                      passed=("pipe",), prefix=(*REFUSE, "mknodat", "EPERM"))
    yield Environment("bind refused",
                      skipped={name: "not permitted" for name in ("tcp", "udp", *PYTHON_BIND)},
                      passed=("pipe",), prefix=(*REFUSE, "bind", "EPERM"))
    yield Environment("ulimit -n 32", under_limit("n", 32), passed=("pipe",), prefix=())
    # The result of a whole suite is larger.
    yield Environment("ulimit -f 64", under_limit("f", 64), said="File too large", prefix=())
    yield Environment("ulimit -q 0", under_limit("q", 0), skipped={"posix_mq": "MSGQUEUE"},
                      passed=("pipe",), prefix=("setpriv", "--reuid", str(NOBODY), "--clear-groups"))
    yield Environment("ulimit -i 0", under_limit("i", 0), skipped={"signal": "ulimit -i"},
                      passed=("pipe", "shm_ring"), prefix=())
    yield Environment("ulimit -l 0", under_limit("l", 0), passed=("pipe", "shm_ring"), prefix=())
    yield Environment("ulimit -u 2, unprivileged", under_limit("u", 2), said="ulimit -u",
                      prefix=("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY),
                              "--clear-groups"))
    yield Environment("HOME unset", 'unset HOME && exec "$@"', passed=("pipe", "shm_ring"), prefix=())
    yield Environment("TMPDIR missing", "unset IPCMARK_RUNTIME_DIR XDG_RUNTIME_DIR"
                      ' && export TMPDIR=/nonexistent && exec "$@"', said="or TMPDIR to one", prefix=())
    yield Environment("CPU quota of 20 %", QUOTA, passed=("pipe", "shm_ring"), prefix=(), tries_all=False,
                      shown={"doctor": "20000 100000",
                             "run": "Throttled: the control group's CPU quota (20000 100000) kept",
                             "ab": "the control group's CPU quota was used up ("})
    yield from refusals()


def mechanism(cell):
    asked = cell["asked"]
    return {asked.get(kind) for kind in ("backend", "lock", "notifier") if asked.get(kind)}


def wrong_in(document, environment, asked):
    """Sentences: what a document should not say, or does not say. `asked`: mechanisms it must have."""
    wrong, reasons, passed = [], {}, set()
    for cell in document["cells"]:
        for trial in cell["trials"]:
            names = mechanism(cell)
            if trial["state"] == "passed":
                passed |= names
            elif trial["state"] != "skipped":
                wrong.append(f"{cell['key']}: {trial['state']}: {trial['reason']}")
            for name in names if trial["state"] == "skipped" else ():
                reasons.setdefault(name, set()).add(trial["reason"])
            if trial["state"] == "skipped" and not trial["reason"]:
                wrong.append(f"{cell['key']}: skipped without a reason")
    for name, words in environment.skipped.items():
        if name in passed:
            wrong.append(f"{name} passed")
        if name in asked and name not in passed and name not in reasons:
            wrong.append(f"{name}: no cell of it")
        if name in reasons and not any(words in reason for reason in reasons[name]):
            wrong.append(f"{name}: no word of '{words}': {sorted(reasons[name])[0]}")
    for name in environment.passed:
        if name in reasons and name not in passed:
            wrong.append(f"{name} never passed: {sorted(reasons[name])[0]}")
    for name in sorted(set(reasons) - passed - set(environment.skipped) - set(environment.others)):
        for reason in reasons[name] if environment.because else ():
            if environment.because in reason:
                wrong.append(f"{name} is skipped for it: {reason}")
    if environment.passed and not passed:
        wrong.append("nothing passed")
    return wrong


def must_have(name, arguments, environment):
    """The mechanisms of which a document of that command must say that they were skipped."""
    all_of_it = set(environment.skipped)
    python = {each for each in all_of_it if each.startswith("python.")}
    if name == "check":
        return NAMED & all_of_it if "--backend" in arguments else all_of_it - NAMED - LOSSY - python
    return {"on request": LOSSY & all_of_it, "runner": python}.get(name, set())


def commands(run, environment, path):
    quiet = ("--quiet", "--share", "--json", path)
    yield "list", ("list",), None
    yield "doctor", ("doctor",), None
    yield "check", ("check", *quiet), path
    if named := NAMED if environment.tries_all else NAMED.intersection(environment.skipped):
        yield "check", ("check", "--backend", ",".join((*sorted(named), "pipe")), *quiet), path
    yield "run", ("run", "--suite", "quick", "--trials", "1", *quiet), path
    if environment.tries_all or LOSSY.intersection(environment.skipped):
        yield "on request", (*ON_REQUEST, *quiet), path
    yield "runner", (*WITH_RUNNER, *quiet), path
    if "ab" in environment.shown:
        yield "ab", ("ab", "--b", run.ipcmark, "--rounds", "8", "--scenario", "latency", "--backend",
                     "pipe", "--size", "64", "--duration", "20ms", "--quiet", "--share"), None


def one_command(run, environment, name, arguments, path):
    """Sentences: what was wrong with it."""
    for left in (path, f"{path}.journal") if path else ():  # a journal stays where a run cannot end
        if os.path.exists(left):
            os.remove(left)
    # Not sh, whose ulimit knows fewer limits.
    command = (*environment.prefix, "bash", "-c", environment.script, "bash", run.ipcmark, *arguments)
    with open(run.path("said"), "w+", errors="replace") as output:
        process = run.processes.start(command, output)
        try:
            process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            run.processes.end(process)
            return [f"{name} did not end within {LIMIT_S} s"]
        code = run.processes.wait(process)
        output.seek(0)
        said = output.read()
    wrong = []
    if code < 0 or code > 128:
        number = -code if code < 0 else code - 128
        wrong.append(f"{name} was ended by {signal.Signals(number).name}")
    elif code not in CODES[name]:
        wrong.append(f"{name} exited with {code}: {said.strip().splitlines()[-1:]}")
    if BUGS.search(said):
        wrong.append(f"{name}: {BUGS.search(said).group()}: {said[-300:]}")
    document = None
    if path and os.path.exists(path) and os.path.getsize(path) > 0:
        with open(path) as file:
            document = json.load(file)
        asked = must_have(name, arguments, environment)
        wrong += [f"{name}: {each}" for each in wrong_in(document, environment, asked)]
    reasons = {trial["reason"] for cell in (document or {"cells": []})["cells"]
               for trial in cell["trials"]}
    if run.options.reasons and path:
        run.say("\n".join((f"--- {environment.name}: {name}: exit code {code}", said[-600:],
                           *sorted(reasons))))
    if path and environment.said and not any(environment.said in each for each in (said, *reasons)):
        wrong.append(f"{name}: no word of '{environment.said}': {said[-300:]}")
    if environment.shown.get(name, "") not in re.sub(r"\s+", " ", said):
        wrong.append(f"{name}: no word of '{environment.shown[name]}': {said[-300:]}")
    if path and document is None and environment.passed:
        wrong.append(f"{name} wrote no result: {said[-300:]}")
    if path and code == 2 and not said.strip():
        wrong.append(f"{name} exited with 2 without a word")
    return wrong


def all_environments(run):
    if os.geteuid() != 0:
        raise soak.Refused("it mounts and sets limits: run it as root")
    for folder in (run.work, run.path("tmp")):
        os.chmod(folder, 0o777)  # for the environments of another user
    passed = True
    for environment in environments():
        if run.options.only and not run.options.only.search(environment.name):
            continue
        if environment.prefix[:2] == REFUSE and not refuse.is_known(environment.prefix[2]):
            run.say(f"{environment.name}: the call's number on this machine is not known")
            continue
        folder = run.path("results")
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o777)
        wrong = []
        for name, arguments, path in commands(run, environment, os.path.join(folder, "r.json")):
            wrong += one_command(run, environment, name, arguments, path)
        for each in wrong:
            run.say(f"{environment.name}: {each}")
        run.row(f"environment: {environment.name}", "list, doctor, check, run --suite quick, a runner",
                f"{len(wrong)} wrong")
        passed = passed and not wrong
    return passed


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_only("only environments whose name matches", row_each=True)
    arguments.add_argument("--reasons", action="store_true",
                           help="say each command's last words, and why cells were skipped")
    soak.main(all_environments, arguments)
