"""What tools/fleet/check does, inside its namespaces: hosts, launchers, the tables, stores, history."""

import csv
import io
import json
import math
import os
import signal
import subprocess
import sys
import time
import traceback

import daemons
import hosts
import made_up
from hosts import PLACE, command, wait_for

FLEET = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COUNT, SICK = 5, 4
TRIALS = 3
# Cells on one CPU, where no state of the machine tells hosts apart.
CELLS = ["--scenario", "latency,throughput", "--backend", "pipe,unix_stream", "--size", "64", "--wait",
         "block", "--placement", "same-cpu", "--messages", "200", "--warm-up", "1ms", "--quiet"]
NAMES = [f"node{number}" for number in range(1, COUNT + 1)]


def reported(*words, sep=" "):
    print(*words, sep=sep, flush=True)


def require(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(each) for each in what))


def parallel(run, out, *options):
    environment = dict(os.environ, FLEET_FOLDER=str(hosts.OWN / "results"),
                       FLEET_SSH=f"ssh -F {PLACE}/ssh/config")
    return subprocess.Popen(
        [f"{FLEET}/launch/parallel", str(PLACE / "hosts.txt"), run, str(out), *CELLS, *options],
        stdin=subprocess.DEVNULL, env=environment, stdout=open(PLACE / "parallel.log", "a"),
        stderr=subprocess.STDOUT)


