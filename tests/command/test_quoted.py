"""Every command of ipcmark that a document quotes is one that the program takes.

Where it has --dry-run it is planned with it. Else its values are read, by --help, and its options
are compared with those that --help shows.
"""

import os
import re
import shlex
import sys

import command
from command import CommandTest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "rules"))
from quoted_commands import content, documents, quoted_commands, simple_commands, spans

WHOLE = ("ipcmark", "build/release/ipcmark")
NAMES = (*WHOLE, "my_ipcmark")  # with mechanisms of one's own, which this program lacks
COMMAND_LINE = re.compile(r"^  ([a-z]+) ", re.MULTILINE)
OPTION_LINE = re.compile(r"^ +(-\w|--\w[\w-]*)((?:, ?--?\w[\w-]*)*)", re.MULTILINE)
MORE_OPTIONS = ("--a-args", "--b-args")  # their value is options of the same command
# What commands name that has to be there to plan them, and what this test puts there.
FILES = {"mine.json": '{"sizes": ["64B"], "scenarios": ["latency"], "backends": ["pipe"]}',
         "web.txt": "0, 512, 0\n"}
RUNNERS = {"./my_runner --fast": f"{sys.executable} {os.path.join(HERE, 'fake_runner.py')} --fast",
           "/opt/ipcmark-0.1/bin/ipcmark": None}  # the program itself


class QuotedTest(CommandTest):
    def setUp(self):
        super().setUp()
        self.shown = {}
        for name, text in FILES.items():
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)

    def help(self, *words):
        if words not in self.shown:
            answer = self.ipcmark(*words, "--help")
            self.assertEqual((answer.returncode, answer.stderr), (0, ""))
            self.shown[words] = answer.stdout
        return self.shown[words]

    def options(self, name):
        found = set()
        for first, others in OPTION_LINE.findall(self.help(name)):
            found.update([first, *re.findall(r"--?\w[\w-]*", others)])
        return found

    def unknown(self, words):
        """The first of the words behind `ipcmark` that names no command or option, or nothing.

        COMMAND in capitals stands for any.
        """
        if not words or words[0] in ("--help", "--version") or words[0].isupper():
            return None
        name = words[0]
        if name not in COMMAND_LINE.findall(self.help()):
            return name
        more = [word for option, value in zip(words, words[1:]) if option in MORE_OPTIONS
                for word in shlex.split(value)]
        for word in words[1:] + more:
            option = word.split("=")[0]
            if re.fullmatch(r"--?[A-Za-z][\w-]*", option) and option not in self.options(name):
                return option
        return None

    def refused(self, words):
        """Why the program refuses the words, or nothing."""
        last = "--dry-run" if words[0] in ("run", "check") else "--help"
        answer = self.ipcmark(*map(self.here, words), last, cwd=self.directory.name)
        return None if answer.returncode == 0 else answer.stderr

    def here(self, word):
        for there, path in RUNNERS.items():
            word = word.replace(there, path or command.PROGRAM)
        return word

    def wrong(self, words):
        """What is wrong with a whole command, or nothing."""
        name, words = words[0], words[1:]
        return self.unknown(words) or (self.refused(words) if words and name in WHOLE else None)


class Quoted(QuotedTest):
    def test_blocks(self):
        wrong, seen = [], set()
        for path in documents(ROOT):
            for words in quoted_commands(content(ROOT, path)):
                if words[0] not in NAMES or tuple(words) in seen:
                    continue
                seen.add(tuple(words))
                problem = self.wrong(words)
                if problem:
                    wrong.append(f"{path}: {shlex.join(words)}: {problem}")
        self.assertGreater(len(seen), 60)
        self.assertEqual(wrong, [])
        self.assert_nothing_left()

    def test_sentences(self):
        """Code in a sentence may be part of a command, with names in capitals for words."""
        wrong, seen = [], 0
        for path in documents(ROOT):
            for span in spans(content(ROOT, path)):
                words = span.split()
                if words[0] not in NAMES:
                    continue
                words = simple_commands(" ".join(words))[0]
                problem = self.unknown(words[1:])
                seen += 1
                if problem:
                    wrong.append(f"{path}: {span}: {problem}")
        self.assertGreater(seen, 60)
        self.assertEqual(wrong, [])


class TheseTests(QuotedTest):
    def test_what_they_must_see(self):
        for bad in ("runn", "77", "--helq", "run --bakcend pipe", "run --size 64x", "run --backend pip",
                    "run --only latency/none", "run --suite none.json", "run --trials 3 --budget 5s",
                    "check --wait sometimes", "ab --confrim", "ab --rounds x", "ab --a-args '--bakcend pipe'",
                    "load --p99", "load --replay none.txt", "explain --brake 1ms",
                    "export r.json --fromat gbench", "report -O r.html",
                    "run --runner old=./none --backend old.pipe"):
            self.assertTrue(self.wrong(["ipcmark", *shlex.split(bad)]), bad)

    def test_what_they_must_not_take_for_a_fault(self):
        for good in ("", "--help", "list chat", "run --only 'latency/*/64B/*'", "run --suite mine.json",
                     "ab --a-args '--backend pipe' --b-args '--backend fifo'", "doctor --json -",
                     "explain latency/pipe/64B/block/cross-cpu --against before.json",
                     "compare a.json b.json --across kernel,limits", "report r.json -o r.html",
                     "run --json r.json --resume r.json.journal",
                     "run --runner 'mine=./my_runner --fast' --backend mine.thing"):
            self.assertIsNone(self.wrong(["ipcmark", *shlex.split(good)]), good)
        self.assertIsNone(self.unknown(["COMMAND", "--help"]))
        self.assertIsNone(self.unknown(["explain", "[KEY…]"]))


if __name__ == "__main__":
    command.main()
