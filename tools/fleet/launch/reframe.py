"""A ReFrame test (4.x): ipcmark on a node of each partition, or with --distribute on every node.
Checked by the tests with a stand-in for ReFrame, never run by it.

    reframe -c tools/fleet/launch/reframe.py -r --performance-report --distribute=idle
"""
import json

import reframe as rfm
import reframe.utility.sanity as sn


@rfm.simple_test
class Ipcmark(rfm.RunOnlyRegressionTest):
    valid_systems = ["*"]
    valid_prog_environs = ["*"]
    executable = "ipcmark"
    executable_opts = ["run", "--scenario", "latency,throughput", "--backend", "pipe,shm_ring",
                       "--size", "64", "--wait", "block", "--host-name",
                       "--label", "launcher=reframe", "--json", "result.json"]
    keep_files = ["result.json"]  # for `ipcmark merge`

    def median(self, scenario, mechanism, figure):
        with open(f"{self.stagedir}/result.json", encoding="utf-8") as file:
            cells = json.load(file)["cells"]
        key = f"{scenario}/{mechanism}/64B/block/cross-cpu"
        figures = next(cell["summary"]["figures"] for cell in cells if cell["key"] == key)
        return next(one["median"] for one in figures
                    if one["name"] == figure and one.get("quantile", 0.5) == 0.5)

    @sanity_function
    def every_cell_passed(self):
        return sn.assert_eq(self.job.exitcode, 0)

    @performance_function("ns")
    def round_trip(self, mechanism="pipe"):
        return self.median("latency", mechanism, "round_trip")

    @performance_function("msg/s")
    def rate(self, mechanism="pipe"):
        return self.median("throughput", mechanism, "rate")
