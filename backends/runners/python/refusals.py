"""What the machine, a container, a filter of system calls, a file system or a limit refuses: it says nothing about
the mechanism, which is skipped for it, with the reason and what to change. The same errors as in ipcmark itself
(backends/refusal.cpp)."""
import errno
import os

FILTER = "a filter of system calls, a container or file permissions forbid it; run without that"
MEMORY = "free some memory, or raise ulimit -v, ulimit -l or the container's"
LOOPBACK = "bring the loopback device up (ip link set lo up)"
FAMILY = "this kernel or container lacks that kind of socket"
SPACE = "make room on that file system, or raise its quota"

WAYS_OUT = {
    errno.ENOSYS: "this kernel lacks the call, or a filter of system calls hides it",
    errno.EPERM: FILTER, errno.EACCES: FILTER,
    errno.EROFS: "the file system is read-only; mount it writable",
    errno.EAFNOSUPPORT: FAMILY, errno.EPROTONOSUPPORT: FAMILY, errno.ESOCKTNOSUPPORT: FAMILY,
    errno.ENETUNREACH: LOOPBACK, errno.ENETDOWN: LOOPBACK, errno.EADDRNOTAVAIL: LOOPBACK,
    errno.EHOSTUNREACH: LOOPBACK,
    errno.ENOMEM: MEMORY,
    errno.EMFILE: "raise ulimit -n", errno.ENFILE: "raise fs.file-max", errno.EFBIG: "raise ulimit -f",
    errno.ENOSPC: SPACE, errno.EDQUOT: SPACE,
    errno.EOPNOTSUPP: "the file system or the kernel does not offer it",
    errno.ENOLCK: "the file system offers no locks; use another",
}


def reason_of(error):
    """Of an exception that is such a refusal: the sentence to skip with; None where it is another error."""
    if isinstance(error, MemoryError):
        return f"no memory; {MEMORY}"
    if not isinstance(error, OSError):
        return None
    # Semaphores and shared memory lie there.
    if error.errno == errno.ENOENT and not os.path.isdir("/dev/shm"):
        return "/dev/shm is not there; mount a tmpfs on it"
    way_out = WAYS_OUT.get(error.errno)
    return f"{error.strerror}; {way_out}" if way_out else None
