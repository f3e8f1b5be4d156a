"""Every mistake gets one clear sentence, the right exit code, and leaves nothing."""

import os
import shutil

import command
from command import CommandTest

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "unit", "results", "golden", "result.json")

# Files of the mistakes below, by name; RESULT is a good one, DIR the directory they lie in.
FILES = {
    "broken.json": '{\n  "schema": oops\n}',
    "empty.json": "",
    "other.json": '{"schema": "something.else"}',
    "newer.json": '{"schema": "ipcmark.result", "version": {"major": 99, "minor": 0}}',
    "badcell.json": '{"schema": "ipcmark.result", "version": {"major": 1, "minor": 0},'
                    ' "run": {"id": "r"}, "environment": {}, "cells": [{"asked": {"scenario": "latency", "size": "big"}}]}',
    "binary.json": "\0\1\2",
    "cut.journal": '{"journal": "ipcmark", "major": 1}\n{"cell"',
    "other.journal": '{"a": 1}\n',
}

# arguments, what the sentence must contain
MISTAKES = [
    (["frobnicate"], "frobnicate"),
    (["rnu"], "did you mean 'run'"),
    (["--frobnicate"], "--frobnicate"),
    (["--verson"], "did you mean '--version'"),
    (["run", "--bakend", "pipe"], "did you mean '--backend'"),
    (["run", "--backend", "pip"], "did you mean 'pipe'"),
    (["run", "--backend", "shmring"], "did you mean 'shm_ring'"),
    (["run", "--backend", "nonsense"], "nonsense"),
    (["run", "--backend"], "--backend"),
    (["run", "--backend", ""], "backend"),
    (["run", "--scenario", "latncy"], "did you mean 'latency'"),
    (["run", "--lock", "mutex9"], "mutex9"),
    (["run", "--notifier", "eventdf"], "did you mean 'eventfd'"),
    (["run", "--suite", "huge"], "huge"),
    (["run", "--suite", "quik"], "did you mean 'quick'"),
    (["run", "--suite", "/nonexistent/mine.json"], "cannot read '/nonexistent/mine.json'"),
    (["run", "--suite", "/dev/null/"], "cannot read"),
    (["run", "--suite", "DIR/"], "it is a directory; give a file name"),
    (["run", "--suite", "DIR/binary.json"], "line 1, column 1"),
    (["run", "--size", "64,,128"], "'64,,128' lacks a value beside a comma"),
    (["run", "--size=64,"], "lacks a value beside a comma"),
    (["run", "--backend", ",pipe"], "lacks a value beside a comma"),
    (["run", "--rate", "10000,,20000"], "lacks a value beside a comma"),
    (["load", "--size", "64,,128"], "lacks a value beside a comma"),
    (["check", "--lock", "futex,"], "lacks a value beside a comma"),
    (["run", "--scenario", "counter", "--messages", "5"], "the scenario 'counter' has no number of messages"),
    (["run", "--size", "big"], "'big' is not a size"),
    (["run", "--size", "-4"], "size"),
    (["run", "--size", "1GiB"], "64MiB"),
    (["run", "--size", "1.5"], "size"),
    (["run", "--size", "99999999999999999999"], "size"),
    (["run", "--wait", "sleep"], "'sleep' is none of block, spin, hybrid, poll"),
    (["run", "--placement", "moon"], "cross-cpu, same-cpu, unpinned, same-core, cross-socket"),
    (["run", "--cpus", "x"], "'x' is not a CPU number"),
    (["run", "--cpus", "-1"], "CPU"),
    (["run", "--cpus", "4095", "--backend", "pipe"], "4095"),
    (["run", "--trials", "0"], "'0' is not a whole number from 1 to 100000"),
    (["run", "--trials", "many"], "--trials"),
    (["run", "--trials", "-3"], "--trials"),
    (["run", "--trials", "1000000"], "--trials"),
    (["run", "--trials", "4294967297"], "--trials"),
    (["run", "--messages", "0"], "--messages"),
    (["run", "--messages", "1e6"], "--messages"),
    (["run", "--duration", "soon"], "'soon' is not a time"),
    (["run", "--duration", "0s"], "0s"),
    (["run", "--duration", "-1s"], "time"),
    (["run", "--duration", "10"], "'10' is not a time"),
    (["run", "--duration", "1s", "--messages", "5"],
     "--messages and --duration exclude each other; leave out one of them"),
    (["run", "--budget", "1s", "--trials", "5"], "--trials and --budget exclude each other"),
    (["run", "--for", "1s"], "--for needs --until"),
    (["run", "--think-time", "soon"], "'soon' is not a time"),
    (["run", "--depth", "0"], "--depth"),
    (["run", "--batch", "0"], "--batch"),
    (["run", "--verify", "maybe"], "'maybe' is none of off, header, full"),
    (["run", "--touch", "some"], "some"),
    (["run", "--seed", "0"], "--seed"),
    (["run", "--seed", "x"], "--seed"),
    (["run", "--color", "red"], "red"),
    (["run", "--only", "latency/nothing"], "latency/nothing"),
    (["run", "--only", "latncy/pipe/64B/block/cross-cpu"], "latncy"),
    (["run", "--only", "latency/pipe/64B/block/cross-cpu", "--backend", "fifo"], "contradict each other"),
    (["run", "--json"], "--json needs a value"),
    (["run", "--backend", "pipe", "--json", "/nonexistent/x.json"], "/nonexistent/x.json"),
    (["run", "--backend", "pipe", "--csv", "/nonexistent/x.csv"], "/nonexistent/x.csv"),
    (["run", "--backend", "pipe", "--json", "/"], "directory"),
    (["run", "--backend", "pipe", "--trace", "/nonexistent/t.json"], "/nonexistent/t.json"),
    (["run", "--resume", "/nonexistent/journal"], "/nonexistent/journal"),
    (["run", "--resume", "DIR/empty.json"], "nothing can be resumed"),
    (["run", "--resume", "DIR/broken.json"], "line 1"),
    (["run", "--resume", "DIR/cut.journal"], "line 1"),
    (["run", "--resume", "DIR/other.journal"], "line 1"),
    (["run", "--resume", "DIR"], "not a regular file"),
    (["run", "--processes", "-1"], "--processes"),
    (["run", "--scenario", "latency", "--processes", "4"], "processes"),
    (["run", "--protocol", "clever"], "clever"),
    (["run", "--mode", "multicast"], "multicast"),
    (["run", "--schedule", "random"], "random"),
    (["run", "--scenario", "counter", "--notifier", "eventfd"], "nothing to run"),
    (["run", "extra"], "extra"),
    (["check", "--backend", "pip"], "did you mean 'pipe'"),
    (["check", "--gap", "1ms"], "--gap"),
    (["list", "anything"], "anything"),
    (["list", "backend"], "did you mean 'backends'"),
    (["list", "pipe", "fifo"], "fifo"),
    (["stress", "--for", "never"], "never"),
    (["stress", "--for", "0s"], "0s"),
    (["stress", "--backend", "pip"], "pip"),
    (["stress", "--scenario", "latncy"], "latncy"),
    (["clean", "--now"], "--now"),
    (["clean", "everything"], "everything"),
    (["doctor", "--color", "pink"], "pink"),
    (["version", "1"], "1"),
    (["compare", "RESULT"], "CANDIDATE"),
    (["compare", "RESULT", "/nonexistent.json"], "cannot read '/nonexistent.json'"),
    (["compare", "DIR/broken.json", "RESULT"], "line 2"),
    (["compare", "DIR/other.json", "RESULT"], "something.else"),
    (["gate", "RESULT", "RESULT", "--threshold", "0.05"], "write one such as 3%"),
    (["gate", "RESULT", "RESULT", "--threshold", "-3%"], "-3%"),
    (["gate", "RESULT", "RESULT", "--repeats", "/nonexistent.json"], "/nonexistent.json"),
    (["gate", "RESULT", "RESULT", "--json", "/nonexistent/c.json"], "/nonexistent/c.json"),
    (["export", "RESULT"], "--format"),
    (["export", "--format", "csv"], "RESULT"),
    (["export", "RESULT", "--format", "cvs"], "did you mean 'csv'"),
    (["export", "RESULT", "--format", "excel"], "known are csv"),
    (["export", "RESULT", "RESULT", "--format", "csv"], "takes one result"),
    (["export", "RESULT", "--format", "csv", "--only", "latency"], "leave out --only"),
    (["export", "RESULT", "--format", "hgrm", "--only", "latency/x"], "has no cell"),
    (["export", "RESULT", "--format", "csv", "-o", "/nonexistent/x.csv"], "/nonexistent/x.csv"),
    (["export", "/nonexistent.json", "--format", "csv"], "cannot read '/nonexistent.json'"),
    (["export", "DIR/empty.json", "--format", "csv"], "line 1, column 1"),
    (["export", "DIR/newer.json", "--format", "csv"], "newer"),
    (["export", "DIR/badcell.json", "--format", "csv"], "/cells/0/asked/size"),
    (["advise"], "a need such as simple_two_way"),
    (["advise", "simple_to_way"], "did you mean 'simple_two_way'"),
    (["advise", "telepathy"], "known are simple_two_way"),
    (["advise", "simple_two_way", "large_data"], "large_data"),
    (["advise", "--size", "huge"], "'huge' is not a size"),
    (["advise", "--size", "1GiB"], "64MiB"),
    (["advise", "--rate", "fast"], "'fast' is not a rate"),
    (["advise", "--rate", "0"], "'0' is not a rate"),
    (["advise", "--producers", "0"], "from 1 to 1000"),
    (["advise", "--producers", "2", "--receivers", "2"], "exclude each other"),
    (["advise", "--budget-cpu", "some"], "'some' is not a CPU budget"),
    (["advise", "--budget-cpu", "-10%"], "-10%"),
    (["advise", "--p99", "50"], "'50' is not a time"),
    (["advise", "simple_flags", "--size", "64"], "leave out --size"),
    (["advise", "simple_two_way", "--from", "/nonexistent.json"], "cannot read"),
    (["advise", "large_data", "--from", "RESULT"], "throughput at 1 MiB"),
    (["advise", "simple_two_way", "--backend", "pip"], "did you mean 'pipe'"),
    (["advise", "simple_two_way", "--json", "/nonexistent/x.json"], "/nonexistent/x.json"),
    (["completion"], "SHELL is required"),
    (["completion", "tcsh"], "tcsh"),
    (["man", "run"], "run"),
]

