"""The conformance suite beside other runs of the same user: what these have is none of its leftovers."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "command"))
import sysv

PROGRAM = os.path.abspath(sys.argv.pop(1))
CASES = "*sysv_mq.*Kill*:*sysv_mq.*Nothing:*boost_mq.*Close*:*.sysv_sem.*"


def make_memory(name):
    path = f"/dev/shm/{name}"
    with open(path, "x"):
        return path


class BesideAnother(unittest.TestCase):
    def suite_beside(self, make, remove):
        with sysv.growing(make, remove) as made:
            answer = subprocess.run([PROGRAM, f"--gtest_filter={CASES}"], capture_output=True, text=True,
                                    timeout=250)
        self.assertGreater(len(made), 20)
        self.assertEqual(answer.returncode, 0, answer.stdout)
        self.assertIn("[  PASSED  ]", answer.stdout)

    def test_shared_memory(self):
        self.suite_beside(lambda i: make_memory(f"ipcmark.another{os.getpid()}.{i}"), os.remove)

    def test_another_programs_shared_memory(self):
        self.suite_beside(lambda i: make_memory(f"sem.another{os.getpid()}.{i}"), os.remove)

    def test_queues(self):
        self.suite_beside(lambda _: sysv.make_queue(sysv.random_key()), sysv.remove_queue)

    def test_semaphores(self):
        self.suite_beside(lambda _: sysv.make_semaphore(sysv.random_key()), sysv.remove_semaphore)


if __name__ == "__main__":
    unittest.main()
