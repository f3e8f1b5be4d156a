"""Tables as `ipcmark merge` writes them, of made-up runs."""

import csv
import os

LATENCY = "latency/pipe/64B/block/cross-cpu"
THROUGHPUT = "throughput/pipe/64B/block/cross-cpu"
RUNS = ("run_id,started,finished,host,host_class,machine,version,revision,suite,shard,trials_asked,"
        "interrupted,file").split(",")
LABELS = "run_id,name,value".split(",")
FIGURES = ("run_id,key,figure,unit,better,headline,median,low,high,trials,machine_state_ns,"
           "comparable,two_groups").split(",")
CELLS = ("run_id,started,host,host_class,key,scenario,mechanism,status,reason,machine_state_ns,"
         "comparable,p50_ns,rate_msg_s").split(",")


class Tables:
    def __init__(self):
        self.runs, self.labels, self.figures, self.cells = [], [], [], []

    def run(self, day, host, host_class="a", **labels):
        """A run on that day of January; its id."""
        run_id = f"run{len(self.runs) + 1:03}"
        started = f"2026-01-{day:02}T03:00:00Z"
        self.runs.append([run_id, started, f"2026-01-{day:02}T03:02:00Z", host, host_class, "a CPU",
                          "1.0.0", "abc", "quick", "", "6", "no", f"{run_id}.json"])
        self.labels += [[run_id, name, value] for name, value in labels.items()]
        return run_id

    def latency(self, run_id, median, state_ns="100", width=20):
        """Its p50 in one cell, and a p99 that is ten times as much and no headline."""
        self._cell(run_id, LATENCY, state_ns, [median, ""])
        for figure, headline, factor in (("p50", "yes", 1), ("p99", "no", 10)):
            self._figure(run_id, LATENCY, figure, "ns", "lower", headline, factor * median,
                         width * factor, state_ns)

    def throughput(self, run_id, median, state_ns="100"):
        self._cell(run_id, THROUGHPUT, state_ns, ["", median])
        self._figure(run_id, THROUGHPUT, "rate", "msg/s", "higher", "yes", median, 1000, state_ns)

    def _cell(self, run_id, key, state_ns, values):
        run = next(run for run in self.runs if run[0] == run_id)
        scenario, mechanism, *_ = key.split("/")
        self.cells.append([run_id, run[1], run[3], run[4], key, scenario, mechanism, "passed", "",
                           state_ns, "yes", *values])

    def _figure(self, run_id, key, figure, unit, better, headline, median, width, state_ns):
        self.figures.append([run_id, key, figure, unit, better, headline, median, median - width / 2,
                             median + width / 2, 6, state_ns, "yes", "no"])

    def write(self, folder):
        for name, head, rows in (("runs", RUNS, self.runs), ("labels", LABELS, self.labels),
                                 ("figures", FIGURES, self.figures), ("cells", CELLS, self.cells)):
            with open(os.path.join(folder, f"{name}.csv"), "w", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerows([head, *rows])
