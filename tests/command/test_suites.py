"""What the suites say is in them, and what they leave out."""

import json
import os
import re

import command

from command import CommandTest

GROUPS = ["floor", "kernel", "shared memory", "library", "language"]


class Suites(CommandTest):
    def seconds(self, suite):
        """That the plan says it takes."""
        answer = self.ipcmark("run", "--suite", suite, "--dry-run", "--placement", "cross-cpu")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        last = answer.stdout.splitlines()[-1]
        found = re.search(r"about ([0-9]+) s", last)
        self.assertTrue(found, last)
        return int(found[1]), answer.stdout

    def test_each_keeps_to_its_time(self):
        # `everything` is told to take eight minutes at most: some is left for slower machines.
        for suite, limit in [("quick", 120), ("everything", 440)]:
            with self.subTest(suite=suite):
                seconds, _ = self.seconds(suite)
                self.assertLessEqual(seconds, limit)

    def test_everything_has_every_mechanism_of_every_group(self):
        listed = self.ipcmark("list", "backends", "--runner", "python").stdout
        _, plan = self.seconds("everything")
        names = {row.split()[0] for row in listed.splitlines()[1:] if row.startswith("  ")}
        self.assertGreater(len(names), 30)
        self.assertIn("python.pipe", names)
        pairs = {name for name in names if name.endswith("_cpp")}  # which `languages` has
        for name in names - pairs - {"not"}:
            self.assertIn(f"/{name}/", plan)
        _, plan = self.seconds("languages")
        self.assertEqual(len(pairs), 6)
        for name in pairs:
            self.assertIn(f"/{name}/", plan)
        page = self.ipcmark("list", "everything").stdout
        for kind, some in [("Kernel", "pipe"), ("Shared memory", "shm_ring"), ("Library", "zeromq"),
                           ("Language", "python.queue"), ("Locks", "futex"), ("Timed", "latency"),
                           ("Checked", "chat"), ("Notifiers", "eventfd")]:
            self.assertRegex(page, f"(?m)^- {kind}: .*\\b{re.escape(some)}\\b")
        self.assertIn("python, node", page)

    def test_the_list_groups_mechanisms_and_says_what_suites_have(self):
        for table, runner, groups in (("backends", (), GROUPS[:-1]), ("locks", (), GROUPS[:-1]),
                                      ("locks", ("--runner", "python"), GROUPS),
                                      ("notifiers", (), ["kernel", "shared memory"])):
            lines = self.ipcmark("list", table, *runner).stdout.splitlines()[1:]
            headings = [line.strip() for line in lines if line.startswith(" ") and line[1] != " "]
            self.assertEqual(headings, groups, table)
        for name, group in (("shm_ring", "shared memory"), ("flock", "kernel"), ("eventfd", "kernel"),
                            ("condition", "shared memory"), ("boost_mutex", "library"), ("none", "floor")):
            self.assertIn(f"- Group: {group}\n", self.ipcmark("list", name).stdout)
        suites = self.ipcmark("list", "suites").stdout
        self.assertRegex(suites, r"languages .*\n +[0-9]+ cells, about .*latency, throughput.*kernel")
        self.assertIn("runners python, node", suites)

    def test_results_name_the_group(self):
        path = self.path("g.json")
        answer = self.ipcmark("check", "--scenario", "sentinel_stream", "--backend",
                              "null,pipe,shm_ring,zeromq", "--share", "--quiet", "--json", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            cells = json.load(file)["cells"]
        self.assertEqual([cell["capabilities"]["group"] for cell in cells], GROUPS[:4])

    def test_results_name_the_group_of_locks_and_notifiers(self):
        path = self.path("g.json")
        answer = self.ipcmark("check", "--scenario", "counter,notify", "--backend", "pipe", "--lock", "flock,futex",
                              "--notifier", "eventfd,condition", "--share", "--quiet", "--json",
                              path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        with open(path) as file:
            cells = json.load(file)["cells"]
        groups = {cell["asked"]["lock"] or cell["asked"]["notifier"]: cell["capabilities"]["group"] for cell in cells
                  if not cell["asked"]["backend"]}
        self.assertEqual(groups, {"flock": "kernel", "futex": "shared memory", "eventfd": "kernel",
                                  "condition": "shared memory"})

    def test_a_runner_that_cannot_be_started_is_left_out_of_a_built_in_suite(self):
        folder = self.path("bin")
        os.mkdir(folder)
        for name in ("sh", "env"):
            os.symlink(f"/bin/{name}", os.path.join(folder, name))
        answer = self.ipcmark("run", "--suite", "languages", "--dry-run",
                              env={**os.environ, "PATH": folder})
        self.assertEqual(answer.returncode, 0, answer.stderr)
        self.assertIn("goes on without node", answer.stderr)
        self.assertIn("latency/pipe/64B/block/", answer.stdout)
        self.assertNotIn("node.", answer.stdout)


if __name__ == "__main__":
    command.main()
