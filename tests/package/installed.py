"""The life of the package on a system that is thrown away: installed, served, upgraded, removed, purged."""

import os
import pathlib
import pwd
import re
import socket
import subprocess
import sys
import urllib.request

PACKAGE = sys.argv[1]
CONFIG = pathlib.Path("/etc/firekeeper/config.toml")
DATA = pathlib.Path("/var/lib/firekeeper")
UNIT = pathlib.Path("/usr/lib/systemd/system/firekeeper.service")
# The system below has ports of its own in use.
ANY_PORT = {
    f"FIREKEEPER__{section}__{setting}": "127.0.0.1:0" for section in ["HTTP", "XMPP"] for setting in ["LISTEN", "TLS_LISTEN"]
} | {"FIREKEEPER__XMPP__PROXY_LISTEN": "127.0.0.1:0"}


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def as_service(*arguments):
    return ["runuser", "-u", "firekeeper", "--", "/usr/bin/firekeeper", "--config", str(CONFIG), *arguments]


def installed():
    run("dpkg", "--install", PACKAGE)
    user = pwd.getpwnam("firekeeper")
    assert user.pw_shell.endswith("nologin") and user.pw_uid < 1000, user
    data, config = DATA.stat(), CONFIG.stat()
    assert (data.st_uid, data.st_mode & 0o777) == (user.pw_uid, 0o700)
    assert (config.st_uid, config.st_gid, config.st_mode & 0o777) == (0, user.pw_gid, 0o640)
    assert str(CONFIG) in run("dpkg-query", "--show", "--showformat", "${Conffiles}", "firekeeper")
    for file in [
        "/usr/share/man/man1/firekeeper.1.gz",
        "/usr/share/man/man1/firekeeper-account-create.1.gz",
        "/usr/share/man/man5/firekeeper.toml.5.gz",
        "/usr/share/bash-completion/completions/firekeeper",
        "/usr/share/zsh/vendor-completions/_firekeeper",
        "/usr/share/fish/vendor_completions.d/firekeeper.fish",
        "/usr/share/doc/firekeeper/copyright",
    ]:
        assert os.path.exists(file), file
    assert run(*as_service("check-config")).endswith("the configuration can be used\n")
    if os.path.exists("/usr/bin/systemd-analyze"):
        said = subprocess.run(["systemd-analyze", "verify", str(UNIT)], capture_output=True, text=True)
        assert "firekeeper" not in said.stderr, said.stderr


def served():
    """As the unit says, and told to a supervisor."""
    unit = UNIT.read_text()
    command = re.search(r"^ExecStart=(.*)$", unit, re.M)[1].split()
    user = re.search(r"^User=(.*)$", unit, re.M)[1]
    notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notified.bind("/run/firekeeper-notify")
    os.chmod("/run/firekeeper-notify", 0o777)
    notified.settimeout(60)
    environment = ANY_PORT | {"NOTIFY_SOCKET": "/run/firekeeper-notify"}
    service = subprocess.Popen(command, env=environment, cwd="/", user=user, group=user, extra_groups=[])
    assert notified.recv(100) == b"READY=1\n"
    api = re.search(r"http://\S+", (DATA / "initial-credentials").read_text())[0]
    assert urllib.request.urlopen(f"{api}/system/readiness").status == 200
    documented()
    assert run(*as_service("account", "list")).startswith("admin@localhost")
    service.terminate()
    assert notified.recv(100) == b"STOPPING=1\n"
    assert service.wait(60) == 0
    os.remove("/run/firekeeper-notify")


def documented():
    """The commands of the document on installation, but those that need systemd or an editor."""
    document = pathlib.Path("/usr/share/doc/firekeeper/operators/install.md").read_text()
    commands = [line.removeprefix("    # ").split() for line in document.splitlines() if line.startswith("    # ")]
    for command in commands:
        match command:
            case ["apt" | "editor" | "systemctl", *_]:
                pass
            case ["firekeeper" | "runuser", *_]:
                # the domain of the document is not configured here
                run(*[word.replace("example.org", "localhost") for word in command], input="secret\n")
            case _:
                raise AssertionError(command)
    assert len(commands) >= 6


def upgraded():
    """What the operator wrote stays, and who lives in the database too."""
    with CONFIG.open("a") as config:
        config.write("\n[log]\naccess = true\n")
    run("dpkg", "--force-confold", "--install", PACKAGE)
    assert "access = true" in CONFIG.read_text()
    assert "kim@localhost" in run(*as_service("account", "list"))


def removed():
    run("dpkg", "--remove", "firekeeper")
    assert not os.path.exists("/usr/bin/firekeeper") and CONFIG.exists() and (DATA / "firekeeper.db").exists()
    said = run("dpkg", "--purge", "firekeeper")
    assert "/var/lib/firekeeper stays" in said, said
    assert not CONFIG.exists() and (DATA / "firekeeper.db").exists()


for step in [installed, served, upgraded, removed]:
    step()
    print(f"package: {step.__name__}")
