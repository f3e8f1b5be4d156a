"""The page in a real browser: charts, filters, colour schemes, widths, size and time."""

import json
import os
import re

import page_tests
import reporting
from page_tests import DRAWN

# Of a real result. That of load is drawn too where a rate came through, which on a busy machine none
# may; a made result shows it.
FIGURES = {"heatmap", "percentiles", "distributions", "messages", "bytes", "sizes", "price", "cost",
           "trials", "noise"}
MAX_BYTES = 3_000_000


class InBrowser(page_tests.PageTest):
    @classmethod
    def first_page(cls):
        cls.results = [reporting.measure(cls.directory, "base.json"),
                       os.path.join(cls.directory, "new.json")]
        os.symlink(*cls.results)
        return cls.report("page.html", cls.results[0])

    def test_every_chart_draws(self):
        page = self.open(self.page)
        self.draw_all(page)
        figures = json.loads(page.value("""JSON.stringify(Object.fromEntries(
            [...document.querySelectorAll('figure')].map((figure) => [figure.id.slice(7),
            figure.querySelectorAll('svg .role-mark path, svg .role-mark line').length])))"""))
        self.assertEqual(set(figures) - {"load"}, FIGURES)
        for name in FIGURES:
            self.assertGreater(figures[name], 2, name)
        self.assert_sound(page)

    def test_load_draws_whether_or_not_this_machine_kept_up(self):
        path = os.path.join(self.directory, "load.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(reporting.load_result(), file)
        page = self.open(self.report("load.html", path))
        self.draw_all(page)
        self.assertGreater(page.value(
            "document.querySelectorAll('#figure-load svg .role-mark path').length"), 2)
        self.assert_sound(page)

    def test_curves_over_how_many_ends_there_are(self):
        path = os.path.join(self.directory, "ends.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(reporting.ends_result(), file)
        page = self.open(self.report("ends.html", path))
        self.draw_all(page)
        for number in range(3):
            figure = f"document.querySelector('#figure-ends-{number}')"
            text = page.value(f"{figure}.querySelector('svg').textContent")
            for words in ("all together", "each of them", "fairness", "CPUs kept busy"):
                self.assertIn(words, text)
            # Two mechanisms, four numbers of ends, four panels.
            self.assertEqual(page.value(f"{figure}.querySelectorAll('svg .mark-symbol.dots path').length"), 32)
        # Of pairs all but one alone are more processes than CPUs; of the others, with their one, likewise.
        for number in range(3):
            self.assertEqual(page.value(f"document.querySelectorAll('#figure-ends-{number} svg "
                                        ".mark-symbol.rings path').length"), 24)
        self.assert_sound(page)

    def test_a_waterfall_of_each_explained_cell(self):
        path = os.path.join(self.directory, "explained.json")
        with open(self.results[0], encoding="utf-8") as file:
            document = json.load(file)
        document["explained"] = [reporting.explained_cell(),
                                 reporting.explained_cell("latency/tcp/64B/block/cross-cpu")]
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        page = self.open(self.report("explained.html", path))
        self.draw_all(page)
        for number in (0, 1):
            figure = f"document.querySelector('#figure-waterfall-{number}')"
            self.assertEqual(page.value(f"{figure}.querySelectorAll('svg .mark-rect.role-mark path').length"), 5)
            self.assertIn("switch to B", page.value(f"{figure}.querySelector('svg').textContent"))
        self.assert_sound(page)

    def test_charts_of_several_results(self):
        page = self.open(self.report("two.html", *self.results))
        self.draw_all(page)
        drawn = json.loads(page.value(
            "JSON.stringify([...document.querySelectorAll('figure')].map((each) => each.id))"))
        self.assertEqual({name[7:] for name in drawn} - {"load"}, FIGURES | {"results", "forest"})
        # Three trials a side are too few for any verdict: hollow, and in a colour.
        points = json.loads(page.value("""JSON.stringify([...document.querySelectorAll(
            '#figure-forest svg .mark-symbol path')].map((path) => ['fill', 'stroke'].map((name) => path.getAttribute(name))))"""))
        self.assertGreater(len(points), 2)
        self.assertEqual([point for point in points if not point[1] or point[0] == point[1]], [])
        self.assert_sound(page)
        # One result alone: the others' rows are gone.
        page.value("[...document.querySelectorAll('.chip')].find((chip) => "
                   "chip.textContent === 'new').click()")
        page.wait(DRAWN)
        self.assertEqual(page.value("""[...document.querySelectorAll('details[data-result="1"]')]
            .filter((part) => !part.hidden).length"""), 0)

    def test_nothing_runs_but_the_pages_own_scripts(self):
        with open(self.page, encoding="utf-8") as file:
            text = file.read()
        for number, intruder in enumerate((
                "<script>document.title = 'ran'</script>",
                "<img src=x onerror=\"document.title = 'ran'\">",
                "<svg onload=\"document.title = 'ran'\"></svg>",
                "<iframe srcdoc=\"<script>parent.document.title = 'ran'</script>\"></iframe>",
                "<div style=\"background: url(https://example.org/x)\">x</div>")):
            path = os.path.join(self.directory, f"intruder{number}.html")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("<main>", "<main>" + intruder))
            page = self.open(path)
            self.draw_all(page)
            self.assertNotEqual(page.value("document.title"), "ran", intruder)
            self.assertEqual(page.requests(), [])
            self.assertTrue(any("Content Security Policy" in said for said in page.console_errors()),
                            intruder)

    def test_filters(self):
        page = self.open(self.page)
        self.draw_all(page)

        def press(text):
            page.value("[...document.querySelectorAll('.chip')].find((chip) => "
                       f"chip.textContent === '{text}').click()")
            page.wait(DRAWN)

        def rows(condition):
            return page.value("[...document.querySelectorAll('tr[data-size]')].filter((row) => "
                              f"!row.hidden && ({condition})).length")

        def names(figure):
            page.wait(f"document.querySelector('#figure-{figure} svg') !== null")
            return page.value(f"document.querySelector('#figure-{figure} svg').textContent")
        self.assertGreater(rows("row.dataset.size !== '4096'"), 0)
        press("4 KiB")
        self.assertGreater(rows("true"), 0)
        self.assertEqual(rows("row.dataset.size !== '4096'"), 0)
        self.assertIn("4 KiB", page.value(
            "document.querySelector('#figure-percentiles figcaption p').textContent"))
        page.wait("document.querySelector('#figure-heatmap svg').textContent.includes('spin')")
        press("spin")
        self.assertEqual(rows("row.dataset.wait === 'spin'"), 0)
        page.wait("!document.querySelector('#figure-heatmap svg').textContent.includes('spin')")
        press("pipe")
        page.wait("!document.querySelector('#figure-heatmap svg').textContent"
                  ".includes('unix_stream')")
        self.assertIn("pipe", names("heatmap"))
        self.assert_sound(page)

    def groups_filter(self, page):
        """What a reader sees of the filter by group, and a way to press one."""
        chips = ("[...document.querySelectorAll('#filters [role=group]')].find((box) => "
                 "box.getAttribute('aria-label') === 'Mechanisms')")

        def pressed():
            return json.loads(page.value(f"JSON.stringify([...{chips}.querySelectorAll('button')].map((chip) => "
                                         "[chip.textContent, chip.getAttribute('aria-pressed') === 'true']))"))

        def press(group):
            page.value(f"[...{chips}.querySelectorAll('button')].find((chip) => "
                       f"chip.textContent === '{group}').click()")
            page.wait(DRAWN)
        return pressed, press

    def mechanisms_in_rows(self, page, rows):
        return set(json.loads(page.value(
            f"JSON.stringify([...document.querySelectorAll('{rows}')].filter((row) => !row.hidden && "
            "row.offsetParent !== null).map((row) => row.cells[0].textContent.trim()))")))

    def test_the_filter_by_group(self):
        page = self.open(self.page)
        self.draw_all(page)
        page.value("for (const part of document.querySelectorAll('details')) part.open = true")
        pressed, press = self.groups_filter(page)
        self.assertEqual(pressed(), [["kernel", True], ["shared memory", True], ["floor", True]])
        self.assertLessEqual({"pipe", "unix_stream", "shm_ring", "null"},
                             self.mechanisms_in_rows(page, "#tables tr[data-group]"))
        press("kernel")
        self.assertEqual(pressed(), [["kernel", False], ["shared memory", True], ["floor", True]])
        rows = self.mechanisms_in_rows(page, "#tables tr[data-group]")
        self.assertEqual(rows & {"pipe", "unix_stream"}, set())
        self.assertIn("shm_ring", rows)
        heatmap = "document.querySelector('#figure-heatmap svg').textContent"
        page.wait(f"{heatmap}.includes('shm_ring') && !{heatmap}.includes('unix_stream')")
        press("floor")
        press("shared memory")  # the last one stays
        self.assertEqual(pressed(), [["kernel", False], ["shared memory", True], ["floor", False]])
        self.assertEqual(self.mechanisms_in_rows(page, "#tables tr[data-group]"), {"shm_ring", "lock futex"})
        press("kernel")
        page.wait(f"{heatmap}.includes('unix_stream')")
        self.assert_sound(page)

    def test_the_filter_by_group_reaches_the_comparison_of_results(self):
        page = self.open(self.report("groups.html", *self.results))
        self.draw_all(page)
        _, press = self.groups_filter(page)

        def compared():
            return self.mechanisms_in_rows(page, "#side-by-side tbody tr")
        self.assertTrue(any("/unix_stream/" in key for key in compared()))
        forest = "document.querySelector('#figure-forest svg').textContent"
        page.wait(f"{forest}.includes('unix_stream')")
        press("kernel")
        self.assertEqual([key for key in compared() if "/pipe/" in key or "/unix_stream/" in key], [])
        self.assertTrue(any("/shm_ring/" in key for key in compared()))
        page.wait(f"!{forest}.includes('unix_stream') && {forest}.includes('shm_ring')")
        self.assert_sound(page)

    def test_tables_are_sorted_by_value(self):
        page = self.open(self.report("sample.html", reporting.SAMPLE))

        def sorted_by(column):
            page.value(f"document.querySelector('#tables table thead th:nth-child({column})').click()")
            return page.value("[...document.querySelector('#tables table').tBodies[0].rows]"
                              f".map((row) => row.cells[{column - 1}].textContent.trim()).join()")
        # Last in either order: the cell that failed, which has no figure.
        self.assertEqual(sorted_by(3), "89.5 ns,312 ns,318 ns,7.80 µs,14.5 µs,15.0 µs,")
        self.assertEqual(sorted_by(3), "15.0 µs,14.5 µs,7.80 µs,318 ns,312 ns,89.5 ns,")
        self.assertEqual(sorted_by(1), "boost_mq,mmap_file,null,pipe,posix_mq,shm_ring,shm_ring")

    def test_colour_schemes(self):
        ground = "getComputedStyle(document.body).backgroundColor"
        label = "document.querySelector('#figure-heatmap svg .role-axis-label text')" \
                ".getAttribute('fill')"
        seen = {}
        for scheme in ("light", "dark"):
            page = self.open(self.page, scheme=scheme)
            self.draw_all(page)
            seen[scheme] = (page.value(ground), page.value(label))
            self.assert_sound(page)
        self.assertNotEqual(seen["light"][0], seen["dark"][0])
        self.assertNotEqual(seen["light"][1], seen["dark"][1])
        page.value("document.getElementById('theme').click()")
        page.wait(DRAWN)
        page.wait("document.querySelector('#figure-heatmap svg') !== null")
        self.assertEqual((page.value(ground), page.value(label)), seen["light"])

    def test_widths(self):
        page = self.open(self.page)
        self.draw_all(page)
        self.assert_fits(page, (400, 700, 1280, 1920, 2560))
        self.assert_sound(page)

    def test_without_script(self):
        page = self.open(self.page, script=False)
        page.call("Emulation.setScriptExecutionDisabled", value=False)  # to ask it something
        self.assertEqual(page.value("document.querySelectorAll('figure').length"), 0)
        self.assertTrue(page.value("document.getElementById('filters').hidden"))
        self.assertGreater(page.value("document.querySelectorAll('#tables tbody tr').length"), 10)

    def test_without_charts(self):
        # As of a build without esbuild: the tables and their filters are all there.
        with open(self.page, encoding="utf-8") as file:
            text = re.sub(r"(?s)<script>/\*\nThis script contains Vega.*?</script>", "", file.read())
        path = os.path.join(self.directory, "plain.html")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        page = self.open(path)
        self.assertEqual(page.value("document.querySelectorAll('figure').length"), 0)
        rows = "[...document.querySelectorAll('tr[data-size]')].filter((row) => !row.hidden).length"
        before = page.value(rows)
        page.value("[...document.querySelectorAll('.chip')].find((chip) => "
                   "chip.textContent === '64 B').click()")
        self.assertLess(page.value(rows), before)
        self.assert_sound(page)

    def test_large_results_open_quickly(self):
        large = os.path.join(self.directory, "large.json")
        with open(large, "w", encoding="utf-8") as file:
            file.write(json.dumps(reporting.large_result()))  # dump() is ten times as slow
        path = self.report("large.html", large)
        size = os.path.getsize(path)
        page = self.open(path)
        print(f"20 backends, 10 sizes, 30 trials: {size / 1e6:.2f} MB, open in {self.seconds:.2f} s")
        self.assertLess(size, MAX_BYTES)
        self.draw_all(page)
        self.assert_sound(page)

    def test_a_hundred_results(self):
        copies = []
        for i in range(100):
            copies.append(os.path.join(self.directory, f"day{i}.json"))
            os.symlink(self.results[i % 2], copies[-1])
        path = self.report("hundred.html", *copies)
        page = self.open(path)
        print(f"100 results: {os.path.getsize(path) / 1e6:.2f} MB, open in {self.seconds:.2f} s")
        self.draw_all(page)
        self.assert_sound(page)


if __name__ == "__main__":
    page_tests.main()
