#!/usr/bin/python3
"""Records the captures that recorded_test.cpp holds the rules against: record.py IPCMARK [REGEX].

Of every blocking backend across CPUs and on one, or of those whose name matches. Needs root, two CPUs
and a machine that is about idle: a capture with more than 5 % of its trips cut is recorded again.
"""

import json
import os
import re
import subprocess
import sys
import tempfile

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "explain")
TRACEFS = "/sys/kernel/tracing"
MESSAGES = "60"
TRIPS = 25
MAX_BYTES = 98 * 1024
KERNELS_OWN = "kworker|ksoftirqd|rcu|migration|swapper|idle"
ATTEMPTS = 4


def backends_of(ipcmark):
    """All of them: a run without --backend takes few."""
    said = subprocess.run([ipcmark, "list", "backends"], check=True, capture_output=True, text=True).stdout
    # Both ends of null are in one process.
    return [name for name in re.findall("^  ([a-z_]+) +block", said, re.MULTILINE) if name != "null"]


def keys_of(ipcmark):
    said = subprocess.run([ipcmark, "run", "--dry-run", "--quiet", "--scenario", "latency", "--wait",
                           "block", "--size", "64", "--placement", "cross-cpu,same-cpu",
                           "--backend", ",".join(backends_of(ipcmark))],
                          check=True, capture_output=True, text=True).stdout
    return [line.split()[0] for line in said.splitlines() if line.startswith("latency/")]


def name_of(key):
    _, backend, _, _, placement = key.split("/")
    return f"{backend}_{placement.replace('-', '_')}"


def record(ipcmark, key, folder):
    """The capture's text, and what was wrong with it; None: the machine cannot run the cell."""
    document, capture = (os.path.join(folder, name) for name in ("explained", "capture"))
    command = " ".join([ipcmark, "explain", f"'{key}'", "--quiet", "--share", "--rounds", "1", "--messages",
                        MESSAGES, "--detail", "fine", "--json", document, "--capture", capture])
    done = subprocess.run(["unshare", "-m", "sh", "-c", f"mount -t tracefs nodev {TRACEFS} && {command}"],
                          capture_output=True, text=True)
    if done.returncode == 77:
        return None, ""
    if done.returncode != 0:
        sys.exit(f"{key}: {done.stderr}")
    with open(document) as file:
        (cell,) = json.load(file)["cells"]
    with open(capture) as file:
        text = file.read()
    wrong = []
    if cell["complete"] < 0.95 * cell["trips"]:
        wrong.append(f"{cell['complete']} of {cell['trips']} complete")
    if cell["cut"] > 0.05 * cell["trips"]:
        wrong.append(f"{cell['cut']} of {cell['trips']} cut")
    if cell["negative"] or cell["lost"]:
        wrong.append("negative segments, or events lost")
    return shortened(text), ", ".join(wrong)


def shortened(text):
    """Its first trips: a line is an event, in order of time."""
    initiator = re.search("^initiator ([0-9]+)$", text, re.MULTILINE)[1]
    ends = [match.end() for match in re.finditer(f"^[0-9]+ -?[0-9]+ {initiator} received\n", text, re.MULTILINE)]
    # One more, where the first of them only tells where the second begins.
    end = ends[TRIPS] if len(ends) > TRIPS else len(text)
    return text[:text.rindex("\n", 0, min(end, MAX_BYTES)) + 1]


def anonymous(text):
    """Whatever else ran meanwhile is nobody's business, but for the kernel's own tasks."""
    return re.sub(f"^(thread [0-9]+ 0) (?!{KERNELS_OWN}).*$", r"\1 neighbour", text, flags=re.MULTILINE)


def main():
    ipcmark = os.path.abspath(sys.argv[1])
    wanted = re.compile(sys.argv[2] if len(sys.argv) > 2 else "")
    with tempfile.TemporaryDirectory(prefix="t") as folder:
        for key in keys_of(ipcmark):
            if not wanted.search(name_of(key)):
                continue
            for _ in range(ATTEMPTS):
                text, wrong = record(ipcmark, key, folder)
                if not wrong:
                    break
            if text is None:
                print(f"{key}: not possible here")
                continue
            print(f"{key}: {len(text)} bytes{'; kept, but ' + wrong if wrong else ''}", flush=True)
            with open(os.path.join(FOLDER, name_of(key) + ".capture"), "w") as file:
                file.write(anonymous(text))


if __name__ == "__main__":
    main()
