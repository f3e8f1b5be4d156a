"""ipcmark doctor: the same for people and for schedulers, with an exit code for these."""

import json
import os
import resource
import signal

import jsonschema

import command
from command import CommandTest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
CODES = {"fit": 0, "disturbed": 6, "unusable": 7}
MARKS = {"ok": "ok  ", "note": "note", "warning": "warn", "error": "fail"}


class Doctor(CommandTest):
    def examined(self, *arguments, **options):
        path = self.path("d.json")
        answer = self.ipcmark("doctor", "--json", path, *arguments, **options)
        with open(path) as file:
            report = json.load(file)
        with open(os.path.join(ROOT, "tools", "doctor", "ipcmark.doctor.schema.json")) as file:
            jsonschema.validate(report, json.load(file))
        self.assertEqual(answer.returncode, CODES[report["verdict"]], answer.stderr)
        self.assertEqual(answer.stderr, "")
        return report, answer

    def test_a_scheduler_is_told_what_people_are(self):
        report, answer = self.examined()
        lines = answer.stdout.splitlines()
        for finding in report["findings"]:
            line = f"{MARKS[finding['severity']]}  {finding['topic']}: {finding['seen']}"
            self.assertIn(line, lines)
            if finding["advice"]:
                self.assertEqual(lines[lines.index(line) + 1], f"      -> {finding['advice']}")
        self.assertEqual(sum(not line.startswith("      ->") for line in lines) - 1, len(report["findings"]))

    def test_the_verdict_is_that_of_the_worst_finding(self):
        report, _ = self.examined()
        severities = [finding["severity"] for finding in report["findings"]]
        worst = "unusable" if "error" in severities else "disturbed" if "warning" in severities else "fit"
        self.assertEqual(report["verdict"], worst)
        self.assertEqual(report["counts"], {each: severities.count(each) for each in MARKS})
        ids = [finding["id"] for finding in report["findings"]]
        self.assertEqual(len(ids), len(set(ids)))
        for finding in report["findings"]:
            if finding["severity"] in ("warning", "error"):
                self.assertTrue(finding["advice"], finding)
        self.assertIn(("trial", "ok"), {(finding["id"], finding["severity"]) for finding in report["findings"]})
        self.assert_nothing_left()

    def test_without_a_file_it_goes_to_standard_output(self):
        for arguments in (["--json"], ["--json", "-"], ["--json", "--color", "never"]):
            answer = self.ipcmark("doctor", *arguments)
            report = json.loads(answer.stdout)
            self.assertEqual(answer.returncode, CODES[report["verdict"]])
            self.assertIn("ok    trial: ", answer.stderr)

    def test_people_are_given_no_exit_code(self):
        answer = self.ipcmark("doctor", preexec_fn=few_files)
        self.assertEqual(answer.returncode, 0, answer.stderr)

    def test_what_disturbs_is_told(self):
        report, answer = self.examined(preexec_fn=few_files)
        found = {finding["id"]: finding for finding in report["findings"]}
        self.assertEqual(found["descriptors"]["severity"], "warning")
        self.assertIn("ulimit -n", found["descriptors"]["advice"])
        self.assertEqual((report["verdict"], answer.returncode), ("disturbed", 6))

    def test_where_nothing_can_be_measured_it_is_unusable(self):
        with open(self.path("file"), "w"):
            pass
        report, answer = self.examined(env={"IPCMARK_RUNTIME_DIR": self.path("file")})
        found = {finding["id"]: finding for finding in report["findings"]}
        self.assertEqual(found["trial"]["severity"], "error")
        self.assertIn(self.path("file"), found["trial"]["seen"])
        self.assertEqual((report["verdict"], answer.returncode), ("unusable", 7))
        self.assertIn("nothing can be measured here", answer.stdout)

    def test_an_output_that_cannot_be_written_is_said_first(self):
        answer = self.ipcmark("doctor", "--json", self.path("no/d.json"))
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertEqual(answer.stderr.count("\n"), 1)

    def test_a_signal_ends_it_and_leaves_nothing(self):
        process = self.start("doctor", "--json", self.path("d.json"))
        self.until(lambda: catches(process, signal.SIGTERM), process)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 143, err)
        self.assertFalse(os.path.exists(self.path("d.json")))
        self.assert_nothing_left()


def few_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))


def catches(process, number):
    """Whether the process has a handler of that signal by now."""
    with open(f"/proc/{process.pid}/status") as file:
        caught = next(line.split()[1] for line in file if line.startswith("SigCgt:"))
    return int(caught, 16) >> (number - 1) & 1 == 1


if __name__ == "__main__":
    command.main()
