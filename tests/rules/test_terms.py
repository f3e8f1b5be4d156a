"""Names and texts use the field's terms: no banned term of terms.txt is in any of them."""

import fnmatch
import functools
import os
import re
import unittest

from sources import FOLDERS, root

ROOT = root()
TERMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "terms.txt")
# These say the banned terms themselves.
NOT_READ = {"tests/rules/terms.txt", "tests/rules/test_terms.py"}
CODE = (".cpp", ".hpp", ".py")
TEXTS = (".md", ".txt", ".json", ".js", ".html", ".sql", ".cmake", ".sh", ".csv", ".yaml", ".yml", "")
KINDS = ("", "words", "name", "member")

TERM = re.compile(r"(?P<banned>[^:]+): (?P<used>[^\[]+?)(?: \[(?P<kind>\w+)\])?$")
C_TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|(?<!\w)\'(?:[^\'\\\n]|\\.)+\'', re.DOTALL)
PYTHON_TOKEN = re.compile(r'""".*?"""|#[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.DOTALL)
NAME = re.compile(r"((?:\.|->)?)\b([A-Za-z_]\w*)")
OPTION = re.compile(r"(?<![\w-])--([a-z][a-z0-9-]+)")
# A line's end, with the marks of a comment or of a string that goes on in the next one.
LINE_END = re.compile(r'"?\s*\n\s*(?://+|#|"|\*(?=\s))?\s*')


def read_terms(lines):
    """(banned, used, kind) of each term."""
    found = []
    for line in lines:
        if line.strip() and not line.startswith("#"):
            term = TERM.match(line.rstrip("\n"))
            if term is None or (term["kind"] or "") not in KINDS:
                raise ValueError(f"terms.txt: not a term: {line!r}")
            found.append((term["banned"], term["used"], term["kind"] or ""))
    return found


def words_of(name):
    """The words that a name is made of: "start line 2" of startLine_2."""
    return re.sub(r"_+|(?<=[a-z0-9])(?=[A-Z])", " ", name).strip().lower()


class Rule:
    def __init__(self, terms):
        self.names = [(banned, used) for banned, used, kind in terms if kind == "name"]
        self.members = {banned: used for banned, used, kind in terms if kind == "member"}
        self.in_names = self._words(terms, "")
        self.in_texts = self._words(terms, "", "words")
        self.used = {banned.lower(): used for banned, used, _ in terms}
        self.of_name = functools.lru_cache(maxsize=None)(self._of_name)

    @staticmethod
    def _words(terms, *kinds):
        chosen = [re.escape(banned.lower()) for banned, _, kind in terms if kind in kinds]
        return re.compile(r"(?<![\w-])(" + "|".join(chosen or ["(?!)"]) + r")(?![\w-])")

    def _of_name(self, name, member):
        """What is banned about a name, or nothing."""
        if member and name in self.members:
            return f"{name}: {self.members[name]}"
        for banned, used in self.names:
            if fnmatch.fnmatchcase(name, banned) or (name.isupper() and fnmatch.fnmatchcase(name, banned.upper())):
                return f"{name}: {used}"
        found = self.in_names.search(words_of(name))
        return f"{name}: {self.used[found[1]]}" if found else None

    def names_of(self, code):
        return {wrong for member, name in set(NAME.findall(code)) if (wrong := self.of_name(name, bool(member)))}

    def words_in(self, text):
        text = re.sub(r"\s+", " ", LINE_END.sub(" ", text)).lower()
        return {f"{found}: {self.used[found]}" for found in self.in_texts.findall(text)}

    def options_of(self, text):
        names = {option.replace("-", "_") for option in OPTION.findall(text)}
        return {f"--{wrong}" for name in names if (wrong := self.of_name(name, False))}

    def violations(self, path, text):
        """What is banned in the text of the file at `path`, and what to say instead."""
        found = self.words_in(text) | self.options_of(text) | self.words_in(words_of(path.replace("/", " ")))
        if path.endswith(CODE):
            code = (PYTHON_TOKEN if path.endswith(".py") else C_TOKEN).sub(" ", text)
            found |= self.names_of(code)
        return [f"{path}: {wrong}" for wrong in sorted(found)]


def files():
    """Paths of all texts relative to the repository."""
    found = [name for name in os.listdir(ROOT)
             if name.endswith((".md", ".txt")) and os.path.isfile(os.path.join(ROOT, name))]
    for folder in FOLDERS:
        for directory, _, names in os.walk(os.path.join(ROOT, folder)):
            found += [os.path.relpath(os.path.join(directory, name), ROOT) for name in names
                      if os.path.splitext(name)[1] in CODE + TEXTS and "__pycache__" not in directory]
    return sorted(set(found) - NOT_READ)


def content(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return file.read()


class Terms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(TERMS, encoding="utf-8") as file:
            cls.terms = read_terms(file)

    def test_no_file_has_a_banned_term(self):
        rule, paths = Rule(self.terms), files()
        self.assertGreater(len(paths), 1000)
        wrong = [line for path in paths for line in rule.violations(path, content(path))]
        self.assertEqual(wrong, [], "each with what to say instead (tests/rules/terms.txt)")

    def test_the_table_is_sorted_and_has_each_term_once(self):
        banned = [banned.lower() for banned, _, _ in self.terms]
        self.assertEqual(banned, sorted(banned))
        self.assertEqual(len(banned), len(set(banned)))

    def test_what_is_to_be_said_is_not_banned(self):
        rule = Rule(self.terms)
        for _, used, _ in self.terms:
            self.assertEqual(rule.words_in(used), set(), used)
            if "*" not in used:
                self.assertEqual(rule.names_of(used), set(), used)


class TheRule(unittest.TestCase):
    """What it must see, and what it must not take for a fault."""

    RULE = Rule(read_terms(["# a comment", "", "held against: compared with", "most: max [name]", "most_*: max_* [name]",
                            "refusal: reason [member]", "start line: barrier", "told apart: distinguished [words]"]))

    def seen(self, path, text):
        return [line.split(": ", 1)[1] for line in self.RULE.violations(path, text)]

    def test_names(self):
        for bad in ("int most_bytes = 1;", "int most = 1;", "void start_line();", "class StartLine;", "MOST_BYTES = 1",
                    "return can.refusal;", "at->refusal"):
            self.assertEqual(len(self.seen("tests/a.cpp", bad)), 1, bad)
        for good in ("int at_most_ns = 1;", "int almost = 1;", "std::string refusal;", 'counts["most_inside"];',
                     "// most of them", "/* most_bytes */", "int start_lineage;", "bool told_apart;"):
            self.assertEqual(self.seen("tests/a.cpp", good), [], good)
        self.assertEqual(self.seen("tests/a.py", "most = 'least'  # most\n"), ["most: max"])

    def test_words(self):
        for bad in ("// held\n  // against the base", '"it is held "\n    "against the base"', "/* Held against */"):
            self.assertEqual(self.seen("tests/a.cpp", bad), ["held against: compared with"], bad)
        self.assertEqual(self.seen("a.md", "The *start line* and what is\ntold apart.\n"),
                         ["start line: barrier", "told apart: distinguished"])
        for good in ("a withheld againster", "at the start. Line 2", "upheld against", "start-line"):
            self.assertEqual(self.seen("a.md", good), [], good)

    def test_options_and_files(self):
        self.assertEqual(self.seen("a.md", "`--most-trials 3`"), ["--most_trials: max_*"])
        self.assertEqual(self.seen("a.md", "--at-most 3, most-used"), [])
        self.assertEqual(self.seen("scenarios/start_line.cpp", ""), ["start line: barrier"])

    def test_a_line_that_is_no_term(self):
        for bad in ("most max", "most: max [names]"):
            self.assertRaises(ValueError, read_terms, [bad])


if __name__ == "__main__":
    unittest.main()
