"""A message that is spoilt on its way is found, within seconds; the soak `spoil` tries many more."""

import os
import subprocess
import sys
import tempfile
import time
import unittest

import spoiling
from spoiling import Spoiling

IPCMARK, LIBRARY = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))

CASES = (
    Spoiling("latency", "unix_stream", "drop", 0, 2),
    Spoiling("throughput", "pipe", "double", 0, 5),
    Spoiling("sentinel_stream", "posix_mq", "swap", 0, 2),
    Spoiling("pipeline", "fifo", "tear", 0, 1),
    Spoiling("fan_in", "unix_dgram", "flip", 1, 3),
    Spoiling("fan_out", "unix_seqpacket", "double", 0, 3),
    Spoiling("request_reply", "tcp", "flip", 1, 3),
    Spoiling("request_reply", "sysv_mq", "drop", 1, 3),
    Spoiling("task_queue", "posix_mq", "double", 1, 5),
    Spoiling("chat", "pipe", "drop", 1, 1),
    Spoiling("chat", "unix_seqpacket", "flip", 1, 1),
    Spoiling("broker", "posix_mq", "drop", 1, 1),
    Spoiling("scoreboard", "fifo", "drop", 2, 2),  # the monitor looks on and on
    Spoiling("sensor", "zeromq", "flip", 0, 1),
    Spoiling("crawl", "unix_stream", "tear", 0, 2),
    Spoiling("throughput", "vmsplice", "flip", 0, 3),
    Spoiling("large_payload", "vmsplice", "tear", 0, 1),
    Spoiling("sentinel_stream", "memfd_pass", "swap", 0, 2),
    Spoiling("fan_in", "memfd_pass", "drop", 1, 3),
    Spoiling("request_reply", "cma", "double", 1, 3),
    Spoiling("pipeline", "cma", "flip", 0, 2),
    Spoiling("latency", "signal", "drop", 0, 2),
    Spoiling("throughput", "signal", "swap", 0, 4),
)


class Middleman(unittest.TestCase):
    def run_spoilt(self, case, work):
        result, notes = os.path.join(work, "r.json"), os.path.join(work, "notes")
        os.mkdir(notes)
        environment = dict(os.environ, IPCMARK_RUNTIME_DIR=os.path.join(work, "runtime"),
                           **case.environment(LIBRARY, notes))
        began = time.monotonic()
        answer = subprocess.run(case.command(IPCMARK, result), env=environment, text=True,
                                capture_output=True, timeout=120)
        took = time.monotonic() - began
        return answer, spoiling.states(result), spoiling.was_spoilt(notes), took

    def test_what_is_spoilt_is_found(self):
        for case in CASES:
            with self.subTest(str(case)), tempfile.TemporaryDirectory(prefix="t") as work:
                answer, states, spoilt, took = self.run_spoilt(case, work)
                if states == {"skipped"}:
                    continue  # no such mechanism here
                self.assertTrue(spoilt, answer.stdout)
                self.assertTrue(states & spoiling.FAILED, answer.stdout)
                self.assertEqual(answer.returncode, 5, answer.stdout + answer.stderr)
                self.assertLess(took, spoiling.LONGEST_S, answer.stdout)

    def test_it_spoils_nothing_unasked(self):
        with tempfile.TemporaryDirectory(prefix="t") as work:
            case = Spoiling("chat", "pipe", "drop", 1, 10_000)
            answer, states, spoilt, _ = self.run_spoilt(case, work)
            self.assertEqual((answer.returncode, states, spoilt), (0, {"passed"}, False))


if __name__ == "__main__":
    unittest.main()
