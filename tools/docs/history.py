"""What changed since a revision, as far as there is a history to ask."""

import os
import subprocess


class Unknown(Exception):
    """Its text says why there is no answer."""


def _git(root, *arguments):
    try:
        return subprocess.run(["git", "-C", root, *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Unknown("git is not installed") from None


def _no_history(root):
    """Why there is none here, such as in an unpacked tar file; else empty."""
    answer = _git(root, "rev-parse", "--show-toplevel")
    if answer.returncode != 0:
        return answer.stderr.strip().splitlines()[0] if answer.stderr.strip() else "git gives no answer"
    # What was unpacked below somebody else's repository has not its history.
    if os.path.realpath(answer.stdout.strip()) != os.path.realpath(root):
        return "this is no git repository"
    return ""


def changes(root, revision, paths):
    """Commits that changed one of `paths` after `revision`, newest first, as `git log --oneline`."""
    if reason := _no_history(root):
        raise Unknown(reason)
    if _git(root, "cat-file", "-e", f"{revision}^{{commit}}").returncode != 0:
        raise Unknown(f"{revision} is not in this history (a shallow clone?)")
    answer = _git(root, "log", "--oneline", f"{revision}..HEAD", "--", *paths)
    if answer.returncode != 0:
        raise Unknown(answer.stderr.strip())
    return answer.stdout.splitlines()
