"""The table of results.md: one row a soak, the last result of each."""

import datetime
import os
import re
import typing

TITLES = "| soak | extent | outcome | revision | date | took |"
LINE = "|---|---|---|---|---|--:|"
HEAD = f"""# Soaks

The last result of each soak. `--record` replaces the row of the soak that ran.

{TITLES}
{LINE}
"""


class NotATable(Exception):
    """Its text is one sentence that says what to change."""


class Row(typing.NamedTuple):
    soak: str  # the kind; no two rows of a table have the same
    extent: str  # how often, how large
    outcome: str
    revision: str
    date: str
    took: str

    def __str__(self):
        cells = (re.sub(r"\s+", " ", cell).replace("|", r"\|") for cell in self)
        return "| " + " | ".join(cells) + " |"


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")


def soak_of(line):
    """The kind of a row as it stands in the table; None when it is no row."""
    cells = [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    return cells[0] if len(cells) == len(Row._fields) else None


def replaced(text, row):
    """`text` with `row` in place of the row of the same soak, or at the end of the table."""
    lines = text.splitlines()
    try:
        begin = lines.index(TITLES) + 2
    except ValueError:
        raise NotATable(f"no line '{TITLES}'") from None
    end = begin
    while end < len(lines) and lines[end].startswith("|"):
        end += 1
    rows = lines[begin:end]
    same = [i for i, line in enumerate(rows) if soak_of(line) == row.soak]
    if same:
        rows[same[0]] = str(row)
        rows = [line for i, line in enumerate(rows) if i not in same[1:]]
    else:
        rows.append(str(row))
    return "\n".join(lines[:begin] + rows + lines[end:]) + "\n"


class Record:
    def __init__(self, path):
        """Refuses a file that it could not write to: known before the soak, not after hours of it."""
        self.path = path
        try:
            if os.path.exists(path):
                replaced(self._text(), Row(*[""] * len(Row._fields)))
            if not os.access(path if os.path.exists(path) else os.path.dirname(path), os.W_OK):
                raise NotATable("it cannot be written")
        except (NotATable, OSError, UnicodeDecodeError) as error:
            raise NotATable(f"--record cannot use {path}: {error}; repair it, or remove it to begin "
                            "a new table") from None

    def _text(self):
        try:
            with open(self.path, encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return HEAD

    def write(self, row):
        text = replaced(self._text(), row)
        part = f"{self.path}.part"
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, self.path)
