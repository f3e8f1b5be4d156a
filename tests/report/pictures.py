#!/usr/bin/python3
"""Writes a picture of a report's page, as its README shows them, for tools/docs/renew.

    pictures.py answers|charts RESULT.json PICTURE.png IPCMARK
"""

import os
import subprocess
import sys
import tempfile

import browser

WIDTH = 1280
MARGIN = 20
# What a picture shows: the colour scheme, and the first and the last element of the page.
PICTURES = {"answers": ("light", "header", "#figure-heatmap"),
            "charts": ("dark", "#figure-percentiles", "#figure-messages")}
DRAWN = """[...document.querySelectorAll('figure')].every((figure) =>
    figure.dataset.drawn > 0 || figure.querySelector('.canvas').hidden)"""


def edges(page, element):
    """Its upper and lower end on the page, in pixels; None where it is not there or has nothing."""
    return page.value(f"""(() => {{
        const found = document.querySelector('{element}');
        const box = found && found.getBoundingClientRect();
        return box && box.height > 0 ? [box.top + scrollY, box.bottom + scrollY] : null;
    }})()""")


def draw(page, first, last, path):
    page.value("dispatchEvent(new Event('beforeprint'))")
    page.wait(DRAWN)
    top, bottom = edges(page, first), edges(page, last)
    if not top or not bottom:
        sys.exit(f"pictures: the page has no {first if not top else last}: build ipcmark with its charts (Debian: "
                 "esbuild, libjs-vega), and give a result with round trips and streams")
    begin = max(top[0] - MARGIN, 0)
    page.screenshot(path, 0, begin, WIDTH, bottom[1] + MARGIN - begin)


def main():
    if len(sys.argv) != 5 or sys.argv[1] not in PICTURES:
        sys.exit(__doc__)
    kind, result, path, ipcmark = sys.argv[1:]
    if not browser.PROGRAM:
        sys.exit("pictures: there is no chromium: install the Debian package of that name")
    scheme, first, last = PICTURES[kind]
    with tempfile.TemporaryDirectory(prefix="ipcmark-pictures-") as folder:
        html = os.path.join(folder, "page.html")
        subprocess.run([ipcmark, "report", result, "-o", html], check=True, stdin=subprocess.DEVNULL)
        chromium = browser.Browser()
        try:
            page = browser.Page(chromium, width=WIDTH, scheme=scheme)
            page.open(html)
            part = f"{path}.part"
            draw(page, first, last, part)
            os.replace(part, path)
        finally:
            chromium.close()


main()
