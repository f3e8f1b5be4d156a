"""Runs of `ipcmark explain`, for the soaks that hold its answers against what is known."""

import json
import os
import re

import program

NOTHING_RAN = 77
TRACEFS = "/sys/kernel/tracing"


def in_tracefs(command):
    """That command with a mount of tracefs of its own, so that none is needed and none stays."""
    quoted = " ".join(f"'{word}'" for word in command)
    return ["unshare", "-m", "sh", "-c", f"mount -t tracefs nodev {TRACEFS} && exec {quoted}"]


def instances(run):
    """The names of all instances of tracefs that runs of ipcmark have, or have left behind."""
    code, said = run.run(*in_tracefs(["ls", f"{TRACEFS}/instances"]), name="instances")
    if code != 0:
        raise program.Refused(f"tracefs cannot be looked into: {said.strip()}")
    return [name for name in said.split() if name.startswith("ipcmark.")]


def instances_of(run, pid):
    return [name for name in instances(run) if name.split(".")[1] == str(pid)]


def explain(run, keys, *options, environment=()):
    """The document; None: the machine cannot run these cells. Needs root."""
    path = run.path("explained.json")
    for name in (path,):
        if os.path.exists(name):
            os.remove(name)
    command = [run.ipcmark, "explain", *keys, "--quiet", "--json", path, *options]
    code, said = run.run("env", *environment, *in_tracefs(command), name="explaining")
    if code == NOTHING_RAN:
        return None
    if code != 0:
        raise program.Refused(f"ipcmark explain {' '.join(keys)} ended with {code}: {said.strip()}")
    with open(path) as file:
        document = json.load(file)
    for cell in document["cells"]:
        if cell["seen"] not in ("kernel", "wakings"):
            raise program.Refused(f"the kernel's events were not seen: {cell['not_seen']}")
    return document


def blocking_backends(run):
    """All of them: a run without --backend takes few."""
    code, said = run.run(run.ipcmark, "list", "backends", name="listed")
    names = backends_in(said)
    if code != 0 or not names:
        raise program.Refused(f"ipcmark list backends ended with {code}: {said.strip()}")
    return names


def backends_in(table):
    """Of the table of `ipcmark list`: the names of those that can block."""
    return re.findall("^  ([a-z_]+) +block", table, re.MULTILINE)


def round_trips(run, *options):
    """The keys of cells of latency that these options of `run` choose."""
    code, said = run.run(run.ipcmark, "run", "--dry-run", "--quiet", "--scenario", "latency",
                         *options, name="planned")
    keys = [line.split()[0] for line in said.splitlines() if line.startswith("latency/")]
    if code != 0 or not keys:
        raise program.Refused(f"ipcmark run --dry-run ended with {code}: {said.strip()}")
    return keys
