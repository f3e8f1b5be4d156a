"""Channels of multiprocessing: Pipe, Queue, SimpleQueue, and a manager's Queue.

A channel is made before the workers are, and one way. sender() and receiver() are called in a worker, or before
it starts. send(bytes) and receive() block. `holds` is how many bytes it takes before send() blocks; None: any
number.
"""
import os
import socket

from processes import CONTEXT
from protocol import Unsupported

QUEUED_BYTES = 4 << 20  # an unbounded queue would grow as long as its sender is faster


def queue_depth(question, size):
    """Messages that a queue takes before put() blocks."""
    return question.depth or max(1, min(30_000, QUEUED_BYTES // max(size, 1)))


class Channel:
    holds = None
    takes_any_size = True

    def __init__(self, question, size=None):
        self.question = question
        self.size = question.size if size is None else size

    def sender(self):
        return self

    def receiver(self):
        return self

    def close(self):
        """Removes what has a name."""


class PipeChannel(Channel):
    """Pipe(): two connections over a socket pair; send() and recv() pickle."""

    def __init__(self, question, size=None):
        super().__init__(question, size)
        self.ours, self.theirs = CONTEXT.Pipe()
        with socket.socket(fileno=os.dup(self.ours.fileno())) as end:
            # The kernel charges what lies in the receiver's queue to the sender.
            self.holds = end.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
        self.send, self.receive = self.ours.send, self.theirs.recv


class PipeBytesChannel(PipeChannel):
    """The same by send_bytes() and recv_bytes(), without pickling."""

    def __init__(self, question, size=None):
        super().__init__(question, size)
        self.send, self.receive = self.ours.send_bytes, self.theirs.recv_bytes


class SimpleQueueChannel(Channel):
    """SimpleQueue: a pipe under two locks."""

    holds = 65536

    def __init__(self, question, size=None):
        super().__init__(question, size)
        self.queue = CONTEXT.SimpleQueue()
        self.send, self.receive = self.queue.put, self.queue.get


class QueueChannel(Channel):
    """Queue: put() hands over to a thread that writes into a pipe."""

    def __init__(self, question, size=None, depth=None):
        super().__init__(question, size)
        self.depth = queue_depth(question, self.size) if depth is None else depth
        self.queue = CONTEXT.Queue(self.depth)
        self.send, self.receive = self.queue.put, self.queue.get


class Manager:
    """A manager's process, at an address that ipcmark knows of."""

    def __init__(self, question):
        from multiprocessing.managers import SyncManager  # takes long, and few trials need one
        path = question.file()
        # What is refused is met here: from a process that has not begun yet, no reason comes.
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
            tried.bind(path)
        os.unlink(path)
        self.manager = SyncManager(address=path, ctx=CONTEXT)
        try:
            self.manager.start(self._begin)
        except BlockingIOError:
            raise Unsupported("no more processes may be started; raise ulimit -u") from None

    @staticmethod
    def _begin():
        from processes import set_name
        set_name("manager")

    def shutdown(self):
        self.manager.shutdown()


class ManagerQueueChannel(Channel):
    """Manager().Queue(): each put() and get() is a call of the manager's process."""

    def __init__(self, question, size=None, depth=None, manager=None):
        super().__init__(question, size)
        self.own = None
        manager = manager or question.manager
        if manager is None:  # the trial's first queue starts the process that has them all
            manager = self.own = question.manager = Manager(question)
        self.depth = queue_depth(question, self.size) if depth is None else depth
        self.queue = manager.manager.Queue(self.depth)

    def sender(self):
        return ManagerQueueEnd(self.queue)

    receiver = sender

    def close(self):
        if self.own:
            self.own.shutdown()


class ManagerQueueEnd:
    def __init__(self, queue):
        self.send, self.receive = queue.put, queue.get
