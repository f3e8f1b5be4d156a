"""What is wrong with the figures of the documents, and which are older than what makes them.

To be old is no fault: a change of the code must not cost an hour of measuring. It is a fault where a
figure is not known to the table, or is not in the form in which the program prints it today: whoever
changes that form has to renew what shows it.
"""

import os
import re
import shlex
import typing

import documents
import figures
import history


class Age(typing.NamedTuple):
    name: str
    document: str
    made: str  # revision and date
    takes: str
    state: str  # current, old: …, never made, not known: …

    @property
    def old(self):
        return self.state.startswith("old")


def all_documents(root):
    return {path: documents.read(root, path) for path in documents.paths(root) if path != figures.RESULTS}


def faults(root, texts=None):
    """Sentences, each of which says what to change."""
    texts = texts if texts is not None else all_documents(root)
    return [*_markers(texts), *_unmarked(texts), *_forms(root, texts), *_quotes(root, texts)]


def _markers(texts):
    where = {}
    for path, document in texts.items():
        for line in document.malformed:
            yield (f"{path}:{line + 1}: write the marker in one line from its beginning on, as <!-- figure: NAME "
                   "-->, <!-- figure: NAME, of REVISION on DATE --> or <!-- quotes: NAME -->")
        for each in document.figures:
            where.setdefault(each.name, []).append((path, each))
    for name, places in where.items():
        path, first = places[0]
        if name not in figures.FIGURES:
            yield f"{path}:{first.line + 1}: tools/docs/figures.py has no figure '{name}'"
            continue
        wanted, found = sorted(figures.FIGURES[name].documents), sorted(path for path, _ in places)
        if found != wanted:
            yield (f"the figure '{name}' has its markers in {', '.join(found)}, and in tools/docs/figures.py in "
                   f"{', '.join(wanted)}")
        for path, each in places:
            if each.revision and not each.block:
                yield f"{path}:{each.line + 1}: there is no block directly behind the marker of '{name}'"
    for name, entry in figures.FIGURES.items():
        if name not in where:
            yield f"{', '.join(entry.documents)}: no marker of '{name}', which tools/docs/figures.py names"


def _unmarked(texts):
    for path, document in texts.items():
        for block in document.unmarked:
            lines = document.lines[block.begin:block.end]
            stated = any(path == where and any(line.startswith(begin) for line in lines)
                         for where, begin in figures.STATED)
            if path.split("/")[-1] == "README.md" and not stated:
                yield (f"{path}:{block.begin + 1}: figures of no known run: put <!-- figure: NAME --> before them "
                       "and an entry into tools/docs/figures.py, or there into STATED why they are none")


def _there(texts):
    """(name, entry, path, document, figure) of each entry in each of its documents; figure: None where
    it has no marker."""
    for name, entry in figures.FIGURES.items():
        for path in entry.documents:
            if path in texts:
                yield name, entry, path, texts[path], texts[path].figure(name)


def _forms(root, texts):
    for name, entry, path, document, figure in _there(texts):
        if not figure or not figure.block:
            continue
        place = f"{path}:{figure.line + 1}: '{name}'"
        if (figure.block.kind == "picture") != (entry.shape is None):
            yield f"{place} is a picture in one of document and table, and text in the other"
        elif entry.shape is None:
            if not os.path.exists(os.path.join(root, os.path.dirname(path), document.picture(figure))):
                yield f"{place}: {document.picture(figure)} is missing"
        else:
            error = entry.shape.error(document.shown(figure), root)
            if error and not entry.by_hand:
                yield f"{place}: {error}; renew it: tools/docs/renew {name}"
            if entry.by_hand and not error:
                yield f"{place} is in the form of its run: take by_hand out of its entry in tools/docs/figures.py"


def _quotes(root, texts):
    for path, document in texts.items():
        for quote in document.quotes:
            shown = _quotable(root, texts, quote.name)
            if not shown:
                yield f"{path}:{quote.line + 1}: there is no figure '{quote.name}' to quote"
            else:
                for each in documents.wrongly_quoted(quote, shown):
                    yield f"{path}:{quote.line + 1}: '{each}' does not stand in the figure '{quote.name}'"


def _quotable(root, texts, name):
    """The lines of a figure, or the rows of a soak."""
    if name in figures.SOAKS:
        return [" | ".join(row) for row in soak_rows(root).get(name, [])]
    return [line for each, _, _, document, figure in _there(texts) if each == name and figure
            for line in document.shown(figure)]


def sentences(texts):
    """Where sentences have figures that no block shows: nothing tells whether they are old."""
    return [f"{path}:{line + 1}: {document.lines[line].strip()}"
            for path, document in texts.items() if path.split("/")[-1] == "README.md" for line in document.sentences]


def of_the_table(root):
    """What the table names and is not there."""
    for name, entry in {**figures.FIGURES, **figures.SOAKS}.items():
        for path in entry.sources:
            if not os.path.exists(os.path.join(root, path)):
                yield f"{name}: there is no {path}"
    commands = [command for run in figures.RUNS.values() for command in run.commands]
    commands += [entry.draw for entry in figures.FIGURES.values() if entry.draw]
    commands += [f"tests/soak/{soak.command}" for soak in figures.SOAKS.values()]
    for command in commands:
        program = shlex.split(command)[0]
        source = program.replace("{build}/", "bench/") + ".cpp" if program.startswith("{build}/") else program
        if "/" in source and not os.path.exists(os.path.join(root, source)):
            yield f"there is no {source}, which '{command}' needs"
    for name, entry in figures.FIGURES.items():
        if entry.run not in figures.RUNS:
            yield f"{name}: there is no run '{entry.run}'"


def soak_rows(root):
    """{name of the soak: its rows, six cells each}; None: rows of no soak."""
    found = {}
    for line in documents.read(root, figures.RESULTS).lines:
        row = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(row) != 6 or row[0] in ("soak", "---"):
            continue
        names = [name for name, soak in figures.SOAKS.items() if _belongs(row[0], soak.rows)]
        found.setdefault(names[0] if names else None, []).append(tuple(row))
    return found


def _belongs(row, beginnings):
    return any(row == each or row.startswith(each if each[-1] in ":,/" else (f"{each},", f"{each}:", f"{each} --"))
               for each in beginnings)


def _state(root, revision, sources):
    if not revision:
        return "never made"
    try:
        changes = history.changes(root, revision, sources)
    except history.Unknown as reason:
        return f"not known: {reason}"
    return f"old: {len(changes)} changes since, last {changes[0]}" if changes else "current"


def ages(root, texts=None):
    """Of each figure and each soak how old it is."""
    texts = texts if texts is not None else all_documents(root)
    for name, entry, path, _, figure in _there(texts):
        made = f"{figure.revision} {figure.date}" if figure and figure.revision else ""
        yield Age(name, path, made, f"about {figures.RUNS[entry.run].takes}",
                  _state(root, figure.revision if figure else "", entry.sources))
    rows = soak_rows(root)
    for name, soak in figures.SOAKS.items():
        there = rows.get(name, [])
        if not there:
            yield Age(name, figures.RESULTS, "", "", "never made")
            continue
        *_, revision, date, _ = min(there, key=lambda row: row[4])  # the oldest row is the age of all
        took = sum(int(row[5].split()[0]) for row in there)
        yield Age(name, figures.RESULTS, f"{revision} {date}", f"{took} s", _state(root, revision, soak.sources))
