"""What --help prints, taken apart."""

import re

# Headings of what has a line each; what stands below others (formats, exit codes) is text.
GROUPS = ("Arguments", "Options", "Scenarios", "Output", "Measuring", "Traits", "Commands")
ROW = re.compile(r"  (\S.*?)  +(\S.*)")
NAMES = re.compile(r"(?:-\w, )?--[a-z0-9-]+(?:, --[a-z0-9-]+)*|[A-Z]+(?:\.\.\.)?")


def groups(page):
    """Heading -> the lines below it, for the groups alone."""
    found, heading = {}, None
    for line in page.splitlines():
        if re.fullmatch(r"\S.*:", line):
            heading = line[:-1] if line[:-1] in GROUPS else None
            if heading:
                found[heading] = []
        elif not line:
            heading = None
        elif heading:
            found[heading].append(line)
    return found


def rows(page):
    """Pairs of the left part, such as '-o, --output FOLDER', and the text, of arguments and options."""
    return [ROW.fullmatch(line).groups() for heading, lines in groups(page).items() for line in lines
            if heading != "Commands"]


def name_of(left):
    """'-o, --output' of '-o, --output FOLDER'; 'RESULT' of 'RESULT...'"""
    return NAMES.match(left)[0].rstrip(".")


def commands(page):
    return [ROW.fullmatch(line)[1] for line in groups(page)["Commands"]]
