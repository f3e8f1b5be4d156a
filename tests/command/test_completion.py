"""Completion as each shell does it, and the manual page as its readers check it."""

import datetime
import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

import command
import help_lines
from command import CommandTest

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def words_of(text):
    """Text of the manual page as it is read: without fonts, escapes and line breaks."""
    text = re.sub(r"\\f[BIR]|\\[:&]", "", text).replace("\\-", "-").replace("\\e", "\\")
    return " ".join(text.split())


def options_in(section):
    """Name, as in help_lines.name_of() -> all that is said of it."""
    found = {}
    for entry in section.split("\n.TP\n")[1:]:
        term, _, text = entry.partition("\n")
        found[help_lines.name_of(words_of(term))] = words_of(re.split(r"^\.(?:PP|SH)", text, flags=re.M)[0])
    return found


class Completion(CommandTest):
    def script(self, shell, name):
        answer = self.ipcmark("completion", shell)
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        path = self.path(name)
        with open(path, "w") as file:
            file.write(answer.stdout)
        return path

    def output(self, *arguments, **options):
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60,
                              cwd=self.directory.name, **options)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def bash(self, *words):
        """What bash offers for the last word of a line."""
        quoted = " ".join(f"'{word}'" for word in words)
        return self.output("bash", "--norc", "-c", f"""
            source '{self.script("bash", "ipcmark.bash")}'
            complete -p ipcmark >/dev/null || exit 1
            COMP_WORDS=(ipcmark {quoted})
            COMP_CWORD={len(words)}
            _ipcmark
            printf '%s\\n' "${{COMPREPLY[@]}}" """).split()

    def test_bash(self):
        self.assertEqual(self.bash("expo"), ["export"])
        self.assertIn("run", self.bash(""))
        self.assertIn("--backend", self.bash("run", "--b"))
        self.assertEqual(self.bash("run", "--backend", "unix_st"), ["unix_stream"])
        self.assertEqual(self.bash("run", "--backend", "pipe,unix_st"), ["pipe,unix_stream"])
        self.assertEqual(self.bash("run", "--verify", "h"), ["header"])
        self.assertEqual(self.bash("run", "--trials", ""), [])
        self.assertEqual(self.bash("export", "--format", "gb"), ["gbench"])
        self.assertEqual(self.bash("advise", "large"), ["large_data"])
        self.assertEqual(self.bash("list", "request"), ["request_reply"])
        self.assertEqual(self.bash("list", "posix_"), ["posix_mq", "posix_sem"])
        open(self.path("mine.json"), "w").close()
        self.assertEqual(self.bash("run", "--suite", "mi"), ["mine.json"])
        self.assertEqual(self.bash("compare", "mi"), ["mine.json"])

    @unittest.skipUnless(shutil.which("fish"), "no fish here")
    def test_fish(self):
        path = self.script("fish", "ipcmark.fish")
        home = dict(os.environ, HOME=self.directory.name)

        def offered(line):
            text = self.output("fish", "-c", f"source '{path}'; complete -C '{line}'", env=home)
            return [row.split("\t")[0] for row in text.splitlines()]

        self.assertEqual(offered("ipcmark expo"), ["export"])
        self.assertIn("--backend", offered("ipcmark run --back"))
        self.assertIn("unix_stream", offered("ipcmark run --backend unix_st"))
        self.assertIn("pipe,unix_stream", offered("ipcmark run --backend pipe,unix_st"))
        self.assertEqual(offered("ipcmark run --verify h"), ["header"])
        self.assertEqual(offered("ipcmark advise large"), ["large_data"])

    @unittest.skipUnless(shutil.which("zsh"), "no zsh here")
    def test_zsh(self):
        folder = os.path.dirname(self.script("zsh", "_ipcmark"))
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb", HOME=folder, LC_ALL="C.UTF-8")
            os.execvp("zsh", ["zsh", "-f", "-i"])
        reported = self.path("line")
        # A key of ours tells what is in the line.
        setup = (f"fpath=('{folder}' $fpath); autoload -Uz compinit; compinit -u -d '{folder}/dump';"
                 f"tell() {{ print -r -- $BUFFER >'{reported}.new'; mv '{reported}.new' '{reported}'; }};"
                 "zle -N tell; bindkey '^X^T' tell; bindkey '^I' complete-word; print RE''ADY\n")
        os.write(terminal, setup.encode())
        self.read_until(terminal, b"READY")

        def reported_after(keys):
            os.write(terminal, keys)
            give_up = time.monotonic() + 30
            while not os.path.exists(reported) and time.monotonic() < give_up:
                self.drain(terminal)
            with open(reported) as file:
                text = file.read()
            os.remove(reported)
            return text

        # Only once the editor answers: before, the terminal itself would take control characters.
        self.assertEqual(reported_after(b"\x18\x14"), "\n")
        for line, completed in [("ipcmark expo", "export"),
                                ("ipcmark run --backe", "--backend"),
                                ("ipcmark run --backend unix_st", "unix_stream"),
                                ("ipcmark run --verify he", "header"),
                                ("ipcmark advise large", "large_data")]:
            text = reported_after(line.encode() + b"\t\x18\x14")
            self.assertIn(line.rsplit(" ", 1)[0] + " " + completed, text)
            os.write(terminal, b"\x15")  # an empty line again
        os.close(terminal)
        os.waitpid(pid, 0)

    def drain(self, terminal):
        ready, _, _ = select.select([terminal], [], [], 0.05)
        return os.read(terminal, 65536) if ready else b""

    def read_until(self, terminal, mark):
        text = b""
        give_up = time.monotonic() + 30
        while mark not in text and time.monotonic() < give_up:
            text += self.drain(terminal)
        self.assertIn(mark, text)

    def test_unknown_shell(self):
        answer = self.ipcmark("completion", "tcsh")
        self.assertEqual(answer.returncode, 2)
        self.assertIn("tcsh", answer.stderr)


