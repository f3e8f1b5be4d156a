"""Markdown with figures from real runs: where they stand, and how one is replaced.

A figure is a fenced block, a table or a picture, directly behind a line that names it:

    <!-- figure: quick-latency, of 78c9508 on 2026-11-30 -->

Revision and date are those of the program that made it; they are missing until tools/docs/renew has.
A paragraph or list item that quotes a figure is behind a line <!-- quotes: quick-latency -->.
"""

import os
import re
import typing

NAME = "[a-z0-9]+(?:-[a-z0-9]+)*"
MARKER = re.compile(rf"<!-- figure: ({NAME})(?:, of ([0-9a-f]{{7,40}}) on (\d{{4}}-\d\d-\d\d))? -->")
QUOTES = re.compile(rf"<!-- quotes: ({NAME}) -->")
BEGINS_AS_MARKER = re.compile(r"\s*<!--\s*(figure|quotes)\b")
FENCE = re.compile(r" {0,3}```(\w*)")
PICTURE = re.compile(r"!\[[^\]]*\]\(([^()\s]+)\)")
ENDS_PARAGRAPH = re.compile(r"\s*(?:$|[-*] |\d+\. |<!--|#|\||```|!\[)")
CODE = re.compile(r"`[^`]*`")
UNIT = r"(?:ns|µs|us|ms|[Mk]?/s|[kMG]?B/s|M msg/s|million|%|x|runs|rounds|pairs)"
# What a measured figure looks like, and no limit, default or example: three digits, or a share of a
# figure without a space before its sign.
MEASURED = re.compile(r"(?:\d\.\d+|\d{3}) ?(?:ns|µs|us|[Mk]/s|[kMG]B/s|M msg/s)(?!\w)|[±~]\d[\d.]*%|"
                      r"\d\.\d{3} \(?(?:\d\.\d{3} )?to \d\.\d{3}|\d million (?:messages )?a second")
QUOTED = re.compile(rf"\d[\d.]*(?: ?{UNIT}(?!\w)| of (?:the )?\d+)")


class Block(typing.NamedTuple):
    kind: str  # fence, table, picture
    begin: int  # lines [begin, end) of the document
    end: int
    language: str  # of a fence


class Figure(typing.NamedTuple):
    """A marker and what stands behind it."""

    name: str
    revision: str  # empty: never made
    date: str
    line: int  # of the marker
    block: typing.Optional[Block]


class Quote(typing.NamedTuple):
    name: str
    line: int  # of the marker
    text: str


class Document:
    """The lines of a document, and the figures among them."""

    def __init__(self, text):
        self.lines = text.splitlines()
        self.figures, self.quotes, self.malformed = [], [], []
        self.unmarked = []  # blocks with figures
        self.sentences = []  # lines at which paragraphs with figures begin that quote no block
        at = 0
        while at < len(self.lines):
            at = self._next(at)

    def _next(self, at):
        line = self.lines[at]
        if BEGINS_AS_MARKER.match(line):
            return self._marker(at)
        block = self._block(at)
        if not block and not line.strip():
            return at + 1
        if not block:
            text, end = self._paragraph(at)
            if MEASURED.search(CODE.sub("", text)):
                self.sentences.append(at)
            return end
        if block.kind != "picture" and block.language in ("", "text") and MEASURED.search(
                "\n".join(self.lines[block.begin:block.end])):
            self.unmarked.append(block)
        return block.end

    def _marker(self, at):
        if found := MARKER.fullmatch(self.lines[at]):
            block = self._block(at + 1)
            self.figures.append(Figure(found[1], found[2] or "", found[3] or "", at, block))
            return block.end if block else at + 1
        if found := QUOTES.fullmatch(self.lines[at]):
            text, end = self._paragraph(at + 1)
            self.quotes.append(Quote(found[1], at, text))
            return end
        self.malformed.append(at)
        return at + 1

    def _paragraph(self, at):
        """A paragraph or list item as one line, and where it ends."""
        end = at + 1
        while end < len(self.lines) and not ENDS_PARAGRAPH.match(self.lines[end]):
            end += 1
        return " ".join(line.strip() for line in self.lines[at:end]), end

    def _block(self, at):
        """The block that begins in this very line."""
        if at >= len(self.lines):
            return None
        line = self.lines[at]
        if found := FENCE.match(line):
            end = at + 1
            while end < len(self.lines) and not re.fullmatch(r" {0,3}```\s*", self.lines[end]):
                end += 1
            return Block("fence", at, min(end + 1, len(self.lines)), found[1])
        if line.startswith("|"):
            end = at + 1
            while end < len(self.lines) and self.lines[end].startswith("|"):
                end += 1
            return Block("table", at, end, "")
        return Block("picture", at, at + 1, "") if PICTURE.match(line) else None

    def figure(self, name):
        return next((each for each in self.figures if each.name == name), None)

    def shown(self, figure):
        """The lines of its block, without the fence."""
        if not figure.block:
            return []
        lines = self.lines[figure.block.begin:figure.block.end]
        return lines[1:-1] if figure.block.kind == "fence" else lines

    def picture(self, figure):
        """The path in the document of its picture."""
        found = figure.block and PICTURE.match(self.lines[figure.block.begin])
        return found[1] if found else None

    def renewed(self, name, lines, revision, date):
        """The text with this figure made anew. `lines`: None where a picture stays where it is."""
        figure = self.figure(name)
        marker = f"<!-- figure: {name}, of {revision} on {date} -->"
        end = figure.block.end if figure.block else figure.line + 1
        old = self.lines[figure.line + 1:end]
        if lines is None:
            new = old
        else:
            new = lines if lines[0].startswith("|") else ["```text", *lines, "```"]
        return "\n".join(self.lines[:figure.line] + [marker] + new + self.lines[end:]) + "\n"


def wrongly_quoted(quote, shown):
    """What the sentence quotes and the figure does not show."""
    def plain(text):
        return re.sub(r"\s+", " ", text.replace("**", ""))
    there = plain(" ".join(shown))
    return [each for each in QUOTED.findall(plain(quote.text))
            if not re.search(rf"(?<![\d.]){re.escape(each)}(?!\w)", there)]


def paths(root):
    """Every document in which a figure may stand, relative to `root`."""
    found = [name for name in os.listdir(root) if name.endswith(".md")]
    for folder in ("results", "backends", "scenarios", "tools", "bench", "tests"):
        for directory, _, names in os.walk(os.path.join(root, folder)):
            found += [os.path.relpath(os.path.join(directory, name), root)
                      for name in names if name.endswith(".md")]
    return sorted(path for path in found if "/golden/" not in path)


def read(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return Document(file.read())


def write(root, path, text):
    """The whole document, or what was there."""
    to = os.path.realpath(os.path.join(root, path))
    part = f"{to}.part"
    with open(part, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(part, os.stat(to).st_mode & 0o777)
    os.replace(part, to)
