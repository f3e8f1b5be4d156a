"""The repository's Markdown documents, and the commands that they quote."""

import os
import re
import shlex

from sources import sources

FENCE = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
SHELL_BLOCK = re.compile(r"^( *)```sh\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
HERE_DOCUMENT = re.compile(r"<<-?\s*(['\"]?)(\w+)\1(.*?\n).*?^\s*\2$", re.DOTALL | re.MULTILINE)
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")


def documents(root):
    """Paths of every Markdown file relative to the repository."""
    top = sorted(name for name in os.listdir(root) if name.endswith(".md"))
    return top + sources(root, (".md",))


def content(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def spans(text):
    """Code within sentences."""
    return CODE.findall(FENCE.sub("", text))


def simple_commands(shell):
    """The words of each simple command: no comments, assignments before it, or redirections."""
    shell = HERE_DOCUMENT.sub(r"\3", shell).replace("\\\n", " ")
    found = []
    for line in shell.splitlines():
        words = shlex.shlex(line, posix=True, punctuation_chars=True)
        words.whitespace_split = True
        command, redirected = [], False
        for word in words:
            if re.fullmatch(r"[;|&()]+", word):
                found.append(command)
                command = []
            elif re.fullmatch(r"[<>&]+", word):
                redirected = True
            elif redirected:
                redirected = False
            elif command or not ASSIGNMENT.match(word):
                command.append(word)
        found.append(command)
    return [command for command in found if command]


def quoted_commands(text):
    """Of all blocks of shell in a document."""
    return [command for _, block in SHELL_BLOCK.findall(text) for command in simple_commands(block)]
