"""Two builds in turns, and the one trial they are asked for."""

import json
import os
import re
import stat
import subprocess

import command
from command import CommandTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
QUESTION = {
    "schema": "ipcmark.trial-spec",
    "version": {"major": 1, "minor": 0},
    "spec": {"scenario": "latency", "backend": "pipe", "messages": 50},
}
CELL = ["--scenario", "latency", "--backend", "pipe", "--size", "64", "--messages", "400"]


class Trial(CommandTest):
    def ask(self, question):
        path = self.path("question.json")
        with open(path, "w") as file:
            file.write(question if isinstance(question, str) else json.dumps(question))
        return self.ipcmark("trial", "--spec", path)

    def test_answer(self):
        answer = self.ask(QUESTION)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        document = json.loads(answer.stdout)
        self.assertEqual(document["schema"], "ipcmark.trial")
        self.assertEqual(document["version"]["major"], 1)
        self.assertEqual(document["key"], "latency/pipe/64B/block/cross-cpu")
        self.assertEqual(document["trial"]["state"], "passed")
        self.assertIn("round_trip", document["trial"]["histograms"])
        self.assertIn("revision", document["program"]["build"])
        self.assert_nothing_left()

    def test_standard_input(self):
        answer = subprocess.run([command.PROGRAM, "trial", "--spec", "-"],
                                input=json.dumps(QUESTION), capture_output=True, text=True,
                                env=self.environment, timeout=60)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_skipped_and_failed_are_answers(self):
        question = json.loads(json.dumps(QUESTION))
        question["spec"]["zero_copy"] = True
        answer = self.ask(question)
        self.assertEqual(answer.returncode, 77, answer.stderr)
        self.assertEqual(json.loads(answer.stdout)["trial"]["state"], "skipped")
        question["spec"] = {"scenario": "nonsense", "backend": "pipe"}
        answer = self.ask(question)
        self.assertEqual(answer.returncode, 5, answer.stderr)
        self.assertEqual(json.loads(answer.stdout)["trial"]["state"], "failed")

    def test_an_option_that_this_build_does_not_know_is_refused(self):
        question = json.loads(json.dumps(QUESTION))
        question["spec"]["options"] = {"zigzag": 4}
        answer = self.ask(question)
        self.assertEqual(answer.returncode, 77, answer.stderr)
        self.assertEqual(json.loads(answer.stdout)["trial"]["reason"],
                         "latency has no option 'zigzag' in this ipcmark")

    def test_refusals(self):
        for question, code, part in [
            ("{", 2, "line 1"),
            ({"schema": "x"}, 2, "/schema"),
            (dict(QUESTION, spec={"scenario": 3}), 2, "/spec/scenario: must be a string"),
            (dict(QUESTION, version={"major": 2}), 3, "newer ipcmark (format 2"),
        ]:
            with self.subTest(question=question):
                answer = self.ask(question)
                self.assertEqual(answer.returncode, code)
                self.assertEqual(answer.stdout, "")
                self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
                self.assertIn(part, answer.stderr)


