"""Outputs go where they were meant to, and nothing of the user's is destroyed."""

import csv
import json
import os
import shutil
import stat
import subprocess

import command
from output_test import GOLDEN, NOBODY, OLD, SMALL, OutputTest


class Streams(OutputTest):
    def test_standard_output_takes_a_whole_document(self):
        for name in ("-", "/dev/stdout", "/proc/self/fd/1", "/dev/fd/1"):
            with self.subTest(name=name):
                answer = self.small("--json", name)
                self.assertEqual(len(json.loads(answer.stdout)["cells"]), 1)
                self.assertIn("Latency of 64 B", answer.stderr)  # the table, beside the progress
        self.assertEqual(os.listdir(self.place), [])

    def test_other_documents_go_there_as_well(self):
        result = shutil.copy(GOLDEN, self.here("r.json"))
        rows = list(csv.DictReader(self.small("--csv", "-").stdout.splitlines()))
        self.assertEqual({row["backend"] for row in rows}, {"pipe"})
        page = self.ipcmark("report", result, "-o", "-", cwd=self.place).stdout
        self.assertTrue(page.startswith("<!doctype html>") and page.rstrip().endswith("</html>"))
        comparison = self.ipcmark("compare", result, result, "--json", "-", cwd=self.place)
        self.assertEqual(json.loads(comparison.stdout)["schema"], "ipcmark.comparison")
        traced = self.small("--trace", "-").stdout
        self.assertTrue([event for event in json.loads(traced) if event["ph"] == "X"])
        self.assertEqual(os.listdir(self.place), ["r.json"])

    def test_a_file_behind_standard_output_is_written_and_no_link_replaced(self):
        # The first is a link of the user's own, for an ipcmark that replaces links does it to /dev/stdout.
        os.symlink("/proc/self/fd/1", self.here("out"))
        for name in ("out", "/proc/self/fd/1", "/proc/thread-self/fd/1"):
            with self.subTest(name=name), open(self.here("table"), "w") as table:
                process = subprocess.run([command.PROGRAM, *SMALL, "--json", name], stdout=table,
                                         stderr=subprocess.PIPE, env=self.environment, cwd=self.place)
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertTrue(os.path.islink(self.here("out")))
                self.assert_result("table")
        self.assertEqual(sorted(os.listdir(self.place)), ["out", "table"])

    def test_dev_stdout_is_not_replaced(self):
        # A /dev of its own: the machine's is not put at stake.
        script = f"""mkdir dev; mount -t tmpfs none dev; cp -a /dev/null /dev/fd /dev/stdout dev/
mkdir dev/shm; mount --move dev /dev; exec > table"""
        after = "; readlink /dev/stdout > link"
        answer = self.in_namespace(f'{script}\n"$@"{after}\nset -- true', *SMALL, "--json", "/dev/stdout")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertEqual(self.text("link"), "/proc/self/fd/1\n")
        self.assert_result("table")

    def test_appends_where_the_shell_does(self):
        self.write("log", "first\n")
        with open(self.here("log"), "a") as log:
            subprocess.run([command.PROGRAM, *SMALL, "--json", "/dev/fd/3"], env=self.environment,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=[3],
                           preexec_fn=lambda: os.dup2(log.fileno(), 3), check=True)
        first, rest = self.text("log").split("\n", 1)
        self.assertEqual(first, "first")
        self.assertEqual(len(json.loads(rest)["cells"]), 1)

    def test_a_stream_that_is_closed_or_cannot_be_written_is_refused(self):
        os.symlink("/dev/stdout", self.here("out"))
        for redirection, name in ((">&-", "-"), (">&-", "out"), ("2>&-", "/proc/self/fd/2"),
                                  ("7<&-", "/dev/fd/7"), ("</dev/null", "/dev/stdin")):
            with self.subTest(redirection=redirection, name=name):
                answer = subprocess.run(
                    ["sh", "-c", f'exec "$@" {redirection}', "sh", command.PROGRAM, *SMALL, "--json", name],
                    capture_output=True, text=True, env=self.environment, cwd=self.place)
                self.assertEqual((answer.returncode, answer.stdout), (2, ""))
                if "2>" not in redirection:
                    self.assertRegex(answer.stderr, "cannot write '.*': it is (closed|open for reading only); name")
        self.assertEqual(os.listdir(self.place), ["out"])
        self.assertEqual(os.readlink(self.here("out")), "/dev/stdout")


