#!/usr/bin/python3
"""The gate against itself: false alarms, and the slowdowns that it finds.

What was run is kept under ipcmark-results/soak/<revision>/, so that a soak that was ended goes on
where it stopped. Other cells than the suite gate's: behind '--', in the words of ipcmark's command
line, as in `gate.py aa 10 -- --scenario latency --placement same-cpu`.
"""

import argparse
import sys

import gate_busy
import gate_noise
import gate_power
import gate_runs
import gate_state
import gate_tail
import soak


def aa(run):
    """What is flagged of a build against itself is flagged falsely: one of 60 at most."""
    gate = gate_runs.Gate(run)
    directory = gate.directory("aa")
    files = [gate.file(directory, i) for i in range(1, run.options.count + 1)]
    for i, file in enumerate(files, start=1):
        gate.ab(file, "--rounds", str(gate_runs.ROUNDS), "--seed", str(i))
    text, flagged = gate_runs.tally(run, files)
    run.row(gate.kind("aa"), f"{run.options.count} runs", text)
    return flagged <= 1


def whole_stretches(text):
    rounds = soak.whole_number(text)
    if rounds % gate_power.STRETCH != 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no multiple of {gate_power.STRETCH}")
    return rounds


def add_rounds(parser, rounds=600):
    parser.add_argument("rounds", metavar="ROUNDS", nargs="?", type=whole_stretches, default=rounds,
                        help=f"recorded rounds, a multiple of {gate_power.STRETCH} ({rounds})")


def parse_arguments():
    arguments = soak.Arguments(__doc__, options=False)
    kinds = arguments.add_subparsers(metavar="KIND", required=True)

    def add(kind, body, text):
        parser = kinds.add_parser(kind, help=text, description=f"{text}.")
        parser.set_defaults(body=body)
        return parser

    add("noise", gate_noise.noise, "What trials of one build differ by, to choose a gate's cells "
        "from").add_count(30, "rounds", name="ROUNDS")
    add("aa", aa, "`ipcmark ab` of a build against itself: at most one run is flagged").add_count(
        60, "runs")
    add_rounds(add("null", gate_power.null, "Its test at no effect at all, on recorded rounds"))
    power = add("power", gate_power.power,
                "How often a known slowdown is flagged: resampled, then live")
    add_rounds(power)
    power.add_count(10, "live runs", name="RUNS")
    tail = add("tail", gate_tail.tail, "A p99 that is half as long again, by every fiftieth round trip: "
               "flagged in 19 of 20 runs")
    tail.add_count(20, "runs")
    add_rounds(tail, 60)
    beside = add("busy", gate_busy.beside, "A build that is 16 times slower beside a busy neighbour: "
                 "flagged in every run")
    beside.add_count(20, "runs")
    add_rounds(beside, 60)
    add("state", gate_state.state, "Runs in which the machine changes midway: never a false "
        "alarm").add_count(20, "runs")
    return arguments


if __name__ == "__main__":
    own, cells = sys.argv[1:], []
    if "--" in own:
        at = own.index("--")
        own, cells = own[:at], own[at + 1:]
    arguments = parse_arguments()
    arguments.set_defaults(cells=cells)
    soak.main(lambda run: run.options.body(run), arguments, own)
