"""Traffic as it is: streams both ways, connections, messages of several sizes."""

import json
import os

import command

from command import CommandTest

ONE = ["--wait", "block", "--trials", "1", "--quiet", "--share"]
MIX = "1MiB:5,64:70,4KiB:25"
MIXED = "size-mix=64B:70,4KiB:25,1MiB:5"


class Traffic(CommandTest):
    def keys(self, *arguments):
        """Of the cells that a run would have."""
        answer = self.ipcmark("run", "--dry-run", *arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return [line.split()[0] for line in answer.stdout.splitlines()[:-1]]

    def refused(self, part, *arguments):
        answer = self.ipcmark(*arguments)
        self.assertEqual(answer.returncode, 2, answer.stdout + answer.stderr)
        self.assertIn(part, answer.stderr)
        self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
        self.assert_nothing_left()

    def test_both_are_checked_and_in_no_suite(self):
        answer = self.ipcmark("check", "--scenario", "duplex,connect", "--backend",
                              "pipe,posix_mq,shm_ring,signal,null", "--share", "--json",
                              self.path("c.json"))
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        with open(self.path("c.json")) as file:
            cells = {cell["key"]: cell for cell in json.load(file)["cells"]}
        for scenario in ("duplex", "connect"):
            for backend in ("pipe", "posix_mq", "shm_ring"):
                cell = cells[f"{scenario}/{backend}/64B/block/cross-cpu/verify=full"]
                (trial,) = cell["trials"]
                self.assertEqual(trial["state"], "passed", cell)
                self.assertEqual(trial["counts"]["messages"], 400)
        (trial,) = cells["connect/signal/64B/block/cross-cpu/verify=full"]["trials"]
        self.assertEqual(trial["state"], "skipped")
        self.assertIn("number of its own", trial["reason"])
        self.assert_nothing_left()
        for key in self.keys("--backend", "pipe"):
            self.assertNotIn(key.split("/")[0], ("duplex", "connect"))
        # Named, they are timed like the others.
        self.assertEqual(self.keys("--scenario", "duplex", "--backend", "pipe", "--size", "1KiB"),
                         ["duplex/pipe/1KiB/block/cross-cpu"])

    def test_a_mix_is_an_axis_in_place_of_the_size(self):
        arguments = ["--scenario", "latency", "--backend", "pipe", "--wait", "block"]
        key = "latency/pipe/block/cross-cpu/" + MIXED
        self.assertEqual(self.keys(*arguments, "--size-mix", MIX), [key])
        self.assertEqual(self.keys(*arguments, "--size-mix", MIX, "--size-mix", "64:1,1KiB:1"),
                         [key, "latency/pipe/block/cross-cpu/size-mix=64B:1,1KiB:1"])
        self.assertEqual(self.keys("--only", key), [key])
        self.assertEqual(self.keys("--only", "throughput/pipe/block/cross-cpu", "--size-mix", MIX),
                         ["throughput/pipe/block/cross-cpu/" + MIXED])
        path = self.path("m.json")
        answer = self.ipcmark("run", *arguments, "--size-mix", "64:70,4KiB:30", "--messages", "300",
                              "--verify", "full", *ONE, "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("up to 4 KiB", answer.stdout)
        self.assertIn("size-mix=64B:70,4KiB:30", answer.stdout)
        with open(path) as file:
            (cell,) = json.load(file)["cells"]
        self.assertEqual(cell["asked"]["size_mix"], "64B:70,4KiB:30")
        self.assertEqual(cell["asked"]["size"], 4096)
        self.assertEqual(cell["trials"][0]["integrity"]["checked"], 600 + 2 *
                         (cell["trials"][0]["counts"]["messages_total"] // 2 - 300))

    def test_a_bad_mix_is_refused_in_a_sentence(self):
        for mix, part in [("64", "has no weight"), ("64:0,4KiB:1", "the weight of 64"),
                          ("x:1,64:1", "'x' is not a size"), ("64:1,64B:2", "twice"),
                          ("64:1", "there is --size"), ("64:1,65MiB:1", "limit"),
                          ("64:1,,4KiB:1", "has no weight")]:
            with self.subTest(mix=mix):
                self.refused(part, "run", "--scenario", "latency", "--backend", "pipe",
                             "--size-mix", mix)
        self.refused("exclude each other", "run", "--scenario", "latency", "--size", "64",
                     "--size-mix", MIX)
        self.refused("several sizes", "run", "--scenario", "counter", "--size-mix", MIX)

    def test_bursts_are_an_axis(self):
        key = "latency/pipe/64B/block/cross-cpu/burst=8:1ms"
        self.assertEqual(self.keys("--only", "latency/pipe/64B/block/cross-cpu", "--burst",
                                   "8:1000us"), [key])
        self.assertEqual(self.keys("--only", key), [key])
        self.assertEqual(self.keys("--scenario", "load", "--backend", "pipe", "--size", "64",
                                   "--wait", "block", "--burst", "8:1ms"),
                         ["load/pipe/64B/block/cross-cpu/burst=8:1ms/rate=8000"])
        path = self.path("b.json")
        answer = self.ipcmark("run", "--only", key, "--messages", "400", *ONE[2:], "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            (cell,) = json.load(file)["cells"]
        self.assertEqual(cell["asked"]["burst"], "8:1ms")
        self.assertEqual(cell["trials"][0]["histograms"]["burst_response"]["count"], 400)

    def test_a_bad_burst_is_refused_in_a_sentence(self):
        for burst, part in [("8", "has no gap"), ("0:1ms", "the messages of a burst"),
                            ("8:soon", "the gap of a burst")]:
            with self.subTest(burst=burst):
                self.refused(part, "run", "--scenario", "latency", "--backend", "pipe", "--burst",
                             burst)
        for other in (["--gap", "1ms"], ["--rate", "5k"], ["--one-way"], ["--schedule", "poisson"]):
            self.refused("exclude each other", "run", "--scenario", "latency,load", "--burst",
                         "8:1ms", *other)
        self.refused("sends in bursts", "run", "--scenario", "counter", "--burst", "8:1ms")

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def test_a_file_is_replayed(self):
        rows = "".join(f"{i}ms,{64 + i},{i % 2}\n" for i in range(40))
        path = self.write("web.txt", "# two channels\ntime,size,channel\n" + rows)
        out = self.path("r.json")
        answer = self.ipcmark("load", "--replay", path, "--backend", "pipe", "--wait", "block",
                              "--trials", "2", "--quiet", "--share", "--json", out, "--csv",
                              self.path("r.csv"))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("Load of up to 103 B", answer.stdout)
        with open(out) as file:
            (cell,) = json.load(file)["cells"]
        replay = cell["asked"]["replay"]
        self.assertRegex(replay, "^web.txt@[0-9a-f]{16}$")
        self.assertEqual(cell["asked"]["replay_file"], path)
        self.assertEqual(cell["key"],
                         f"load/pipe/block/cross-cpu/replay={replay}/rate=1000")
        for trial in cell["trials"]:
            self.assertEqual(trial["state"], "passed", trial)
            self.assertEqual(trial["counts"]["messages"], 40)
            self.assertEqual(len(trial["costs"]), 4)
        self.assert_nothing_left()
        # Again by its key, which needs the file, and only with the same content.
        key = ["run", "--dry-run", "--only", cell["key"]]
        self.refused("add --replay FILE", *key)
        self.assertEqual(self.keys(*key[2:], "--replay", path), [cell["key"]])
        other = self.write("other/web.txt", rows + "50ms 64\n")
        self.refused("contradict", *key, "--replay", other)
        self.assertNotEqual(self.keys("--scenario", "load", "--backend", "pipe", "--wait", "block",
                                      "--replay", other), [cell["key"]])
        # Which `load` takes as well.
        answer = self.ipcmark("load", "--only", cell["key"], "--replay", path, "--trials", "1",
                              "--quiet", "--share")
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_a_bad_replay_is_refused_in_a_sentence(self):
        good = self.write("good.txt", "0 64\n1ms 64\n")
        for text, part in [("", "has no messages"), ("0 64\nsoon 64\n", "line 2, column 1"),
                           ("0 64\n0 lots\n", "line 2, column 3"), ("1 64\n0 64\n", "sort"),
                           ("0 64 0 0\n", "leave it out")]:
            with self.subTest(text=text):
                self.refused(part, "load", "--backend", "pipe", "--replay",
                             self.write("bad.txt", text))
        self.refused("no/such", "load", "--backend", "pipe", "--replay", "no/such")
        for other in (["--rate", "5k"], ["--p99", "1ms"], ["--size", "64"], ["--size-mix", MIX],
                      ["--schedule", "poisson"], ["--duration", "1s"]):
            self.refused("exclude each other", "load", "--replay", good, *other)
        self.refused("exclude each other", "run", "--scenario", "load", "--replay", good,
                     "--burst", "8:1ms")
        self.refused("exclude each other", "run", "--scenario", "load", "--replay", good,
                     "--messages", "8")
        self.refused("what a file says", "run", "--scenario", "latency", "--replay", good)

    def test_a_wake_up_is_an_axis(self):
        self.assertEqual(
            self.keys("--scenario", "latency", "--backend", "shm_ring", "--size", "64", "--wait",
                      "block", "--wake", "futex,eventfd,pipe"),
            ["latency/shm_ring/64B/block/cross-cpu", "latency/shm_ring/64B/block/cross-cpu/"
             "wake=eventfd", "latency/shm_ring/64B/block/cross-cpu/wake=pipe"])
        path = self.path("w.json")
        answer = self.ipcmark("run", "--scenario", "latency", "--backend", "shm_ring,pipe", "--size",
                              "64", "--wait", "block,poll", "--wake", "eventfd", "--messages", "200",
                              *ONE[2:], "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("shm_ring wake=eventfd", answer.stdout)
        with open(path) as file:
            cells = {cell["key"]: cell["trials"][0] for cell in json.load(file)["cells"]}
        for wait in ("block", "poll"):
            ring = cells[f"latency/shm_ring/64B/{wait}/cross-cpu/wake=eventfd"]
            self.assertEqual(ring["state"], "passed", ring)
            pipe = cells[f"latency/pipe/64B/{wait}/cross-cpu/wake=eventfd"]
            self.assertEqual(pipe["state"], "skipped")
            self.assertIn("no --wake eventfd", pipe["reason"])
        self.refused("'flag' is none of", "run", "--backend", "shm_ring", "--wake", "flag")
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
