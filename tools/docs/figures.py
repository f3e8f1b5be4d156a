"""What documents show from real runs: what makes it, and what it is old by.

Of a figure the document says which tables, rows and columns it has, and in its marker (documents.py)
the revision and the date. Rows of tests/soak/results.md have both themselves.
"""

import typing

import shapes

# What a message goes through, and what becomes of its times.
MESSAGES = ("backends/transport.hpp", "backends/transports", "backends/framing", "backends/kernel",
            "backends/shared_memory", "backends/zeromq", "scenarios/timed", "scenarios/timing",
            "scenarios/traffic", "scenarios/launch", "results/figures")
QUICK = (*MESSAGES, "results/console", "scenarios/plan/suites/quick.json")
RINGS = ("backends/shared_memory", "backends/cells", "backends/transports/shm_ring.cpp",
         "backends/transports/mpmc_ring.cpp", "backends/transports/broadcast_ring.cpp",
         "backends/transports/shm_mutex.cpp", "bench/paired.hpp", "bench/ring_links.hpp")
REPORT = (*MESSAGES, "results/report")
GATE = ("results/comparison", "tools/session", "scenarios/plan/suites/gate.json")
EXPLAIN = ("results/explain", "tools/explain")
KILLED = ("scenarios/launch", "scenarios/cleanup", "tools/session", "tools/commands")


class Run(typing.NamedTuple):
    """Commands one after the other, in the words of a shell; started in the repository.

    {ipcmark}: the program; {build}: its directory; {work}: one for files, gone afterwards.
    """

    commands: typing.Tuple[str, ...]
    takes: str  # about, on two CPUs
    needs: str = ""  # besides ipcmark


class Figure(typing.NamedTuple):
    documents: typing.Tuple[str, ...]  # each may show other rows of it
    run: str
    shape: typing.Any  # of shapes.py; None: a picture
    sources: typing.Tuple[str, ...]  # what it is old by when it changes
    draw: str = ""  # of a picture: makes {picture} from what the run left in {work}
    by_hand: str = ""  # why the block shown until now is not what the run prints


class Soak(typing.NamedTuple):
    """Rows of tests/soak/results.md. The soak writes them itself (--record)."""

    command: str
    rows: typing.Tuple[str, ...]  # how their names begin
    sources: typing.Tuple[str, ...]


RUNS = {
    "quick": Run(("{ipcmark} run --suite quick --json {work}/quick.json",), "2 min"),
    "sizes": Run(("{ipcmark} run --scenario latency,throughput --wait block,spin --size 8,64,1KiB,16KiB,256KiB "
                  "--backend null,shm_ring,shm_mutex,pipe,unix_stream,posix_mq,zeromq --trials 6 "
                  "--json {work}/sizes.json",), "5 min"),
    "explain": Run(("unshare -m sh -c 'mount -t tracefs nodev /sys/kernel/tracing && exec \"$0\" \"$@\"' "
                    "{ipcmark} explain latency/pipe/64B/block/cross-cpu",), "1 min", "root"),
    "handwritten": Run(("{build}/against_handwritten --pairs 100",), "1 h",
                       "the preset check"),
    "other-tools": Run(("bench/against_tools.sh {build} 12",), "15 min", "the preset check, linux-perf, sockperf"),
    "ring-limits": Run(("{build}/bench_ring_limits --rounds 31", "bench/ucx_ratio.sh {build}"), "10 min",
                       "the preset check, ucx-utils"),
    "ring-rivals": Run(("{build}/bench_ring_rivals --rounds 31",), "1 h", "the preset check"),
    "python": Run(("backends/runners/table {ipcmark}",), "5 min"),
    "gate-power": Run(("tests/soak/gate.py power --build {build} 600 5",), "20 min", "the preset check"),
}

_MECHANISM = {"mechanism": ("cell", r"^\w+/(\w+)/[^,]*(.*)$")}  # behind the comma: means of batches
_CONTROLS = ("bench/against_handwritten.cpp", "bench/handwritten")

