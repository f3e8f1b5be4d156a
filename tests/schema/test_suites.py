"""Runs every built-in suite once, shortly, and holds all that is made of it to what is published.

    test_suites.py IPCMARK [unittest arguments]

Result and comparison must be valid by their JSON Schemas and hold nothing these omit; each figure
must be in the catalogue (`ipcmark list figures`) with its unit; each column of the CSV must be
documented; and no export, table or page may show a unit, or name a figure, that its reader does not
know. Needs the Debian package python3-jsonschema.
"""
import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import jsonschema

import validate_result

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "results/json"
PROGRAM = None

# A suite as it is, but for how long it takes.
SHORT = {"trials": 1, "correctness_trials": 1, "warm_up": "1ms", "duration": "3ms"}
SIZES = {"quick": ["64B"], "kernel": ["64B"], "languages": ["64B"], "everything": ["64B"], "rings": ["64B"], "standard": ["4KiB"], "full": ["1B"],
         "stress": ["4095B"]}
# Every mechanism is in one of quick, kernel and rings; of the larger suites some of each kind.
SOME = ["--backend", "pipe,shm_ring,zeromq", "--lock", "futex,none", "--notifier", "eventfd"]
LANGUAGES = ["--backend", "pipe,python.pipe,node.unix_socket", "--lock", "none,python.none"]
# Of scenarios that are in no suite.
BESIDE = [
    ["--scenario", "load", "--backend", "pipe,shm_ring", "--rate", "20000", "--duration", "30ms"],
    ["--scenario", "latency", "--backend", "pipe", "--one-way", "--duration", "30ms"],
    ["--scenario", "latency", "--backend", "shm_ring", "--wait", "spin", "--duration", "30ms"],
]
FORMATS = ["csv", "gbench", "github-action-benchmark", "bencher", "otava", "openmetrics", "hgrm",
           "junit", "markdown"]
# Where people read, figures are scaled: "158 k/s", never "157777 op/s".
RAW_UNIT = re.compile(r"\b(?:op/s|msg/s)\b")
SUFFIXES = {"ns": "seconds", "s": "seconds", "msg/s": "messages_per_second",
            "op/s": "operations_per_second", "B/s": "bytes_per_second", "B": "bytes",
            "count": "", "ratio": "ratio"}


