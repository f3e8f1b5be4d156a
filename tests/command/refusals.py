"""Programs whose system calls fail: a seccomp filter that a child sets before it becomes the program."""

import ctypes
import errno
import os
import platform
import struct
import unittest

WORDS = {"EPERM": "Operation not permitted", "ENOSYS": "Function not implemented"}  # of a skip's reason

NUMBERS = {  # of system calls, by machine; a call that one has not is left out
    "x86_64": {"bind": 49, "close_range": 436, "eventfd2": 290, "fchmod": 91, "fchmodat": 268, "fcntl": 72,
               "flock": 73, "ftruncate": 77, "futex_waitv": 449, "getdents64": 217, "getrandom": 318,
               "io_uring_setup": 425,
               "linkat": 265, "memfd_create": 319, "mkdirat": 258, "mknodat": 259, "mlockall": 151, "mq_open": 240,
               "mq_unlink": 241, "msgctl": 71, "msgget": 68, "openat": 257, "pidfd_open": 434,
               "prctl": 157, "preadv2": 327, "process_vm_readv": 310, "renameat2": 316,
               "sched_setaffinity": 203, "sched_setscheduler": 144, "set_mempolicy": 238, "semctl": 66, "semget": 64,
               "shmctl": 31, "shmget": 29, "signalfd4": 289, "socketpair": 53, "timer_create": 222,
               "unlink": 87, "unlinkat": 263, "vmsplice": 278},
    "aarch64": {"bind": 200, "close_range": 436, "eventfd2": 19, "fchmod": 52, "fchmodat": 53, "fcntl": 25,
                "flock": 32, "ftruncate": 46, "futex_waitv": 449, "getdents64": 61, "getrandom": 278,
                "io_uring_setup": 425,
                "linkat": 37, "memfd_create": 279, "mkdirat": 34, "mknodat": 33, "mlockall": 230, "mq_open": 180,
                "mq_unlink": 181, "msgctl": 187, "msgget": 186, "openat": 56, "pidfd_open": 434,
                "prctl": 167, "preadv2": 286, "process_vm_readv": 270, "renameat2": 276,
                "sched_setaffinity": 122, "sched_setscheduler": 119, "set_mempolicy": 237, "semctl": 191, "semget": 190,
                "shmctl": 195, "shmget": 194, "signalfd4": 74, "socketpair": 199, "timer_create": 107,
                "unlinkat": 35, "vmsplice": 75},
}
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K
ALLOW, FAIL = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | errno
ARGUMENTS = 16  # offset of the first argument's lower half, in little-endian order


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def number_of(call):
    """Skips the test where the machine has no such call, or is not known here."""
    numbers = NUMBERS.get(platform.machine(), {})
    if call not in numbers:
        raise unittest.SkipTest(f"no number of {call} for {platform.machine()}")
    return numbers[call]


def refusing(call, error, argument=None):
    """For Popen's preexec_fn: `call` fails with `error` ("EPERM") from then on, in its children too.

    `argument` is an argument's index, EQUAL or AT_LEAST, and a value: other calls are let through.
    """
    number, code = number_of(call), getattr(errno, error)
    steps = [(LOAD, 0, 0, 0), (EQUAL, 0, 3 if argument else 1, number)]
    if argument:
        index, comparison, value = argument
        steps += [(LOAD, 0, 0, ARGUMENTS + 8 * index), (comparison, 0, 1, value)]
    steps += [(RETURN, 0, 0, FAIL | code), (RETURN, 0, 0, ALLOW)]
    text = b"".join(struct.pack("HBBI", *step) for step in steps)
    library = ctypes.CDLL(None, use_errno=True)

    def refuse():
        program = _Program(len(steps), text)
        if (library.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or
                library.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program)) != 0):
            os._exit(99)

    return refuse
