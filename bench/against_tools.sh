#!/bin/bash
# ipcmark's figures against those of independent tools, alternately on the same two CPUs:
#   pipe      perf bench sched pipe (Debian: linux-perf), processes pinned alike; mean round trips
#   tcp       sockperf ping-pong (Debian: sockperf), full round trips, medians; plain sockets
#   zeromq    a plain PUSH and PULL on libzmq (handwritten_zeromq), streams of 64 B
#   unix      a plain ping-pong over socketpairs (handwritten_unix_stream)
# and, to tell where a difference comes from, those of plain programs (bench/handwritten/) against
# the same tools, with ipcmark's framing and without. Prints a table of ratios with sign-test
# intervals; what is not installed is left out.
#
#   bench/against_tools.sh [build folder] [pairs] [which...]
set -euo pipefail
build=$(realpath "${1:-build/check}")
pairs=${2:-20}
shift $(($# < 2 ? $# : 2))
for program in ipcmark against_handwritten; do
  [ -x "$build/$program" ] || { echo "against_tools: build $program first" >&2; exit 2; }
done
export BUILD=$build PAIRS=$pairs CPUS=${CPUS:-0,1}

echo "| cell | against | pairs | ipcmark | other | median ratio | 95 % interval |"
echo "|---|---|---|---|---|---|---|"
wanted=" ${*:-pipe tcp zeromq unix} "
[[ $wanted == *" pipe "* || $wanted == *" tcp "* ]] && WANTED=$wanted python3 - <<'EOF'
import json, math, os, re, shutil, statistics, subprocess, sys, tempfile, time

build = os.environ["BUILD"]
pairs = int(os.environ["PAIRS"])
wanted = os.environ["WANTED"].split()
cpu = os.environ["CPUS"].split(",")

def trial(backend, size, placement):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "r.json")
        subprocess.run(
            [build + "/ipcmark", "run", "--scenario", "latency", "--backend", backend, "--wait", "block",
             "--size", str(size), "--placement", placement, "--touch", "none", "--trials", "1",
             "--duration", "500ms", "--quiet", "--json", path],
            stdout=subprocess.DEVNULL, check=True)
        with open(path) as file:
            trials = json.load(file)["cells"][0]["trials"]
    if trials[0]["state"] != "passed":
        sys.exit(f"against_tools: {backend}: {trials[0]['reason']}")
    return trials[0]["histograms"]["round_trip"]

def mean_trip(placement):
    histogram = trial("pipe", 4, placement)
    return histogram["sum"] / histogram["count"]

def median_trip(backend, size, placement):
    histogram = trial(backend, size, placement)
    seen = 0
    for index, count in zip(histogram["bucket_index"], histogram["bucket_count"]):
        seen += count
        if 2 * seen >= histogram["count"]:
            if index < 2048:
                return index
            shift = index // 1024 - 1  # results/model/histogram.hpp: 1024 buckets for a power of two
            return ((index % 1024 + 1024) << shift) + (1 << shift) / 2

# A plain program's round trip: figure "median" or "mean".
def control_trip(figure, name, size, placement, *words):
    cpus = [cpu[0], cpu[0] if placement == "same-cpu" else cpu[1]]
    out = subprocess.run([f"{build}/handwritten_{name}", "pingpong", str(size), "0.5", *cpus, *words],
                         capture_output=True, text=True).stdout
    found = re.search(figure + r'_ns": ([\d.]+)', out)
    return float(found.group(1)) if found else None

def perf_trip(placement, loops):
    # It cannot place its processes: the child is moved once it is there.
    process = subprocess.Popen(
        ["taskset", "-c", cpu[0], "perf", "bench", "sched", "pipe", "-l", str(loops)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    while placement == "cross-cpu" and process.poll() is None:
        children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
        if children:
            os.sched_setaffinity(int(children[0]), {int(cpu[1])})
            break
        time.sleep(0.001)
    out = process.communicate()[0]
    found = re.search(r"([\d.]+) usecs/op", out)
    return float(found.group(1)) * 1000 if found else None

def sockperf_trip(size):
    server = subprocess.Popen(["taskset", "-c", cpu[1], "sockperf", "server", "--tcp",
                               "-i", "127.0.0.1", "-p", "11511"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(20):
            time.sleep(0.1)
            out = subprocess.run(
                ["taskset", "-c", cpu[0], "sockperf", "ping-pong", "--tcp", "-i", "127.0.0.1",
                 "-p", "11511", "-m", str(size), "-t", "1", "--full-rtt"],
                capture_output=True, text=True).stdout
            found = re.search(r"percentile 50\.000 =\s+([\d.]+)", out)
            if found:
                return float(found.group(1)) * 1000
    finally:
        server.terminate()
        server.wait()

def compare(cell, other, ours, theirs):
    a, b = [], []
    for i in range(pairs):
        for turn in (i % 2, (i + 1) % 2):
            figure = ours() if turn == 0 else theirs()
            if not figure:
                print(f"against_tools: {other} gave no figure", file=sys.stderr)
                return
            (a if turn == 0 else b).append(figure)
    ratios = sorted(x / y for x, y in zip(a, b))
    # The order statistics between which the median lies with 95 %: the sign test turned round.
    k = 0
    while 2 * sum(math.comb(pairs, i) for i in range(k + 1)) / 2**pairs <= 0.05:
        k += 1
    low, high = (ratios[k - 1], ratios[pairs - k]) if k else (ratios[0], ratios[-1])
    print(f"| {cell} | {other} | {pairs} | {statistics.median(a):.0f} | {statistics.median(b):.0f} "
          f"| {statistics.median(ratios):.3f} | {low:.3f} to {high:.3f} |", flush=True)

def installed(program, package):
    if shutil.which(program):
        return True
    print(f"against_tools: left out: install {package}", file=sys.stderr)
    return False

if "pipe" in wanted and installed("perf", "linux-perf"):
    for placement in ("cross-cpu", "same-cpu"):
        perf = lambda: perf_trip(placement, 40000 if placement == "cross-cpu" else 100000)
        cell = f"latency/pipe/4B/block/{placement}/touch=none"
        compare(cell + ", mean", "perf bench sched pipe", lambda: mean_trip(placement), perf)
        plain = lambda: control_trip("mean", "pipe", 4, placement, "framed")
        compare(f"plain pipe, {placement}, mean", "perf bench sched pipe",
                lambda: control_trip("mean", "pipe", 4, placement), perf)
        compare(f"plain pipe with lengths, {placement}, mean", "perf bench sched pipe", plain, perf)
        compare(cell + ", mean", "plain pipe with lengths", lambda: mean_trip(placement), plain)
if "tcp" in wanted and installed("sockperf", "sockperf"):
    sockperf = lambda: sockperf_trip(64)
    compare("latency/tcp/64B/block/cross-cpu/touch=none, median", "sockperf ping-pong --tcp",
            lambda: median_trip("tcp", 64, "cross-cpu"), sockperf)
    for name, title in (("tcp", "plain TCP, two connections"), ("tcp_single", "plain TCP, one")):
        compare(title, "sockperf ping-pong --tcp",
                lambda: control_trip("median", name, 64, "cross-cpu"), sockperf)
EOF
run() {
  "$build/against_handwritten" --pairs "$pairs" --seconds 0.5 --only "$1" --mode "$2" | tail -n +3
}
if [[ $wanted == *" tcp "* ]]; then run tcp,tcp_framed,tcp_single latency; fi
if [[ $wanted == *" zeromq "* ]]; then run zeromq,zeromq_framed throughput; fi
if [[ $wanted == *" unix "* ]]; then run unix_stream,unix_stream_framed latency; fi
