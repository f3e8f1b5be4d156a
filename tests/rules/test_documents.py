"""Documents stay short, and whatever they point to is there: links, headings, paths and programs.

Whether ipcmark takes the commands that they quote is seen by tests/command/test_quoted.py.
"""

import glob
import json
import os
import re
import unittest

import quoted_commands as reader
from quoted_commands import CODE, FENCE, quoted_commands, spans
from sources import FOLDERS, root, sources

ROOT = root()
MAX_LINES = {"README.md": 150, "CONTRIBUTING.md": 80}
MAX_BYTES = {"README.md": 12 * 1024}
FIRST_SCREEN_LINES = 25
FIRST_SCREEN = ("tools/quickstart", "tools/test")

LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?)\s*$", re.MULTILINE)
# A path below one of the folders, not a part of a longer one such as build/tools/x.
NAMED_PATH = re.compile(rf"(?<![\w/.$-])(?:{'|'.join(FOLDERS)})/[\w./*-]*[\w/*]")


TARGET = re.compile(r"add_executable\((\w+) ")
# Commands of ipcmark that scripts pass their options on to.
PASSED_ON = ("tests/command/golden/help_run.txt", "tests/command/golden/help_ab.txt")


def documents():
    return reader.documents(ROOT)


def content(path):
    return reader.content(ROOT, path)


def too_long(text, max_lines, max_bytes=None):
    """What is too long about the text, or nothing."""
    lines, size = len(text.splitlines()), len(text.encode())
    if lines > max_lines:
        return f"{lines} lines, at most {max_lines}"
    if max_bytes is not None and size > max_bytes:
        return f"{size} bytes, at most {max_bytes}"
    return None


def anchors(text):
    """What GitHub calls the headings of a document."""
    found = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        number = 0
        while (name if number == 0 else f"{name}-{number}") in found:
            number += 1
        found.add(name if number == 0 else f"{name}-{number}")
    return found


def broken_links(path, text):
    """Relative links of the document at `path` to a file or heading that is not there."""
    broken = []
    for target in LINK.findall(CODE.sub("", FENCE.sub("", text))):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        to = os.path.normpath(os.path.join(os.path.dirname(path), file))
        if file and not os.path.exists(os.path.join(ROOT, to)):
            broken.append(f"{path}: {target}")
        elif anchor and anchor not in anchors(content(to) if file else text):
            broken.append(f"{path}: {target} has no such heading")
    return broken


def missing_paths(path, text):
    """Paths below our folders that the document gives as code and that are not there.

    NAME stands for a name, as * does: one file at least must fit.
    """
    blocks = FENCE.findall(text)
    named = {match for code in blocks + spans(text) for match in NAMED_PATH.findall(code)}
    return [f"{path}: {name}" for name in sorted(named)
            if not glob.glob(os.path.join(ROOT, name.replace("NAME", "*")))]


def source_of(program):
    """Where the options of a script or of a built program are read; None: neither is there."""
    built = re.fullmatch(r"build/\w+/(\w+)", program)
    if not built:
        return program if os.access(os.path.join(ROOT, program), os.X_OK) else None
    if os.path.exists(os.path.join(ROOT, "bench", built[1] + ".cpp")):
        return f"bench/{built[1]}.cpp"
    targets = {name: each for each in sources(ROOT, ("CMakeLists.txt",)) for name in TARGET.findall(content(each))}
    return targets.get(built[1])


def unknown_options(source, words):
    """Options of ours that occur nowhere in the source, nor in what a script passes them on to."""
    text = content(source)
    if re.search(r"\$\{?@", text):
        text += "".join(content(path) for path in PASSED_ON)
    options = {word.split("=")[0] for word in words if re.match(r"--[a-z]", word)}
    return sorted(each for each in options if each not in text and not each.startswith("--gtest_"))


def missing_programs(path, text):
    """Scripts, programs, their options and presets that a quoted command names and that are not there."""
    presets = json.loads(content("CMakePresets.json"))
    missing = []
    for words in quoted_commands(text):
        if re.match(rf"(?:build|{'|'.join(FOLDERS)})/", words[0]):
            source = source_of(words[0])
            missing += [f"{path}: {words[0]} {option}".strip()
                        for option in (unknown_options(source, words[1:]) if source else [""])]
        for option, name in zip(words, words[1:]):
            kind = "workflowPresets" if "--workflow" in words else "configurePresets"
            if words[0] == "cmake" and option == "--preset" and name not in {
                    preset["name"] for preset in presets[kind]}:
                missing.append(f"{path}: the preset {name}")
    return missing


