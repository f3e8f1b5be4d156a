"""Signals that end a soak, as an exception in the main thread, at moments that suit it."""

import contextlib
import signal
import threading

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_whole = False  # the main thread is in whole()
_came = None    # a signal that came meanwhile


class Interrupted(BaseException):
    """One of ENDING_SIGNALS came."""

    def __init__(self, number):
        super().__init__(number)
        self.number = number


def _handler(number, _frame):
    global _came
    if _whole:
        _came = number
    else:
        raise Interrupted(number)


def _set(handler):
    for number in ENDING_SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup: stays ignored
            signal.signal(number, handler)


def begin():
    _set(_handler)


def ignore():
    """From here on: what has to be put in order takes its time."""
    _set(signal.SIG_IGN)


@contextlib.contextmanager
def whole():
    """In the main thread, Interrupted is raised after the block, not in it. Not to be nested.

    For what must not be half done, as starting a process and noting that it runs.
    """
    global _whole, _came
    if threading.current_thread() is not threading.main_thread():
        yield  # signals do not reach it
        return
    _whole = True
    try:
        yield
    finally:
        _whole = False
    if _came is not None:
        number, _came = _came, None
        raise Interrupted(number)
