"""tools/setup.sh starts no service while it installs packages. Nothing is installed here: apt-get,
dpkg-query and sudo are programs of this test."""

import os
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

SETUP = os.path.join(sys.argv.pop(2), "tools/setup.sh")
sys.argv.pop(1)

# Notes what a package's script would be told if it asked whether a service may start.
APT_GET = """#!/bin/sh
if [ -x "$IPCMARK_POLICY_RC_D" ]; then "$IPCMARK_POLICY_RC_D" docker start; said=$?; else said=none; fi
if [ "$1" = "$SIGNAL_AT" ]; then
  kill -TERM "$SETUP_PID_OF_TEST"
  sleep 0.2  # the script has the signal by now
  [ -x "$IPCMARK_POLICY_RC_D" ] || said="$said, removed too early"
fi
echo "$1 $said" >>"$NOTES"
[ "$1" != "$FAILS_AT" ]
"""
SUDO = """#!/bin/sh
[ "$1" = -n ] && shift
exec "$@"
"""


class Setup(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="setup-")
        self.addCleanup(directory.cleanup)
        self.policy = os.path.join(directory.name, "policy-rc.d")
        self.notes = os.path.join(directory.name, "notes")
        self.programs = os.path.join(directory.name, "bin")
        os.mkdir(self.programs)
        self.program("apt-get", APT_GET)
        self.program("dpkg-query", "#!/bin/sh\nexit 1\n")  # nothing is installed
        self.program("sudo", SUDO)

    def program(self, name, text):
        path = os.path.join(self.programs, name)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def setup_script(self, fails_at="", signal_at=""):
        """Its exit code, and what apt-get noted at each call."""
        environment = dict(
            os.environ, PATH=self.programs + os.pathsep + os.environ["PATH"],
            IPCMARK_POLICY_RC_D=self.policy, NOTES=self.notes, FAILS_AT=fails_at, SIGNAL_AT=signal_at)
        # The shell becomes the script, so that its process id is known beforehand.
        done = subprocess.run(
            ["bash", "-c", 'SETUP_PID_OF_TEST=$$ exec bash "$0" build', SETUP], env=environment,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        with open(self.notes) as file:
            return done.returncode, file.read().splitlines()

    def test_services_are_forbidden_during_the_installation_alone(self):
        code, notes = self.setup_script()
        self.assertEqual((code, notes), (0, ["update 101", "install 101", "install 101"]))
        self.assertFalse(os.path.exists(self.policy))

    def test_a_failed_installation_leaves_nothing(self):
        code, notes = self.setup_script(fails_at="install")
        self.assertNotEqual(code, 0)
        self.assertEqual(notes, ["update 101", "install 101"])
        self.assertFalse(os.path.exists(self.policy))

    def test_a_signal_waits_for_the_installation_and_leaves_nothing(self):
        code, notes = self.setup_script(signal_at="install")
        self.assertEqual((code, notes), (128 + signal.SIGTERM, ["update 101", "install 101"]))
        self.assertFalse(os.path.exists(self.policy))

    def test_a_policy_of_the_machine_is_left_as_it_is(self):
        own = "#!/bin/sh\nexit 104\n"
        with open(self.policy, "w") as file:
            file.write(own)
        os.chmod(self.policy, 0o700)
        code, notes = self.setup_script()
        self.assertEqual((code, notes), (0, ["update 104", "install 104", "install 104"]))
        with open(self.policy) as file:
            self.assertEqual(file.read(), own)
        self.assertEqual(stat.S_IMODE(os.stat(self.policy).st_mode), 0o700)

    def test_one_that_a_killed_run_left_is_removed(self):
        self.program("apt-get", '#!/bin/sh\nkill -KILL "$SETUP_PID_OF_TEST"\necho killed >>"$NOTES"\n')
        self.assertEqual(self.setup_script()[0], -signal.SIGKILL)
        self.assertTrue(os.path.exists(self.policy))
        self.program("apt-get", APT_GET)
        self.assertEqual(self.setup_script()[0], 0)
        self.assertFalse(os.path.exists(self.policy))


if __name__ == "__main__":
    unittest.main()