class Ab(CommandTest):
    def test_a_program_that_measures_another_cell_is_incomparable(self):
        other = self.fake("other", f"""sed 's/"size":64/"size":4096/' | '{command.PROGRAM}' "$@" """)
        answer = self.ipcmark("ab", "--a", command.PROGRAM, "--b", other, *CELL, "--rounds", "6")
        self.assertEqual(answer.returncode, 3, answer.stderr)
        self.assertIn("was asked for latency/pipe/64B/block", answer.stderr)
        self.assertIn("measured latency/pipe/4KiB/block", answer.stderr)
        self.assert_nothing_left()

    def older(self, *unknown):
        """A build whose latency has not these options, and says so as such a build does."""
        path = self.path("older")
        with open(path, "w") as file:
            file.write(f"""#!/usr/bin/python3
import json, subprocess, sys
question = sys.stdin.read()
spec = json.loads(question)["spec"]
for option in {sorted(unknown)!r}:
    if option in spec["options"] or option in spec["defaults"]:
        trial = {{"state": "skipped", "cause": "unsupported",
                 "reason": f"latency has no option '{{option}}' in this ipcmark"}}
        key = "latency/pipe/64B/block/same-cpu"
        key += f"/{{option}}={{spec['options'][option]}}" if option in spec["options"] else ""
        print(json.dumps({{"schema": "ipcmark.trial", "version": {{"major": 1, "minor": 0}},
                          "program": {{"version": "1", "build": {{}}}}, "key": key, "trial": trial}}))
        sys.exit(77)
sys.exit(subprocess.run([{command.PROGRAM!r}, *sys.argv[1:]], input=question, text=True).returncode)
""")
        os.chmod(path, 0o755)
        return path

    def test_an_older_build_is_asked_without_the_options_that_it_does_not_know(self):
        answer = self.ipcmark("ab", "--a", self.older("gap_ns", "pairs"), "--b", command.PROGRAM, *CELL,
                              "--rounds", "8", "--quiet", "--share", "--threshold", "1000%", "--json",
                              self.path("c.json"))
        self.assertIn(answer.returncode, (0, 4), answer.stdout + answer.stderr)
        said = " ".join(answer.stdout.split())
        self.assertEqual(said.count("does not know"), 1, said)
        self.assertIn("does not know gap_ns, pairs of latency, which its cells leave at the default: "
                      "it was asked without.", said)
        with open(self.path("c.json")) as file:
            figures = json.load(file)["figures"]
        self.assertGreater(max(len(figure["base_values"]) for figure in figures), 0)

    def test_an_option_that_an_older_build_lacks_and_a_cell_sets_is_one_sentence(self):
        sides = ["--a", self.older("gap_ns"), "--b", command.PROGRAM, *CELL, "--share", "--quiet"]
        answer = self.ipcmark("ab", *sides, "--gap", "1us", "--rounds", "8")
        self.assertEqual(answer.returncode, 3, answer.stdout)
        self.assertEqual(answer.stdout, "")
        self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
        self.assertIn("older' has no option 'gap_ns', which latency/pipe/64B/block/same-cpu/gap_ns=1000 sets", answer.stderr)
        self.assertIn("leave it out, or name a build that has it", answer.stderr)
        # Of a later cell: the others are measured.
        answer = self.ipcmark("ab", *sides, "--gap", "0s,1us", "--rounds", "2")
        self.assertEqual(answer.returncode, 3, answer.stdout)
        self.assertIn("older' has no option 'gap_ns', which it sets", " ".join(answer.stdout.split()))
        self.assertIn("1 MISSING in the base", answer.stdout)

    def test_cells_that_are_not_judged_are_no_good_news(self):
        answer = self.ipcmark("ab", "--scenario", "latency", "--backend", "null", "--messages", "200",
                              "--b-args", "--size 128", "--rounds", "8", "--quiet", "--share")
        self.assertEqual(answer.returncode, 4, answer.stdout + answer.stderr)
        said = " ".join(answer.stdout.split())
        self.assertIn("Not judged, and shown with --all: 1 cell (the harness's own floor). ", said)
        self.assertIn("No cell is judged: name others, or fewer processes.", said)
        self.assertEqual(answer.stdout.splitlines()[-1], "NOTHING JUDGED")

    def test_a_threshold_that_fits_nothing(self):
        good = [self.stream(1000)]
        answer = self.judged(good, good, "--threshold", "p99=20%")
        self.assertEqual(answer.returncode, 2, answer.stdout)
        self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
        self.assertIn("'p99' is not judged in any of the cells to compare; these are: CPU/msg, ", answer.stderr)
        # Its trials are too thin for the tail: known only when they are measured.
        answer = self.ipcmark("ab", *CELL, "--b-args", "--size 65", "--rounds", "10", "--quiet", "--share",
                              "--threshold", "1000%,p99=20%")
        self.assertEqual(answer.returncode, 4, answer.stdout + answer.stderr)
        self.assertRegex(" ".join(answer.stdout.split()),
                         r"--threshold 'p99=20%' fits no figure that is judged here, of which there are: .*p50; "
                         r"a tail is judged only with enough samples in every trial \(--messages, --duration\)\.")

    def fake(self, name, text):
        """A program that is no ipcmark of this kind."""
        path = self.path(name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n" + text + "\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
        return path

    def test_same_build(self):
        import jsonschema

        answer = self.ipcmark("ab", "--a", command.PROGRAM, "--b", command.PROGRAM, *CELL,
                              "--rounds", "3", "--seed", "5", "--json", self.path("c.json"),
                              "--markdown", self.path("c.md"), "--results", self.path("both"))
        self.assertEqual(answer.returncode, 4, answer.stderr)
        self.assertIn("TOO FEW ROUNDS", answer.stdout)
        self.assertIn("3 rounds cannot show a regression among", answer.stdout)
        self.assertIn("latency/pipe/64B", answer.stdout)
        self.assertIn("took turns", answer.stdout)
        self.assertIn("round 3 of 3", answer.stderr)
        with open(self.path("c.json")) as file:
            comparison = json.load(file)
        with open(os.path.join(ROOT, "results", "json", "ipcmark.comparison.schema.json")) as file:
            jsonschema.validate(comparison, json.load(file))
        self.assertTrue(comparison["paired"])
        sides = []
        for name in ("base.json", "candidate.json"):
            with open(self.path("both/" + name)) as file:
                sides.append(json.load(file)["cells"][0]["trials"])
        for ours, theirs in zip(*sides):  # one right after the other, each first in its turn
            self.assertEqual(ours["round"], theirs["round"])
            self.assertEqual({ours["position"], theirs["position"]}, {0, 1})
        self.assertEqual(sides[0][0]["position"], sides[1][1]["position"])
        with open(self.path("c.md")) as file:
            self.assertIn("ipcmark:", file.read())
        self.assert_nothing_left()

    def test_a_delay_is_found_and_confirmed(self):
        # 200 us a trip more: ten times what noise does, so that few rounds suffice.
        answer = self.ipcmark("ab", *CELL, "--b-args", "--fault slow:50000", "--rounds", "12",
                              "--confirm", "--quiet", "--json", self.path("c.json"))
        with open(self.path("c.json")) as file:
            figures = [f for f in json.load(file)["figures"] if f["gated"]]
        pairs = [len(f["base_values"]) for f in figures]
        # The fresh rounds of --confirm are told in the note alone.
        pairs += [int(n) for f in figures for n in re.findall(r"by (\d+) fresh", f["note"])]
        if min(pairs) < 8:
            self.skipTest("too many rounds during which the machine changed its state")
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertEqual(answer.stderr, "")
        self.assertIn("REGRESSION", answer.stdout)
        self.assertIn("confirmed by", answer.stdout)
        self.assertIn("=>fault=slow:50000", answer.stdout)

    def made(self, name, rates):
        """A program whose streams have these rates in turn, a little apart each time."""
        path = self.path(name)
        with open(path, "w") as file:
            file.write(f"""#!/usr/bin/python3
import json, os
with open({path + '.turns'!r}, 'a') as turns:
    turns.write('.')
count = os.path.getsize({path + '.turns'!r})
rate = {rates!r}[min(count // 21, {len(rates) - 1})] * (1 + count % 7 / 1000)
print(json.dumps({{
    "schema": "ipcmark.trial", "version": {{"major": 1, "minor": 9}}, "new": True,
    "program": {{"version": "9", "build": {{"type": "Made"}}}},
    "key": "throughput/pipe/4KiB/block/same-cpu",
    "trial": {{"state": "passed", "metrics": [{{"name": "rate", "value": rate, "unit": "msg/s"}}]}}}}))
""")
        os.chmod(path, 0o755)
        return path

    def test_a_regression_is_confirmed_or_not(self):
        cell = ["--scenario", "throughput", "--backend", "pipe", "--rounds", "20", "--quiet"]
        base = self.made("base", [1000])
        for name, rates, code, part in [
            ("slower", [800], 1, "confirmed by"),
            ("once", [800, 1000], 0, "not confirmed by"),
            ("faster", [1300], 0, "1 IMPROVED"),
        ]:
            with self.subTest(name=name):
                candidate = self.made(name, rates)
                answer = self.ipcmark("ab", "--a", base, "--b", candidate, *cell, "--confirm")
                self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
                self.assertIn(part, answer.stdout)
                self.assertEqual("not confirmed" in answer.stdout, name == "once")
                os.remove(base + ".turns")

    def test_for_a_time(self):
        answer = self.ipcmark("ab", *CELL, "--b-args", "--backend fifo", "--for", "300ms",
                              "--threshold", "1000%")
        self.assertIn(answer.returncode, (0, 4), answer.stderr)  # it may hold few rounds
        self.assertIn("latency/pipe=>fifo/64B", answer.stdout)

    def answering(self, name, trials):
        """A program that answers these trials of a stream in turn, the first one twice."""
        path = self.path(name)
        with open(path, "w") as file:
            file.write(f"""#!/usr/bin/python3
import json, os
with open({path + '.turns'!r}, 'a') as turns:
    turns.write('.')
count = max(os.path.getsize({path + '.turns'!r}) - 2, 0)
trials = {trials!r}
print(json.dumps({{
    "schema": "ipcmark.trial", "version": {{"major": 1, "minor": 0}},
    "program": {{"version": "9", "build": {{"type": "Made"}}}},
    "key": "throughput/pipe/4KiB/block/same-cpu", "trial": trials[count % len(trials)]}}))
""")
        os.chmod(path, 0o755)
        return path

    def judged(self, base, candidate, *arguments, rounds=12):
        for name in ("base", "candidate"):
            if os.path.exists(self.path(name + ".turns")):
                os.remove(self.path(name + ".turns"))
        return self.ipcmark("ab", "--a", self.answering("base", base), "--b",
                            self.answering("candidate", candidate), "--scenario", "throughput",
                            "--backend", "pipe", "--rounds", str(rounds), "--quiet", "--json",
                            self.path("c.json"), "--markdown", self.path("c.md"), *arguments)

    def stream(self, rate, **more):
        return dict({"state": "passed",
                     "metrics": [{"name": "rate", "value": rate, "unit": "msg/s"}]}, **more)

    def test_two_placements_are_no_change_of_the_machine(self):
        answer = self.ipcmark("ab", *CELL, "--placement", "same-cpu", "--b-args", "--placement cross-cpu",
                              "--rounds", "6", "--quiet", "--json", self.path("c.json"))
        self.assertIn(answer.returncode, (0, 1, 4), answer.stderr)
        with open(self.path("c.json")) as file:
            document = json.load(file)
        # A change of the machine may void some of them; that the two differ voids none.
        self.assertGreater(max(len(figure["base_values"]) for figure in document["figures"]), 0)

    def test_a_killed_worker_is_a_failure_of_its_side_and_no_void_round(self):
        good = [self.stream(1000 + i) for i in range(5)]
        killed = good + [{"state": "failed", "cause": "killed",
                          "reason": "receiver 1 killed by SIGKILL"}]
        answer = self.judged(good, killed)
        self.assertEqual(answer.returncode, 5, answer.stdout + answer.stderr)
        self.assertIn("killed by SIGKILL", answer.stdout)
        with open(self.path("c.json")) as file:
            document = json.load(file)
        self.assertNotIn("a worker was killed", json.dumps(document["void_rounds"]))
        self.assertEqual(document["trials"][0]["candidate"]["failed"], 2)
        answer = self.judged(killed, good)  # the base's: said, and not the candidate's fault
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        self.assertIn("failed in the base", answer.stdout)

    def test_a_trial_that_another_ended_is_a_failure_of_its_side(self):
        good = [self.stream(1000 + i) for i in range(5)]
        ended = good + [{"state": "interrupted", "cause": "stopped", "reason": "the run was ended"}]
        answer = self.judged(good, ended)
        self.assertEqual(answer.returncode, 5, answer.stdout + answer.stderr)
        said = " ".join(answer.stdout.split())
        self.assertIn("was ended by a signal that this run did not send (the run was ended)", said)
        self.assertIn("1 FAILED", said)

    def test_void_rounds_are_named_and_measured_again_within_a_bound(self):
        good = [self.stream(1000 + i) for i in range(4)]
        void = {"state": "interrupted", "cause": "void-round",
                "reason": "void: its processes were stopped for a while, in each of 3 attempts"}
        answer = self.judged(good, good[:3] + [void])  # one of four
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)
        with open(self.path("c.json")) as file:
            document = json.load(file)
        figure, = [f for f in document["figures"] if f["gated"]]
        self.assertEqual(len(figure["base_values"]), 12)
        voids = document["void_rounds"]
        self.assertEqual(len(voids), 3, voids)
        for each in voids:
            self.assertEqual((each["kind"], each["ran_last"]), ("trial", "candidate"))
            self.assertIn("its processes were stopped", each["reason"])
        self.assertIn("3 rounds were measured again", " ".join(answer.stdout.split()))
        # Three of four: of 4 rounds and 4 more, which is the bound, two count.
        answer = self.judged(good, good[:1] + 3 * [void], rounds=4)
        self.assertEqual(answer.returncode, 4, answer.stdout + answer.stderr)
        self.assertIn("1 TOO FEW ROUNDS", answer.stdout)
        with open(self.path("c.json")) as file:
            self.assertEqual(len(json.load(file)["void_rounds"]), 6)

    def test_a_cell_whose_rounds_are_all_void_is_told_beside_a_good_one(self):
        path = self.path("both")
        void = {"state": "interrupted", "cause": "void-round",
                "reason": "void: its processes were stopped for a while, in each of 3 attempts"}
        with open(path, "w") as file:
            file.write(f"""#!/usr/bin/python3
import json, sys
backend = json.load(sys.stdin)["spec"]["backend"]
print(json.dumps({{
    "schema": "ipcmark.trial", "version": {{"major": 1, "minor": 0}},
    "program": {{"version": "9", "build": {{"type": "Made"}}}},
    "key": f"throughput/{{backend}}/4KiB/block/same-cpu",
    "trial": {self.stream(1000)!r} if backend == "pipe" else {void!r}}}))
""")
        os.chmod(path, 0o755)
        answer = self.ipcmark("ab", "--a", path, "--b", path, "--scenario", "throughput", "--backend",
                              "pipe,unix_seqpacket", "--rounds", "8", "--quiet", "--json", self.path("c.json"))
        self.assertEqual(answer.returncode, 4, answer.stdout + answer.stderr)
        self.assertIn("1 TOO FEW ROUNDS, 1 NO REGRESSION", answer.stdout)
        self.assertRegex(" ".join(answer.stdout.split()),
                         "unix_seqpacket/4KiB/block/same-cpu rate: all its 16 rounds are void: its processes were "
                         "stopped")
        with open(self.path("c.json")) as file:
            comparison = json.load(file)
        self.assertEqual([t["base"]["judged"] for t in comparison["trials"]][1], 0)
        self.assertEqual(len([f for f in comparison["figures"] if f["gated"]]), 2)

    def test_what_becomes_unsteady_is_judged_and_said(self):
        good = [self.stream(1000 + i) for i in range(5)]
        unsteady = [self.stream(500 + i, steady=False) for i in range(3)] + [self.stream(1000)]
        answer = self.judged(good, unsteady, rounds=40)
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn("the candidate is more often not steady than chance explains", answer.stdout)
        with open(self.path("c.json")) as file:
            self.assertEqual(json.load(file)["trials"][0]["base"]["not_steady"], 0)

    def test_a_candidate_that_does_not_measure_it_is_incomparable(self):
        good = [self.stream(1000 + i) for i in range(5)]
        for other, code, part in [
            ([self.stream(1), {"state": "passed"}], 0, "not measured in every trial"),
            ([{"state": "passed"}], 3, "rate: measured in no trial"),
        ]:
            answer = self.judged(good, other)
            self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
            self.assertIn("1 INCONCLUSIVE", answer.stdout)
            self.assertIn(part, " ".join(answer.stdout.split()))
            with open(self.path("c.json")) as file:
                figures = [f for f in json.load(file)["figures"] if f["gated"]]
            self.assertEqual([(f["verdict"], f["candidate"]) for f in figures],
                             [("INCONCLUSIVE", None)])
            with open(self.path("c.md")) as file:
                self.assertIn("INCONCLUSIVE: ", file.read())

    def test_alarms_and_thresholds(self):
        good = [self.stream(1000 + i) for i in range(5)]
        faster = [self.stream(1300 + i) for i in range(5)]
        self.assertEqual(self.judged(good, faster).returncode, 0)
        self.assertEqual(self.judged(good, faster, "--fail-on-improvement").returncode, 1)
        self.assertEqual(self.judged(faster, good).returncode, 1)
        for threshold, code in (("rate=40%", 0), ("rate=3%", 1), ("throughput/pipe/*:rate=40%", 0),
                                ("3%,throughput:40%", 0)):
            answer = self.judged(faster, good, "--threshold", threshold)
            self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
            self.assertIn(threshold.split(",")[-1], answer.stdout)

    def test_the_tail_is_judged_by_default(self):
        # Each fiftieth trip takes 0.8 ms more: a hundred times what it was.
        answer = self.ipcmark("ab", "--backend", "pipe", "--scenario", "latency", "--b-args",
                              "--fault slow:200000/50", "--rounds", "8", "--quiet", "--share",
                              "--json", self.path("c.json"))
        self.assertEqual(answer.returncode, 1, answer.stdout + answer.stderr)
        self.assertIn("=>fault=slow:200000/50", answer.stdout)
        with open(self.path("c.json")) as file:
            tails = [f for f in json.load(file)["figures"] if f.get("quantile") == 0.99]
        self.assertEqual([f["gated"] for f in tails], [True])
        self.assertIn(tails[0]["verdict"], ("REGRESSION", "TOO FEW ROUNDS"))
        self.assertGreater(tails[0]["ratio"], 10)
        self.assertAlmostEqual(tails[0]["limit"], 1.1)

    def test_failed_and_missing_cells(self):
        broken = ["--scenario", "sentinel_stream", "--backend", "pipe", "--rounds", "2", "--quiet"]
        answer = self.ipcmark("ab", *broken, "--b-args", "--fault drop:1")
        self.assertEqual(answer.returncode, 5, answer.stdout + answer.stderr)
        answer = self.ipcmark("ab", "--scenario", "throughput", "--backend", "pipe", "--messages",
                              "50", "--size", "64", "--rounds", "2", "--quiet", "--b-args",
                              "--zero-copy")
        self.assertEqual(answer.returncode, 3, answer.stdout + answer.stderr)
        self.assertIn("skipped", answer.stdout)

    def test_interrupted(self):
        import signal
        import time

        process = self.start("ab", *CELL, "--b-args", "--backend fifo", "--rounds", "100000")
        time.sleep(1)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143, err)
        self.assertIn("no verdict", err)
        self.assert_nothing_left()

    def test_programs_that_cannot_take_part(self):
        same = ["--a", command.PROGRAM, *CELL, "--rounds", "1"]
        older = self.fake("older", "echo \"ipcmark: unknown argument 'trial'\" >&2; exit 2")
        refusing = self.fake("refusing", "echo 'ipcmark: too new' >&2; exit 3")
        newer = self.fake(
            "newer", "echo '{\"schema\":\"ipcmark.trial\",\"version\":{\"major\":9}}'")
        silent = self.fake("silent", "exit 0")
        other = self.fake("other", f"{command.PROGRAM} \"$@\" | sed 's/\"type\":\"[A-Za-z]*\"/"
                                   "\"type\":\"Other\"/'")
        for program, code, part in [
            ("/nonexistent/ipcmark", 2, "No such file"),
            (older, 2, "unknown argument 'trial'"),
            (silent, 2, "answer"),
            (refusing, 3, "too new"),
            (newer, 3, "format 9"),
            (other, 3, "kinds of build"),
        ]:
            with self.subTest(program=program):
                answer = self.ipcmark("ab", *same, "--quiet", "--b", program)
                self.assertEqual(answer.returncode, code, answer.stderr)
                self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
                self.assertIn(part, answer.stderr)
                self.assertEqual(answer.stdout, "")

    def test_mistakes(self):
        for arguments, part in [
            ([], "name what to compare"),
            (["--b-args", "--bakend fifo"], "--b-args"),
            (["--b-args", "--backend fifoo"], "did you mean 'fifo'?"),
            (["--a-args", "--trials 3"], "--a-args"),
            (["--b-args", "--backend fifo,pipe", "--backend", "pipe"], "A has"),
            (["--b-args", "--wait spin", "--for", "0s"], "is not a time"),
            (["--b-args", "--wait spin", "--rounds", "0"], "--rounds"),
            (["--b-args", "--wait spin", "--cpus", "900"], "CPU 900"),
            (["--b-args", "--wait spin", "--results", "/nonexistent/x"], "/nonexistent/x"),
            (["--b-args", "--wait spin", "--json", "/nonexistent/c.json"], "/nonexistent/c.json"),
            (["--b-args", "--wait spin", "--suite", "gat"], "did you mean 'gate'?"),
            (["--b-args", "--wait spin", "--threshold", "p98=3%"], "'p98' is no figure"),
            (["--b-args", "--wait spin", "--threshold", "nosuch:3%"], "'nosuch' matches no cell"),
        ]:
            with self.subTest(arguments=arguments):
                answer = self.ipcmark("ab", *arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
                self.assertIn(part, answer.stderr)


if __name__ == "__main__":
    command.main()