def document(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def require_whole(path, trials):
    """A result in which each trial is there once."""
    result = document(path)
    require(not result["run"]["interrupted"], path, "is marked as interrupted")
    require(result["run"]["host"] == path.parent.name, path, "is of", result["run"].get("host"))
    require(len(result["cells"]) == 4, path, "has", len(result["cells"]), "cells")
    for cell in result["cells"]:
        rounds = sorted(trial["round"] for trial in cell["trials"])
        require(rounds == list(range(trials)), path, cell["key"], "has the rounds", rounds)
    return result


def over_ssh():
    out = PLACE / "ssh-out"
    code = parallel("first", out, "--trials", str(TRIALS), "--label", "launcher=parallel,part={#}").wait()
    require(code == 0, "parallel ended with", code)
    for number, name in enumerate(NAMES, 1):
        labels = require_whole(out / name / "first.json", TRIALS)["run"]["labels"]
        require(labels == {"launcher": "parallel", "part": str(number)}, name, "has", labels)
    return out


def killed_and_resumed(fleet, out):
    """A host loses its power in mid-run; the same command again completes what it had begun."""
    trials, host = 6, fleet[1]
    journal = host.folder / "results/long.json.journal"
    launcher = parallel("long", out, "--trials", str(trials))

    def begun():
        return journal.read_text().splitlines()[1:] if journal.exists() else []
    kept = len(wait_for("trials in the journal", lambda: len(begun()) > 5 and begun()))
    host.lose_power()
    require(launcher.wait() == 1, "not one host failed")
    require(not (out / host.name / "long.json").exists(), "a killed host left a result")
    before = {name: (out / name / "long.json").stat().st_mtime_ns for name in NAMES if name != host.name}
    whole = [json.loads(line) for line in begun() if line.endswith("}")]
    require(len(whole) >= kept - 1, "the journal lost trials")
    host.start()
    wait_for("ssh after the power came back", host.answers)
    require(parallel("long", out, "--trials", str(trials)).wait() == 0, "the second start failed")
    for name, time_ns in before.items():
        require((out / name / "long.json").stat().st_mtime_ns == time_ns, name, "was asked again")
    result = require_whole(out / host.name / "long.json", trials)
    pids = json.dumps([trial["costs"] for cell in result["cells"] for trial in cell["trials"]])
    there = sum(json.dumps(entry["trial"]["costs"])[1:-1] in pids for entry in whole if "trial" in entry)
    require(there >= 5, "only", there, "trials of before the end are in the resumed result")
    for name in NAMES:
        require_whole(out / name / "long.json", trials)
    reported(f"  {there} trials of before were kept, {4 * trials - there} measured after")


def by_slurm():
    out = PLACE / "slurm-out"
    daemons.slurm_is_up(COUNT)
    done = subprocess.run([f"{FLEET}/launch/slurm", "first", str(out), *CELLS, "--trials", str(TRIALS),
                           "--label", "launcher=slurm,part={#}"], stdin=subprocess.DEVNULL)
    require(done.returncode == 0, "launch/slurm ended with", done.returncode)
    for number, name in enumerate(NAMES, 1):
        labels = require_whole(out / name / "first.json", TRIALS)["run"]["labels"]
        require(labels == {"launcher": "slurm", "part": str(number)}, name, "has", labels)
    require(len(rows(out / "tables/runs.csv")) == COUNT, "the gathering job merged other runs")
    return out


def rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def query(name, tables, *parameters):
    return list(csv.DictReader(io.StringIO(
        command(f"{FLEET}/query", name, tables, *parameters))))


def merged(*folders):
    tables = PLACE / "tables"
    # One of the folders twice: gathered again, and nothing may count twice.
    command("ipcmark", "merge", *folders, folders[0], "-o", tables)
    runs = rows(tables / "runs.csv")
    require(len(runs) == 3 * COUNT, "merged", len(runs), "runs")
    require(len({run["run_id"] for run in runs}) == len(runs), "a run counts twice")
    require(len({run["host_class"] for run in runs}) == 1, "not one class of hosts")
    behind = {row["trials"] for row in rows(tables / "figures.csv") if row["headline"] == "yes"}
    require(behind <= {"1", "2", "3", "4", "5", "6"}, "figures have", behind, "trials behind them")
    return tables


def sick_host_is_named(tables):
    # The hosts share CPUs: half of the median more or less says nothing here. A rate cannot be lower
    # than by all of it, so it is the times that tell.
    odd = query("odd_host", tables, "floor=0.5")
    require(odd and {row["host"] for row in odd} == {f"node{SICK}"}, "odd hosts:", odd)
    slow = {row["key"] for row in odd}
    require(len([key for key in slow if key.startswith("latency/")]) == 2, "it is odd in", slow)
    reported("  " + "\n  ".join(f"{row['host']} {row['key']}: z {row['z']}, the others spread by "
                            f"{row['spread_percent']} %" for row in odd))
    require({row["side"] for row in odd} == {"worse"}, odd)
    require(query("silent", tables) == [], "a host went silent")
    noisier = query("noisier", tables, "recent=1", "ratio=1")  # whatever it names: figures say nothing here
    require({row["host"] for row in noisier} <= set(NAMES), "noisier:", noisier)
    require(len(query("latest", tables)) == 4, "latest:", query("latest", tables))
    both = query("labels", tables, "name=launcher", "a=parallel", "b=slurm")
    require({(row["runs_a"], row["runs_b"]) for row in both} == {(str(COUNT), str(COUNT))}, both)
    require(len(query("trend", tables, f"key={odd[0]['key']}")) == 3 * COUNT, "trend")


def alike(found, wanted):
    return found.keys() == wanted.keys() and all(
        math.isclose(found[sample], value, rel_tol=1e-10) for sample, value in wanted.items())


def in_stores(out):
    results = sorted(out.glob("*/first.json"))
    text = "".join(command("ipcmark", "export", result, "--format", "openmetrics") for result in results)
    exported = daemons.samples_of(text)
    lines = sum(not line.startswith("#") for line in text.splitlines())
    require(len(exported) == lines > 0, len(exported), "different samples in", lines, "lines")
    command(f"{FLEET}/stores/prometheus", PLACE / "prometheus", *results)
    require(daemons.stored_in_prometheus() == exported, "Prometheus answers something else")
    daemons.start_victoria()
    command(f"{FLEET}/stores/victoria-metrics", daemons.VICTORIA, *results)
    # What came in is searched for with a delay, and is kept to some twelve digits.
    wait_for("the same samples in VictoriaMetrics", lambda: alike(daemons.stored_in_victoria(), exported))
    reported(f"  {len(exported)} samples of {len(results)} hosts")


def step_is_told(recorded):
    folder, tables = PLACE / "made-up", PLACE / "made-up-tables"
    ids = made_up.history(recorded, folder)
    command("ipcmark", "merge", folder, "-o", tables)
    for key in sorted({row["key"] for row in rows(tables / "cells.csv")}):
        trend = query("trend", tables, f"key={key}")
        require([row["run_id"] for row in trend] == ids, "the trend has other runs")
        steps = daemons.steps_by_strucchange([float(row["median"]) for row in trend])
        require(steps == [made_up.STEP_AT], "strucchange tells of", steps)
    answer = " ".join(command("ipcmark", "history", folder).split())
    wanted = f"since {made_up.day_of(made_up.STEP_AT)}: {made_up.STEP_AT - 1} runs before it, "
    suspects = [part for part in answer.split("throughput/")[1:] if " runs before it" in part]
    require(len(suspects) == 2 and all(wanted in part for part in suspects), "history says:", answer)
    reported(f"  \"{wanted}{made_up.RUNS - made_up.STEP_AT + 1} from it on\"; strucchange sees the same")


def all_stages(ipcmark):
    began = time.monotonic()

    def stage(name, function, *arguments):
        reported(f"{time.monotonic() - began:5.1f} s  {name}")
        return function(*arguments)
    reported("This tests the plumbing of a fleet: its hosts are namespaces that share this machine's CPUs."
         "\nIt never tests figures.")
    hosts.prepare(ipcmark)
    stage("munge and Slurm begin", daemons.prepare_slurm, COUNT)
    fleet = stage(f"{COUNT} hosts begin, of which node{SICK} is slowed", hosts.started, COUNT, SICK)
    ssh_out = stage("GNU parallel over ssh", over_ssh)
    stage("a host loses its power in mid-run, and resumes", killed_and_resumed, fleet, ssh_out)
    slurm_out = stage("Slurm", by_slurm)
    tables = stage("merge", merged, ssh_out, slurm_out)
    stage("the questions: node4 is named, and no other", sick_host_is_named, tables)
    stage("Prometheus and VictoriaMetrics answer what was exported", in_stores, ssh_out)
    stage("a step at run 25 of 40", step_is_told, ssh_out / "node1/long.json")
    stage("all is well", lambda: None)


def show_logs():
    for log in sorted([*PLACE.glob("*.log"), *PLACE.glob("hosts/*/*.log"), *PLACE.glob("*-out/*.log")]):
        lines = log.read_text(errors="replace").splitlines()[-8:]
        reported(f"--- {log}:", *lines, sep="\n")


def end(number, _):
    sys.exit(128 + number)


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, end)
try:
    all_stages(sys.argv[1])
except Exception:  # whatever it was: what the daemons said vanishes with the namespace
    show_logs()
    traceback.print_exc()
    sys.exit(1)