class Documents(unittest.TestCase):
    def test_the_first_ones_are_short(self):
        for path, lines in MAX_LINES.items():
            self.assertIsNone(too_long(content(path), lines, MAX_BYTES.get(path)), path)

    def test_the_first_screen_shows_a_sentence_a_picture_and_both_commands(self):
        sentence = content("README.md").split("\n\n")[1]
        self.assertEqual(len(re.findall(r"[.!?](?=\s|$)", sentence)), 1, sentence)
        first = "\n".join(content("README.md").splitlines()[:FIRST_SCREEN_LINES])
        self.assertRegex(first, r"```text\n|!\[")
        for command in FIRST_SCREEN:
            self.assertIn(f"\n{command} ", first)

    def test_every_link_leads_somewhere(self):
        paths = documents()
        self.assertGreater(len(paths), 30)
        self.assertEqual([link for path in paths for link in broken_links(path, content(path))], [])

    def test_every_named_path_is_there(self):
        self.assertEqual([name for path in documents() for name in missing_paths(path, content(path))],
                         [])

    def test_every_program_of_a_command_is_there(self):
        paths = documents()
        self.assertGreater(sum(len(quoted_commands(content(path))) for path in paths), 100)
        self.assertEqual([name for path in paths for name in missing_programs(path, content(path))], [])


class TheseTests(unittest.TestCase):
    """What they must see, and what they must not take for a fault."""

    def test_length(self):
        self.assertIsNone(too_long("a\nb\n", 2, 4))
        self.assertIsNotNone(too_long("a\nb\nc\n", 2))
        self.assertIsNotNone(too_long("µµ\n", 2, 4))

    def test_headings(self):
        text = "# The `ab` command: how?\n## Same\n## Same\n```sh\n# no heading\n```\n"
        self.assertEqual(anchors(text), {"the-ab-command-how", "same", "same-1"})

    def test_links(self):
        for good in ("[a](../rules)", "[a](test_documents.py)", "[a](https://example.org/none)",
                     "# An example\n[a](#an-example)", "`[a](none)`", "```\n[a](none)\n```"):
            self.assertEqual(broken_links("tests/rules/a.md", good), [], good)
        for bad in ("[a](none.md)", "![a](../none.png)", "# An example\n[a](#example)",
                    "[a](../../README.md#no-such-heading)"):
            self.assertEqual(len(broken_links("tests/rules/a.md", bad)), 1, bad)

    def test_paths(self):
        for good in ("`tests/rules/`", "`tests/rules/test_NAME.py`", "`tests/rules/test_*.py`",
                     "`build/check/tests/none`", "tests/none outside of code", "`my_tests/none`"):
            self.assertEqual(missing_paths("a.md", good), [], good)
        for bad in ("`tests/rules/none.py`", "`tools/none --all`", "```sh\ntools/none 600\n```",
                    "`results/none_NAME.cpp`"):
            self.assertEqual(len(missing_paths("a.md", bad)), 1, bad)

    def test_programs(self):
        for good in ("tools/test --all", "A=1 build/check/unit_tests --gtest_filter=A.*", "build/check/bench_clock",
                     "build/check/against_handwritten --pairs 60", "tools/ci/gate HEAD -- --confirm",
                     "cmake --preset release", "cmake --workflow --preset check", "other/program",
                     "cat <<END\ntools/none\nEND", "# tools/none"):
            self.assertEqual(missing_programs("a.md", f"```sh\n{good}\n```"), [], good)
        for bad in ("tools/none", "A=1 build/check/none", "true; tools/README.md", "cmake --preset none",
                    "cmake --workflow --preset none", "ipcmark run | tools/none", "tools/test --none",
                    "build/check/against_handwritten --none 60", "tools/ci/gate HEAD -- --none"):
            self.assertEqual(len(missing_programs("a.md", f"```sh\n{bad}\n```")), 1, bad)

    def test_commands(self):
        text = """```sh
A=1 ipcmark run --only 'latency/*/64B/*' \\
  --size 64,4KiB >a.txt    # a comment; not a command
cat >b.txt <<END | sort || ipcmark list; ipcmark clean
ipcmark none
END
```
```text
ipcmark none
```
"""
        self.assertEqual(quoted_commands(text), [
            ["ipcmark", "run", "--only", "latency/*/64B/*", "--size", "64,4KiB"],
            ["cat"], ["sort"], ["ipcmark", "list"], ["ipcmark", "clean"]])


if __name__ == "__main__":
    unittest.main()
