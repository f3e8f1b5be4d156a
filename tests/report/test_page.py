"""The page as a file: what stands in it without a browser, and how it is written."""

import html.parser
import json
import os
import re

import reporting
from reporting import ReportTest, ipcmark


class Tables(html.parser.HTMLParser):
    """Text by element, links, and whether elements are closed as they were opened."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.rows, self.links, self.ids, self.inside = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.inside = tag
        given = dict(attributes)
        self.links += [given[name] for name in ("src", "href") if name in given]
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("thead", "tbody", "table"):
            self.inside = tag

    def handle_data(self, text):
        if self.rows and self.rows[-1] and self.inside in ("td", "th", "b", "span"):
            self.rows[-1][-1] += text.strip("\n")


class Page(ReportTest):
    def report(self, *results):
        page = self.path("r.html")
        answer = ipcmark("report", *results, "-o", page)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(page, encoding="utf-8") as file:
            return file.read()

    def sample(self, name, edit=lambda document: None):
        with open(reporting.SAMPLE, encoding="utf-8") as file:
            document = json.load(file)
        edit(document)
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        return path

    def test_answers_first_and_every_figure_in_a_table(self):
        page = Tables(self.report(reporting.SAMPLE))
        self.assertEqual(page.ids[:3], ["theme", "answers", "filters"])
        rows = {tuple(row[:3]): row for row in page.rows}
        self.assertIn(("shm_ring", "spin", "312 ns"), rows)
        self.assertIn("best", rows[("shm_ring", "spin", "312 ns")])
        self.assertIn("= 1.02x", rows[("mmap_file", "spin", "318 ns")])
        self.assertIn("other state", rows[("posix_mq", "block", "15.0 µs")])
        best = next(row for row in page.rows if row[0] == "64 B" and len(row) == 4)
        self.assertIn("shm_ring (spin)", best[1])
        self.assertIn("tied: mmap_file (spin)", best[1])
        self.assertIn("shm_ring", best[2])
        self.assertNotIn("spin", best[2])

    def test_where_the_time_of_a_round_trip_goes(self):
        def explain(document):
            document["explained"] = [reporting.explained_cell()]
        text = self.report(self.sample("explained.json", explain))
        page = Tables(text)
        self.assertIn("explained", page.ids)
        row = next(row for row in page.rows if row[0].startswith("interrupt on its way"))
        self.assertEqual(row[1:], ["interrupt", "7.20 µs", "6.00 µs"])
        self.assertIn("the interrupt on its way &lt;b&gt;", text)
        self.assertNotIn("explained", Tables(self.report(reporting.SAMPLE)).ids)

    def test_an_explanation_is_shown_with_the_result_before_it(self):
        path = self.path("why.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"schema": "ipcmark.explanation", "version": {"major": 1, "minor": 1},
                       "cells": [reporting.explained_cell()]}, file)
        self.assertIn("explained", Tables(self.report(reporting.SAMPLE, path)).ids)
        answer = ipcmark("report", path, "-o", self.path("none.html"))
        self.assertEqual(answer.returncode, 2)
        self.assertIn("name the result before it", answer.stderr)

    def test_verdicts_and_reasons(self):
        text = self.report(reporting.SAMPLE)
        self.assertIn("the counter ended at 14, not 15", text)
        self.assertIn("lower --depth or raise the limit", text)
        page = Tables(text)
        self.assertTrue(any("✗" in row for row in page.rows))

    def test_words_of_a_result_are_text_and_never_markup(self):
        evil = "</script><script>alert(1)</script>\"'&"

        def edit(document):
            document["environment"]["cpu"]["model"] = evil
            document["cells"][1]["asked"]["backend"] = evil
        text = self.report(self.sample(evil[:8].replace("/", "") + ".json", edit))
        self.assertNotIn("<script>alert", text)
        self.assertIn("&lt;script&gt;alert(1)", text)

    def test_nothing_is_fetched(self):
        text = self.report(reporting.SAMPLE)
        page = Tables(text)
        self.assertEqual([link for link in page.links if not link.startswith("#")], [])
        self.assertIn("default-src 'none'", text)
        self.assertNotRegex(re.sub(r"(?s)<script>.*?</script>", "", text), r"url\(|@import")

    def test_several_results_side_by_side(self):
        def slower(document):
            document["environment"]["build"] = {"revision": "abc"}
            for cell in document["cells"]:
                for trial in cell["trials"]:
                    for metric in trial["metrics"]:
                        metric["value"] *= 0.5
        base, new = self.sample("base.json"), self.sample("new.json", slower)
        page = Tables(self.report(base, new))
        self.assertIn("comparison", page.ids)
        key = "throughput/pipe/64B/block/cross-cpu"
        side = next(row for row in page.rows if row[0] == key and len(row) == 3)
        self.assertEqual([side[1], side[2]], ["2.31 M/s", "1.16 M/s"])

    def test_results_of_two_machines_are_not_judged(self):
        def other(document):
            document["environment"]["cpu"]["model"] = "Other CPU"
        text = self.report(reporting.SAMPLE, self.sample("other.json", other))
        self.assertIn("incomparable", text)
        self.assertNotIn("NO REGRESSION", re.sub(r"(?s)<script.*?</script>", "", text))

    def test_labels_tell_results_apart(self):
        os.makedirs(self.path("monday"))
        os.makedirs(self.path("tuesday"))
        text = self.report(self.sample("monday/result.json"), self.sample("tuesday/result.json"))
        data = json.loads(re.search(r"id=data>(.*?)</script>", text, re.S).group(1))
        self.assertEqual([each["label"] for each in data["results"]], ["monday", "tuesday"])

    def points(self, document):
        path = self.path("ends.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file)
        self.text = self.report(path)
        return json.loads(re.search(r"id=data>(.*?)</script>", self.text, re.S).group(1))

    def test_figures_over_how_many_ends_there_are(self):
        data = self.points(reporting.ends_result())
        self.assertEqual(data["results"][0]["cpus"], 2)
        kinds = {(each["s"], each["by"]) for each in data["ends"]}
        self.assertEqual(kinds, {("throughput", "pairs"), ("fan_in", "senders"), ("fan_out", "receivers")})
        eight = next(each for each in data["ends"]
                     if (each["s"], each["m"], each["x"]) == ("fan_in", "pipe", 8))
        self.assertEqual(eight["n"], 9)
        self.assertAlmostEqual(eight["rate"][0], 820000, delta=9000)
        self.assertAlmostEqual(eight["fair"][0], 0.92)
        self.assertGreater(eight["busy"][0], 0)
        self.assertEqual(len({each["set"] for each in data["ends"] if each["s"] == "fan_in"}), 1)
        rows = [row for row in Tables(self.text).rows if "fairness" in row]
        self.assertTrue(rows, "the figures stand in a table as well")

    def ran(self, scenario, option, backends, counts, *more):
        path = self.path(f"{scenario}.json")
        answer = ipcmark("run", "--quiet", "--share", "--scenario", scenario, "--backend", backends, option,
                         ",".join(map(str, counts)), "--trials", "2", "--json", path, *more,
                         env=dict(os.environ, IPCMARK_RUNTIME_DIR=self.path("r")))
        self.assertIn(answer.returncode, (0, 5), answer.stderr)
        with open(path, encoding="utf-8") as file:
            return json.load(file)

    def test_curves_of_what_was_run(self):
        counts = (1, 2, 5)
        of_run = self.ran("fan_in", "--senders", "mpmc_ring,shm_mutex", counts)
        for more, backends in (("fan_out", "broadcast_ring,lossy_ring"), ("throughput", "shm_ring,pipe")):
            option = "--receivers" if more == "fan_out" else "--pairs"
            extra = () if more == "fan_out" else ("--messages", "300")
            of_run["cells"] += self.ran(more, option, backends, counts, *extra)["cells"]
        data = self.points(of_run)
        drawn = {}
        for each in data["ends"]:
            drawn.setdefault((each["s"], each["by"]), {})[each["m"], each["x"]] = each
        self.assertEqual(set(drawn), {("fan_in", "senders"), ("fan_out", "receivers"), ("throughput", "pairs")})
        for (scenario, _), points in drawn.items():
            with self.subTest(scenario=scenario):
                self.assertEqual(len(points), 2 * len(counts))
                for (_, ends), each in points.items():
                    self.assertEqual(each["n"], 2 * ends if scenario == "throughput" else ends + 1)
                    self.assertGreater(each["rate"][0], 0)
                    self.assertGreater(each["busy"][0], 0)
                    if ends > 1 or scenario != "throughput":
                        self.assertGreaterEqual(each["fair"][0], 1 / ends - 1e-6)
                        self.assertLessEqual(each["fair"][0], 1 + 1e-6)

    def test_one_number_of_ends_makes_no_curve(self):
        self.assertEqual(self.points(reporting.ends_result(counts=(4,)))["ends"], [])
        self.assertEqual(self.points(reporting.load_result())["ends"], [])

    def test_errors_are_one_sentence_and_leave_nothing(self):
        broken = self.path("broken.json")
        with open(broken, "w", encoding="utf-8") as file:
            file.write("[]")

        def newer(document):
            document["version"]["major"] = 99
        cases = [
            ((self.path("none.json"),), "No such file"),
            ((broken,), "is not a result"),
            ((self.sample("newer.json", newer),), "99"),
            ((), "RESULT"),
        ]
        for results, word in cases:
            answer = ipcmark("report", *results, "-o", self.path("x.html"))
            self.assertEqual(answer.returncode, 2)
            self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
            self.assertIn(word, answer.stderr)
        answer = ipcmark("report", reporting.SAMPLE, "-o", self.path("no/where.html"))
        self.assertEqual((answer.returncode, len(answer.stderr.splitlines())), (2, 1))
        self.assertIn("choose another place", answer.stderr)
        left = [name for name in os.listdir(self.directory.name) if "html" in name]
        self.assertEqual(left, [])

    def test_an_older_page_stays_until_the_new_one_is_whole(self):
        page = self.path("r.html")
        with open(page, "w", encoding="utf-8") as file:
            file.write("old")
        ipcmark("report", self.path("none.json"), "-o", page)
        with open(page, encoding="utf-8") as file:
            self.assertEqual(file.read(), "old")


if __name__ == "__main__":
    reporting.main()
