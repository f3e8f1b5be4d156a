"""The worker processes of a trial: started together, measured between two marks, all of them ended."""
import ctypes
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import time

import refusals
from protocol import Broken, Marks, NoFault, Unsupported

CONTEXT = multiprocessing.get_context("fork")
clock = time.monotonic_ns  # CLOCK_MONOTONIC, the clock of all of ipcmark


AFTER_DEATH_S = 0.1  # until the end of a process is seen by others


class WorkerFailed(Exception):
    """A worker could not do its part; `cause` as in a trial."""

    def __init__(self, reason, cause):
        super().__init__(reason)
        self.cause = cause


def set_name(name):
    """What ps(1), and ipcmark's diagnosis of a deadlock, calls this process."""
    try:
        with open("/proc/self/comm", "w", encoding="ascii") as file:
            file.write(name[:15])
    except OSError:
        pass


def start_process(process):
    """Of multiprocessing, which forks."""
    try:
        process.start()
    except BlockingIOError:
        raise Unsupported("no more processes may be started; raise ulimit -u") from None


def shared_words(count):
    """Zeroed 64-bit words that all workers share, without a lock."""
    return CONTEXT.RawArray(ctypes.c_int64, count)


class Worker:
    """What a worker's function is given. It calls start() once, when it is ready."""

    def __init__(self, control, role, index, question):
        self.control, self.role, self.index, self.question = control, role, index, question
        self.report = {}
        self.harness_ns = 0
        self._usage = None

    def start(self):
        """Waits until all workers are here; what is done from then on is measured."""
        self.control.send(("ready", None))
        if self.control.recv() != "go":
            raise EOFError
        self._usage = resource.getrusage(resource.RUSAGE_SELF)

    def wait_until(self, due_ns):
        """Sleeps until shortly before and then looks at the clock; returns its reading."""
        began = time.thread_time_ns()
        now = clock()
        if due_ns - now > 150_000:
            time.sleep((due_ns - now - 100_000) / 1e9)
        while now < due_ns:
            now = clock()
        self.harness_ns += time.thread_time_ns() - began
        return now

    def think(self):
        pause_ns = self.question.option("think_time_ns")
        if pause_ns > 0:
            time.sleep(pause_ns / 1e9)

    def cost(self, cpu):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        before = self._usage or usage
        return {"role": self.role, "pid": os.getpid(), "cpu": cpu, "harness_user_ns": self.harness_ns,
                "user_ns": round((usage.ru_utime - before.ru_utime) * 1e9),
                "system_ns": round((usage.ru_stime - before.ru_stime) * 1e9)}


def _work(control, role, index, question, function, arguments):
    # Ctrl-C is ipcmark's business; so is everybody's end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    set_name(f"{role} {index}")
    cpu = question.cpus[index % len(question.cpus)] if question.cpus else -1
    worker = Worker(control, role, index, question)
    try:
        if cpu >= 0:
            os.sched_setaffinity(0, {cpu})
        function(worker, *arguments)
        worker.report["cost"] = worker.cost(cpu)
        control.send(("done", worker.report))
    except Unsupported as reason:
        control.send(("skipped", str(reason)))
    except NoFault as reason:
        control.send(("no fault", str(reason)))
    except Broken as reason:
        control.send(("broken", str(reason)))
    except Exception as error:  # whatever it is: it has to be told
        why = refusals.reason_of(error)
        control.send(("skipped", why) if why else ("failed", f"{type(error).__name__}: {error}"))
    control.recv()  # what it has used is looked at before it ends
    os._exit(0)  # no feeder thread's leftovers are waited for


class Group:
    """All workers of one trial."""

    def __init__(self, question):
        self.question = question
        self.marks = Marks()
        self.parts = []  # of each worker: role, function, arguments
        self.costs = []  # of each, as it knows them

    def add(self, role, function, *arguments):
        self.parts.append((role, function, arguments))

    def words(self, count):
        return shared_words(count)

    def event(self):
        return CONTEXT.Event()

    def _started(self, index, role, function, arguments):
        """A worker's process, and the connection by which it is told when to begin and reports."""
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=_work, daemon=True, args=(
            theirs, role, index, self.question, function, arguments))
        start_process(process)
        theirs.close()
        return process, ours

    def run(self):
        """The workers' reports, in their order; WorkerFailed where one of them failed."""
        self.processes, self.controls = [], []
        try:
            for index, (role, function, arguments) in enumerate(self.parts):
                process, control = self._started(index, role, function, arguments)
                self.processes.append(process)
                self.controls.append(control)
            self._gather("ready")
            self.marks.set("start")
            self._tell("go")
            reports = self._gather("done")
            self.marks.set("stop")
            self._tell("end")
            for process in self.processes:
                process.join()
            self.costs = [report.pop("cost") for report in reports]
            return reports
        finally:
            for process in self.processes:
                if process.is_alive():
                    process.kill()
                    process.join()

    def _tell(self, word):
        for index, control in enumerate(self.controls):
            try:
                control.send(word)
            except ConnectionError:
                self._died(index)

    def _gather(self, expected):
        """One word of each worker. A worker that has died, or failed, ends it."""
        reports = [None] * len(self.controls)
        open_controls = {control: index for index, control in enumerate(self.controls)}
        sentinels = {process.sentinel: index for index, process in enumerate(self.processes)}
        watched = [self.marks.fd] if self.marks.fd >= 0 else []
        while open_controls:
            ready = multiprocessing.connection.wait([*open_controls, *sentinels, *watched])
            if self.marks.fd in ready:
                os.killpg(0, signal.SIGKILL)  # ipcmark has gone away: nobody wants the answer
            for control in [each for each in ready if each in open_controls]:
                index = open_controls.pop(control)
                reports[index] = self._received(control, index, expected)
            for sentinel in [each for each in ready if each in sentinels]:
                self._died(sentinels[sentinel])
        return reports

    def _name(self, index):
        return f"{self.parts[index][0]} {index}"

    def _received(self, control, index, expected):
        try:
            word, value = control.recv()
        except (EOFError, ConnectionError):
            self._died(index)
        if word == "skipped":
            raise Unsupported(value)
        if word == "no fault":
            raise NoFault(value)
        if word == "failed":
            self._look_for_death()
        if word != expected:
            raise WorkerFailed(f"{self._name(index)}: {value}", "check" if word == "broken" else "operation")
        return value

    def _look_for_death(self):
        """One that fails because another one was killed may be heard of first."""
        sentinels = {process.sentinel: index for index, process in enumerate(self.processes)}
        for sentinel in multiprocessing.connection.wait(list(sentinels), timeout=AFTER_DEATH_S):
            self._died(sentinels[sentinel])

    def _died(self, index):
        process = self.processes[index]
        process.join()
        code = process.exitcode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        raise WorkerFailed(f"{self._name(index)} ({process.pid}) {how}", "killed" if code == -9 else "crash")
