"""Help texts are part of the interface: golden files in tests/command/golden.

IPCMARK_RENEW_GOLDEN=1 renews them, as it does scenarios/pages (test_runs.py) and
tests/unit/results/golden (result_golden_test.cpp).
"""

import os
import re

import command
import help_lines
from command import CommandTest

WIDTH = 80
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")


class Help(CommandTest):
    def commands(self):
        names = help_lines.commands(self.ipcmark("--help").stdout)
        self.assertIn("run", names)
        return names

    def pages(self):
        """Name of a command, '' for the program -> its help."""
        return {name: self.ipcmark(*([name] if name else []), "--help").stdout
                for name in ["", *self.commands()]}

    def test_golden(self):
        for name in ["", *self.commands()]:
            with self.subTest(command=name):
                answer = self.ipcmark(*([name] if name else []), "--help")
                self.assertEqual(answer.returncode, 0)
                self.assertEqual(answer.stderr, "")
                path = os.path.join(GOLDEN, f"help{'_' if name else ''}{name}.txt")
                if os.environ.get("IPCMARK_RENEW_GOLDEN"):
                    with open(path, "w") as file:
                        file.write(answer.stdout)
                with open(path) as file:
                    self.assertEqual(answer.stdout, file.read())

    def test_a_line_an_option_in_one_style(self):
        for name, page in self.pages().items():
            self.assertNotRegex(page, "Excludes:|Needs:|REQUIRED", name)
            for line in page.splitlines():
                self.assertLessEqual(len(line), WIDTH, f"{name}: {line}")
                self.assertEqual(line, line.rstrip(), name)
            lines = [line for group in help_lines.groups(page).values() for line in group]
            self.assertGreater(len(lines), 0, name)
            for line in lines:
                row = help_lines.ROW.fullmatch(line)
                self.assertIsNotNone(row, f"{name}: {line}")
                self.assertRegex(row[2], r"\A[A-Z]", line)
                self.assertFalse(row[2].endswith("."), line)  # nor "...", where it was too long
                if "default" in row[2]:
                    self.assertRegex(row[2], r"\A[^(]* \(default: [^()]+\)\Z", line)

    def test_options_that_mind_each_other_say_so(self):
        rows = {help_lines.name_of(left): text
                for left, text in help_lines.rows(self.ipcmark("run", "--help").stdout)}
        self.assertIn("; not with --duration", rows["--messages"])
        self.assertIn("; not with --messages", rows["--duration"])
        self.assertIn("; needs --until", rows["--for, --max-time"])
        self.assertIn("; needs --json; not with --resume", rows["--fresh"])

    def test_version_names_libraries(self):
        for arguments in (["--version"], ["version"]):
            answer = self.ipcmark(*arguments)
            self.assertEqual(answer.returncode, 0)
            self.assertRegex(answer.stdout, r"^ipcmark \d+\.\d+\.\d+\n")
            self.assertIn("zmq", answer.stdout.lower())

    def test_list_names_every_table(self):
        answer = self.ipcmark("list")
        self.assertEqual(answer.returncode, 0)
        for name in ("pipe", "zeromq", "pthread_mutex", "none", "large_payload"):
            self.assertIn(name, answer.stdout)
        self.assertNotIn("pthread_mutex", self.ipcmark("list", "backends").stdout)

    def test_list_has_a_page_of_every_name(self):
        kinds = {"backends": "Backend: ", "locks": "Lock: ", "notifiers": "Notifier: ",
                 "scenarios": "## What is checked", "suites": "Suite: "}
        for table, part in kinds.items():
            rows = self.ipcmark("list", table).stdout.splitlines()[1:]
            # A name is indented by two blanks: less is a group's heading, more goes on about a suite.
            named = [row for row in rows if re.match("  [^ ]", row)]
            for name in {row.split()[0] for row in named if not row.startswith("  not possible")}:
                answer = self.ipcmark("list", name)
                self.assertEqual(answer.returncode, 0, name)
                self.assertIn(f"# {name}\n", answer.stdout)
                self.assertIn(part, answer.stdout)
        page = self.ipcmark("list", "futex").stdout  # a lock and a notifier
        self.assertIn("Lock: ", page)
        self.assertIn("Notifier: ", page)

    def test_a_page_says_how_many_messages_are_on_loan_at_once(self):
        self.assertIn("On loan at once: 64 of a sender, 64 of a receiver", self.ipcmark("list", "shm_ring").stdout)
        self.assertIn("On loan at once: 64 of a sender, 64 of a receiver", self.ipcmark("list", "mpmc_ring").stdout)
        self.assertIn("On loan at once: 1 of a sender, 1 of a receiver", self.ipcmark("list", "futex_slot").stdout)
        self.assertNotIn("On loan", self.ipcmark("list", "pipe").stdout)


if __name__ == "__main__":
    command.main()
