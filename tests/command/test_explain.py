"""`ipcmark explain`: what it refuses, what it prints, and that nothing stays in tracefs.

No time and no share is asserted. Tests of the kernel's events need root and a mount of tracefs, which
they make in a mount namespace of their own.
"""

import json
import os
import subprocess
import unittest

import command

try:
    import jsonschema
except ImportError:
    jsonschema = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PIPE = "latency/pipe/64B/block/cross-cpu"
QUICK = ["explain", "--share", "--quiet", "--rounds", "1", "--messages", "100"]
TRACEFS = "/sys/kernel/tracing"


def in_tracefs(script):
    """`script` in a mount namespace that has tracefs."""
    return ["unshare", "-m", "sh", "-c", f"mount -t tracefs nodev {TRACEFS} && {script}"]


def tracing_works():
    if os.geteuid() != 0:
        return False
    probe = in_tracefs(f"mkdir {TRACEFS}/instances/t{os.getpid()} && rmdir {TRACEFS}/instances/t{os.getpid()}")
    return subprocess.run(probe, capture_output=True).returncode == 0


def enough_cpus():
    return len(os.sched_getaffinity(0)) > 1


class ExplainTest(command.CommandTest):
    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
        return self.path(name)


class Refusals(ExplainTest):
    def test_a_key_that_is_no_round_trip(self):
        for key in ("throughput/pipe/64B/block/cross-cpu", "latency/pipe/64B/block/cross-cpu/one_way=1"):
            done = self.ipcmark("explain", key)
            self.assertEqual(done.returncode, 2)
            self.assertIn("is no round trip; name a cell of latency", done.stderr)

    def test_a_misspelt_key(self):
        done = self.ipcmark("explain", "latency/pype/64B/block/cross-cpu")
        self.assertEqual(done.returncode, 2)
        self.assertIn("did you mean 'pipe'?", done.stderr)

    def test_an_output_that_cannot_be_written(self):
        done = self.ipcmark(*QUICK, PIPE, "--json", self.path("none/x.json"))
        self.assertEqual(done.returncode, 2)

    def test_what_it_is_to_be_compared_with(self):
        done = self.ipcmark("explain", PIPE, "--against", self.path("none.json"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("cannot read", done.stderr)
        other = self.write("other.json", '{"schema": "ipcmark.result", "version": {"major": 1}}')
        done = self.ipcmark("explain", PIPE, "--against", other)
        self.assertEqual(done.returncode, 2)
        self.assertIn("is not an explanation of 'ipcmark explain --json': /schema", done.stderr)
        cells = [{"cell": "latency/fifo/64B/block/cross-cpu"}, {"cell": "latency/tcp/64B/block/cross-cpu"}]
        lacking = self.write("lacking.json", json.dumps(
            {"schema": "ipcmark.explanation", "version": {"major": 1, "minor": 1}, "cells": cells}))
        done = self.ipcmark("explain", PIPE, "--against", lacking)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"does not hold {PIPE}; explain that key with --json first", done.stderr)

    def test_break_with_what_it_does_not_do(self):
        for option in (["--slowest", "3"], ["--paths", "2"], ["--against", "x"], ["--detail", "fine"]):
            done = self.ipcmark("explain", PIPE, "--break", "1ms", *option)
            self.assertEqual(done.returncode, 2, option)
            self.assertIn(option[0], done.stderr)

    def test_two_outputs_of_one_name(self):
        done = self.ipcmark("explain", PIPE, "--json", self.path("x"), "--trace", self.path("x"))
        self.assertEqual(done.returncode, 2)
        self.assertIn("--trace", done.stderr)

    def test_numbers_out_of_range(self):
        for option in (["--rounds", "0"], ["--messages", "49"], ["--messages", "6001"], ["--slowest", "0"],
                       ["--break", "soon"], ["--break", "0ms"], ["--detail", "some"]):
            self.assertEqual(self.ipcmark("explain", PIPE, *option).returncode, 2, option)


@unittest.skipUnless(enough_cpus(), "needs two CPUs")
class Short(command.CommandTest):
    """As a user without privileges."""

    def run_as_nobody(self, *arguments):
        if os.geteuid() != 0:
            return self.ipcmark(*arguments)
        os.chmod(self.directory.name, 0o777)
        return self.ipcmark(*arguments, user=65534, group=65534, extra_groups=[])

    def test_says_what_it_could_not_see_and_exits_with_0(self):
        if os.geteuid() == 0 and not os.access(command.PROGRAM, os.X_OK):
            self.skipTest("the program is closed to others")
        try:
            done = self.run_as_nobody(*QUICK, PIPE, "--json", "-")
        except PermissionError:
            self.skipTest("the program is closed to others")
        self.assertEqual(done.returncode, 0, done.stderr)
        (cell,) = json.loads(done.stdout)["cells"]
        self.assertIn(cell["seen"], ("switches", "stamps"))
        self.assertIn("need", cell["not_seen"])
        self.assertEqual(cell["trips"], 100)
        self.assertEqual(cell["complete"], 100)
        self.assertIn("not seen: ", done.stderr)
        self.assertTrue(cell["sentences"])
        self.assert_nothing_left()


    def test_refuses_what_was_seen_with_other_rights(self):
        os.chmod(self.directory.name, 0o777)
        before = self.path("before.json")
        with open(before, "w") as file:
            json.dump({"schema": "ipcmark.explanation", "version": {"major": 1, "minor": 1},
                       "cells": [{"cell": PIPE, "seen": "kernel"}]}, file)
        os.chmod(before, 0o644)
        try:
            done = self.run_as_nobody("explain", PIPE, "--against", before)
        except PermissionError:
            self.skipTest("the program is closed to others")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("was explained by the kernel's events, and would be by stamps", done.stderr)


@unittest.skipUnless(enough_cpus() and tracing_works(), "needs two CPUs, root and tracefs")
class Whole(ExplainTest):
    def traced(self, *arguments, after="true"):
        script = f"exec_it() {{ {' '.join([command.PROGRAM, *arguments])}; }}; exec_it; code=$?; {after}; exit $code"
        return subprocess.run(in_tracefs(script), capture_output=True, text=True, timeout=300,
                              env=self.environment)

    def explained(self, *keys, options=()):
        path = self.path("explained.json")
        if not {"--detail", "--against"} & set(options):  # which one is chosen depends on how busy the machine is
            options = [*options, "--detail", "fine"]
        done = self.traced(*QUICK, *keys, *options, "--json", path, after=f"ls {TRACEFS}/instances >&2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("ipcmark.", done.stderr, "an instance is left")
        with open(path) as file:
            document = json.load(file)
        if jsonschema is not None:
            with open(os.path.join(ROOT, "results/json/ipcmark.explanation.schema.json")) as file:
                jsonschema.validate(document, json.load(file))
        return done.stdout, document["cells"]

    def test_a_waterfall_whose_segments_add_up(self):
        text, (cell,) = self.explained(PIPE, options=["--slowest", "2"])
        self.assertEqual(cell["seen"], "kernel")
        self.assertEqual(cell["trips"], 100)
        self.assertEqual(cell["complete"], 100)
        self.assertEqual(cell["negative"], 0)
        self.assertEqual(cell["lost"], 0)
        self.assertEqual(len(cell["slowest"]), 2)
        self.assertGreater(cell["probe_alone_ns"], 0)
        # On a machine with other work the commonest way need not lead through both ends' code.
        labels = set()
        for path in cell["paths"]:
            self.assertAlmostEqual(sum(each["traced_ns"] for each in path["segments"]), path["traced_ns"],
                                   places=3)
            labels |= {each["label"] for each in path["segments"]}
        self.assertLessEqual({"A: user code, and into write", "B: user code between receive and send"}, labels)
        self.assertIn(2, [path["system_calls"].get("write") for path in cell["paths"]])
        for words in ("In words", "traced", "The slowest trips"):
            self.assertIn(words, text)

    def test_wakings_and_switches_alone(self):
        text, (cell,) = self.explained(PIPE, options=["--detail", "coarse"])
        self.assertEqual(cell["seen"], "wakings")
        self.assertEqual(cell["complete"], 100)
        self.assertEqual(cell["negative"], 0)
        labels = {each["label"] for path in cell["paths"] for each in path["segments"]}
        self.assertTrue(any("wak" in label for label in labels), labels)
        self.assertFalse(any("interrupt" in label or "into write" in label for label in labels), labels)
        self.assertIn("write", cell["counts"]["system_calls"], "counted in the other trials")
        self.assertGreater(cell["fine_ns"], 0)
        self.assertIn("not seen: system calls and interrupts", text)

    def test_what_it_is_compared_with_chooses_the_detail(self):
        before = self.path("before.json")
        self.explained(PIPE, options=["--detail", "coarse"])
        os.replace(self.path("explained.json"), before)
        _, (cell,) = self.explained(PIPE, options=["--against", before])
        self.assertEqual(cell["seen"], "wakings")
        done = self.traced("explain", PIPE, "--against", before, "--detail", "fine")
        self.assertEqual(done.returncode, 2)
        self.assertIn("was explained by wakings and switches alone, and would be by the kernel's events now",
                      done.stderr)

    def test_two_cells_side_by_side(self):
        text, cells = self.explained(PIPE, "latency/shm_ring/64B/spin/cross-cpu")
        self.assertEqual([cell["cell"] for cell in cells], [PIPE, "latency/shm_ring/64B/spin/cross-cpu"])
        self.assertEqual([cell["stamp_every"] for cell in cells], [1, 64])
        self.assertEqual(cells[0]["by_trial"]["stamped_ratio"], [], "each trip is stamped")
        self.assertIn("Side by side", text)

    def test_a_trace_for_perfetto(self):
        path = self.path("trace.json")
        self.explained(PIPE, options=["--trace", path])
        with open(path) as file:
            page = json.load(file)
        slices = {each["name"] for each in page if each["ph"] == "X"}
        self.assertLessEqual({"send", "receive", "write", "trip 1", "A: user code, and into write"}, slices)
        names = {each["args"]["name"] for each in page if each["ph"] == "M"}
        self.assertIn(f"ways of trips ({PIPE})", names)
        self.assertTrue(any(name.startswith("CPU ") for name in names))

    def test_what_changed_since_a_run_before(self):
        before = self.path("before.json")
        self.explained(PIPE)
        os.replace(self.path("explained.json"), before)
        library = os.path.join(os.path.dirname(command.PROGRAM), "libcauses.so")
        if os.path.exists(library):
            self.environment.update(LD_PRELOAD=library, IPCMARK_CAUSE="call")
        done = self.traced(*QUICK, PIPE, "--against", before, "--json", self.path("after.json"))
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(self.path("after.json")) as file:
            (difference,) = json.load(file)["differences"]
        self.assertEqual(difference["from"], f"{PIPE} in {before}")
        self.assertEqual(difference["to"], PIPE)
        self.assertIn("a trip takes", done.stdout)
        if os.path.exists(library):
            more = {each["what"]: each for each in difference["counts"]}
            self.assertEqual(more["getppid"]["from"], 0)
            self.assertGreaterEqual(more["getppid"]["to"], 1)

    def test_it_stops_at_the_first_trip_that_is_long_enough(self):
        path = self.path("long.json")
        done = self.traced(*QUICK, PIPE, "--break", "1ns", "--trace", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("trip 1 of the traced trial 1 took", done.stdout)
        with open(path) as file:
            self.assertIn("trip 1", [each["name"] for each in json.load(file)])

    def test_it_keeps_no_trace_where_no_trip_was_long_enough(self):
        path = self.path("long.json")
        done = self.traced(*QUICK, PIPE, "--break", "1h", "--trace", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("no trip took 3600s or longer: 100 trips in 1 traced trial\n", done.stdout)
        self.assertFalse(os.path.exists(path))

    def test_every_trip_of_cells_that_spin_may_be_the_long_one(self):
        for wait in ("spin", "hybrid"):
            done = self.traced(*QUICK, f"latency/shm_ring/64B/{wait}/cross-cpu", "--break", "1h")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("no trip took 3600s or longer: 100 trips in 1 traced trial\n", done.stdout)

    def test_a_cell_that_spins_first_and_sleeps_then(self):
        _, (cell,) = self.explained("latency/shm_ring/64B/hybrid/cross-cpu")
        self.assertEqual(cell["lost"], 0)
        self.assertEqual(cell["complete"], cell["trips"])
        self.assertGreaterEqual(cell["trips"], 1)
        self.assertLessEqual(cell["trips"], 100 // cell["stamp_every"])

    def test_an_attempt_that_does_not_count_leaves_nothing_in_the_next(self):
        capture = self.path("capture")
        # Stops a worker for a while, once, while its trial is traced with all.
        script = f"""
            {command.PROGRAM} explain --share --quiet --rounds 1 --messages 6000 {PIPE} \\
              --capture {capture} >/dev/null 2>{self.path('said')} & pid=$!
            for try in $(seq 2000); do
              at=$(echo {TRACEFS}/instances/ipcmark.$pid.*)
              if [ "$(cat $at/events/raw_syscalls/enable 2>/dev/null)" = 1 ] &&
                 [ "$(cat $at/tracing_on 2>/dev/null)" = 1 ]; then
                worker=$(cut -d' ' -f1 /proc/$pid/task/$pid/children)
                # None while it is measured what a probe costs.
                if [ -n "$worker" ]; then kill -STOP $worker; sleep 0.3; kill -CONT $worker; break; fi
              fi
              sleep 0.005
            done
            wait $pid; echo code $?"""
        done = subprocess.run(in_tracefs(script), capture_output=True, text=True, timeout=300,
                              env=self.environment)
        with open(self.path("said")) as file:
            said = file.read()
        self.assertEqual(done.stdout, "code 0\n", said)
        if "the trial is void, and measured again" not in said:
            self.skipTest("the worker was stopped too late")
        with open(capture) as file:
            processes = {line.split()[2] for line in file if line.startswith("thread ")} - {"0"}
        self.assertEqual(len(processes), 2, "those of the attempt before are among them")

    def test_what_there_is_no_room_for_is_measured_with_fewer_trips(self):
        path = self.path("explained.json")
        # Some thousand events a trip, all on one CPU.
        done = self.traced("explain", "--share", "--rounds", "2", "--messages", "2000",
                           "latency/signal/1KiB/block/same-cpu", "--json", path)
        if done.returncode == 77:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("there was room for the events of", done.stderr)
        with open(path) as file:
            (cell,) = json.load(file)["cells"]
        self.assertEqual(cell["lost"], 0)
        self.assertEqual(cell["complete"], cell["trips"])
        self.assertLess(cell["trips"], 4000)
        self.assertGreaterEqual(cell["trips"], 2 * 49)

    def test_no_names_are_kept_where_nobody_else_traces(self):
        script = f"""
            watch() {{
              {command.PROGRAM} explain --share --quiet --rounds 2 {PIPE} >/dev/null 2>&1 & pid=$!
              for try in $(seq 300); do
                grep -h record-cmd {TRACEFS}/instances/ipcmark.$pid.*/trace_options 2>/dev/null
                for each in {TRACEFS}/instances/*; do
                  case $each in */ipcmark.$pid.*|*/other.$$) continue ;; esac
                  grep -qsv '^0' $each/events/enable && echo somebody else traces
                done
                [ -e /proc/$pid/exe ] || break
                sleep 0.005
              done | sort -u
              wait $pid; echo "code $?, $(cat {TRACEFS}/options/record-cmd)"; echo =
            }}
            cat {TRACEFS}/options/record-cmd; echo =
            watch
            other={TRACEFS}/instances/other.$$; mkdir $other
            echo 1 > $other/events/sched/sched_switch/enable
            watch
            echo 0 > $other/events/enable; rmdir $other"""
        done = subprocess.run(in_tracefs(script), capture_output=True, text=True, timeout=300,
                              env=self.environment)
        option, alone, beside, _ = done.stdout.split("=\n")
        if option != "1\n":
            self.skipTest("this machine keeps no names of tasks")
        if "somebody else traces" in done.stdout:
            self.skipTest("another program traces beside it")
        for said in (alone, beside):
            self.assertIn("code 0, 1\n", said, done.stderr)
        self.assertIn("norecord-cmd", alone)
        self.assertIn("record-cmd", beside)
        self.assertNotIn("norecord-cmd", beside)

    def test_where_tasks_have_other_numbers_than_in_events_these_are_not_used(self):
        path = self.path("explained.json")
        command_line = " ".join([command.PROGRAM, *QUICK, PIPE, "--json", path])
        done = subprocess.run(in_tracefs(f"unshare -p -f --mount-proc {command_line}"), capture_output=True,
                              text=True, timeout=300, env=self.environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(path) as file:
            (cell,) = json.load(file)["cells"]
        self.assertEqual(cell["seen"], "switches")
        self.assertIn("other numbers than this PID namespace", cell["not_seen"])
        self.assertGreater(sum("switch" in segment["label"] for way in cell["paths"] for segment in way["segments"]), 0)

    def test_a_suite_may_ask_for_it(self):
        suite = self.write("suite.json", json.dumps({
            "explain": True, "trials": 1, "duration": "2ms", "warm_up": "1ms", "scenarios": ["latency"],
            "backends": ["pipe"], "waits": ["block"], "placements": ["cross-cpu"]}))
        planned = self.ipcmark("run", "--dry-run", "--quiet", "--suite", suite)
        self.assertIn("then each round trip that passed is explained, in 4 rounds", planned.stdout)
        path = self.path("result.json")
        done = self.traced("run", "--share", "--quiet", "--suite", suite, "--json", path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Where the time goes", done.stdout)
        with open(path) as file:
            document = json.load(file)
        self.assertEqual([cell["cell"] for cell in document["explained"]], [PIPE])
        self.assertTrue(document["explained"][0]["paths"])
        page = self.path("page.html")
        self.assertEqual(self.ipcmark("report", path, "-o", page).returncode, 0)
        with open(page) as file:
            self.assertIn("Where the time of a round trip goes", file.read())

    def test_a_killed_run_leaves_an_instance_that_clean_removes(self):
        script = f"""
            # The first instance only shows that there may be one; a trial's runs by another clock.
            for i in 1 2 3; do
              {command.PROGRAM} explain --share --quiet --rounds 50 {PIPE} >/dev/null 2>&1 & pid=$!
              for try in $(seq 400); do
                grep -Eqs '\\[(mono|x86-tsc)\\]' {TRACEFS}/instances/ipcmark.$pid.*/trace_clock && break; sleep 0.01
              done
              kill -9 $pid; wait $pid 2>/dev/null
            done
            ls {TRACEFS}/instances; echo =
            {command.PROGRAM} clean; echo code $?; echo =
            ls {TRACEFS}/instances"""
        done = subprocess.run(in_tracefs(script), capture_output=True, text=True, timeout=300,
                              env=self.environment)
        before, said, after = done.stdout.split("=\n")
        self.assertIn("ipcmark.", before, done.stderr)
        self.assertIn("removed trace instance", said)
        self.assertIn("code 0", said)
        self.assertEqual(after, "")

    def test_a_signal_ends_it_in_order(self):
        script = f"""
            {command.PROGRAM} explain --share --quiet --rounds 50 {PIPE} >/dev/null & pid=$!
            for try in $(seq 400); do [ -n "$(ls {TRACEFS}/instances)" ] && break; sleep 0.02; done
            kill -TERM $pid; wait $pid; echo code $?
            ls {TRACEFS}/instances"""
        done = subprocess.run(in_tracefs(script), capture_output=True, text=True, timeout=300,
                              env=self.environment)
        self.assertEqual(done.stdout, "code 143\n", done.stderr)


if __name__ == "__main__":
    command.main()