class Links(OutputTest):
    def test_what_a_link_names_is_written(self):
        os.mkdir(self.here("results"))
        self.write("results/old.json")
        os.symlink("results/old.json", self.here("latest.json"))
        os.symlink(self.here("latest.json"), self.here("newest.json"))
        for name in ("latest.json", "newest.json", "results/../newest.json"):
            self.write("results/old.json")
            self.small("--json", name)
            self.assertTrue(os.path.islink(self.here(name)))
            self.assert_result("results/old.json")
        self.assertEqual(os.listdir(self.here("results")), ["old.json"])

    def test_what_a_dangling_link_names_is_made(self):
        os.mkdir(self.here("results"))
        for number, option in enumerate(("--json", "--csv", "--trace")):
            os.symlink(f"results/{number}", self.here(f"link{number}"))
            os.symlink(f"link{number}", self.here(f"again{number}"))
            self.small(option, f"again{number}")
            self.assertTrue(os.path.islink(self.here(f"again{number}")))
            self.assertTrue(os.path.islink(self.here(f"link{number}")))
            self.assertGreater(os.path.getsize(self.here(f"results/{number}")), 100)

    def test_a_loop_of_links_is_refused(self):
        os.symlink("b", self.here("a"))
        os.symlink("a", self.here("b"))
        os.symlink("c", self.here("c"))
        for option, name in (("--json", "a"), ("--csv", "c"), ("--trace", "b")):
            self.assertIn("lead in a circle", self.refused(*SMALL, option, name))
        self.assertEqual(sorted(os.listdir(self.place)), ["a", "b", "c"])
        self.assertTrue(all(os.path.islink(self.here(name)) for name in "abc"))


class Files(OutputTest):
    def test_the_mode_is_kept(self):
        for option, mode in (("--json", 0o600), ("--csv", 0o664), ("--trace", 0o640), ("--json", 0o2750)):
            path = self.write("kept", mode=mode)
            self.small(option, "kept")
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), mode)
            self.assertNotIn(OLD, self.text("kept"))

    def test_the_owner_is_kept(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to give a file away")
        for option in ("--json", "--csv", "--trace"):
            path = self.write("theirs", mode=0o640)
            os.chown(path, NOBODY, 12)
            self.small(option, "theirs")
            found = os.stat(path)
            self.assertEqual((found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)), (NOBODY, 12, 0o640))

    def test_a_file_that_is_mounted_is_written_in_place(self):
        for option in ("--json", "--csv"):
            self.write("outside")
            self.write("mounted", "")
            answer = self.in_namespace("mount --bind outside mounted", *SMALL, option, "mounted")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertIn("round_trip", self.text("outside"))
            self.assertNotIn(OLD, self.text("outside"))
            self.assertEqual(self.text("mounted"), "")

    def test_an_open_file_in_a_closed_directory_is_written_in_place(self):
        run = self.as_nobody()
        for option in ("--json", "--csv", "--trace"):
            self.write("open", mode=0o666)
            self.write("open.log", mode=0o666)
            number = os.stat(self.here("open")).st_ino
            answer = run(option, "open")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual("no journal beside 'open' (Permission denied)" in answer.stderr, option == "--json")
            self.assertNotIn(OLD, self.text("open"))
            self.assertEqual(os.stat(self.here("open")).st_ino, number)
        answer = run("--json", "other")
        self.assertEqual((answer.returncode, answer.stdout), (2, ""))
        self.assertIn("cannot write 'other': Permission denied", answer.stderr)

    def test_another_user_s_file_in_a_sticky_directory_is_written_in_place(self):
        run = self.as_nobody()
        os.chmod(self.place, 0o1777)
        for option in ("--json", "--csv", "--trace"):
            path = self.write("shared", mode=0o666)
            answer = run(option, "shared")
            self.assertEqual(answer.returncode, 0, answer.stderr)
            self.assertEqual(os.stat(path).st_uid, 0)
            self.assertNotIn(OLD, self.text("shared"))

    def test_a_file_that_may_not_be_written_is_refused_and_kept(self):
        run = self.as_nobody()
        os.chown(self.place, NOBODY, NOBODY)
        for option in ("--json", "--csv", "--trace"):
            self.write("protected", mode=0o444)
            answer = run(option, "protected")
            self.assertEqual((answer.returncode, answer.stdout), (2, ""))
            self.assertIn("cannot write 'protected': Permission denied", answer.stderr)
            self.assertIn(OLD, self.text("protected"))

    def test_names_as_long_as_there_can_be(self):
        for option, length in (("--json", 240), ("--csv", 255), ("--trace", 251), ("--json", 255)):
            name = "n" * length
            answer = self.small(option, name)
            self.assertEqual("no journal beside" in answer.stderr, (option, length) == ("--json", 255))
            self.assertGreater(os.path.getsize(self.here(name)), 100)
        self.assertIn("File name too long", self.refused(*SMALL, "--json", "n" * 256))

    def test_a_refused_run_changes_no_file(self):
        for option in ("--json", "--csv", "--trace"):
            path = self.write("old")
            self.refused(*SMALL, option, "old", "--csv" if option != "--csv" else "--json", "/nonexistent/x")
            self.assertEqual(self.text(path), OLD)
            self.assertEqual(os.listdir(self.place), ["old"])
        for name in ("old", "new"):  # a run that goes no further than to its journal
            self.refused(*SMALL, "--trace", name, "--seed", "3", "--resume", self.write("journal"))
        self.assertEqual(self.text("old"), OLD)
        self.assertEqual(sorted(os.listdir(self.place)), ["journal", "old"])


