"""System V queues and semaphores from outside of ipcmark."""

import contextlib
import ctypes
import random
import threading

CREATE, EXCLUSIVE, REMOVE = 0o1000, 0o2000, 0
PREFIX = 0x49500000  # of ipcmark's keys

_library = ctypes.CDLL(None, use_errno=True)


def random_key():
    return PREFIX | random.randrange(0x10000)


def make_queue(key):
    """Its id; negative when there is one."""
    return _library.msgget(key, CREATE | EXCLUSIVE | 0o600)


def make_semaphore(key):
    return _library.semget(key, 1, CREATE | EXCLUSIVE | 0o600)


def queue_exists(key):
    return _library.msgget(key, 0) >= 0


def semaphore_exists(key):
    return _library.semget(key, 0, 0) >= 0


def remove_queue(number):
    _library.msgctl(number, REMOVE, None)


def remove_semaphore(number):
    _library.semctl(number, 0, REMOVE)


@contextlib.contextmanager
def new_queue():
    """The key of a queue that nobody else has."""
    key = random_key()
    while (number := make_queue(key)) < 0:
        key = random_key()
    try:
        yield key
    finally:
        remove_queue(number)


@contextlib.contextmanager
def growing(make, remove, limit=400):
    """While it lasts, `make(number)` is called every few milliseconds; `remove` undoes each at the end."""
    over, made = threading.Event(), []

    def grow():
        while not over.wait(0.004) and len(made) < limit:
            made.append(make(len(made)))

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        yield made
    finally:
        over.set()
        thread.join()
        for each in made:
            remove(each)
