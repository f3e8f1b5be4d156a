"""A fleet's history in the terminal, and as a page without a browser."""

import json
import os
import re

import jsonschema

import fleets
import reporting
from reporting import ReportTest, ipcmark


SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "../../results/json/ipcmark.history.schema.json")


def strict(schema):
    """Users' readers ignore unknown fields; our own output must have none."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            strict(part)
    return schema


def data_of(page):
    return json.loads(re.search(r"id=data>(.*?)</script>", page, re.S).group(1))["fleet"]


class History(ReportTest):
    def history(self, *options, code=0):
        answer = ipcmark("history", self.path("fleet"), *options)
        self.assertEqual(answer.returncode, code, answer.stderr)
        self.said = answer.stderr
        self.lines = answer.stdout.splitlines()
        return " ".join(answer.stdout.split())  # wherever lines are broken

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def test_a_step_is_told_at_its_run_with_what_confirms_it(self):
        fleets.history(self.path("fleet"))
        text = self.history()
        self.assertIn("40 results of 1 host in 1 host class, 2026-01-01 to 2026-02-09", text)
        self.assertIn("worse since c025 (2026-01-26): 25 runs before it, 15 from it on", text)
        self.assertIn(f"ipcmark ab --a ./ipcmark-c024 --b ./ipcmark-c025 --only {fleets.PIPE}", text)
        self.assertEqual(text.count("ipcmark ab --a"), 1)
        self.assertIn("Advisory", text)
        self.assertEqual(len([line for line in self.lines if "cross-cpu" in line
                              and " ab " not in line and " since " not in line]), 3, text)

    def test_the_command_it_names_is_one_that_ab_takes(self):
        fleets.history(self.path("fleet"))
        command = re.search(r"ipcmark ab --a \S+ --b \S+ (--only \S+)", self.history()).group(1)
        answer = ipcmark("ab", "--a", reporting.PROGRAM, "--b", reporting.PROGRAM, "--rounds", "1",
                         "--quiet", "--share", "--duration", "5ms", *command.split(),
                         env=dict(os.environ, IPCMARK_RUNTIME_DIR=self.path("r")))
        self.assertEqual(answer.returncode, 4, answer.stderr)  # too few rounds to say anything
        self.assertIn("TOO FEW ROUNDS", answer.stdout)

    def test_exit_codes(self):
        fleets.history(self.path("fleet"))
        self.history("--fail-on-suspect", code=1)
        self.history("--fail-on-suspect", "--only", "throughput/pipe", code=0)
        self.history("--only", "latency/tcp", code=2)
        self.assertIn("no cell that passed matches latency/tcp", self.said)
        self.history("--figure", "p95", code=2)
        self.assertIn("no cell has a published figure 'p95'; there are ", self.said)
        self.history("--otava", self.path("none.json"), code=2)
        self.history("--html", self.path("no/where.html"), code=2)
        self.assertEqual(ipcmark("history", self.path("nowhere")).returncode, 2)
        os.mkdir(self.path("empty"))
        answer = ipcmark("history", self.path("empty"))
        self.assertEqual((answer.returncode, len(answer.stderr.splitlines())), (2, 1))
        self.assertIn("there is no result", answer.stderr)

    def test_figures_cells_and_names_are_chosen(self):
        fleets.history(self.path("fleet"), labels=False)
        text = self.history("--only", "latency")
        self.assertNotIn("throughput", text)
        self.assertIn("worse since 2026-01-26: 25 runs", text)
        self.assertRegex(text, r"OLD and NEW are the builds that measured \S+ and")
        self.assertIn("p50", text)
        self.assertIn("p90", self.history("--figure", "p90", "--only", "latency"))

    def test_files_that_are_no_results_and_duplicates_do_not_count(self):
        fleets.history(self.path("fleet"), days=12, step=99)
        with open(self.path("fleet/broken.json"), "w", encoding="utf-8") as file:
            file.write("{")
        os.link(self.path("fleet/db1/db1-3.json"), self.path("fleet/db1/again.json"))
        text = self.history("--html", self.path("h.html"))
        self.assertIn("12 results of 1 host", text)
        self.assertIn("broken.json", self.said)
        page = self.read("h.html")
        self.assertIn("1 of 14 files were left out", page)
        self.assertIn("1 result of a run that is there already was left out", page)

    def document(self, *options):
        """What --json writes, valid by its schema, which says of every field what it is."""
        self.history("--json", self.path("h.json"), *options)
        document = json.loads(self.read("h.json"))
        with open(SCHEMA, encoding="utf-8") as file:
            schema = strict(json.load(file))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(document, schema)
        return document

    def test_a_program_is_told_the_same(self):
        fleets.history(self.path("fleet"), hosts=("db1", "db2"))
        document = self.document()
        runs, (host_class,) = document["runs"], document["classes"]
        self.assertEqual((host_class["runs"], host_class["hosts"], len(runs)), (80, ["db1", "db2"], 80))
        self.assertEqual({run["host"] for run in runs}, {"db1", "db2"})
        self.assertEqual((document["tested"], document["suspects"], len(document["series"])), (3, 1, 3))
        changed, = [series for series in document["series"] if "suspect" in series]
        suspect = changed["suspect"]
        self.assertEqual((changed["cell"], changed["figure"], changed["better"]), (fleets.PIPE, "p50", "lower"))
        self.assertEqual((suspect["since"], suspect["worse"], suspect["found_by"]), ("c025", True, "rule"))
        self.assertEqual((suspect["before"], suspect["after"]), (50, 30))
        self.assertEqual(runs[suspect["run"]]["labels"]["commit"], "c025")
        self.assertAlmostEqual(suspect["ratio"], 1.12, delta=0.02)
        self.assertIn(suspect["confirm"], " ".join(ipcmark("history", self.path("fleet")).stdout.split()))
        self.assertEqual([point["run"] for point in changed["points"]], list(range(80)))
        # Each host's own median, and the one level of both that the change is told from.
        first, other = changed["points"][0], changed["points"][1]
        ratio = 1.5 if runs[0]["host"] == "db1" else 1 / 1.5
        self.assertAlmostEqual(other["median"] / first["median"], ratio, delta=0.1)
        self.assertAlmostEqual(other["level"] / first["level"], 1, delta=0.1)

    def test_a_program_is_told_of_odd_hosts_and_of_what_was_left_out(self):
        fleets.many_hosts(self.path("fleet"), slow=(7,))
        with open(self.path("fleet/broken.json"), "w", encoding="utf-8") as file:
            file.write("{")
        document = self.document()
        odd, = document["odd_hosts"]
        self.assertEqual((odd["host"], odd["family"], odd["peers"]), ("host7", "all", 40))
        self.assertAlmostEqual(odd["deviation"], 0.15, delta=0.03)
        self.assertEqual(document["suspects"], 0)
        self.assertTrue(any("1 of 41 files" in note for note in document["left_out"]), document["left_out"])
        out = ipcmark("history", self.path("fleet"), "--json", "-")
        self.assertEqual(json.loads(out.stdout), document)  # tables go elsewhere

    def test_what_a_program_is_told_is_written_or_the_command_fails(self):
        fleets.history(self.path("fleet"), days=3)
        self.history("--json", self.path("no/where.json"), code=2)
        self.history("--json", self.path("fleet/db1/db1-0.json"), code=2)
        self.assertEqual(len(self.said.splitlines()), 1)
        self.history("--json", self.path("x"), "--html", self.path("x"), code=2)
        self.assertFalse(os.path.exists(self.path("x")))
        answer = ipcmark("report", self.path("fleet"), "-o", self.path("fleet/db1/db1-0.json"))
        self.assertEqual((answer.returncode, len(answer.stderr.splitlines())), (2, 1))
        self.assertIn("is also a result to be shown", answer.stderr)

    def test_otavas_change_points(self):
        fleets.history(self.path("fleet"))
        with open(self.path("o.json"), "w", encoding="utf-8") as file:
            json.dump({"db1": [{"time": 1768186860.0, "attributes": {}, "changes": [
                {"metric": fleets.PIPE + "/p50", "index": 11, "forward_change_percent": "7",
                 "mean_before": "1", "mean_after": "2", "pvalue": "0.000400"},
                {"metric": "other/p50", "forward_change_percent": "7", "pvalue": "0.0004"}]}]}, file)
        text = self.history("--otava", self.path("o.json"))
        self.assertIn("7.0 % worse since c011 (2026-01-12)", text)
        self.assertIn("told by Otava", text)
        self.assertIn("'other/p50'", text)
        self.assertNotIn("c025", text)
        document = self.document("--otava", self.path("o.json"))
        self.assertIn("'other/p50'", document["notes"][0])
        self.assertEqual([series["suspect"]["found_by"] for series in document["series"] if "suspect" in series],
                         ["otava"])

    def test_otava_takes_what_is_exported_here(self):
        fleets.history(self.path("fleet"), days=3)
        files = [self.path(f"fleet/db1/db1-{day}.json") for day in range(3)]
        answer = ipcmark("export", *files, "--format", "otava")
        self.assertIn(fleets.PIPE + "/p50", answer.stdout.splitlines()[0].split(","))

    def test_words_of_a_result_are_shown_as_text(self):
        for day in range(40):
            document = fleets.result(day, "db\x1b[31m<b>", {fleets.PIPE: 100 if day < 20 else 200},
                                     {"commit": f"\x1b]0;x</script><script>alert({day})"})
            document["run"]["id"] = f"run{day}"
            folder = self.path("fleet")
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, f"{day}.json"), "w", encoding="utf-8") as file:
                json.dump(document, file)
        text = self.history("--html", self.path("h.html"))
        self.assertNotIn("\x1b", text)
        page = re.sub(r"(?s)<script>(?!alert).*?</script>", "", self.read("h.html"))
        self.assertNotIn("<script>alert", page)
        self.assertNotIn("<b>", page)


class Page(ReportTest):
    def report(self):
        answer = ipcmark("report", self.path("fleet"), "-o", self.path("f.html"))
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(self.path("f.html"), encoding="utf-8") as file:
            return file.read()

    def test_odd_hosts(self):
        fleets.many_hosts(self.path("fleet"), slow=(7, 12))
        page = self.report()
        odd = re.search(r"(?s)<section id=odd>.*?</section>", page).group(0)
        self.assertEqual(set(re.findall(r"<th>(host\d+)<td>", odd)), {"host7", "host12"})
        rows = data_of(page)["hosts"]["rows"]
        self.assertEqual({row[0] for row in rows if row[5]}, {"host7", "host12"})
        self.assertEqual(len(rows), 40)
        text = " ".join(ipcmark("history", self.path("fleet")).stdout.split())
        self.assertRegex(text, r"host7: \d+\.\d % worse than the 40 hosts of its class")

    def test_no_odd_hosts(self):
        fleets.many_hosts(self.path("fleet"), slow=(), slow_state=range(10))
        page = self.report()
        self.assertNotIn("id=odd", page)
        self.assertIn("No host stands out", page)

    def test_shares_of_machine_states(self):
        fleets.many_hosts(self.path("fleet"), hosts=12, slow=(), slow_state=(3, 4))
        states = re.search(r"(?s)<section id=states>.*?</section>", self.report()).group(0)
        self.assertIn("<th>150 ns<th>450 ns", states)
        self.assertRegex(states, r'<th>host3<td>1<td class="bar f0">0 %<td class="bar f100">100 %')
        self.assertRegex(states, r'<th>host5<td>1<td class="bar f100">100 %<td class="bar f0">0 %')

    def test_suspects_and_trends(self):
        fleets.history(self.path("fleet"), hosts=("db1", "db2"))
        page = self.report()
        self.assertIn("id=suspects", page)
        self.assertIn("ipcmark ab --a ./ipcmark-c02", page)
        panel = data_of(page)["panels"][0]
        self.assertEqual((panel["name"], panel["figure"], panel["worse"]), (fleets.PIPE, "p50", 1))
        self.assertLessEqual(len(panel["points"]), 60)
        trends = re.search(r"(?s)<section id=trends>.*?</section>", page).group(0)
        self.assertEqual(trends.count("<tr><th>"), 1 + 3)

    def test_classes_are_apart(self):
        fleets.history(self.path("fleet"), days=3)
        fleets.write(self.path("fleet"), fleets.result(1, "arm1", {fleets.PIPE: 100}, cpu="Other CPU"))
        page = self.report()
        classes = re.search(r"(?s)<section id=classes>.*?</section>", page).group(0)
        self.assertIn("Made CPU", classes)
        self.assertIn("Other CPU", classes)
        self.assertIn("4 results of 2 hosts in 2 host classes", page)

    def test_hosts_without_a_name(self):
        fleets.write(self.path("fleet"), fleets.result(1, "", {fleets.PIPE: 100}))
        self.assertIn("1 result names no host", self.report())

    def test_many_results_take_little_room(self):
        fleets.many_hosts(self.path("fleet"), hosts=1600, slow=(3, 1500), cells=6)
        page = self.report()
        self.assertLess(len(page), 5_000_000)
        self.assertEqual(len(re.findall(r"<th>host\d+<td>", page)), 2 + 1500)  # odd ones, and states
        self.assertIn("and 100 hosts more", page)
        rows = data_of(page)["hosts"]["rows"]
        self.assertLessEqual(len(rows), 1200)
        self.assertEqual({row[0] for row in rows if row[5]}, {"host3", "host1500"})


if __name__ == "__main__":
    reporting.main()
