"""Validates ipcmark result files against the JSON Schema in results/.

    validate_result.py FILE...             each must be valid, and hold nothing the schema omits
    validate_result.py --self-test FILE    besides, spoilt copies of FILE must each be refused

Exit code 0, or 1 with one line per mistake. Needs the Debian package python3-jsonschema.
"""
import copy
import json
import pathlib
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "results/json/ipcmark.result.schema.json"


def strict(schema):
    """Users' readers ignore unknown fields; our own output must have none."""
    if isinstance(schema, dict):
        if "properties" in schema and "additionalProperties" not in schema:
            schema["additionalProperties"] = False
        for part in schema.values():
            strict(part)
    elif isinstance(schema, list):
        for part in schema:
            strict(part)
    return schema


def validator():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(strict(schema))


def mistakes(check, document):
    return [
        "/" + "/".join(str(part) for part in error.absolute_path) + ": " + error.message[:200]
        for error in check.iter_errors(document)
    ]


def spoilt(document):
    """(what was done, copy) pairs, each of which breaks one rule of the schema."""

    def change(what, edit):
        other = copy.deepcopy(document)
        edit(other)
        return what, other

    def first(other, holds):
        for cell in other["cells"]:
            for trial in cell["trials"]:
                if trial[holds]:
                    return trial
        raise SystemExit(f"the sample has no trial with {holds}")

    def figure(other):
        return next(cell["summary"]["figures"][0]
                    for cell in other["cells"] if cell["summary"]["figures"])

    yield change("another schema's name", lambda d: d.update(schema="fio"))
    yield change("a higher major version", lambda d: d["version"].update(major=2))
    yield change("no run", lambda d: d.pop("run"))
    yield change("an unknown state", lambda d: first(d, "state").update(state="fine"))
    yield change("a negative size", lambda d: d["cells"][0]["asked"].update(size=-1))
    yield change("an unknown wait", lambda d: d["cells"][0]["asked"].update(wait="sleep"))
    yield change("a cell without key", lambda d: d["cells"][0].pop("key"))
    yield change("an unknown unit", lambda d: first(d, "metrics")["metrics"][0].update(unit="us"))
    yield change("an empty bucket", lambda d: next(iter(
        first(d, "histograms")["histograms"].values()))["bucket_count"].append(0))
    yield change("a cost as text", lambda d: first(d, "costs")["costs"][0].update(user_ns="1"))
    yield change("a figure without value", lambda d: figure(d).pop("median"))
    yield change("no machine state", lambda d: d["machine"].pop("published_state_ns"))
    yield change("a cell that does not say if it is comparable",
                 lambda d: d["cells"][0]["summary"].pop("comparable"))
    yield change("a field the schema omits", lambda d: d["cells"][0].update(mood="good"))


def main(arguments):
    self_test = arguments[:1] == ["--self-test"]
    check = validator()
    failed = False
    for name in arguments[self_test:]:
        document = json.loads(pathlib.Path(name).read_text(encoding="utf-8"))
        for mistake in mistakes(check, document):
            print(f"{name}: {mistake}")
            failed = True
        if self_test:
            for what, other in spoilt(document):
                if not mistakes(check, other):
                    print(f"{name}: {what} was not noticed")
                    failed = True
    return 1 if failed or not arguments[self_test:] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
