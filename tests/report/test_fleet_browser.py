"""The page of a fleet in a real browser."""

import os
import shutil
import tempfile
import unittest

import browser
import fleets
import reporting
from reporting import ipcmark

DRAWN = """[...document.querySelectorAll('figure')].every((figure) => figure.dataset.drawn > 0)"""


class FleetInBrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.mkdtemp(prefix="t")
        cls.addClassCleanup(shutil.rmtree, cls.directory, ignore_errors=True)
        fleet = os.path.join(cls.directory, "fleet")
        fleets.many_hosts(fleet, hosts=1300, slow=(7, 400), cells=12, slow_state=range(200))
        fleets.history(fleet, hosts=("db1", "db2"))
        cls.page = os.path.join(cls.directory, "fleet.html")
        answer = ipcmark("report", fleet, "-o", cls.page)
        if answer.returncode != 0:
            raise RuntimeError(answer.stderr)
        if "no charts" in answer.stderr:
            reporting.skip("esbuild or libjs-vega was missing when ipcmark was built")
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def open(self, **options):
        page = browser.Page(self.browser, **options)
        self.addCleanup(page.close)
        self.seconds = page.open(self.page)
        return page

    def draw_all(self, page):
        page.value("dispatchEvent(new Event('beforeprint'))")
        page.wait(DRAWN)

    def assert_sound(self, page):
        self.assertEqual(page.complaints(), [])
        self.assertEqual(page.requests(), [])
        self.assertFalse(page.value("/NaN|undefined/.test([...document.querySelectorAll('svg')]"
                                    ".map((svg) => svg.outerHTML).join())"))
        self.assertLessEqual(page.value("document.documentElement.scrollWidth - innerWidth"), 0)

    def test_both_charts_draw(self):
        page = self.open()
        print(f"1380 results: {os.path.getsize(self.page) / 1e6:.2f} MB, open in {self.seconds:.2f} s")
        self.draw_all(page)
        self.assertEqual(page.value(
            "[...document.querySelectorAll('figure')].map((each) => each.id).join()"),
            "figure-hosts,figure-trends")
        dots = "document.querySelectorAll('#figure-hosts svg .mark-symbol.dots path').length"
        self.assertGreater(page.value(dots), 1000)
        names = page.value("document.querySelector('#figure-hosts svg').textContent")
        self.assertIn("host7", names)
        self.assertIn("host400", names)
        trends = page.value("document.querySelector('#figure-trends svg').textContent")
        self.assertIn(fleets.PIPE, trends)
        self.assert_sound(page)

    def test_widths_and_colours(self):
        for scheme in ("light", "dark"):
            page = self.open(scheme=scheme)
            self.draw_all(page)
            for width in (400, 1280, 1920):
                page.resize(width)
                page.wait("""[...document.querySelectorAll('figure .canvas')].every((canvas) =>
                    canvas.querySelector('svg').clientWidth <= canvas.clientWidth + 1)""")
                self.assertLessEqual(
                    page.value("document.documentElement.scrollWidth - innerWidth"), 0, width)
            self.assert_sound(page)

    def test_without_script(self):
        page = self.open(script=False)
        page.call("Emulation.setScriptExecutionDisabled", value=False)  # to ask it something
        self.assertEqual(page.value("document.querySelectorAll('figure').length"), 0)
        self.assertGreater(page.value("document.querySelectorAll('#odd tbody tr').length"), 1)
        self.assertGreater(page.value("document.querySelectorAll('#trends tbody tr').length"), 10)


if __name__ == "__main__":
    if browser.PROGRAM is None:
        reporting.skip("chromium is not installed (tools/setup.sh test)")
    reporting.main()
