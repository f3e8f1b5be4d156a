"""Documents from elsewhere: what they hold is text wherever it is shown or written, and what no
ipcmark can have written is refused in one sentence, whoever reads it.
"""

import base64
import copy
import csv
import hashlib
import html.parser
import io
import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree

import command
from command import CommandTest

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "unit", "results", "golden", "result.json")

DEEP = 200_000  # arrays in each other
HUGE = 18446744073709551608  # as a size: eight bytes below 2^64
ESCAPES = "\033]0;title\007\033[2J\033[31m"
MARKUP = "</script><script>document.title='ran'</script><img src=x onerror=document.title='ran'>"
FORMULAS = ("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1")
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")

with open(GOLDEN, encoding="utf-8") as sample:
    SAMPLE = json.load(sample)


class Scripts(html.parser.HTMLParser):
    """The scripts and styles of a page, its policy, and what else could run or load something."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.scripts, self.styles, self.dangerous, self.policy = [], [], [], None
        self.inside = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "meta" and given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag in ("script", "style"):
            data = given.get("type") == "application/json"
            self.inside = [] if data else self.scripts if tag == "script" else self.styles
            self.inside.append("")
        if tag in ("img", "iframe", "object", "embed", "base", "link", "form"):
            self.dangerous.append(tag)
        self.dangerous += [name for name in given if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside is not None:
            self.inside[-1] += data


def changed(edit):
    document = copy.deepcopy(SAMPLE)
    edit(document)
    return document


def with_metric(**members):
    def edit(document):
        for trial in document["cells"][1]["trials"]:
            trial["metrics"].append({"name": "x", "value": 5.0, "unit": "count", "samples": 1, **members})
    return changed(edit)


def with_fact(group, name, value):
    return changed(lambda document: document["environment"].setdefault(group, {}).update({name: value}))


def with_words(words):
    """In strings of many kinds, of which each may be shown."""
    def edit(document):
        document["run"].update(id=words + "id", suite=words + "suite", version=words + "1")
        for group in document["environment"].values():
            for name in group:
                group[name] = words + group[name]
        for cell in document["cells"][1:]:
            cell["asked"]["fault"] = words + "fault"
            for trial in cell["trials"]:
                trial["granted"]["note"] = words + "note"
                if trial["state"] != "passed":
                    trial["reason"] = words + "reason"
        document["cells"][2]["asked"]["backend"] = words + "pipe"
        document["cells"][3]["asked"]["options"] = {words + "option": 3}
        document["cells"][4]["trials"][0].update(state="failed", reason=words + "reason")
    return changed(edit)


class DocumentTest(CommandTest):
    def write(self, document, name="a.json"):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(document if isinstance(document, str) else json.dumps(document))
        return path

    def answer(self, *arguments, text=None, prefix=()):
        """Not by Python's universal newlines: a carriage return is one."""
        answer = subprocess.run([*prefix, command.PROGRAM, *arguments], input=text and text.encode(),
                                stdin=None if text else subprocess.DEVNULL, env=self.environment,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        answer.stdout = answer.stdout.decode()
        answer.stderr = answer.stderr.decode()
        return answer

    def assert_refused(self, answer, *parts, code=2):
        self.assertEqual(answer.returncode, code, answer.stderr[:1000])
        self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr[:1000])
        self.assertLess(len(answer.stderr), 2000)
        self.assertIsNone(CONTROL.search(answer.stderr), answer.stderr)
        for part in ("ipcmark: ", *parts):
            self.assertIn(part, answer.stderr)
        self.assertNotIn("internal error", answer.stderr)

    def exported(self, form, document, *arguments):
        answer = self.answer("export", self.write(document), "--format", form, *arguments)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        return answer.stdout