class SameFile(OutputTest):
    def test_two_outputs_of_a_run(self):
        self.write("there")
        os.link(self.here("there"), self.here("hard"))
        os.symlink("there", self.here("soft"))
        os.symlink("made", self.here("dangling"))
        before = sorted(os.listdir(self.place))
        for first, second in ((["--json", "f"], ["--csv", "f"]), (["--json", "f"], ["--trace", "f"]),
                              (["--json", "f.log"], ["--trace", "f"]), (["--json", "f"], ["--csv", "f.journal"]),
                              (["--csv", "f"], ["--trace", "f"]), (["--json", "f"], ["--csv", "./f"]),
                              (["--json", "there"], ["--csv", "hard"]), (["--json", "there"], ["--trace", "soft"]),
                              (["--json", "made"], ["--csv", "dangling"]),
                              (["--json", "f"], ["--csv", self.here("f")]), (["--json", "-"], ["--csv", "-"]),
                              (["--json", "f"], ["--trace", "f.journal"])):
            with self.subTest(first=first, second=second):
                self.assertIn("name another file", self.refused(*SMALL, *first, *second))
        self.assertEqual(sorted(os.listdir(self.place)), before)
        self.assertEqual(self.text("there"), OLD)

    def test_what_a_command_reads(self):
        result = shutil.copy(GOLDEN, self.here("r.json"))
        other = shutil.copy(GOLDEN, self.here("other.json"))
        os.symlink("r.json", self.here("link"))
        self.write("suite.json", '{"trials": 1}')
        for arguments in (["export", result, "--format", "csv", "-o", "r.json"],
                          ["export", other, result, "--format", "otava", "-o", "link"],
                          ["report", result, "-o", "r.json"], ["report", other, result, "-o", "./r.json"],
                          ["compare", result, other, "--json", "r.json"],
                          ["gate", other, result, "--markdown", "link"],
                          ["compare", other, other, "--repeats", result, "--json", "r.json"],
                          [*SMALL, "--suite", "suite.json", "--csv", "suite.json"]):
            with self.subTest(arguments=arguments):
                self.assertIn("name another file", self.refused(*arguments))
        self.assertEqual(self.text(result), self.text(GOLDEN))
        self.assertEqual(self.text("suite.json"), '{"trials": 1}')

    def test_outputs_of_a_comparison(self):
        result = shutil.copy(GOLDEN, self.here("r.json"))
        ab = ["ab", "--share", "--a-args", "--backend pipe", "--b-args", "--backend fifo", "--results", "d"]
        for arguments in (["compare", result, result, "--json", "c", "--markdown", "c"],
                          [*ab, "--json", "d/base.json"], [*ab, "--markdown", "d/../d/candidate.json"]):
            with self.subTest(arguments=arguments):
                self.assertIn("name another file", self.refused(*arguments))
        self.assertEqual(os.listdir(self.place), ["r.json"])

    def test_where_standard_output_and_error_go(self):
        for stream, option in (("stdout", "--json"), ("stdout", "--csv"), ("stderr", "--trace")):
            with open(self.here("log"), "w") as log:
                streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: log}
                process = subprocess.run([command.PROGRAM, *SMALL, option, "log"], env=self.environment,
                                         cwd=self.place, text=True, **streams)
            self.assertEqual(process.returncode, 2)
            self.assertIn("name another file", process.stderr or self.text("log"))

    def test_what_keeps_nothing_takes_all(self):
        self.small("--json", "/dev/null", "--csv", "/dev/null", "--trace", "/dev/null")
        self.assertFalse(os.path.exists("/dev/null.log"))


if __name__ == "__main__":
    command.main()