class ManPage(CommandTest):
    def page(self):
        answer = self.ipcmark("man")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        path = self.path("ipcmark.1")
        with open(path, "w") as file:
            file.write(answer.stdout)
        return path

    def test_every_option_of_help_is_in_it_with_as_much_text(self):
        with open(self.page()) as file:
            sections = re.split(r"^\.S[HS] ", file.read(), flags=re.MULTILINE)
        reported = {words_of(section.partition("\n")[0]): section for section in sections}
        detailed = 0
        for name in help_lines.commands(self.ipcmark("--help").stdout):
            page = self.ipcmark(name, "--help").stdout
            title = [title for title in reported if title.startswith(f"ipcmark {name} [")]
            self.assertEqual(len(title), 1, name)
            options = options_in("\n" + reported[title[0]])
            rows = {help_lines.name_of(left): text for left, text in help_lines.rows(page)}
            self.assertEqual(rows.keys(), options.keys(), name)
            for option, text in rows.items():
                self.assertIn(text, options[option], f"{name} {option}")
                detailed += len(options[option]) > len(text) + 1
        self.assertGreater(detailed, 100)  # what no line has room for

    def test_other_options_are_said_though_help_has_no_room(self):
        with open(self.page()) as file:
            self.assertIn("; not with --against, --detail, --paths, --slowest", words_of(file.read()))

    @unittest.skipUnless(shutil.which("cmake") and shutil.which("git"), "no cmake or git here")
    def test_the_build_dates_it(self):
        made = self.path("build_facts.cpp")
        source = self.path("source")
        machine = os.path.join(source, "scenarios", "machine")
        os.makedirs(machine)
        for name in ("build_facts.cmake", "build_facts.cpp.in"):
            shutil.copy(os.path.join(SOURCE, "scenarios", "machine", name), machine)
        plain = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        # No repository of anybody's is found from there.
        plain.update(GIT_CEILING_DIRECTORIES=self.directory.name)

        def run(*arguments, **environment):
            subprocess.run(arguments, check=True, capture_output=True, timeout=60,
                           env=dict(plain, **environment))

        def dated(**environment):
            run("cmake", f"-DSOURCE={source}", f"-DOUTPUT={made}", "-P",
                os.path.join(machine, "build_facts.cmake"), **environment)
            with open(made) as file:
                return re.search(r'"(\d{4}-\d\d-\d\d)"', file.read())[1]

        lists = os.path.join(source, "CMakeLists.txt")
        open(lists, "w").close()
        os.utime(lists, (86400 * 365, 86400 * 365))
        self.assertEqual(dated(), "1971-01-01")
        git = ("git", "-C", source, "-c", "user.name=n", "-c", "user.email=e")
        run(*git, "init", "-q")
        run(*git, "add", ".")
        # In UTC, wherever it was made and is built.
        run(*git, "commit", "-qm", "m", GIT_COMMITTER_DATE="2001-02-03T23:30:00-0400",
            GIT_AUTHOR_DATE="2000-01-01T00:00:00Z")
        self.assertEqual(dated(TZ="America/New_York"), "2001-02-04")
        self.assertEqual(dated(SOURCE_DATE_EPOCH="86400"), "1970-01-02")

    def test_it_has_a_date(self):
        with open(self.page()) as file:
            date = re.match(r"\.TH IPCMARK 1 (\S+) ", file.readline())[1]
        datetime.date.fromisoformat(date)  # raises on anything else

    @unittest.skipUnless(shutil.which("man"), "no man here")
    def test_man_has_no_warning(self):
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", self.page()],
                              capture_output=True, text=True, timeout=60,
                              env=dict(os.environ, MANWIDTH="80", LC_ALL="C.UTF-8"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("ENVIRONMENT", re.sub(".\x08", "", done.stdout))

    @unittest.skipUnless(shutil.which("mandoc"), "no mandoc here")
    def test_mandoc_has_no_warning(self):
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", self.page()],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    command.main()
