"""Exported files as their readers' documentation describes them, and the command itself."""

import csv
import io
import json
import os
import subprocess
import xml.etree.ElementTree as ElementTree

import jsonschema

import exporting
from exporting import ExportTest

# https://bencher.dev/docs/reference/bencher-metric-format: benchmarks of measures of values.
NUMBERS = {name: {"type": "number"} for name in ("value", "lower_value", "upper_value")}
BENCHER = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "type": "object",
            "properties": NUMBERS,
            "required": ["value"],
            "additionalProperties": False,
        },
    },
}
# The README of benchmark-action/github-action-benchmark, "customSmallerIsBetter".
GITHUB_ACTION = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1},
            "unit": {"type": "string", "minLength": 1},
            "value": {"type": "number", "exclusiveMinimum": 0},
            "range": {"type": "string"},
            "extra": {"type": "string"},
        },
        "required": ["name", "unit", "value"],
        "additionalProperties": False,
    },
}
# The schema of Jenkins' xUnit plug-in: element → (attributes required, others allowed, children).
JUNIT = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors"}, {"time", "skipped", "timestamp"},
                  {"properties", "testcase"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": ({"name"}, {"time", "classname"}, {"skipped", "failure"}),
    "skipped": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
}


class Formats(ExportTest):
    def test_json_keeps_to_the_schemas(self):
        for form, schema in (("bencher", BENCHER), ("github-action-benchmark", GITHUB_ACTION)):
            with self.subTest(form):
                document = json.loads(self.exported(form))
                jsonschema.validate(document, schema)
                entry = document[0] if isinstance(document, list) else next(iter(
                    next(iter(document.values())).values()))
                del entry["value"]
                with self.assertRaises(jsonschema.ValidationError):
                    jsonschema.validate(document, schema)

    def check_element(self, element):
        required, allowed, children = JUNIT[element.tag]
        names = set(element.attrib)
        self.assertLessEqual(required, names, element.tag)
        self.assertLessEqual(names, required | allowed, element.tag)
        if "time" in names:
            self.assertRegex(element.attrib["time"], r"^[0-9]+\.[0-9]{3}$")
        for child in element:
            self.assertIn(child.tag, children)
            self.check_element(child)

    def test_junit_counts_its_cases(self):
        root = ElementTree.fromstring(self.exported("junit").encode())
        self.check_element(root)
        cases = root.findall("testsuite/testcase")
        self.assertEqual({case.attrib["name"] for case in cases},
                         {cell["key"] for cell in self.result["cells"]})
        self.assertEqual(len(cases), len(self.result["cells"]))
        for suite in root:
            for name, path in (("tests", "testcase"), ("failures", "testcase/failure"),
                               ("skipped", "testcase/skipped")):
                self.assertEqual(int(suite.attrib[name]), len(suite.findall(path)), suite.attrib)
        failed = [cell["key"] for cell in self.result["cells"]
                  if cell["summary"]["state"] not in ("passed", "skipped")]
        self.assertGreater(len(failed), 0)
        self.assertEqual(int(root.attrib["failures"]), len(failed))

    def test_hgrm_is_read_as_its_plotter_reads_it(self):
        key = "latency/pipe/64B/block/cross-cpu"
        points = []
        for line in self.exported("hgrm", "--only", key).splitlines():
            fields = line.split()
            if not line.startswith("#") and len(fields) == 4:
                try:
                    points.append((float(fields[3]), float(fields[0])))
                except ValueError:
                    self.assertEqual(fields[0], "Value")
        self.assertGreater(len(points), 20)
        self.assertEqual(points, sorted(points))
        self.assertEqual(points[0][0], 1)

    def test_otava_columns_are_numbers(self):
        rows = list(csv.reader(io.StringIO(self.exported("otava"))))
        self.assertEqual(len(rows), 2)
        attributes = ["time", "run", "version", "revision", "suite", "cells_in_other_state", "in_two_groups",
                      "host", "shard", "label_commit", "label_kernel"]
        self.assertEqual(rows[0][:len(attributes)], attributes)
        self.assertEqual(len(set(rows[0])), len(rows[1]))
        for value in rows[1][len(attributes):]:
            self.assertGreater(float(value), 0)

    def test_a_file_appears_whole(self):
        target = self.path("out.md")
        answer = self.ipcmark("export", exporting.RESULT, "--format", "markdown", "-o", target)
        self.assertEqual((answer.returncode, answer.stdout, answer.stderr), (0, "", ""))
        with open(target, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.exported("markdown"))
        self.assertEqual(os.listdir(self.directory.name), ["out.md"])

    def test_mistakes_are_one_sentence_and_leave_nothing(self):
        with open(self.path("newer.json"), "w", encoding="utf-8") as file:
            json.dump(self.changed(lambda result: result["version"].update(major=2)), file)
        with open(self.path("broken.json"), "w", encoding="utf-8") as file:
            file.write('{"schema": ')
        result = exporting.RESULT
        target = ("-o", self.path("out"))
        before = sorted(os.listdir(self.directory.name))
        for arguments, expected in (
            ((result, "--format", "gbnech"), "did you mean 'gbench'"),
            ((result, "--format", "xml"), "known are csv, gbench, "),
            ((result,), "--format is required"),
            (("--format", "csv"), "RESULT is required"),
            ((result, "--format", "hgrm", "--only", "latency/pip/64B/block/cross-cpu"),
             "did you mean 'latency/pipe/64B/block/cross-cpu'"),
            ((result, "--format", "csv", "--only", "x"), "leave out --only"),
            ((result, result, "--format", "csv"), "takes one result"),
            ((self.path("newer.json"), "--format", "csv"), "version"),
            ((self.path("broken.json"), "--format", "csv"), "line 1"),
            ((self.path("absent.json"), "--format", "csv"), "No such file"),
            ((self.directory.name, "--format", "csv"), "directory"),
        ):
            with self.subTest(arguments):
                answer = self.ipcmark("export", *arguments, *target)
                self.assertEqual((answer.returncode, answer.stdout), (2, ""))
                self.assertEqual(answer.stderr.count("\n"), 1)
                self.assertIn(expected, answer.stderr)
        answer = self.ipcmark("export", result, "--format", "csv", "-o", "/nonexistent/x")
        self.assertEqual(answer.returncode, 2)
        self.assertEqual(sorted(os.listdir(self.directory.name)), before)

    def test_a_full_disk_is_said(self):
        with open("/dev/full", "w") as full:
            answer = subprocess.run([exporting.PROGRAM, "export", exporting.RESULT, "--format", "csv"],
                                    stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(answer.returncode, 2)
        self.assertIn("standard output", answer.stderr)


if __name__ == "__main__":
    exporting.main()