FIGURES = {
    "quick-latency": Figure(("README.md", "results/README.md"), "quick", shapes.Console(), QUICK),
    "explain-pipe": Figure(("README.md",), "explain", shapes.Waterfall(), EXPLAIN),
    "quick-throughput": Figure(("results/README.md",), "quick", shapes.Console(), QUICK),
    "report-answers": Figure(("results/report/README.md",), "quick", None, REPORT,
                             draw="tests/report/pictures.py answers {work}/quick.json {picture} {ipcmark}"),
    "report-charts": Figure(("results/report/README.md",), "sizes", None, REPORT,
                            draw="tests/report/pictures.py charts {work}/sizes.json {picture} {ipcmark}"),
    "handwritten-latency": Figure(
        ("bench/README.md",), "handwritten",
        shapes.Table(_CONTROLS[0], ("mechanism", "control"), "latency/", _MECHANISM),
        (*MESSAGES, *_CONTROLS)),
    "handwritten-throughput": Figure(
        ("bench/README.md",), "handwritten",
        shapes.Table(_CONTROLS[0], ("mechanism", "control"), "throughput/", _MECHANISM),
        (*MESSAGES, *_CONTROLS)),
    "other-tools": Figure(("bench/README.md",), "other-tools",
                          shapes.Table("bench/against_tools.sh", ("cell", "against")),
                          (*MESSAGES, *_CONTROLS, "bench/against_tools.sh")),
    "ring-limits": Figure(("bench/README.md",), "ring-limits", shapes.Text(),
                          (*RINGS, "bench/bench_ring_limits.cpp", "bench/ucx_ratio.sh"),
                          by_hand="medians of six runs, in words"),
    "ring-rivals": Figure(("bench/README.md",), "ring-rivals", shapes.Rivals(),
                          (*RINGS, "bench/bench_ring_rivals.cpp", "bench/spsc_ring.hpp")),
    "python-mechanisms": Figure(("backends/runners/README.md",), "python",
                                shapes.Table("backends/runners/table", ("mechanism",)),
                                (*MESSAGES, "backends/runners/python", "backends/runners/table")),
    "gate-power": Figure(("results/comparison/README.md",), "gate-power", shapes.Power(),
                         (*GATE, "tests/soak/gate_power.py", "tests/soak/gate_resample.cpp"),
                         by_hand="what five live runs said is in the same words"),
}

RESULTS = "tests/soak/results.md"
SOAKS = {
    "soak-causes": Soak("causes.py", ("causes",), (*EXPLAIN, "tests/causes")),
    "soak-chains": Soak("chains.py", ("explain chains", "explain cost", "explain spinning"), EXPLAIN),
    "soak-check": Soak("check.py", ("check",), ("scenarios/messaging", "scenarios/synchronization",
                                                "scenarios/shared_state", *KILLED)),
    "soak-environments": Soak("environments.py", ("environment:",), ("backends/kernel", "scenarios/machine", *KILLED)),
    "soak-explain-kill": Soak("explain_kill.py", ("explain kill",), (*EXPLAIN, "scenarios/cleanup")),
    "soak-flake": Soak("flake.py", ("flake",), ("tests/command", "tests/scenarios", "tests/conformance")),
    "soak-fleet": Soak("fleet.py", ("fleet,",), ("results/fleet", "tools/gather")),
    "soak-gate-aa": Soak("gate.py aa", ("gate aa",), (*GATE, *MESSAGES)),
    "soak-gate-busy": Soak("gate.py busy", ("gate busy",), GATE),
    "soak-gate-null": Soak("gate.py null", ("gate null",), GATE),
    "soak-gate-power": Soak("gate.py power", ("gate power",), GATE),
    "soak-gate-state": Soak("gate.py state", ("gate state",), GATE),
    "soak-gate-tail": Soak("gate.py tail", ("gate tail",), GATE),
    "soak-kill": Soak("kill.py", ("kill",), KILLED),
    "soak-kill-ends": Soak("kill_ends.py", ("kill ends:",), ("backends/cells",)),
    "soak-late": Soak("late.py", ("late",), ("scenarios/launch",)),
    "soak-many-messages": Soak("many_messages.py", ("many messages:",), ("backends/cells", "backends/shared_memory")),
    "soak-merge": Soak("merge.py", ("merge",), ("tools/gather", "results/fleet")),
    "soak-mutants": Soak("mutants.py", ("mutants/",), ("results/json", "scenarios/cleanup", "scenarios/plan")),
    "soak-report": Soak("report.py", ("report",), ("results/report",)),
    "soak-scale": Soak("scale.py", ("scale:",), ("scenarios/messaging", "scenarios/synchronization",
                                                "scenarios/shared_state", "scenarios/launch")),
    "soak-selfcheck": Soak("selfcheck.py", ("selfcheck",), ("tools/selfcheck",)),
    "soak-spoil": Soak("spoil.py", ("spoil",), ("scenarios/launch", "scenarios/traffic", "scenarios/messaging")),
    "soak-stored": Soak("stored.py", ("stored,",), ("results/comparison", "scenarios/plan/suites/standard.json")),
    "soak-timeout": Soak("timeout.py", ("timeout,",), KILLED),
    "soak-trials": Soak("trials.py", ("trials",), (*MESSAGES, "scenarios/cleanup")),
}

# Tables with figures that no run of ours made: (document, how a line of it begins): why.
STATED = {
    ("tools/README.md", "| `delay`"): "what must come out",
}
