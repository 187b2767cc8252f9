"""profanity in a terminal of its own (tmux): logs in over STARTTLS and direct TLS, shows the roster, and talks."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "clients"))
from service import Service, main  # noqa: E402

# How long to wait for what must appear; generous, since the machine may be busy.
PATIENCE = 20


class Screen:
    """A running profanity; `type` is the keyboard, `shows` waits for a text on it."""

    def __init__(self, name, service, direct_tls=False):
        self.home = tempfile.mkdtemp(prefix="firekeeper-profanity-")
        self.tmux = ["tmux", "-S", os.path.join(self.home, "tmux"), "-f", "/dev/null"]
        environment = {"HOME": self.home, "LC_ALL": "C.UTF-8", "TERM": "screen", "SSL_CERT_FILE": service.certificate}
        settings = [f"{name}={value}" for name, value in environment.items()]
        size = ["-x", "160", "-y", "50"]
        command = ["env", "-u", "XDG_CONFIG_HOME", "-u", "XDG_DATA_HOME", *settings, "profanity"]
        subprocess.run([*self.tmux, "new-session", "-d", *size, *command], check=True)
        self.shows("Profanity")
        port = service.xmpp_tls_port if direct_tls else service.xmpp_port
        # With `legacy` it is TLS from the first byte.
        tls = "legacy" if direct_tls else "trust"
        self.type(f"/connect {name}@example.org/desk server 127.0.0.1 port {port} tls {tls}")
        self.shows("password")
        self.type("admin" if name == "admin" else "secret")
        self.shows("logged in successfully")

    def type(self, line):
        subprocess.run([*self.tmux, "send-keys", "-l", line], check=True)
        subprocess.run([*self.tmux, "send-keys", "Enter"], check=True)

    def text(self):
        captured = subprocess.run([*self.tmux, "capture-pane", "-p", "-S", "-200"], capture_output=True, text=True)
        return captured.stdout

    def shows(self, text):
        until = time.monotonic() + PATIENCE
        while text not in self.text():
            if time.monotonic() > until:
                raise AssertionError(f"no {text!r} in:\n{self.text()}")
            time.sleep(0.02)

    def close(self):
        self.type("/quit")
        subprocess.run([*self.tmux, "kill-server"], stderr=subprocess.DEVNULL)
        shutil.rmtree(self.home, ignore_errors=True)


class Profanity(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = Service()

    @classmethod
    def tearDownClass(cls):
        cls.service.stop()

    def screen(self, name, **how):
        screen = Screen(name, self.service, **how)
        self.addCleanup(screen.close)
        return screen

    def test_shows_the_roster_and_talks(self):
        jane = self.screen("jane")
        jane.type("/roster")
        jane.shows("john@example.org")
        john = self.screen("john")
        jane.shows("John (desk) is online")
        jane.type("/msg john@example.org hello from the terminal")
        john.shows("<< chat message: Jane")
        john.type("/msg jane@example.org")
        john.shows("hello from the terminal")
        john.type("and back again")
        jane.shows("and back again")

    def test_a_subscription_is_asked_for_and_granted(self):
        admin = self.screen("admin")
        jane = self.screen("jane")
        admin.type("/sub request jane@example.org")
        jane.shows("Received authorization request from admin@example.org")
        jane.type("/sub allow admin@example.org")
        admin.shows("Subscription received from jane@example.org")
        jane.type("/sub deny admin@example.org")
        admin.type("/roster remove jane@example.org")
        admin.shows("Roster item removed: jane@example.org")

    def test_logs_in_over_direct_tls(self):
        self.screen("jane", direct_tls=True)


if __name__ == "__main__":
    main(sys.modules[__name__])
