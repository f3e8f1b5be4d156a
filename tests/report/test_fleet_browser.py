"""The page of a fleet in a real browser."""

import os

import fleets
import page_tests


class FleetInBrowser(page_tests.PageTest):
    @classmethod
    def first_page(cls):
        fleet = os.path.join(cls.directory, "fleet")
        fleets.many_hosts(fleet, hosts=1300, slow=(7, 400), cells=12, slow_state=range(200))
        fleets.history(fleet, hosts=("db1", "db2"))
        return cls.report("fleet.html", fleet)

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
            self.assert_fits(page, (400, 1280, 1920))
            self.assert_sound(page)

    def test_without_script(self):
        page = self.open(script=False)
        page.call("Emulation.setScriptExecutionDisabled", value=False)  # to ask it something
        self.assertEqual(page.value("document.querySelectorAll('figure').length"), 0)
        self.assertGreater(page.value("document.querySelectorAll('#odd tbody tr').length"), 1)
        self.assertGreater(page.value("document.querySelectorAll('#trends tbody tr').length"), 10)


if __name__ == "__main__":
    page_tests.main()
