#!/usr/bin/python3
"""Chains of every blocking backend, across CPUs and on one, and what following them costs.

Of each cell, by the detail that `explain` chooses for it: trips complete, trips cut, negative segments,
events lost, and for each traced trial the median of its chains against the cell's own p50. Then what a
probe costs, and, of cells that spin, what stamps do to the pace: in pairs of stretches within one trial,
and in pairs of trials. Needs root and two CPUs. On an idle machine.
"""

import math
import os
import statistics

import explaining
import program
import soak

COMPLETE = 0.95  # of trips, at least
CUT = 0.05  # at most
MEDIAN = 0.02  # the chains' against the cell's own
PROBE_NS = 300
OVERHEAD = 0.30  # of trips of LONG_NS and more
LONG_NS = 20_000
# In one process: a call and a copy, shorter than the stamps round them. There is no chain to follow.
CONTROLS = ("null",)
SPINNING = ("latency/shm_ring/64B/spin/cross-cpu",)
# Trials, each with some hundred pairs of stretches, with stamps and without: the memory that a process
# gets makes its trips some per cent faster or slower than those of another.
SPIN_TRIALS = "30"
SPIN_INTERVAL = 0.02


def shares(cell):
    return cell["complete"] / cell["trips"], cell["cut"] / cell["trips"]


def farthest(cell):
    """Of the trials, the one whose chains differ most from its own p50."""
    trials = cell["by_trial"]
    ratios = [chains / traced - 1 for chains, traced in zip(trials["chains_ns"], trials["traced_ns"])]
    return max(ratios, key=abs)


def wrong_chains(cell):
    complete, cut = shares(cell)
    wrong = []
    if complete < COMPLETE:
        wrong.append(f"{100 * complete:.1f} % complete")
    if cut > CUT:
        wrong.append(f"{100 * cut:.1f} % cut")
    if cell["negative"]:
        wrong.append(f"{cell['negative']} negative segments")
    if cell["lost"]:
        wrong.append(f"{cell['lost']} events lost")
    if abs(farthest(cell)) > MEDIAN:
        wrong.append(f"the chains' median {100 * farthest(cell):+.2f} % from the cell's p50")
    return wrong


def overhead(cell):
    return cell["traced_ns"] / cell["plain_ns"] - 1


def difference_ns(cell):
    """By which trips with and without tracing differ, a probe: its cost, and what it changes in how they go."""
    return max(cell["probe_ns"], cell["difference_a_probe_ns"])


def wrong_cost(cell):
    wrong = []
    if not 0 < cell["probe_alone_ns"] <= PROBE_NS:
        wrong.append(f"a probe costs {cell['probe_alone_ns']:.0f} ns by itself")
    if cell["plain_ns"] >= LONG_NS and overhead(cell) > OVERHEAD:
        wrong.append(f"tracing makes trips {100 * overhead(cell):.0f} % longer")
    return wrong


def report_wrong(run, cells, what):
    good = True
    for cell in cells:
        if wrong := what(cell):
            good = False
            run.say(f"{cell['cell']}: {', '.join(wrong)}")
    return good


def blocking(run):
    cells = []
    backends = ",".join(each for each in explaining.blocking_backends(run) if each not in CONTROLS)
    for key in explaining.round_trips(run, "--wait", "block", "--size", "64",
                                      "--placement", "cross-cpu,same-cpu", "--backend", backends):
        document = explaining.explain(run, [key], "--rounds", str(run.options.rounds))
        if document:
            cells += document["cells"]
    good = report_wrong(run, cells, wrong_chains)
    complete, cut = zip(*(shares(cell) for cell in cells))
    medians = [farthest(cell) for cell in cells]
    run.row("explain chains", f"{len(cells)} cells, {run.options.rounds} rounds",
            f"at least {100 * min(complete):.1f} % complete, at most {100 * max(cut):.1f} % cut, "
            f"{sum(cell['negative'] for cell in cells)} negative, "
            f"{sum(cell['lost'] for cell in cells)} events lost; the chains' median from "
            f"{100 * min(medians):+.2f} to {100 * max(medians):+.2f} % from the trial's p50")
    cheap = report_wrong(run, cells, wrong_cost)
    probes = [cell["probe_alone_ns"] for cell in cells]
    differences = [difference_ns(cell) for cell in cells]
    longer = [overhead(cell) for cell in cells if cell["plain_ns"] >= LONG_NS] or [0]
    coarse = [cell["cell"] for cell in cells if cell["seen"] == "wakings"]
    run.row("explain cost", f"{len(cells)} cells, {run.options.rounds} rounds",
            f"a probe by itself {statistics.median(probes):.0f} ns in the median, at most {max(probes):.0f}; "
            f"by what trips differ {statistics.median(differences):.0f} ns, at most {max(differences):.0f}; "
            f"trips of {LONG_NS // 1000} us and more at most {100 * max(longer):.0f} % longer, "
            f"{len(coarse)} cells by wakings and switches alone")
    return good and cheap


def interval_of_median(values):
    """Of the median of that many, with a coverage of 95 % at least, by order statistics."""
    values, count = sorted(values), len(values)
    beyond = 0
    while sum(math.comb(count, i) for i in range(beyond + 1)) / 2 ** count <= 0.025:
        beyond += 1
    low = max(beyond - 1, 0)
    return values[low], values[count - 1 - low]


def spinning(run):
    good = True
    for key in SPINNING:
        document = explaining.explain(run, [key], "--rounds", SPIN_TRIALS)
        if not document:
            continue
        trials = document["cells"][0]["by_trial"]
        stretches = [ratio - 1 for ratio in trials["stamped_ratio"]]
        low, high = interval_of_median(stretches)
        between = [traced / plain - 1 for plain, traced in zip(trials["plain_ns"], trials["traced_ns"])]
        lowest, highest = interval_of_median(between)
        run.row(f"explain spinning: {key.split('/')[1]}", f"{len(stretches)} trials",
                f"stretches with stamps over those without {100 * statistics.median(stretches):+.2f} % "
                f"({100 * low:+.2f} to {100 * high:+.2f} %); traced trials over plain ones "
                f"{100 * statistics.median(between):+.2f} % ({100 * lowest:+.2f} to {100 * highest:+.2f} %)")
        good = good and -SPIN_INTERVAL <= low and high <= SPIN_INTERVAL
    return good


PARTS = {"blocking": blocking, "spinning": spinning}


def chains(run):
    if os.geteuid() != 0 or len(os.sched_getaffinity(0)) < 2:
        raise program.Refused("the kernel's events need root, and cells across CPUs two of them")
    chosen = [part for name, part in PARTS.items()
              if not run.options.only or run.options.only.search(name)]
    if not chosen:
        raise program.Refused(f"--only matches none of the parts, which are {', '.join(PARTS)}")
    return all([part(run) for part in chosen])


if __name__ == "__main__":
    arguments = soak.Arguments(__doc__)
    arguments.add_count(3, "rounds of each blocking cell", name="ROUNDS")
    arguments.add_only("parts (blocking, spinning) whose name matches alone", row_each=True)
    soak.main(chains, arguments)