# a suite's text, what the sentence must contain after the file's name
SUITE_MISTAKES = [
    ('{"trials": 6,}', "line 1, column 14"),
    ('{\n  "trials": 6,\n  "sizes": [64,\n}', "line 4, column 1"),
    ("", "line 1, column 1"),
    ("[]", "/: must be an object"),
    ('{"sizs": [1]}', "/sizs: unknown field 'sizs'; did you mean 'sizes'?"),
    ('{"trials": 0}', "/trials: must be from 1 to 100000, is 0"),
    ('{"trials": "6"}', "/trials: must be a whole number"),
    ('{"trials": 1e999}', "JSON"),
    ('{"trials": 18446744073709551615}', "/trials"),
    ('{"warm_up": 15}', "/warm_up: must be a string"),
    ('{"duration": "soon"}', "/duration: 'soon' is not a time"),
    ('{"sizes": ["64B", "big"]}', "/sizes/1: 'big' is not a size"),
    ('{"sizes": []}', "/sizes: must not be empty"),
    ('{"sizes": ["1GiB"]}', "/sizes/0: 1GiB is beyond the limit of 64MiB"),
    ('{"waits": ["spinn"]}', "/waits/0: unknown wait 'spinn'; did you mean 'spin'?"),
    ('{"placements": ["moon"]}', "/placements/0: unknown placement 'moon'"),
    ('{"verify": "ful"}', "/verify: unknown verification 'ful'; did you mean 'full'?"),
    ('{"scenarios": ["latncy"]}', "/scenarios/0: unknown scenario 'latncy'"),
    ('{"scenarios": "some"}', "/scenarios: must be \"all\" or a list"),
    ('{"scenarios": []}', "nothing to run"),
    ('{"backends": ["pip"]}', "/backends/0: unknown backend 'pip'; did you mean 'pipe'?"),
    ('{"locks": [3]}', "/locks/0: must be a string"),
    ('{"notifiers": ["eventdf"]}', "/notifiers/0: unknown notifier 'eventdf'"),
    ('{"name": ""}', "/name: must not be empty"),
    ('{"version": 2}', "/version: format 2 is not known"),
    ('{"settings": []}', "/settings: must be an object"),
    ('{"settings": {"cuonter": {}}}', "/settings/cuonter: unknown scenario 'cuonter'"),
    ('{"settings": {"counter": {"variant": []}}}', "did you mean 'variants'?"),
    ('{"settings": {"counter": {"variants": [{"proceses": 8}]}}}',
     "/settings/counter/variants/0/proceses: unknown option"),
    ('{"settings": {"counter": {"variants": [{"processes": -8}]}}}', "must not be negative, is -8"),
]


