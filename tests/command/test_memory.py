"""What is asked of the machine (--huge-pages, --numa, --mlock, --rt-priority): granted or refused in a sentence."""

import ctypes
import json
import os
import resource

import command
from command import CommandTest

SMALL = ["--scenario", "latency", "--size", "64", "--wait", "block", "--messages", "50", "--trials", "1",
         "--share", "--quiet"]


LONG = ["--scenario", "latency", "--size", "64", "--wait", "block", "--duration", "20s", "--trials", "1", "--share",
        "--quiet"]
PR_CAPBSET_DROP = 24
CAP_IPC_LOCK, CAP_SYS_NICE = 14, 23


def as_a_plain_user(limit, capability):
    """In a child, before it runs the program: that limit is 0, and no privilege lifts it."""
    def apply():
        if os.geteuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError("prctl")
        resource.setrlimit(limit, (0, 0))
    return apply


def descendants(pid):
    """The processes that come from it, itself left out."""
    parents = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat") as file:
                parents[int(name)] = int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue  # it has ended meanwhile
    found = [pid]
    for each in found:
        found.extend(child for child, parent in parents.items() if parent == each)
    return found[1:]


def locked_kib(pid):
    with open(f"/proc/{pid}/status") as file:
        return next((int(line.split()[1]) for line in file if line.startswith("VmLck:")), 0)


def huge_kib(pid):
    """Of shared memory: what is mapped by transparent huge pages, or lies in reserved ones."""
    total, size, page = 0, 0, 0
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            name, _, rest = line.partition(":")
            if name == "Size":
                size = int(rest.split()[0])
            elif name == "KernelPageSize":
                page = int(rest.split()[0])
                total += size if page >= 1024 else 0
            elif name == "ShmemPmdMapped":
                total += int(rest.split()[0])
    return total


class Memory(CommandTest):
    def assert_in_two_workers(self, holds, *arguments):
        """Not what a result says, but what the kernel says of the workers while they run."""
        _, trial = self.one(*arguments)
        if trial["state"] != "passed":
            self.skipTest(trial["reason"])
        process = self.start("run", *LONG, *arguments)

        def two_have_it():
            count = 0
            for pid in descendants(process.pid):
                try:
                    count += 1 if holds(pid) else 0
                except OSError:
                    continue
            return count >= 2
        self.until(two_have_it, process)
        process.terminate()
        process.communicate(timeout=60)
        self.assert_nothing_left()

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
        self.assert_granted_or_refused(trial, "locked_bytes", "raise ulimit -l", "AddressSanitizer locks no memory")
        _, trial = self.one("--backend", "pipe", "--rt-priority", "7")
        self.assert_granted_or_refused(trial, "rt_priority", "raise ulimit -r", "sched_rt_runtime_us")
        if trial["state"] == "passed":
            self.assertEqual(trial["granted"]["values"]["rt_priority"], 7)

    def test_the_workers_have_the_priority_asked_for(self):
        self.assert_in_two_workers(
            lambda pid: os.sched_getscheduler(pid) == os.SCHED_FIFO and os.sched_getparam(pid).sched_priority == 7,
            "--backend", "pipe", "--rt-priority", "7")

    def test_the_workers_memory_is_locked(self):
        if self.is_sanitized():
            self.skipTest("AddressSanitizer locks no memory")
        self.assert_in_two_workers(lambda pid: locked_kib(pid) > 0, "--backend", "pipe", "--mlock")

    def test_the_rings_memory_is_of_transparent_huge_pages(self):
        self.assert_in_two_workers(lambda pid: huge_kib(pid) >= 2048, "--backend", "shm_ring", "--huge-pages", "thp")

    def test_the_rings_memory_is_of_reserved_huge_pages(self):
        self.assert_in_two_workers(lambda pid: huge_kib(pid) >= 2048, "--backend", "shm_ring", "--huge-pages",
                                   "hugetlb")

    def test_a_limit_of_the_user_is_a_skip_with_the_way_out(self):
        for limit, capability, option, words in (
                (resource.RLIMIT_MEMLOCK, CAP_IPC_LOCK, ["--mlock"], "raise ulimit -l, or grant CAP_IPC_LOCK"),
                (resource.RLIMIT_RTPRIO, CAP_SYS_NICE, ["--rt-priority", "5"],
                 "raise ulimit -r, or grant CAP_SYS_NICE")):
            if option == ["--mlock"] and self.is_sanitized():
                words = "AddressSanitizer locks no memory"
            with self.subTest(option=option):
                path = self.path("limited.json")
                answer = self.ipcmark("run", *SMALL, "--backend", "pipe,shm_ring", *option, "--json", path,
                                      preexec_fn=as_a_plain_user(limit, capability))
                self.assertEqual(answer.returncode, 77, answer.stderr)
                with open(path) as file:
                    cells = json.load(file)["cells"]
                self.assertEqual(len(cells), 2)
                for cell in cells:
                    for trial in cell["trials"]:
                        self.assertEqual(trial["state"], "skipped")
                        self.assertIn(words, trial["reason"])
                        self.assertEqual(len(trial["reason"].splitlines()), 1)
        self.assert_nothing_left()

    def test_one_node_alone_makes_no_policy(self):
        try:
            with open("/sys/devices/system/node/has_memory") as file:
                nodes = file.read().strip()
        except OSError:
            nodes = ""
        for policy in ("bind:0", "preferred:0", "interleave"):
            _, trial = self.one("--backend", "pipe", "--numa", policy)
            if nodes.isdigit():  # one
                self.assertEqual(trial["state"], "skipped")
                self.assertIn("on one node", trial["reason"])
                self.assertTrue(trial["reason"].endswith("leave out --numa"), trial["reason"])
            else:
                self.assert_granted_or_refused(trial, "numa_nodes", "leave out --numa", "there is no node")

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
