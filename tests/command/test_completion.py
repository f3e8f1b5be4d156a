"""Completion as each shell does it, and the manual page as its readers check it."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
import unittest

import command
from command import CommandTest


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
        told = self.path("line")
        # A key of ours tells what is in the line.
        setup = (f"fpath=('{folder}' $fpath); autoload -Uz compinit; compinit -u -d '{folder}/dump';"
                 f"tell() {{ print -r -- $BUFFER >'{told}.new'; mv '{told}.new' '{told}'; }};"
                 "zle -N tell; bindkey '^X^T' tell; bindkey '^I' complete-word; print RE''ADY\n")
        os.write(terminal, setup.encode())
        self.read_until(terminal, b"READY")

        def told_after(keys):
            os.write(terminal, keys)
            give_up = time.monotonic() + 30
            while not os.path.exists(told) and time.monotonic() < give_up:
                self.drain(terminal)
            with open(told) as file:
                text = file.read()
            os.remove(told)
            return text

        # Only once the editor answers: before, the terminal itself would take control characters.
        self.assertEqual(told_after(b"\x18\x14"), "\n")
        for line, completed in [("ipcmark expo", "export"),
                                ("ipcmark run --backe", "--backend"),
                                ("ipcmark run --backend unix_st", "unix_stream"),
                                ("ipcmark run --verify he", "header"),
                                ("ipcmark advise large", "large_data")]:
            text = told_after(line.encode() + b"\t\x18\x14")
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

    def test_every_option_of_help_is_in_it(self):
        with open(self.page()) as file:
            text = file.read().replace("\\", "")
        commands = re.findall(r"^  ([a-z]\S*)", self.ipcmark("--help").stdout, re.MULTILINE)
        for name in commands:
            self.assertIn(f".SS fBipcmark {name}fR", text)
            for option in re.findall(r"^  (?:-\w,)?(--[a-z0-9-]+)",
                                     self.ipcmark(name, "--help").stdout, re.MULTILINE):
                self.assertIn(f"fB{option}fR", text, name)

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
