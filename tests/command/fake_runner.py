"""A runner that measures nothing and misbehaves as its argument says: `fake_runner.py HOW trial …`.

It says that it can do latency and counter, and answers with made-up figures that contradict nothing.
"""
import json
import os
import signal
import socket
import subprocess
import sys
import time

HOW = sys.argv[1]
VERSION = {"major": 1, "minor": 2}


def listed():
    if HOW == "list_garbage":
        return "ready"
    if HOW == "list_dies":
        sys.exit("the library is not installed")
    mechanisms = [{"name": "thing", "summary": "nothing", "scenarios": ["latency", "large_payload", "load"],
                   "capabilities": {"block": True, "ordered": True, "largest_message": 1 << 20}},
                  {"name": "lock", "kind": "lock", "scenarios": ["counter"]}]
    if HOW == "list_scenario":
        mechanisms[0]["scenarios"] = ["latency", "teleport"]
    if HOW == "list_twice":
        mechanisms.append(mechanisms[0])
    version = {"major": 2} if HOW == "list_version" else VERSION
    if HOW == "waits_outside":
        mechanisms[0]["waits_outside"] = True
    return json.dumps({"schema": "ipcmark.runner", "version": version,
                       "program": {"version": "Fake 1.0", "facts": {"how": HOW}}, "mechanisms": mechanisms})


def times(count):
    return {"unit": "ns", "count": count, "min": 1000, "max": 1000, "sum": 1000 * count,
            "bucket_index": [1000], "bucket_count": [count]}


def latency(spec):
    trips = spec["messages"] or 300
    return {"state": "passed", "counts": {"messages": 2 * trips, "messages_total": 2 * trips},
            "histograms": {"round_trip": times(trips)}}


def load(spec):
    messages = (spec["messages"] or 300) - (HOW == "stops_early")
    share = 0.5 if HOW == "keeps_quiet" else 1.0
    return {"state": "passed", "counts": {"messages": messages, "messages_total": messages, "offered": messages},
            "metrics": [{"name": "achieved_share", "value": share, "unit": "ratio", "samples": messages}],
            "histograms": {"response": times(messages)}}


def counter():
    expected = 14 if HOW == "lies" else 15
    return {"state": "passed", "counts": {"counter_final": expected, "counter_expected": expected, "updates_lost": 0,
                                          "two_holders": 0, "messages_total": expected}}


def mark(word):
    fd = int(os.environ["IPCMARK_MARKS"])
    os.write(fd, word + b"\n")
    while not os.read(fd, 16).endswith(b"\n"):
        pass


def burn(seconds):
    """CPU time of a process of its own, which outlives neither mark."""
    child = os.fork()
    if child == 0:
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass
        time.sleep(60)
    return child


def exchange_for_ever():
    """Two children that write to each other, and neither reads."""
    left, right = socket.socketpair()
    for end in (left, right):
        if os.fork() == 0:
            end.sendall(b"x" * 100_000_000)
    os.wait()


def with_pids(path):
    """Notes who is there, for who looks whether they are gone."""
    children = [subprocess.Popen(["sleep", "300"]),
                subprocess.Popen(["sleep", "301"], start_new_session=True)]
    with open(path, "w", encoding="ascii") as file:
        file.write(" ".join(str(pid) for pid in [os.getpid(), *(child.pid for child in children)]))


def behave():
    if HOW.startswith("family:"):
        with_pids(HOW.partition(":")[2])
        time.sleep(300)
    if HOW.startswith("orphans:"):
        with_pids(HOW.partition(":")[2])
    if HOW == "leaves_late" and os.fork() == 0:
        time.sleep(2.5)
        os._exit(0)
    if HOW in ("deadlock", "waits_outside"):
        exchange_for_ever()
    if HOW == "sleeps":
        time.sleep(5)
    if HOW == "stops":
        note = os.environ["FAKE_RUNNER_NOTE"]
        if not os.path.exists(note):
            open(note, "w").close()
            os.kill(os.getpid(), signal.SIGSTOP)
    if HOW == "fails_late":  # long enough to be killed, or stopped, before
        mark(b"start")
        time.sleep(0.3)
    if HOW == "dies":
        os.kill(os.getpid(), signal.SIGSEGV)
    if HOW == "exits":
        sys.exit("out of luck")
    if HOW == "burns":
        mark(b"start")
        child = burn(0.3)
        while time.clock_gettime(clock_of(child)) < 0.3:
            time.sleep(0.02)
        mark(b"stop")
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def clock_of(pid):
    return (~pid) << 3 | 2  # as clock_getcpuclockid(3) makes it


def answered(question):
    spec = question["spec"]
    if HOW == "asks":  # what was asked, for the test to see
        with open(os.environ["FAKE_RUNNER_NOTE"], "w", encoding="utf-8") as file:
            json.dump(question, file)
        for path in question["files"][:2]:
            open(path, "w").close()
    trial = {"counter": lambda _: counter(), "load": load}.get(spec["scenario"], latency)(spec)
    if HOW in ("fails", "fails_late"):
        trial = {"state": "failed", "cause": "check", "reason": "the third message was blue"}
    if HOW == "skips":
        trial = {"state": "skipped", "cause": "unsupported", "reason": "no such thing here"}
    if HOW == "lies" and spec["scenario"] == "latency":
        trial["counts"]["messages"] = 1_000_000
    key = "latency/other/64B" if HOW == "other_key" else question["key"]
    version = {"major": 2} if HOW == "version" else VERSION
    return json.dumps({"schema": "ipcmark.trial", "version": version, "key": key, "trial": trial})


def main():
    if sys.argv[2:] == ["trial", "--list"]:
        print(listed())
        return 0
    question = json.load(sys.stdin)
    behave()
    if HOW == "refuses":
        print("speaks version 0 alone", file=sys.stderr)
        return 3
    print("3.14159" if HOW == "garbage" else answered(question))
    return 5 if HOW == "late_regret" else 0


sys.exit(main())
