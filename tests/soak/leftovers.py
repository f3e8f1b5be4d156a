"""What of ipcmark's outlives its processes on this machine, and what of it was added by whom looks.

The first look is taken before anything begins: whatever lay there then was not left by it. Files
count in directories of one's own alone, since any program may begin a name in /tmp with ours;
objects of the kernel by their names. What a manifest names that lies elsewhere, or that a living run
holds, is another run's. What is about to go away is waited for.
"""

import dataclasses
import glob
import os
import time

KEY_PREFIX = 0x4950  # upper half of every System V key of ipcmark's
MANIFEST = ".manifest"
SYSV_TABLES = {"sysv_queue": "msg", "sysv_sem": "sem", "sysv_shm": "shm"}  # by kind of a claim
SOAK_PREFIX = "ipcmark-soak-"  # the soaks' own directories under /tmp, gone when they end


@dataclasses.dataclass(frozen=True)
class Places:
    own: tuple = ()  # runtime and temporary directories of one's own: everything in them counts
    memory: str = "/dev/shm"
    queues: str = "/dev/mqueue"  # where it is mounted
    tables: str = "/proc/sysvipc"
    others: tuple = ()  # patterns of other runs' directories: what is named there does not count


def of_runs_in(*own):
    """Places on this machine for whoever gives its runs these directories, and no others."""
    others = [glob.escape(place) for place in default_runtime_directories() if place not in own]
    return Places(own, others=(*others, f"/tmp/{SOAK_PREFIX}*/runtime/ipcmark"))


def default_runtime_directories():
    """Where runs without IPCMARK_RUNTIME_DIR keep their manifests."""
    user = os.geteuid()
    places = [f"/tmp/ipcmark-{user}", f"/run/user/{user}/ipcmark"]
    if base := os.environ.get("XDG_RUNTIME_DIR"):
        places.append(os.path.join(base, "ipcmark"))
    if base := os.environ.get("TMPDIR"):
        places.append(os.path.join(base, f"ipcmark-{user}"))
    return tuple(dict.fromkeys(places))


def _named(directory, prefix):
    """Paths in `directory` that are this user's; another user's are none of the soak's."""
    try:
        with os.scandir(directory) as entries:
            return {entry.path for entry in entries if entry.name.startswith(prefix)
                    and entry.stat(follow_symlinks=False).st_uid == os.geteuid()}
    except OSError:  # not mounted, or removed while we look
        return set()


def _below(directory):
    return {os.path.join(folder, name)
            for folder, folders, files in os.walk(directory) for name in folders + files}


def _key_text(table, key):
    return f"System V {table} 0x{key & 0xFFFFFFFF:08x}"


def _keys(tables):
    found = set()
    for table in ("msg", "sem", "shm"):
        try:
            with open(os.path.join(tables, table)) as rows:
                titles = next(rows).split()
                for row in rows:
                    fields = dict(zip(titles, row.split()))
                    key = int(fields["key"]) & 0xFFFFFFFF
                    if key >> 16 == KEY_PREFIX and int(fields["cuid"]) == os.geteuid():
                        found.add(_key_text(table, key))
        except FileNotFoundError:  # a kernel without System V IPC
            pass
    return found


def look(places):
    """Names of everything of ipcmark's that lies on the machine now."""
    found = _named(places.memory, "ipcmark.") | _named(places.queues, "ipcmark.")
    for directory in places.own:
        found |= _below(directory)
    return found | _keys(places.tables)


def _open_manifests():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            for fd in os.listdir(f"/proc/{pid}/fd"):
                path = os.readlink(f"/proc/{pid}/fd/{fd}")
                if path.endswith(MANIFEST):
                    yield path
        except OSError:  # ended while we look, or another user's
            continue


def _claims(manifest, places):
    """Names of what a manifest speaks of outside of the runtime directory."""
    try:
        with open(manifest, errors="replace") as file:
            lines = file.read().split("\n")
    except OSError:
        return
    for kind, _, name in (line.partition(" ") for line in lines[1:-1]):
        if kind == "posix_shm":
            yield os.path.join(places.memory, name)
        elif kind == "posix_queue":
            yield os.path.join(places.queues, name)
        elif kind in SYSV_TABLES:
            yield _key_text(SYSV_TABLES[kind], int(name, 16))


def in_use(places):
    """Names that manifests of living runs claim, and where these lie."""
    found = set()
    for path in _open_manifests():
        run_directory = path[: -len(MANIFEST)]
        found |= {path, os.path.dirname(path), run_directory} | _below(run_directory)
        found.update(_claims(path, places))
    return found


def others(places):
    """Names that manifests in other runtime directories claim, of dead runs too."""
    found = set()
    for pattern in places.others:
        for path in glob.glob(f"{pattern}/*{MANIFEST}"):
            if not path.startswith(places.own):
                found.update(_claims(path, places))
    return found


class Leftovers:
    """Knows what lay there when it was made."""

    def __init__(self, places, settle_s=60):
        self.places = places
        self.settle_s = settle_s
        self.known = look(places)

    def added(self):
        """Sorted names of what is new and stays for `settle_s` without a living run that claims it.

        Each is reported once: the next call takes it for known. Returns at once when there is none.
        """
        left = look(self.places) - self.known
        give_up = time.monotonic() + self.settle_s
        while left:
            left -= in_use(self.places) | others(self.places)
            if not left or time.monotonic() >= give_up:
                break
            time.sleep(0.1)
            left &= look(self.places)
        self.known |= left
        return sorted(left)