class Pages(DocumentTest):
    def page(self, *documents):
        paths = [self.write(document, f"{i}.json") for i, document in enumerate(documents)]
        answer = self.answer("report", *paths, "-o", self.path("page.html"))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(self.path("page.html"), encoding="utf-8", newline="") as file:
            return file.read()

    def test_a_unit_that_is_none_is_refused(self):
        for unit in (MARKUP, "<b>", "ns,\"x\"\n=1+1", ESCAPES):
            path = self.write(with_metric(unit=unit))
            self.assert_refused(self.answer("report", path, "-o", self.path("page.html")),
                                "/cells/1/trials/0/metrics/4/unit: unknown unit")
            self.assertFalse(os.path.exists(self.path("page.html")))
            self.assert_refused(self.answer("export", path, "--format", "csv"), "unknown unit")
            self.assert_refused(self.answer("compare", path, path), "unknown unit")

    def test_operations_are_a_unit(self):
        page = self.page(with_metric(name="rate", unit="op/s"))
        self.assertTrue("<td>5.00 /s" in page, "the figure stands in the table")

    def test_no_word_of_a_result_is_markup(self):
        plain = Scripts(self.page(SAMPLE, SAMPLE))
        self.assertEqual(plain.dangerous, [])
        for words in (MARKUP, "<!--", "\" onmouseover=\"alert(1)\" x='", "<img src=x onerror=alert(1)>"):
            found = Scripts(self.page(with_words(words), with_words(words)))
            self.assertEqual(found.dangerous, plain.dangerous)
            self.assertEqual(found.scripts, plain.scripts)
            self.assertEqual(found.styles, plain.styles)

    def test_the_policy_allows_the_pages_own_scripts_by_hash_alone(self):
        found = Scripts(self.page(SAMPLE))
        self.assertNotIn("unsafe", found.policy)
        rules = dict(rule.strip().split(" ", 1) for rule in found.policy.split(";"))
        for rule, texts in (("script-src", found.scripts), ("style-src", found.styles)):
            hashes = {f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
                      for text in texts}
            self.assertGreater(len(hashes), 0)
            # Without charts there is no script of Vega, and the hash of nothing in its place.
            self.assertLessEqual(hashes, set(rules[rule].split()))
            self.assertTrue(all(word.startswith("'sha256-") for word in rules[rule].split()))
        self.assertEqual((rules["default-src"], rules["base-uri"], rules["form-action"]),
                         ("'none'", "'none'", "'none'"))
        self.assertEqual(found.dangerous, [])


class Exports(DocumentTest):
    def rows(self, text):
        return list(csv.reader(io.StringIO(text, newline="")))

    def assert_no_formulas(self, rows):
        for row in rows:
            self.assertEqual(len(row), len(rows[0]), row)
            for field in row:
                number = re.fullmatch(r"-?[0-9.]+(e[-+][0-9]+)?", field)
                self.assertTrue(number or field[:1] not in ("=", "+", "-", "@", "\t", "\r"), field)

    def test_csv_and_otava_have_no_formulas(self):
        for formula in FORMULAS:
            document = with_words(formula)
            for trial in document["cells"][1]["trials"]:
                trial["metrics"].append({"name": formula, "value": -5.0, "unit": "count"})
                trial["counts"][formula] = -7
            rows = self.rows(self.exported("csv", document))
            self.assert_no_formulas(rows)
            self.assertEqual(len(rows), len(self.rows(self.exported("csv", SAMPLE)))
                             + 2 * len(document["cells"][1]["trials"]))
            self.assert_no_formulas(self.rows(self.exported("otava", document)))

    def test_openmetrics_has_valid_names_and_lines(self):
        name = r"[a-zA-Z_][a-zA-Z0-9_]*"
        line = re.compile(rf'# TYPE {name} gauge|# UNIT {name} {name}|# HELP {name} [^\n]*|'
                          rf'{name}\{{({name}="([^"\\\n]|\\["\\n])*",?)*\}} [-+0-9.e]+( [0-9]+)?')
        for metric in ("p99.9", "x\n# EOF\n", "a 1\nb", 'a{b="c"} 1', "", "\u00b5s", "9to5"):
            text = self.exported("openmetrics", with_metric(name=metric))
            lines = text.split("\n")
            self.assertEqual(lines[-2:], ["# EOF", ""])
            for each in lines[:-2]:
                self.assertTrue(line.fullmatch(each), each)

    def test_junit_is_xml(self):
        for text in ("\uffff", "\ufffe", "\u0001", "\u001b[2J", "\u0000", "]]><x a='\"&"):
            root = xml.etree.ElementTree.fromstring(self.exported("junit", with_words(text)))
            self.assertGreater(len(root.findall(".//failure")), 0)

    def test_gbench_takes_any_number_of_cpus(self):
        for online in ("12345678901234567890123", "99999999999", "-1", "2 ", "two"):
            context = json.loads(self.exported("gbench", with_fact("cpu", "online", online)))["context"]
            self.assertNotIn("num_cpus", context)
        context = json.loads(self.exported("gbench", with_fact("cpu", "online", "64")))["context"]
        self.assertEqual(context["num_cpus"], 64)

    def test_texts_have_no_control_characters(self):
        for form in ("csv", "otava", "openmetrics", "junit", "hgrm", "markdown"):
            text = self.exported(form, with_words(ESCAPES + "\u009b\u202e"))
            self.assertIsNone(CONTROL.search(text), form)


