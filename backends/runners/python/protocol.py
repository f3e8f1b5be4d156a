"""The trial protocol: questions read, answers written (ipcmark.trial.schema.json)."""
import json
import os
import platform

MAJOR, MINOR = 1, 3
QUESTION, ANSWER, LIST = "ipcmark.trial-spec", "ipcmark.trial", "ipcmark.runner"

# Exit codes.
PASSED, USAGE, NEWER, FAILED, SKIPPED = 0, 2, 3, 5, 77


class Refused(Exception):
    """The question cannot be answered; `code` is the exit code."""

    def __init__(self, sentence, code=USAGE):
        super().__init__(sentence)
        self.code = code


class Unsupported(Exception):
    """The trial is skipped: the mechanism, or this runner, cannot do what was asked."""


class Broken(Exception):
    """A check did not hold."""


class NoFault(Exception):
    """The fault on purpose never happened."""


class Question:
    """What was asked, with the options' defaults filled in."""

    def __init__(self, text):
        document = self._document(text)
        spec = document["spec"]
        self.spec = spec
        self.key = document.get("key", "")
        self.cpus = document.get("cpus", [])
        self.files = list(document.get("files", []))
        self.shared_memory = list(document.get("shared_memory", []))
        self.ipcmark = document.get("ipcmark", "")
        self.options = {**spec.get("defaults", {}), **spec.get("options", {})}
        self.scenario = spec["scenario"]
        self.mechanism = spec.get("backend") or spec.get("lock") or ""
        self.size = spec.get("size", 64)
        self.seed = spec.get("seed", 1)
        self.messages = spec.get("messages", 0)
        self.duration_ns = spec.get("duration_ns", 0)
        self.warmup_ns = spec.get("warmup_ns", 0)
        self.verify = spec.get("verify", "off")
        self.touch = spec.get("touch", "full") == "full"
        self.depth = spec.get("depth", 0)
        self.fault = spec.get("fault", "")
        self.manager = None  # of the trial, once it has one

    @staticmethod
    def _document(text):
        try:
            document = json.loads(text)
        except ValueError as error:
            raise Refused(f"the question is not JSON: {error}") from None
        if not isinstance(document, dict) or document.get("schema") != QUESTION:
            raise Refused(f"not a question of schema {QUESTION}")
        major = document.get("version", {}).get("major")
        if major != MAJOR:
            raise Refused(f"the question has major version {major}, this runner speaks {MAJOR}", NEWER)
        if not isinstance(document.get("spec"), dict) or "scenario" not in document["spec"]:
            raise Refused("the question has no spec with a scenario")
        return document

    def option(self, name, default=0):
        return self.options.get(name, default)

    def file(self):
        """A path that nobody uses, for an object of this trial."""
        if not self.files:
            raise Unsupported("needs more named files than the trial was given")
        return self.files.pop()

    def shared_name(self):
        if not self.shared_memory:
            raise Unsupported("needs more named shared memory than the trial was given")
        return self.shared_memory.pop()


class Histogram:
    """ipcmark's own buckets: README.md, "Histograms"."""

    def __init__(self, values=()):
        self.buckets = {}
        self.count = self.sum = self.max = 0
        self.min = None
        for value in values:
            self.record(value)

    @staticmethod
    def index(value):
        shift = max(value.bit_length(), 11) - 11
        return shift * 1024 + (value >> shift)

    def record(self, value):
        index = self.index(value)
        self.buckets[index] = self.buckets.get(index, 0) + 1
        self.count += 1
        self.sum += value
        self.max = max(self.max, value)
        self.min = value if self.min is None else min(self.min, value)

    def merge(self, other):
        for index, count in other.buckets.items():
            self.buckets[index] = self.buckets.get(index, 0) + count
        self.count += other.count
        self.sum += other.sum
        self.max = max(self.max, other.max)
        if other.min is not None:
            self.min = other.min if self.min is None else min(self.min, other.min)

    @staticmethod
    def of_json(document):
        made = Histogram()
        made.buckets = dict(zip(document["bucket_index"], document["bucket_count"]))
        made.count, made.min, made.max = document["count"], document["min"], document["max"]
        made.sum = int(document["sum"])
        return made

    def json(self):
        filled = sorted(self.buckets.items())
        return {"unit": "ns", "count": self.count, "min": self.min or 0, "max": self.max, "sum": self.sum,
                "bucket_index": [index for index, _ in filled], "bucket_count": [count for _, count in filled]}


class Trial:
    """What came out, before it is text."""

    def __init__(self, state="passed", cause="none", reason=""):
        self.state, self.cause, self.reason = state, cause, reason
        self.steady = True
        self.metrics, self.histograms, self.counts = [], {}, {}
        self.integrity, self.costs, self.granted = {}, [], {}

    def metric(self, name, value, unit, samples=1):
        self.metrics.append({"name": name, "value": value, "unit": unit, "samples": samples})

    def merge_histogram(self, name, histogram):
        self.histograms.setdefault(name, Histogram()).merge(histogram)

    def reject(self, reason, cause="check"):
        """Fails, unless it has failed already."""
        if self.state == "passed":
            self.state, self.cause, self.reason = "failed", cause, reason

    def json(self):
        return {"state": self.state, "cause": self.cause, "reason": self.reason, "steady": self.steady,
                "metrics": self.metrics, "counts": self.counts, "integrity": self.integrity,
                "histograms": {name: each.json() for name, each in self.histograms.items()},
                "costs": self.costs, "granted": {"values": self.granted}}

    def exit_code(self):
        return {"passed": PASSED, "skipped": SKIPPED}.get(self.state, FAILED)


def version():
    return f"{platform.python_implementation()} {platform.python_version()}"


def _head(schema):
    return {"schema": schema, "version": {"major": MAJOR, "minor": MINOR}}


def answer(question, trial):
    program = {"version": version(), "build": {"type": "interpreted"}}
    return json.dumps({**_head(ANSWER), "program": program, "key": question.key, "trial": trial.json()})


def description(mechanisms):
    facts = {"start method": "fork", "compiler": platform.python_compiler()}
    program = {"version": version(), "facts": facts}
    return json.dumps({**_head(LIST), "program": program, "mechanisms": mechanisms})


class Marks:
    """The descriptor by which the measured part is marked; without one nothing is."""

    def __init__(self):
        self.fd = int(os.environ.pop("IPCMARK_MARKS", "-1"))

    def set(self, word):
        """Tells ipcmark, and waits until it has looked."""
        if self.fd < 0:
            return
        os.write(self.fd, word.encode() + b"\n")
        answered = b""
        while not answered.endswith(b"\n"):
            part = os.read(self.fd, 16)
            if not part:
                raise EOFError("ipcmark has gone away")
            answered += part