def ipcmark(*arguments):
    environment = dict(os.environ, IPCMARK_RUNTIME_DIR=RUNTIME.name, LC_ALL="C.UTF-8")
    return subprocess.run([PROGRAM, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, timeout=120, env=environment)


def schema_units():
    schema = json.loads((SCHEMAS / "ipcmark.result.schema.json").read_text(encoding="utf-8"))
    return set(schema["$defs"]["unit"]["enum"])


class Catalogue:
    """(scenario, figure) -> unit, as `ipcmark list figures` has them."""

    def __init__(self):
        self.units = {}
        answer = ipcmark("list", "figures")
        if answer.returncode != 0:
            return
        for line in answer.stdout.splitlines()[1:]:
            name, unit, _, scenario, sentence = line.split(None, 4)
            assert sentence.endswith("."), line
            self.units[scenario, name] = unit

    def unit(self, scenario, name):
        for place in (scenario, "every"):
            for base in (name, re.sub("_(min|max)$", "", name)):
                if (place, base) in self.units:
                    return self.units[place, base]
        return None

    def names(self):
        return {name for _, name in self.units}


def figures_of(cell):
    """(name, unit) of all that the JSON says of a cell; counts and histograms have no unit there."""
    for figure in cell["summary"]["figures"]:
        yield figure["name"], figure["unit"]
    for trial in cell["trials"]:
        for metric in trial["metrics"]:
            yield metric["name"], metric["unit"]
        for name in trial["histograms"]:
            yield name, "ns"
        for name in trial["counts"]:
            yield name, None


class Suites(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory(prefix="t")
        self.addCleanup(self.directory.cleanup)
        self.catalogue = Catalogue()
        self.mistakes = []

    def path(self, name):
        return os.path.join(self.directory.name, name)

    def mistake(self, *words):
        text = ": ".join(str(word) for word in words)
        if text not in self.mistakes:
            self.mistakes.append(text)

    def measured(self, *arguments):
        """The paths of a run's JSON and CSV, and its table."""
        result, table = self.path("r.json"), self.path("r.csv")
        answer = ipcmark("run", *arguments, "--trials", "1", "--quiet", "--share", "--json", result,
                         "--csv", table, "--color", "never")
        self.assertIn(answer.returncode, (0, 77), answer.stderr)
        return result, table, answer.stdout

    def hold(self, *arguments):
        result, table, console = self.measured(*arguments)
        document = json.loads(pathlib.Path(result).read_text(encoding="utf-8"))
        self.assertTrue(document["cells"])
        self.check_json(document)
        self.check_csv(pathlib.Path(table).read_text(encoding="utf-8"))
        self.check_shown("console", console)
        self.check_comparison(result)
        for form in FORMATS:
            self.check_export(form, result, document)
        page = self.path("page.html")
        self.assertEqual(ipcmark("report", result, "--output", page).returncode, 0)
        text = pathlib.Path(page).read_text(encoding="utf-8")
        self.check_shown("page", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))
        self.assertFalse(self.mistakes, f"{len(self.mistakes)} mistakes:\n" +
                         "\n".join(self.mistakes[:40]))

    def check_valid(self, schema_name, document):
        schema = json.loads((SCHEMAS / schema_name).read_text(encoding="utf-8"))
        check = jsonschema.Draft202012Validator(validate_result.strict(schema))
        for mistake in validate_result.mistakes(check, document):
            self.mistakes.append(f"{schema_name}: {mistake}")

    def check_figure(self, where, scenario, name, unit):
        declared = self.catalogue.unit(scenario, name)
        if declared is None:
            self.mistake(where, scenario, f"'{name}' is not in the catalogue")
        elif unit is not None and unit != declared:
            self.mistake(where, scenario, f"'{name}' is declared in {declared}, not in {unit}")

    def check_json(self, document):
        self.check_valid("ipcmark.result.schema.json", document)
        for cell in document["cells"]:
            for name, unit in figures_of(cell):
                self.check_figure("json", cell["asked"]["scenario"], name, unit)

    def check_csv(self, text):
        rows = list(csv.DictReader(io.StringIO(text)))
        documented = (ROOT / "results/export/README.md").read_text(encoding="utf-8")
        for column in rows[0]:
            if f"| `{column}` |" not in documented:
                self.mistake("csv", f"column '{column}' is not documented")
        for row in rows:
            if row["metric"]:
                self.check_figure("csv", row["scenario"], row["metric"], row["unit"])

    def check_shown(self, where, text):
        for raw in sorted(set(RAW_UNIT.findall(text))):
            self.mistake(where, f"shows '{raw}' unscaled")

    def check_comparison(self, result):
        path = self.path("c.json")
        copy = self.path("copy.json")
        pathlib.Path(copy).write_bytes(pathlib.Path(result).read_bytes())
        answer = ipcmark("compare", result, copy, "--json", path, "--all")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.check_shown("compare", answer.stdout)
        document = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        self.check_valid("ipcmark.comparison.schema.json", document)
        for figure in document["figures"]:
            self.check_figure("comparison", figure["cell"].split("/")[0], figure["name"],
                              figure["unit"])

    def check_export(self, form, result, document):
        if form == "hgrm":
            answer = ipcmark("export", result, "--format", form)
            if answer.returncode != 0 and "nothing to write" in answer.stderr:
                return
        else:
            answer = ipcmark("export", result, "--format", form)
        self.assertEqual(answer.returncode, 0, f"{form}: {answer.stderr}")
        check = getattr(self, "check_" + form.replace("-", "_") + "_export", None)
        if check:
            check(answer.stdout, {cell["key"]: cell for cell in document["cells"]})

    def check_csv_export(self, text, cells):
        self.check_csv(text)

    def check_name(self, where, cells, name):
        """`name` is a cell's key and a figure's, as programs know it."""
        key, _, figure = name.rpartition("/")
        if key not in cells:
            return self.mistake(where, f"no cell '{key}'")
        if figure in ("per_message", "per_operation") or re.fullmatch(r"p[0-9.]+", figure):
            return None
        base = re.sub(r"_p[0-9.]+$", "", figure)
        return self.check_figure(where, key.split("/")[0], base, None)

    def check_gbench_export(self, text, cells):
        for entry in json.loads(text)["benchmarks"]:
            self.check_name("gbench", cells, entry["name"])
            if entry["time_unit"] not in schema_units():
                self.mistake("gbench", f"time_unit '{entry['time_unit']}'")

    def check_github_action_benchmark_export(self, text, cells):
        for entry in json.loads(text):
            self.check_name("github", cells, entry["name"])
            if entry["unit"] not in schema_units():
                self.mistake("github", f"unit '{entry['unit']}'")

    def check_bencher_export(self, text, cells):
        known = {name.replace("_", "-") for name in self.catalogue.names()}
        for key, measures in json.loads(text).items():
            self.assertIn(key, cells)
            for measure in measures:
                base = re.sub("-(low|high)-group$", "", measure)
                base = re.sub(r"-p[0-9-]+$", "", base)
                if base not in known | {"latency", "throughput", "saturated-trials",
                                                      "other-machine-state"}:
                    self.mistake("bencher", f"measure '{measure}'")

    def check_otava_export(self, text, cells):
        for column in next(csv.reader(io.StringIO(text)))[7:]:
            self.check_name("otava", cells, column)

    def check_openmetrics_export(self, text, cells):
        known = set()
        for (_, name), unit in self.catalogue.units.items():
            base = re.sub("_(ns|bytes)$", "", name) if SUFFIXES[unit] else name
            for extreme in ("", "_min", "_max"):
                for part in ("", "_interval_low", "_interval_high", "_group"):
                    known.add("_".join(filter(None, ["ipcmark", base + extreme + part,
                                                     SUFFIXES[unit]])))
                known.add("ipcmark_" + base + extreme + "_group_trials")
        for family in re.findall(r"^# TYPE (\S+) gauge$", text, re.MULTILINE):
            if family not in known | {"ipcmark_run_info", "ipcmark_cell_passed",
                                      "ipcmark_cell_saturated_trials",
                                      "ipcmark_cell_other_machine_state"}:
                self.mistake("openmetrics", f"family '{family}'")

    def check_markdown_export(self, text, cells):
        self.check_shown("markdown", text)

    def test_what_is_in_no_suite(self):
        for arguments in BESIDE:
            with self.subTest(arguments=arguments):
                self.mistakes = []
                self.hold(*arguments)

    def test_the_units_of_the_schemas_are_alike(self):
        self.assertEqual(set(SUFFIXES), schema_units())
        for path in (SCHEMAS / "ipcmark.comparison.schema.json", SCHEMAS / "ipcmark.history.schema.json",
                     ROOT / "tools/selfcheck/ipcmark.certificate.schema.json"):
            units = re.findall(r'"unit": \{ "enum": (\[[^]]*\])', path.read_text(encoding="utf-8"))
            self.assertEqual([set(json.loads(unit)) for unit in units], [schema_units()], path)


def suite_test(path):
    def test(self):
        suite = json.loads(path.read_text(encoding="utf-8"))
        suite.pop("$schema", None)
        suite.update(SHORT)
        if suite["name"] in SIZES:
            suite["sizes"] = SIZES[suite["name"]]
        for setting in suite.get("settings", {}).values():
            if "messages" in setting:
                setting["messages"] = 400
            if suite["name"] == "ends":  # of up to 4 ends
                setting["variants"] = setting["variants"][:3]
            for variant in setting.get("variants", []):
                if "increments" in variant:
                    variant["increments"] = 200
            if "sizes" in setting:
                setting["sizes"] = setting["sizes"][:1]
        derived = pathlib.Path(self.path("suite.json"))
        derived.write_text(json.dumps(suite), encoding="utf-8")
        whole = suite["name"] in ("quick", "kernel", "rings", "ends", "gate")
        some = LANGUAGES if suite["name"] == "languages" else SOME
        self.hold("--suite", str(derived), *([] if whole else some))

    return test


def main():
    global PROGRAM, RUNTIME
    if len(sys.argv) < 2:
        sys.exit("usage: test_suites.py PATH_OF_IPCMARK [unittest arguments]")
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    RUNTIME = tempfile.TemporaryDirectory(prefix="t")
    for path in sorted((ROOT / "scenarios/plan/suites").glob("*.json")):
        setattr(Suites, f"test_{path.stem}", suite_test(path))
    unittest.main(module="__main__")


if __name__ == "__main__":
    main()
