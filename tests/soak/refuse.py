#!/usr/bin/python3
"""refuse.py CALL ERRNO PROGRAM [ARGUMENT]...: runs it under a filter that refuses one system call.

As a container's filter does (seccomp, mode 2): the kernel answers ERRNO to CALL, of the program and
of all that it starts.
"""

import ctypes
import errno
import os
import platform
import sys

# By machine: the number of each call (include/uapi/asm-generic/unistd.h, syscall_64.tbl).
NUMBERS = {
    "x86_64": {"memfd_create": 319, "pidfd_open": 434, "futex_waitv": 449, "close_range": 436,
               "mq_open": 240, "msgget": 68, "semget": 64, "socketpair": 53, "eventfd2": 290,
               "timer_create": 222, "sched_setaffinity": 203, "mknodat": 259, "bind": 49,
               "prctl": 157, "mkdirat": 258},
    "aarch64": {"memfd_create": 279, "pidfd_open": 434, "futex_waitv": 449, "close_range": 436,
                "mq_open": 180, "msgget": 186, "semget": 190, "socketpair": 199, "eventfd2": 19,
                "timer_create": 107, "sched_setaffinity": 122, "mknodat": 33, "bind": 200,
                "prctl": 167, "mkdirat": 34},
}

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO = 0x7FFF0000, 0x00050000
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K


class Instruction(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("if_true", ctypes.c_uint8), ("if_false", ctypes.c_uint8),
                ("k", ctypes.c_uint32)]


class Filter(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(Instruction))]


def number_of(call):
    """None where this machine's numbers are not known here."""
    return NUMBERS.get(platform.machine(), {}).get(call)


def refuse(number, error):
    """From here on, and in every process started from here. OSError: the kernel has no filters."""
    instructions = (Instruction * 4)(
        Instruction(LOAD_WORD, 0, 0, 0),  # seccomp_data.nr
        Instruction(JUMP_IF_EQUAL, 0, 1, number),
        Instruction(RETURN, 0, 0, SECCOMP_RET_ERRNO | error),
        Instruction(RETURN, 0, 0, SECCOMP_RET_ALLOW))
    program = Filter(len(instructions), instructions)
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
                      (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "no filter of system calls here")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__.splitlines()[0])
    call, error, program = sys.argv[1], sys.argv[2], sys.argv[3:]
    number = number_of(call)
    if number is None:
        sys.exit(f"refuse.py: the number of {call} on {platform.machine()} is not known here")
    refuse(number, getattr(errno, error))
    os.execvp(program[0], program)


if __name__ == "__main__":
    main()