class Terminal(DocumentTest):
    def assert_text(self, answer):
        for text in (answer.stdout, answer.stderr):
            self.assertIsNone(CONTROL.search(text), text)

    def test_escape_sequences_of_a_result_are_shown(self):
        words = ESCAPES + "\u009b2J\u202e"
        a, b = self.write(with_words(words)), self.write(with_words(words + "b"), "b.json")
        for arguments in (("compare", a, a, "--all"), ("gate", a, a, "--all"), ("compare", a, b),
                          ("gate", a, b), ("advise", "simple_two_way", "--from", a),
                          ("export", a, "--format", "hgrm", "--only", words),
                          ("report", a, b, "-o", self.path("page.html"))):
            answer = self.answer(*arguments)
            self.assert_text(answer)
        answer = self.answer("compare", a, a, "--all")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("\\x1b]0;title\\x07", answer.stdout)

    def test_a_line_break_of_a_result_is_shown(self):
        a = self.write(with_words("\nmade up "))
        for arguments in (("compare", a, a, "--all"), ("advise", "simple_two_way", "--from", a)):
            self.assertNotIn("\nmade up", self.answer(*arguments).stdout)

    def test_escape_sequences_of_a_refused_document_are_shown(self):
        for document in ({"schema": ESCAPES}, changed(lambda each: each["cells"][0]["asked"].update(wait=ESCAPES)),
                         {"schema": "ipcmark.result", "version": {"major": 1}, "run": {"id": "x"},
                          "environment": {ESCAPES: 3}, "cells": []}):
            self.assert_refused(self.answer("compare", self.write(document), self.write(document)),
                                "\\x1b")
        name = ESCAPES + "missing.json"
        self.assert_refused(self.answer("compare", name, name), "cannot read", "\\x1b")


