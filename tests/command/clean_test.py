"""What tests of clean-ups need: files that runs left, and runs that are killed."""

import contextlib
import glob
import os
import resource
import time

from command import CommandTest

LONG = ["run", "--share", "--trials", "1000", "--scenario", "latency", "--size", "64", "--duration", "50ms"]


def limit(kind, value):
    return lambda: resource.setrlimit(kind, (value, value))


class CleanTest(CommandTest):
    def write(self, name, text=""):
        """A file below the runtime directory; its path."""
        path = os.path.join(self.runtime, name)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def old_run(self, run_id, *claims):
        """What a run of format 1 left: its manifest's path."""
        return self.write(f"{run_id}.manifest",
                          f"ipcmark-manifest 1 {run_id} 4711\n" + "".join(f"{one}\n" for one in claims))

    def below(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.runtime)
                      for folder, folders, files in os.walk(self.runtime) for name in folders + files)

    def clean(self, *arguments, code=0, **options):
        """What it printed and complained of."""
        answer = self.ipcmark("clean", *arguments, **options)
        self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
        self.assertNotIn("internal error", answer.stderr)
        return answer.stdout + answer.stderr

    def manifests(self):
        return glob.glob(f"{self.runtime}/ipcmark/*.manifest") + glob.glob(f"{self.runtime}/*.manifest")

    def until_a_manifest_claims(self, kind, process):
        """The manifest's path, while its run goes on."""
        found = []

        def claimed():
            for path in self.manifests():
                with contextlib.suppress(FileNotFoundError), open(path, errors="replace") as file:
                    if f"\n{kind} " in file.read():
                        found.append(path)
            return found

        self.until(claimed, process)
        return found[0]

    def killed_run(self, *arguments, claim, **options):
        """A run that is killed while its manifest claims an object of that kind; the manifest's path."""
        process = self.start(*LONG, *arguments, **options)
        path = self.until_a_manifest_claims(claim, process)
        process.kill()
        process.communicate()
        return path

    def clean_until_none_runs(self, *arguments, code=0, **options):
        """Workers die a little later than who started them, and hold their files until then."""
        give_up = time.monotonic() + 30
        while "still running" in (said := self.clean(*arguments, code=code, **options)):
            self.assertLess(time.monotonic(), give_up, said)
            time.sleep(0.05)
        return said
