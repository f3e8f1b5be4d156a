"""How what a program printed becomes the block that a document shows, one class a shape.

Each has two functions. cut(printed, shown): the lines of the block; which tables, rows and columns of
all that was printed it has, says the block that is `shown` until now. error message(shown, root): why the
block is not what the program prints today (by a golden file, or its source), or None.
"""

import os
import re


class Refused(Exception):
    """Its text is one sentence that says what to change."""


def content(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        return file.read()


def parts(lines):
    """Groups of lines between empty ones."""
    found = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [each for each in found if each]


class Console:
    """Tables of `ipcmark run`: those with a title that the block has, with the rows that it has. A
    title alone has all rows; a line that begins with `ipcmark` brings the run's head."""

    GOLDEN = "tests/unit/results/golden/console.txt"
    ROW = re.compile(r" *(?:\d+=?)? +(\S+?)[*!]? +(block|spin|hybrid|poll)\b")

    @staticmethod
    def _title(part):
        return re.split("  +", part[0].strip())[0]

    def _row(self, line):
        found = self.ROW.match(line)
        return found and found.groups()

    def cut(self, printed, shown):
        wanted = parts(shown)
        if not wanted:
            raise Refused("write into the block the title of each table that it is to show")
        printed_parts = parts(printed.splitlines())
        there = {self._title(each): each for each in printed_parts}
        there["ipcmark"] = next((each for each in printed_parts if each[0].startswith("ipcmark ")), None)
        lines = []
        for part in wanted:
            title = "ipcmark" if part[0].startswith("ipcmark ") else self._title(part)
            if not there.get(title):
                raise Refused(f"the run printed no table '{title}': take it out of the block")
            lines += ([""] if lines else []) + self._rows(there[title], part)
        return lines

    def _rows(self, printed, shown):
        if len(shown) == 1 or printed[0].startswith("ipcmark "):
            return printed
        wanted = {self._row(line) for line in shown[2:]}
        there = {self._row(line) for line in printed[2:]}
        if missing := sorted(" ".join(each) for each in wanted - there if each):
            raise Refused(f"the run printed no row of {', '.join(missing)}: take it out of the block")
        return printed[:2] + [line for line in printed[2:] if self._row(line) in wanted]

    def error(self, shown, root):
        golden = [each for each in parts(content(root, self.GOLDEN).splitlines()) if len(each) > 1]
        for part in parts(shown):
            if part[0].startswith("ipcmark "):
                continue
            kind = part[0].split()[0]
            columns = [re.split("  +", each[1].strip()) for each in golden if each[0].startswith(f"{kind} of ")]
            if not columns:
                return f"today's tables have no title such as '{self._title(part)}'"
            if len(part) > 1 and not any(in_order(re.split("  +", part[1].strip()), each) for each in columns):
                return f"the table '{self._title(part)}' has other columns than today's: {part[1].strip()}"
            if odd := [line for line in part[2:] if not self._row(line)]:
                return f"no row of a table: {odd[0].strip()}"
        return None


def in_order(some, every):
    """Whether all of `some` are in `every`, in its order."""
    left = iter(every)
    return all(each in left for each in some)


class Waterfall:
    """The commonest way of `ipcmark explain`, as far as the message is in the hands of B."""

    GOLDEN = "tests/unit/results/golden/explain/pipe_cross_cpu.txt"
    BEGIN = re.compile(r" *\d+ % of trips went this way \(\d+ segments?, \d+ system calls?\)$")
    ROW = re.compile(r" +(\d+\.\d\d) +(\d+\.\d\d)  [# ]{12}  (\S.*)$")
    BACK = "B: user code between receive and send"
    MAX_LINES = 12

    def cut(self, printed, shown):
        lines = printed.splitlines()
        begin = next((i for i, line in enumerate(lines) if self.BEGIN.match(line)), None)
        if begin is None or re.search("^ *not seen: ", printed, re.MULTILINE):
            raise Refused("the kernel's events were not seen: run it as root, with an ipcmark that was built "
                          "with libtracefs")
        found = lines[begin:begin + 2]
        for line in lines[begin + 2:]:
            row = self.ROW.match(line)
            if not row or row[3].startswith((self.BACK, "sum")):
                break
            found.append(line)
        if not row or not row[3].startswith(self.BACK):
            raise Refused("the commonest way has no place where B has the message: renew it again")
        if len(found) > self.MAX_LINES:
            raise Refused(f"the commonest way has {len(found)} lines to B, at most {self.MAX_LINES}: renew it again")
        return [line.rstrip() for line in found]

    def error(self, shown, root):
        golden = content(root, self.GOLDEN)
        if not shown or not self.BEGIN.match(shown[0]):
            return "it does not begin with the share of trips that went this way"
        head = [" ".join(line.split()).replace("estimate", "scaled") for line in (shown[1:2] or [""])]
        if head[0] not in [" ".join(line.split()) for line in golden.splitlines()]:
            return f"it has other columns than today's: {head[0]}"
        if odd := [line for line in shown[2:] if not self.ROW.match(line)]:
            return f"no segment of a trip: {odd[0].strip()}"
        return None


def cells(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def as_table(columns, rows):
    """Lines of a Markdown table. `rows`: {column: text}."""
    return ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns),
            *("| " + " | ".join(row[column] for column in columns) + " |" for row in rows)]


