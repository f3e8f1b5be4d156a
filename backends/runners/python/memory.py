"""Channels in shared memory: a ring of slots, in multiprocessing.shared_memory or in a mapped file, and two
semaphores that count free and filled slots."""
import mmap
import multiprocessing.shared_memory
import os
import struct

from channels import Channel
from processes import CONTEXT

LENGTH = struct.Struct("<I")
RING_BYTES = 1 << 20


class RingChannel(Channel):
    """One sender, one receiver; the slots are taken in turn, so that neither needs a lock."""

    takes_any_size = False

    def __init__(self, question, size=None):
        super().__init__(question, size)
        self.slot = LENGTH.size + self.size
        self.slots = question.depth or max(1, min(256, RING_BYTES // self.slot))
        self.free = CONTEXT.Semaphore(self.slots)
        self.filled = CONTEXT.Semaphore(0)
        self.next = 0
        self.holds = self.slots * self.size
        self.buffer = self._mapped(self.slots * self.slot)

    def _mapped(self, size):
        raise NotImplementedError

    def send(self, message):
        self.free.acquire()
        at = self.next
        self.buffer[at:at + LENGTH.size] = LENGTH.pack(len(message))
        self.buffer[at + LENGTH.size:at + LENGTH.size + len(message)] = message
        self.filled.release()
        self.next = (at + self.slot) % (self.slots * self.slot)

    def receive(self):
        self.filled.acquire()
        at = self.next
        size, = LENGTH.unpack_from(self.buffer, at)
        message = bytes(self.buffer[at + LENGTH.size:at + LENGTH.size + size])
        self.free.release()
        self.next = (at + self.slot) % (self.slots * self.slot)
        return message


class SharedMemoryChannel(RingChannel):
    """multiprocessing.shared_memory.SharedMemory."""

    def _mapped(self, size):
        name = self.question.shared_name()
        self.memory = multiprocessing.shared_memory.SharedMemory(name=name, create=True, size=size)
        try:
            reserve(f"/dev/shm/{name}", size)
        except OSError:
            self.memory.close()
            self.memory.unlink()
            raise
        return self.memory.buf

    def close(self):
        self.buffer = None
        self.memory.close()
        self.memory.unlink()


def reserve(path, size):
    """Room for all of a file; without it, who writes to the mapped file is killed (SIGBUS)."""
    with open(path, "r+b") as file:
        os.posix_fallocate(file.fileno(), 0, size)


def mapped_file(path, size):
    """A file of zeros, mapped by all who inherit it."""
    with open(path, "x+b") as file:
        os.posix_fallocate(file.fileno(), 0, size)
        return mmap.mmap(file.fileno(), size)


class MmapChannel(RingChannel):
    """mmap.mmap over a file."""

    def _mapped(self, size):
        self.path = self.question.file()
        return mapped_file(self.path, size)

    def close(self):
        self.buffer.close()
        os.unlink(self.path)