class Readers(DocumentTest):
    def read_by_each(self, text):
        """By every reader of documents."""
        path = self.write(text)
        journal = self.write(text + "\n", "a.journal")
        good = self.write(SAMPLE, "good.json")
        yield self.answer("compare", path, path)
        yield self.answer("gate", path, path)
        yield self.answer("report", path, "-o", self.path("page.html"))
        yield self.answer("export", path, "--format", "csv")
        yield self.answer("advise", "simple_two_way", "--from", path)
        yield self.answer("compare", good, good, "--variation", path)
        yield self.answer("run", "--suite", path, "--dry-run")
        yield self.answer("run", "--resume", journal, "--json", self.path("r.json"))
        yield self.answer("trial", "--spec", path)
        yield self.answer("trial", "--spec", "-", text=text)

    def test_deep_nesting(self):
        arrays = "[" * DEEP + "]" * DEEP
        objects = '{"a":' * DEEP + "1" + "}" * DEEP
        for text in (arrays, '{"schema":' + arrays + "}", objects, '{"journal":"ipcmark","x":' + arrays + "}"):
            for answer in self.read_by_each(text):
                self.assert_refused(answer, "nested deeper than 64 levels")

    def question(self, **members):
        spec = {"scenario": "latency", "backend": "shm_mutex", **members}
        return json.dumps({"schema": "ipcmark.trial-spec", "version": {"major": 1, "minor": 0},
                           "spec": spec})

    def test_sizes_near_the_end_of_the_range(self):
        for backend, size in (("shm_mutex", HUGE), ("shm_ring", HUGE - 56), ("mmap_file", HUGE - 56),
                              ("posix_mq", HUGE + 7), ("boost_mq", HUGE + 7), ("sysv_mq", HUGE + 7),
                              ("pipe", 2**63), ("pipe", (64 << 20) + 1)):
            text = self.question(backend=backend, size=size)
            self.assert_refused(self.answer("trial", "--spec", "-", text=text),
                                "/spec: size", "beyond the limit of 64MiB")

    def test_a_cell_over_nothing(self):
        for scenario in ("latency", "throughput", "counter", "race", "condvar", "notify", "chat"):
            answer = self.answer("trial", "--spec", "-",
                                 text=self.question(scenario=scenario, backend=""))
            self.assertEqual((answer.returncode, answer.stderr), (5, ""))
            self.assertIn("without anything that it runs over",
                          json.loads(answer.stdout)["trial"]["reason"])
        self.assert_nothing_left()

    def test_a_size_of_a_result_is_in_range_too(self):
        path = self.write(changed(lambda document: document["cells"][1]["asked"].update(size=HUGE)))
        for arguments in (("compare", path, path), ("report", path, "-o", self.path("page.html")),
                          ("export", path, "--format", "csv")):
            self.assert_refused(self.answer(*arguments), "/cells/1/asked: size", "beyond the limit")

    def test_times_beyond_the_clock(self):
        for members in ({"duration_ns": 2**64 - 1}, {"duration_ns": 2**63}, {"warmup_ns": 2**64 - 1},
                        {"messages": 2**63}, {"options": {"gap_ns": 2**63 - 1}},
                        {"options": {"one_way": -1}}):
            self.assert_refused(self.answer("trial", "--spec", "-", text=self.question(**members)),
                                "/spec: ")
        for arguments in (("--duration", "5000000h"), ("--duration", "9223372036s"), ("--gap", "2000000h"),
                          ("--gap", "10us,9000h")):
            answer = self.answer("run", *arguments, "--backend", "pipe", "--scenario", "latency",
                                 "--dry-run")
            self.assert_refused(answer, "beyond the limit")
        suite = self.write({"duration": "5000000h"})
        self.assert_refused(self.answer("run", "--suite", suite, "--dry-run"), "beyond the limit")

    def test_a_file_that_cannot_be_read(self):
        for path in ("/proc/self/mem", "/proc/self/task", self.path("none")):
            for arguments in (("compare", path, path), ("trial", "--spec", path),
                              ("run", "--suite", path + "/x.json")):
                self.assert_refused(self.answer(*arguments), "cannot read")
            # A folder is one of results.
            self.assert_refused(self.answer("report", path, "-o", self.path("page.html")),
                                "no result among" if os.path.isdir(path) else "cannot read")
        self.assertFalse(os.path.exists(self.path("page.html")))

    def test_a_file_without_an_end(self):
        path = self.path("large.json")
        with open(path, "wb") as file:
            file.truncate(1 << 40)
        for arguments in (("report", path, "-o", self.path("page.html")), ("compare", path, path),
                          ("trial", "--spec", "/dev/zero"),
                          ("run", "--resume", path, "--json", self.path("r.json"))):
            self.assert_refused(self.answer(*arguments), "cannot read", "larger than 512MiB")


class Machine(DocumentTest):
    def test_queues_that_hold_no_more_than_a_header(self):
        limits = "echo {} >/proc/sys/kernel/msgmax && echo {} >/proc/sys/kernel/msgmnb && exec \"$@\""
        ours = ["unshare", "--ipc", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c"]
        if subprocess.run([*ours, limits.format(16, 16), "sh", "true"], stderr=subprocess.DEVNULL,
                          stdin=subprocess.DEVNULL).returncode != 0:
            self.skipTest("no namespace of our own for queues can be had here")
        for msgmax, msgmnb in ((16, 16384), (8192, 16), (16, 16), (1, 1), (0, 0), (17, 17)):
            prefix = [*ours, limits.format(msgmax, msgmnb), "sh"]
            answer = self.answer("list", prefix=prefix)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            answer = self.answer("run", "--share", "--quiet", "--backend", "sysv_mq", "--scenario",
                                 "latency", "--size", "64", "--trials", "1", "--messages", "50",
                                 prefix=prefix)
            self.assertIn(answer.returncode, (0, 77), answer.stderr)
        self.assert_nothing_left()

    def test_one_fact_that_cannot_be_read(self):
        if self.is_sanitized():
            self.skipTest("LeakSanitizer does not work under a tracer")
        for fact in ("/proc/sys/kernel/msgmni", "/proc/loadavg",
                     "/sys/devices/system/clocksource/clocksource0/current_clocksource"):
            if not os.path.exists(fact):
                continue
            prefix = ["strace", "-qq", "-o", "/dev/null", "-P", fact, "-e", "inject=read:error=EIO"]
            if not shutil.which("strace") or subprocess.run(
                    [*prefix, "cat", fact], stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL).returncode != 1:
                self.skipTest("strace cannot make a read fail here")
            answer = self.answer("version", prefix=prefix)
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))


if __name__ == "__main__":
    command.main()
