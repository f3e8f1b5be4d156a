"""What the soak `environments` takes for wrong in a result."""

import unittest

import environments
from environments import Environment

EMPTY = {"backend": "", "lock": "", "notifier": ""}


def document(*trials):
    """Of cells with a trial each: mechanism, state, reason."""
    return {"cells": [{"key": f"latency/{name}", "asked": {**EMPTY, "backend": name},
                       "trials": [{"state": state, "reason": reason}]} for name, state, reason in trials]}


class WrongIn(unittest.TestCase):
    def wrong(self, environment, *trials, asked=()):
        return environments.wrong_in(document(*trials), environment, set(asked))

    def test_what_is_as_it_must_be(self):
        environment = Environment("no fifos", skipped={"fifo": "not permitted"}, passed=("pipe",),
                                  because="not permitted")
        self.assertEqual(self.wrong(environment, ("pipe", "passed", ""), ("tcp", "skipped", "no loopback"),
                                    ("fifo", "skipped", "mknod: not permitted"), asked=("fifo",)), [])

    def test_a_failure_and_a_skip_without_a_reason(self):
        wrong = self.wrong(Environment("any"), ("pipe", "failed", "EIO"), ("tcp", "skipped", ""))
        self.assertEqual(wrong, ["latency/pipe: failed: EIO", "latency/tcp: skipped without a reason"])

    def test_what_must_be_skipped(self):
        environment = Environment("no fifos", skipped={"fifo": "not permitted"})
        self.assertEqual(self.wrong(environment, ("fifo", "passed", "")), ["fifo passed"])
        self.assertEqual(self.wrong(environment, asked=("fifo",)), ["fifo: no cell of it"])
        wrong, = self.wrong(environment, ("fifo", "skipped", "too many open files"))
        self.assertIn("no word of 'not permitted'", wrong)

    def test_what_must_pass(self):
        environment = Environment("any", passed=("pipe",))
        wrong = self.wrong(environment, ("pipe", "skipped", "no reason of its own"), ("tcp", "passed", ""))
        self.assertEqual(wrong, ["pipe never passed: no reason of its own"])
        self.assertEqual(self.wrong(environment), ["nothing passed"])

    def test_a_mechanism_that_has_nothing_to_do_with_it(self):
        environment = Environment("no queues", skipped={"posix_mq": "not permitted"}, because="not permitted",
                                  others=("signal",))
        trials = [(name, "skipped", "mq_open: not permitted") for name in ("posix_mq", "signal", "tcp")]
        self.assertEqual(self.wrong(environment, *trials), ["tcp is skipped for it: mq_open: not permitted"])
        # Some of its cells may need what is refused.
        self.assertEqual(self.wrong(environment, *trials, ("tcp", "passed", "")), [])


class EveryEnvironment(unittest.TestCase):
    def test_says_what_it_expects(self):
        for each in environments.environments():
            with self.subTest(each.name):
                self.assertTrue(each.skipped or each.passed or each.said)
                self.assertTrue(each.passed or each.said, "a run that measures nothing would do")


if __name__ == "__main__":
    unittest.main()
