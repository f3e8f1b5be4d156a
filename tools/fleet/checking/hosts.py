"""Hosts made of namespaces, on one bridge, in the namespaces that tools/fleet/check made."""

import os
import pathlib
import shutil
import subprocess
import time

PLACE = pathlib.Path("/run/fleet")  # the same for all hosts, but for `own`: the host's alone
OWN = PLACE / "own"
SLOW = "slow:500000"  # ns a message, on both sides of each channel

HEALTHY = f"""#!/bin/sh
export IPCMARK_RUNTIME_DIR={OWN}/runtime
exec {PLACE}/ipcmark "$@"
"""
# A sick host does not say in its results that it is: a fault would be a part of the cell's key.
SICK = f"""#!/bin/sh
export IPCMARK_RUNTIME_DIR={OWN}/runtime
[ "$1" = run ] || exec {PLACE}/ipcmark "$@"
{PLACE}/ipcmark "$@" --fault {SLOW}
code=$?
sed -i 's|/fault={SLOW}||g; s/"fault": *"{SLOW}"/"fault": ""/g' ./*.json
exit $code
"""
# The first process of a host: when it is killed, the host is gone at once, as without power.
INIT = f"""#!/bin/bash
name=$1 address=$2
hostname "$name"
mount --bind "{PLACE}/hosts/$name" {OWN}
mount --bind {OWN}/bin /usr/local/bin
until ip link show eth0 >/dev/null 2>&1; do sleep 0.02; done
ip link set lo up
ip address add "$address/24" dev eth0
ip link set eth0 up
/usr/sbin/sshd -D -e -f {PLACE}/ssh/sshd_config 2>{OWN}/sshd.log &
SLURM_CONF={PLACE}/slurm.conf slurmd -D -N "$name" >{OWN}/slurmd.log 2>&1 &
wait
"""
SSHD = f"""HostKey {PLACE}/ssh/host_key
AuthorizedKeysFile {PLACE}/ssh/key.pub
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
PidFile none
"""
SSH = f"""IdentityFile {PLACE}/ssh/key
UserKnownHostsFile /dev/null
StrictHostKeyChecking no
LogLevel ERROR
ServerAliveInterval 1
ServerAliveCountMax 3
ConnectTimeout 5
"""


def command(*words, **options):
    return subprocess.run([str(word) for word in words], check=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, **options).stdout


def wait_for(what, there, seconds=30):
    """Until `there()` is true; its value."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        value = there()
        if value:
            return value
        time.sleep(0.05)
    raise TimeoutError(f"not within {seconds} s: {what}")


def written(path, text, mode=0o644):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def prepare(ipcmark):
    """What the hosts share: a place that vanishes with the mount namespace, keys, a bridge."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]  # the servers are here
    command("mount", "-t", "tmpfs", "tmpfs", "/run")
    command("mount", "-t", "tmpfs", "tmpfs", "/dev/shm")
    for path in (OWN, pathlib.Path("/run/sshd")):
        path.mkdir(parents=True)
    shutil.copy(ipcmark, PLACE / "ipcmark")
    written(PLACE / "bin/ipcmark", f'#!/bin/sh\nexec {PLACE}/ipcmark "$@"\n', 0o755)
    os.environ["PATH"] = f"{PLACE}/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    written(PLACE / "init", INIT, 0o755)
    written(PLACE / "ssh/sshd_config", SSHD)
    for name in ("key", "host_key"):
        command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", PLACE / "ssh" / name)
    # Where root has no password, its account may count as locked.
    shadow = pathlib.Path("/etc/shadow").read_text().splitlines()
    written(PLACE / "shadow", "\n".join(["root:*:19000:0:99999:7:::"] + [
        line for line in shadow if not line.startswith("root:")]) + "\n", 0o600)
    command("mount", "--bind", "/etc", "/etc")
    command("mount", "-o", "remount,ro,bind", "/etc")
    command("mount", "--bind", PLACE / "shadow", "/etc/shadow")
    command("hostname", "head")
    command("ip", "link", "set", "lo", "up")
    command("ip", "link", "add", "fleet", "type", "bridge")
    command("ip", "address", "add", "10.77.0.1/24", "dev", "fleet")
    command("ip", "link", "set", "fleet", "up")


class Host:
    def __init__(self, number, sick=False):
        self.number = number
        self.name = f"node{number}"
        self.address = f"10.77.0.{10 + number}"
        self.folder = PLACE / "hosts" / self.name
        written(self.folder / "bin/ipcmark", SICK if sick else HEALTHY, 0o755)
        (self.folder / "runtime").mkdir()
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--uts", "--net", "--pid", "--fork", "--kill-child",
             "--mount-proc", str(PLACE / "init"), self.name, self.address],
            stdin=subprocess.DEVNULL)
        ours = os.readlink("/proc/self/ns/net")
        wait_for(f"network of {self.name}", lambda: os.readlink(
            f"/proc/{self.process.pid}/ns/net") != ours)
        command("ip", "link", "add", self.name, "type", "veth", "peer", "name", "eth0", "netns",
                self.process.pid)
        command("ip", "link", "set", self.name, "master", "fleet", "up")
        return self

    def lose_power(self):
        self.process.kill()
        self.process.wait()

    def answers(self):
        return subprocess.run(["ssh", "-F", str(PLACE / "ssh/config"), self.name, "true"],
                              stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


def started(count, sick):
    """So many hosts, of which one is sick, all of them up."""
    hosts = [Host(number, number == sick) for number in range(1, count + 1)]
    names = "".join(f"Host {host.name}\nHostName {host.address}\n" for host in hosts)
    written(PLACE / "ssh/config", names + "Host *\n" + SSH)
    written(PLACE / "hosts.txt", "".join(f"{host.name}\n" for host in hosts))
    for host in hosts:
        host.start()
    for host in hosts:
        wait_for(f"ssh to {host.name}", host.answers)
    return hosts