class Table:
    """A Markdown table that a program prints, with the columns and rows that the block has."""

    def __init__(self, source, key, where="", derived=None):
        """`source`: of the program, for the names of its columns. `key`: columns that name a row.
        `where`: how the first column begins in the rows of this block. `derived`: {column: (the printed
        one, pattern whose groups in it are its text)}."""
        self.source, self.key, self.where = source, key, where
        self.derived = derived or {}

    def _rows(self, printed):
        lines = [line for line in printed.splitlines() if line.startswith("|")]
        if len(lines) < 3:
            raise Refused("the run printed no table")
        names = cells(lines[0])
        for line in lines[2:]:
            row = dict(zip(names, cells(line)))
            if not row[names[0]].startswith(self.where):
                continue
            for name, (column, pattern) in self.derived.items():
                found = re.search(pattern, row[column])
                row[name] = "".join(found.groups()) if found else row[column]
            yield names, row

    def cut(self, printed, shown):
        found = list(self._rows(printed))
        if not found:
            raise Refused(f"the run printed no row that begins with '{self.where}'")
        columns = cells(shown[0]) if shown else found[0][0]
        if missing := [name for name in columns if name not in found[0][1]]:
            raise Refused(f"the run printed no column '{missing[0]}': take it out of the block")
        rows = [row for _, row in found]
        if shown:
            def key(row):
                return tuple(row[name] for name in self.key)
            there = {key(row) for row in rows}
            wanted = {key(dict(zip(columns, cells(line)))) for line in shown[2:]}
            if missing := sorted(" / ".join(each) for each in wanted - there):
                raise Refused(f"the run printed no row of {missing[0]}: take it out of the block")
            rows = [row for row in rows if key(row) in wanted]
        return as_table(columns, rows)

    def error(self, shown, root):
        if len(shown) < 3:
            return "no table"
        columns, source = cells(shown[0]), content(root, self.source)
        if other := [name for name in columns if name not in self.derived and name not in source]:
            return f"{self.source} prints no column '{other[0]}'"
        if odd := [line for line in shown[2:] if len(cells(line)) != len(columns)]:
            return f"other cells than columns: {odd[0]}"
        return None


class Rivals:
    """What bench_ring_rivals and bench_ring_limits print, as a table: near and far, by how long a word
    takes from core to core and back."""

    COLUMNS = ["row", "near: ratio", "medians, pairs", "far: ratio", "medians, pairs"]
    NEAR_NS = 250
    STATE = re.compile(r"while core-to-core took (\d+) ns:$")
    ROW = re.compile(r"  (\S.*?) +(\d+\.\d+) \[(\d+\.\d+), (\d+\.\d+)\]   (\S+) over (\S+) (.+), (\d+) pairs$")

    def cut(self, printed, shown):
        rows, state = {}, None
        for line in printed.splitlines():
            if found := self.STATE.match(line):
                state = int(found[1]) >= self.NEAR_NS
            elif (found := self.ROW.match(line)) and state is not None:
                name, ratio, low, high, ours, theirs, unit, pairs = found.groups()
                states = rows.setdefault(name, {})
                if int(pairs) > states.get(state, (0,))[0]:  # of two such states the one that was seen more
                    states[state] = (int(pairs), f"{ratio} ({low} to {high})", f"{ours} / {theirs} {unit}, {pairs}")
        if not rows:
            raise Refused("the run printed no row")
        lines = as_table(self.COLUMNS, [])
        for name, states in rows.items():
            both = [states.get(far, (0, "not seen", ""))[1:] for far in (False, True)]
            lines.append(f"| {name} | " + " | ".join(text for pair in both for text in pair) + " |")
        return lines

    def error(self, shown, root):
        if not shown or cells(shown[0]) != self.COLUMNS:
            return "it has other columns than tools/docs/renew writes"
        form = re.compile(r"\d+\.\d{3} \(\d+\.\d{3} to \d+\.\d{3}\)|not seen")
        if odd := [line for line in shown[2:] if not form.fullmatch(cells(line)[1])]:
            return f"no row of ratios: {odd[0]}"
        return None


class Power:
    """How often `gate_resample power` flags a slowdown: of its cells the one that is flagged least."""

    SOURCE = "tests/soak/gate_resample.cpp"
    COLUMNS = ["slower by a factor of", "flagged"]
    SHOWN = ("1.05", "1.1", "1.15")

    def cut(self, printed, shown):
        lines = [cells(line) for line in printed.splitlines() if line.startswith("|")]
        head = next((each for each in lines if each[:2] == ["slowed cell", "flagged"]), None)
        slowed = [each for each in lines if each[1:2] == ["the cell"]]
        if not head or not slowed:
            raise Refused("the run printed no table of slowed cells")
        rows = []
        for ratio in self.SHOWN:
            at = head.index(ratio)
            lowest = min(float(each[at].removesuffix(" %")) for each in slowed)
            rows.append(dict(zip(self.COLUMNS, (ratio, f"in {lowest:g} % of the runs"))))
        return as_table(self.COLUMNS, rows)

    def error(self, shown, root):
        if not shown or cells(shown[0]) != self.COLUMNS:
            return "it has other columns than tools/docs/renew writes"
        form = re.compile(r"\| [\d.]+ \| in [\d.]+ % of the runs \|")
        if odd := [line for line in shown[2:] if not form.fullmatch(line)]:
            return f"no row of a share: {odd[0]}"
        return None


class Text:
    """All that was printed."""

    def cut(self, printed, shown):
        lines = [line.rstrip() for line in printed.strip("\n").splitlines()]
        if not any(re.search(r"\d", line) for line in lines):
            raise Refused("the run printed no figure")
        return lines

    def error(self, shown, root):
        return "it is a table, and the run prints text" if shown[:1] and shown[0].startswith("|") else None
