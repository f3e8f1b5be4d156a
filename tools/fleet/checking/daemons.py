"""The daemons of the check: munge and Slurm, Prometheus, VictoriaMetrics. None has a file outside of
PLACE, and all end with the namespace."""

import collections
import json
import os
import re
import subprocess
import urllib.parse
import urllib.request

from hosts import PLACE, command, wait_for, written

PROMETHEUS = "http://127.0.0.1:9090"
VICTORIA = "http://127.0.0.1:8428"
YEARS = "10y"  # results are older than what stores keep unless told otherwise

SLURM = f"""ClusterName=fleet
SlurmctldHost=head(10.77.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SlurmctldPidFile={PLACE}/slurmctld.pid
SlurmdPidFile={PLACE}/slurmd.%n.pid
SlurmdSpoolDir={PLACE}/spool.%n
StateSaveLocation={PLACE}/slurmctld
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=1,bf_interval=1,batch_sched_delay=0
SelectType=select/linear
ReturnToService=2
KillWait=10
"""


def in_background(name, *words, **options):
    log = open(PLACE / f"{name}.log", "w")
    return subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log,
                            stderr=subprocess.STDOUT, **options)


def prepare_slurm(count):
    """munge and the controller; the hosts start their slurmd themselves."""
    nodes = "".join(f"NodeName=node{i} NodeAddr=10.77.0.{10 + i} CPUs=1 State=UNKNOWN\n"
                    for i in range(1, count + 1))
    written(PLACE / "slurm.conf",
            SLURM + nodes + "PartitionName=all Nodes=ALL Default=YES MaxTime=10 State=UP\n")
    os.environ["SLURM_CONF"] = str(PLACE / "slurm.conf")
    for folder in (PLACE / "munge", PLACE.parent / "munge", PLACE / "slurmctld"):
        folder.mkdir()
        folder.chmod(0o755)
    (PLACE / "munge/key").write_bytes(os.urandom(128))
    (PLACE / "munge/key").chmod(0o400)
    in_background("munge", "munged", "--foreground", "--force", "--key-file", PLACE / "munge/key",
                  "--pid-file", PLACE / "munge/pid", "--seed-file", PLACE / "munge/seed",
                  "--log-file", PLACE / "munge/log")
    wait_for("munge", lambda: subprocess.run(["munge", "-n"], capture_output=True).returncode == 0)
    in_background("slurmctld", "slurmctld", "-D")


def slurm_is_up(count):
    def idle():
        done = subprocess.run(["sinfo", "-h", "-N", "-t", "idle", "-o", "%N"], capture_output=True,
                              text=True)
        return len(done.stdout.split()) == count
    wait_for("hosts of Slurm", idle)


def answer(url, path, **parameters):
    with urllib.request.urlopen(f"{url}{path}?{urllib.parse.urlencode(parameters)}",
                                timeout=20) as response:
        return response.read().decode()


def is_up(url, path):
    try:
        return answer(url, path) is not None
    except OSError:
        return False


def samples_of(text):
    """(name and labels, time in s) -> value, of OpenMetrics text."""
    found = {}
    for name, labels, value, time in re.findall(r"^(\w+)\{(.*)\} (\S+) (\d+)$", text, re.MULTILINE):
        pairs = re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels)
        found[frozenset([("__name__", name), *pairs]), int(time)] = float(value)
    return found


def stored_in_prometheus():
    written(PLACE / "prometheus.yml", "")
    server = in_background(
        "prometheus", "prometheus", f"--config.file={PLACE}/prometheus.yml",
        f"--storage.tsdb.path={PLACE}/prometheus", f"--storage.tsdb.retention.time={YEARS}",
        "--web.listen-address=127.0.0.1:9090")
    wait_for("Prometheus", lambda: is_up(PROMETHEUS, "/-/ready"))
    # The raw samples, wherever in time.
    result = json.loads(answer(PROMETHEUS, "/api/v1/query",
                               query=f'{{__name__=~"ipcmark_.+"}}[{YEARS}]'))
    found = {(frozenset(series["metric"].items()), int(time)): float(value)
             for series in result["data"]["result"] for time, value in series["values"]}
    server.kill()
    server.wait()
    return found


def start_victoria():
    in_background("victoria", "victoria-metrics", f"-storageDataPath={PLACE}/victoria",
                  "-httpListenAddr=127.0.0.1:8428", f"-retentionPeriod={YEARS}")
    wait_for("VictoriaMetrics", lambda: is_up(VICTORIA, "/health"))


def stored_in_victoria():
    answer(VICTORIA, "/internal/force_flush")
    found = collections.Counter()
    for line in answer(VICTORIA, "/api/v1/export", **{"match[]": '{__name__=~"ipcmark_.+"}',
                                                      "start": "0"}).splitlines():
        series = json.loads(line)
        for time, value in zip(series["timestamps"], series["values"]):
            found[frozenset(series["metric"].items()), time // 1000] = float(value)
    return dict(found)


def steps_by_strucchange(values):
    """Where R's strucchange sees the level of a series change: the first value of each new level."""
    numbers = ",".join(str(value) for value in values)
    text = command("Rscript", "-e", f"suppressMessages(library(strucchange)); y <- c({numbers}); "
                   "cat(breakpoints(y ~ 1, h = 5)$breakpoints)")
    return [int(word) + 1 for word in text.split() if word != "NA"]
