"""The life of the service under systemd: the argument is the process id of a system that has booted."""

import re
import subprocess
import sys
import time

INIT = sys.argv[1]
PATIENCE = 60
UNIT = "firekeeper"
API = "http://127.0.0.1:9090/plugins/restapi/v1"


def attempt(*command, stdin=None):
    """Runs a command in the system: its exit code and what it wrote."""
    inside = ["nsenter", "-t", INIT, "-a"]
    environment = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"]
    done = subprocess.run([*inside, *environment, *command], input=stdin, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def run(*command, stdin=None):
    code, said = attempt(*command, stdin=stdin)
    assert code == 0, f"{command}: {said}\n{attempt('journalctl', '--no-pager', '-u', UNIT)[1][-4000:]}"
    return said


def write(path, text):
    run("sh", "-c", f"mkdir -p $(dirname {path}) && cat > {path}", stdin=text)


def shown(key):
    return run("systemctl", "show", "--property", key, "--value", UNIT).strip()


def until(what, condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what}: {shown('ActiveState')}, {shown('Result')}"
        time.sleep(0.2)


def status(*options, url=f"{API}/users"):
    return attempt("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", *options, url)[1]


def installed():
    run("dpkg", "--install", "/package.deb")
    assert shown("ActiveState") == "inactive", "the package starts nothing by itself"


def started():
    """`systemctl` returns when the service answers."""
    run("systemctl", "enable", "--now", UNIT)
    assert status(url=f"{API}/system/readiness") == "200"
    words = run("cat", "/var/lib/firekeeper/initial-credentials")
    password = re.search(r"^password\s+(\S+)", words, re.M)[1]
    assert status("-u", f"admin:{password}") == "200"
    assert run("stat", "-c", "%U", f"/proc/{shown('MainPID')}").strip() == "firekeeper"
    exposure = float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", run("systemd-analyze", "security", UNIT))[1])
    assert exposure < 2, exposure


def reloaded():
    pid = shown("MainPID")
    run("systemctl", "reload", UNIT)
    until("nothing was read again", lambda: "certificates read again" in run("journalctl", "--no-pager", "-u", UNIT))
    assert shown("MainPID") == pid


def restarted_after_a_crash():
    before = shown("MainPID")
    run("sh", "-c", f"kill -9 {before}")
    until("not started again", lambda: shown("NRestarts") == "1" and shown("ActiveState") == "active")
    assert status(url=f"{API}/system/readiness") == "200"


def restarted_when_it_hangs():
    write(f"/etc/systemd/system/{UNIT}.service.d/watchdog.conf", "[Service]\nWatchdogSec=2s\n")
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", UNIT)
    before = shown("MainPID")
    run("sh", "-c", f"kill -STOP {before}")
    until("still hangs", lambda: shown("MainPID") not in [before, "0"] and shown("ActiveState") == "active")
    assert status(url=f"{API}/system/readiness") == "200"


def secret_from_a_credential():
    write("/root/secret", "of-the-system")
    drop_in = '[Service]\nLoadCredential=openfire.secret:/root/secret\nEnvironment="FIREKEEPER__OPENFIRE__AUTH=secret"\n'
    write(f"/etc/systemd/system/{UNIT}.service.d/secret.conf", drop_in)
    run("systemctl", "daemon-reload")
    run("systemctl", "restart", UNIT)
    assert status("-H", "Authorization: of-the-system") == "200"
    assert status("-H", "Authorization: another") == "401"


def low_port_opened_by_systemd():
    """A client that comes while the service restarts waits for it."""
    socket = "[Socket]\nListenStream=80\nFileDescriptorName=http.listen\nService=firekeeper.service\n"
    write("/etc/systemd/system/firekeeper-http.socket", socket)
    run("systemctl", "daemon-reload")
    run("systemctl", "stop", UNIT)
    run("systemctl", "start", "firekeeper-http.socket")
    assert status("-H", "Authorization: of-the-system", url=API.replace(":9090", "") + "/users") == "200"
    assert shown("ActiveState") == "active", "the first client starts it"
    run("systemctl", "--no-block", "restart", UNIT)
    assert status("-H", "Authorization: of-the-system", url=API.replace(":9090", "") + "/users") == "200"
    run("systemctl", "stop", "firekeeper-http.socket")


def a_wrong_configuration_is_not_tried_again():
    write(f"/etc/systemd/system/{UNIT}.service.d/wrong.conf", '[Service]\nEnvironment="FIREKEEPER__HTTP__LISTEN=nowhere"\n')
    run("systemctl", "daemon-reload")
    assert attempt("systemctl", "restart", UNIT)[0] != 0
    until("tried again", lambda: shown("ActiveState") == "failed")
    assert shown("ExecMainStatus") == "2"
    assert "http.listen" in run("journalctl", "--no-pager", "-u", UNIT), "the log names the setting"
    run("rm", f"/etc/systemd/system/{UNIT}.service.d/wrong.conf")
    run("systemctl", "daemon-reload")
    run("systemctl", "start", UNIT)


def stopped():
    run("systemctl", "stop", UNIT)
    assert (shown("ActiveState"), shown("Result")) == ("inactive", "success")


for step in [
    installed,
    started,
    reloaded,
    restarted_after_a_crash,
    restarted_when_it_hangs,
    secret_from_a_credential,
    low_port_opened_by_systemd,
    a_wrong_configuration_is_not_tried_again,
    stopped,
]:
    step()
    print(f"systemd: {step.__name__}", flush=True)
