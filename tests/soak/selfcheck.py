#!/usr/bin/python3
"""`ipcmark selfcheck` as it is, within 90 s, then with each check's subject broken: it is found."""

import json
import os
import time

import soak

LIMIT_S = 90
TRIES = 3  # a machine that is too noisy to tell is asked again


def states(run, *options):
    """{check: state}, and what was printed."""
    certificate = run.path("certificate.json")
    if os.path.exists(certificate):
        os.remove(certificate)
    _, said = run.run(run.ipcmark, "selfcheck", "--json", certificate, *options)
    try:
        with open(certificate) as file:
            return {check["name"]: check["state"] for check in json.load(file)["checks"]}, said
    except FileNotFoundError:
        raise soak.Refused(f"ipcmark selfcheck wrote no certificate: {said.strip()}") from None


def unbroken(run):
    began = time.monotonic()
    found, said = states(run)
    slow = time.monotonic() - began > LIMIT_S
    run.row("selfcheck", "each check",
            ", ".join(" ".join(each) for each in found.items())
            + (f"; above {LIMIT_S} s" if slow else ""))
    good = not slow and "failed" not in found.values()
    if not good:
        run.say(said)
    return good, list(found)


def broken(run, names):
    results = []
    good = True
    for name in names:
        for attempt in range(1, TRIES + 1):
            found, said = states(run, "--only", name, "--break", name)
            if found[name] != "inconclusive":
                break
        results.append(f"{name} {found[name]} (try {attempt})")
        if found[name] != "failed":
            run.say(said)
            good = False
    run.row("selfcheck --break", "each check", ", ".join(results))
    return good


def selfcheck(run):
    good, names = unbroken(run)
    return broken(run, names) and good


if __name__ == "__main__":
    soak.main(selfcheck, soak.Arguments(__doc__))
