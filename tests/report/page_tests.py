"""Tests of a page of `ipcmark report` in a real browser, for the tests beside this file."""

import os
import shutil
import tempfile
import unittest

import browser
import reporting
from reporting import ipcmark

DRAWN = """[...document.querySelectorAll('figure')].every((figure) =>
    figure.dataset.drawn > 0 || figure.querySelector('.canvas').hidden)"""


class PageTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="t")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        cls.page = cls.first_page()
        if "no charts" in cls.said:
            reporting.skip("esbuild or libjs-vega was missing when ipcmark was built")
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    @classmethod
    def first_page(cls):
        """By report(), of what these tests are about; its path."""
        raise NotImplementedError

    @classmethod
    def report(cls, name, *results):
        path = os.path.join(cls.directory, name)
        answer = ipcmark("report", *results, "-o", path)
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr)
        cls.said = answer.stderr
        return path

    def open(self, path=None, **options):
        page = browser.Page(self.browser, **options)
        self.addCleanup(page.close)
        self.seconds = page.open(path or self.page)
        return page

    def draw_all(self, page):
        page.value("dispatchEvent(new Event('beforeprint'))")
        page.wait(DRAWN)

    def assert_fits(self, page, widths):
        for width in widths:
            page.resize(width)
            page.wait("""[...document.querySelectorAll('figure .canvas')].every((canvas) =>
                canvas.hidden || canvas.querySelector('svg').clientWidth <= canvas.clientWidth + 1)""")
            self.assertLessEqual(page.value("document.documentElement.scrollWidth - innerWidth"), 0, width)

    def assert_sound(self, page):
        self.assertEqual(page.console_errors(), [])
        self.assertEqual(page.requests(), [])
        self.assertFalse(page.value("/NaN|undefined/.test([...document.querySelectorAll('svg')]"
                                    ".map((svg) => svg.outerHTML).join())"))
        self.assertLessEqual(page.value("document.documentElement.scrollWidth - innerWidth"), 0)


def main():
    if browser.PROGRAM is None:
        reporting.skip("chromium is not installed (tools/setup.sh test)")
    reporting.main()