class Errors(CommandTest):
    def setUp(self):
        super().setUp()
        self.files = self.path("files")
        self.place = self.path("place")  # where the commands are run
        os.mkdir(self.files)
        os.mkdir(self.place)
        for name, text in FILES.items():
            with open(os.path.join(self.files, name), "w") as file:
                file.write(text)
        shutil.copy(GOLDEN, os.path.join(self.files, "result.json"))

    def mistake(self, *arguments):
        """The one sentence that is answered."""
        given = [word.replace("RESULT", "DIR/result.json").replace("DIR", self.files)
                 for word in arguments]
        # A name in the message is not replaced: RESULT alone is only ever a whole word here.
        answer = self.ipcmark(*given, cwd=self.place)
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertEqual(answer.stdout, "")
        lines = answer.stderr.splitlines()
        self.assertEqual(len(lines), 1, answer.stderr)
        self.assertTrue(lines[0].startswith("ipcmark: "), lines[0])
        self.assertNotIn("exception", lines[0])
        self.assertGreater(len(lines[0].split()), 4, "names the thing and what to change")
        if os.environ.get("IPCMARK_SHOW"):
            print(" ".join(arguments), "->", lines[0])
        return lines[0]

    def tearDown(self):
        self.assertEqual(os.listdir(self.place), [])
        self.assertEqual(sorted(os.listdir(self.files)), sorted([*FILES, "result.json"]))
        self.assert_nothing_left()

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(MISTAKES) + len(SUITE_MISTAKES), 60)
        self.assertEqual(len(MISTAKES), len({tuple(words) for words, _ in MISTAKES}))

    def test_each_mistake_on_the_command_line(self):
        for arguments, expected in MISTAKES:
            with self.subTest(arguments=arguments):
                self.assertIn(expected, self.mistake(*arguments))

    def test_each_mistake_in_a_suite(self):
        path = self.path("mine.json")
        for text, expected in SUITE_MISTAKES:
            with self.subTest(text=text):
                with open(path, "w") as file:
                    file.write(text)
                sentence = self.mistake("run", "--suite", path)
                self.assertTrue(sentence.startswith(f"ipcmark: '{path}': ")
                                or sentence.startswith("ipcmark: nothing to run"), sentence)
                self.assertIn(expected, sentence)


if __name__ == "__main__":
    command.main()
