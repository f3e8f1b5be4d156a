"""The self-check: each of its checks must fail when what it looks at is broken on purpose."""

import json
import os
import signal
import time

import jsonschema

import command
from command import CommandTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")

# What an inconclusive check says of a busy machine.
NOISE = "too noisy to tell|stalls by itself|is not steady|did not come through|saturated"
CHECKS = ["delay", "control", "stall", "integrity", "same-build", "one-way"]


class Selfcheck(CommandTest):
    def certificate(self, *arguments):
        path = self.path("c.json")
        answer = self.ipcmark("selfcheck", "--json", path, *arguments)
        with open(path) as file:
            certificate = json.load(file)
        with open(os.path.join(ROOT, "tools", "selfcheck", "ipcmark.certificate.schema.json")) as file:
            jsonschema.validate(certificate, json.load(file))
        return answer, {check["name"]: check for check in certificate["checks"]}

    def test_each_check_fails_when_its_subject_is_broken(self):
        answer, checks = self.certificate("--rounds", "6", "--break", ",".join(CHECKS))
        self.assertEqual(answer.returncode, 5, answer.stdout)
        self.assertEqual(list(checks), CHECKS)
        for name, check in checks.items():
            with self.subTest(check=name):
                self.assertTrue(check["broken"])
                # On a machine that is busy a figure may be too noisy to tell, which must be what
                # is said then; none may pass.
                if check["state"] != "failed":
                    self.assertEqual(check["state"], "inconclusive", check["finding"])
                    self.assertRegex(check["finding"], NOISE)
        # What no noise can hide: of the control, which is slowed to several times its figure, that
        # would take most of its rounds (`tests/soak/selfcheck.py` asks it of every check).
        for name in ("integrity", "one-way", "control"):
            self.assertEqual(checks[name]["state"], "failed", checks[name]["finding"])
        self.assertIn("broken on purpose", answer.stdout)
        self.assert_nothing_left()

    def test_what_needs_no_quiet_machine_passes(self):
        answer, checks = self.certificate("--only", "integrity,stall")
        self.assertEqual(list(checks), ["stall", "integrity"])
        self.assertEqual(checks["integrity"]["state"], "passed", checks["integrity"]["finding"])
        self.assertNotEqual(checks["stall"]["state"], "failed", checks["stall"]["finding"])
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_one_cpu_is_inconclusive(self):
        def one_cpu():
            os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

        answer = self.ipcmark("selfcheck", "--only", "control", "--fail-on-inconclusive",
                              preexec_fn=one_cpu)
        self.assertEqual(answer.returncode, 4, answer.stderr)
        self.assertIn("needs two CPUs", answer.stdout)

    def test_mistakes(self):
        for arguments, part in [(["--only", "stal"], "did you mean 'stall'?"),
                                (["--break", "everything"], "known are delay, control"),
                                (["--rounds", "2"], "--rounds"),
                                (["--json", "/nonexistent/c.json"], "/nonexistent/c.json")]:
            with self.subTest(arguments=arguments):
                answer = self.ipcmark("selfcheck", *arguments)
                self.assertEqual(answer.returncode, 2, answer.stderr)
                self.assertIn(part, answer.stderr)

    def test_interrupted(self):
        process = self.start("selfcheck", "--rounds", "1000")
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assert_nothing_left()


if __name__ == "__main__":
    command.main()
