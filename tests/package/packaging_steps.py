"""What the tests beside this file share."""

import subprocess

COMMAND_FILES = [
    "bin/ipcmark",
    "share/man/man1/ipcmark.1",
    "share/bash-completion/completions/ipcmark",
    "share/zsh/vendor-completions/_ipcmark",
    "share/fish/vendor_completions.d/ipcmark.fish",
    "share/ipcmark/suites/quick.json",
    "share/ipcmark/ipcmark.suite.schema.json",
    "share/ipcmark/ipcmark.result.schema.json",
    "share/ipcmark/ipcmark.comparison.schema.json",
    "share/ipcmark/ipcmark.explanation.schema.json",
    "share/ipcmark/ipcmark.history.schema.json",
    "share/ipcmark/ipcmark.trial.schema.json",
    "share/ipcmark/ipcmark.certificate.schema.json",
    "share/ipcmark/ipcmark.doctor.schema.json",
    "share/ipcmark/runners/README.md",
    "share/ipcmark/runners/python/runner",
    "share/ipcmark/runners/python/main.py",
    "share/ipcmark/runners/node/runner",
    "share/doc/ipcmark/README.md",
    "share/doc/ipcmark/CHANGELOG.md",
    "share/doc/ipcmark/copyright",
]


def run(*arguments, **options):
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=280, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout
