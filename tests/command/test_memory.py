"""What is asked of the machine (--huge-pages, --numa, --mlock, --rt-priority): granted or refused in a sentence."""

import json

import command
from command import CommandTest

SMALL = ["--scenario", "latency", "--size", "64", "--wait", "block", "--messages", "50", "--trials", "1",
         "--share", "--quiet"]


class Memory(CommandTest):
    def cells(self, *arguments, codes=(0, 77)):
        path = self.path("r.json")
        answer = self.ipcmark("run", *SMALL, *arguments, "--json", path)
        self.assertIn(answer.returncode, codes, answer.stderr)
        with open(path) as file:
            return json.load(file)["cells"]

    def one(self, *arguments):
        (cell,) = self.cells(*arguments)
        (trial,) = cell["trials"]
        return cell["asked"], trial

    def assert_granted_or_refused(self, trial, name, *sentences):
        if trial["state"] == "passed":
            self.assertGreater(trial["granted"]["values"][name], 0)
        else:
            self.assertEqual(trial["state"], "skipped", trial["reason"])
            self.assertTrue(any(sentence in trial["reason"] for sentence in sentences), trial["reason"])

    def test_huge_pages_are_granted_or_the_sentence_says_what_to_change(self):
        for kind, sentence in (("hugetlb", "vm.nr_hugepages"), ("thp", "shmem_enabled")):
            for backend in ("shm_ring", "mpmc_ring", "broadcast_ring"):
                with self.subTest(kind=kind, backend=backend):
                    asked, trial = self.one("--backend", backend, "--huge-pages", kind)
                    self.assertEqual(asked["huge_pages"], kind)
                    self.assert_granted_or_refused(trial, "huge_page_bytes", sentence, "leave out --huge-pages")

    def test_what_has_no_memory_of_its_own_is_skipped(self):
        _, trial = self.one("--backend", "pipe", "--huge-pages", "thp")
        self.assertEqual((trial["state"], trial["reason"]), ("skipped", "pipe: needs huge_pages"))

    def test_nothing_is_granted_that_was_not_asked_for(self):
        asked, trial = self.one("--backend", "shm_ring")
        self.assertEqual((asked["huge_pages"], asked["numa"], asked["mlock"], asked["rt_priority"]),
                         ("off", "", False, 0))
        self.assertEqual(trial["state"], "passed", trial["reason"])
        for name in ("huge_page_bytes", "numa_nodes", "locked_bytes", "rt_priority"):
            self.assertNotIn(name, trial["granted"]["values"])

    def test_locked_memory_and_priority_are_those_of_the_workers(self):
        _, trial = self.one("--backend", "pipe", "--mlock")
        self.assert_granted_or_refused(trial, "locked_bytes", "raise ulimit -l")
        _, trial = self.one("--backend", "pipe", "--rt-priority", "7")
        self.assert_granted_or_refused(trial, "rt_priority", "raise ulimit -r", "sched_rt_runtime_us")
        if trial["state"] == "passed":
            self.assertEqual(trial["granted"]["values"]["rt_priority"], 7)

    def test_a_memory_policy_is_of_a_node_that_there_is(self):
        _, trial = self.one("--backend", "pipe", "--numa", "bind:1000")
        self.assertEqual(trial["state"], "skipped")
        self.assertRegex(trial["reason"], "on one node|there is no node 1000|no memory nodes")
        _, trial = self.one("--backend", "pipe", "--numa", "interleave")
        self.assert_granted_or_refused(trial, "numa_nodes", "leave out --numa")

    def test_a_cell_for_each_value_by_its_key(self):
        answer = self.ipcmark("run", *SMALL, "--backend", "shm_ring", "--huge-pages", "off,thp", "--rt-priority",
                              "0,50", "--dry-run")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        base = "latency/shm_ring/64B/block/cross-cpu"
        for key in ("", "/huge-pages=thp", "/rt-priority=50", "/huge-pages=thp/rt-priority=50"):
            self.assertRegex(answer.stdout, f"{base}{key}(\\s|$)")
        only = self.ipcmark("run", "--only", f"{base}/numa=bind:1/mlock", "--dry-run")
        self.assertEqual(only.returncode, 0, only.stderr)

    def test_a_wrong_value_is_one_sentence(self):
        for option, value, words in (("--numa", "left", "write bind:NODE"), ("--rt-priority", "100", "from 0 to 99"),
                                     ("--huge-pages", "large", "hugetlb")):
            answer = self.ipcmark("run", *SMALL, "--backend", "pipe", option, value)
            self.assertEqual(answer.returncode, 2)
            self.assertEqual(len(answer.stderr.splitlines()), 1, answer.stderr)
            self.assertIn(words, answer.stderr)


if __name__ == "__main__":
    command.main()
