"""Every mistake gets one clear sentence, the right exit code, and leaves nothing."""

import command
from command import CommandTest

# arguments, what the sentence must contain
MISTAKES = [
    (["frobnicate"], "frobnicate"),
    (["run", "--bakend", "pipe"], "did you mean '--backend'"),
    (["run", "--backend", "pip"], "did you mean 'pipe'"),
    (["run", "--backend", "shmring"], "did you mean 'shm_ring'"),
    (["run", "--backend", "nonsense"], "nonsense"),
    (["run", "--scenario", "latncy"], "did you mean 'latency'"),
    (["run", "--lock", "mutex9"], "mutex9"),
    (["run", "--suite", "huge"], "huge"),
    (["run", "--suite", "quik"], "did you mean 'quick'"),
    (["run", "--suite", "/nonexistent/mine.json"], "cannot read '/nonexistent/mine.json'"),
    (["run", "--suite", "/dev/null/"], "cannot read"),
    (["run", "--size", "big"], "'big' is not a size"),
    (["run", "--size", "-4"], "size"),
    (["run", "--size", "1GiB"], "64MiB"),
    (["run", "--wait", "sleep"], "choose from block, spin and hybrid"),
    (["run", "--placement", "moon"], "same-cpu, cross-cpu and unpinned"),
    (["run", "--cpus", "x"], "'x' is not a CPU number"),
    (["run", "--cpus", "4095", "--backend", "pipe"], "4095"),
    (["run", "--trials", "0"], "--trials"),
    (["run", "--trials", "many"], "--trials"),
    (["run", "--messages", "0"], "--messages"),
    (["run", "--duration", "soon"], "'soon' is not a time"),
    (["run", "--duration", "0s"], "0s"),
    (["run", "--duration", "1s", "--messages", "5"], "--messages"),
    (["run", "--depth", "0"], "--depth"),
    (["run", "--batch", "0"], "--batch"),
    (["run", "--verify", "maybe"], "maybe"),
    (["run", "--touch", "some"], "some"),
    (["run", "--seed", "0"], "--seed"),
    (["run", "--color", "red"], "red"),
    (["run", "--only", "latency/nothing"], "latency/nothing"),
    (["run", "--json"], "--json"),
    (["run", "--backend", "pipe", "--json", "/nonexistent/x.json"], "/nonexistent/x.json"),
    (["run", "--backend", "pipe", "--csv", "/nonexistent/x.csv"], "/nonexistent/x.csv"),
    (["run", "--backend", "pipe", "--json", "/"], "directory"),
    (["run", "--resume", "/nonexistent/journal"], "/nonexistent/journal"),
    (["run", "extra"], "extra"),
    (["list", "everything"], "everything"),
    (["stress", "--for", "never"], "never"),
    (["clean", "--now"], "--now"),
]


class Errors(CommandTest):
    def test_each_mistake(self):
        for arguments, expected in MISTAKES:
            with self.subTest(arguments=arguments):
                answer = self.ipcmark(*arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assertEqual(answer.stdout, "")
                lines = answer.stderr.splitlines()
                self.assertEqual(len(lines), 1, answer.stderr)
                self.assertTrue(lines[0].startswith("ipcmark: "), lines[0])
                self.assertIn(expected, lines[0])
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
