"""Runs Smack's integration tests and judges what failed.

Some tests of Smack look at what another of its threads has just got, and fail on a busy machine: what failed runs again
on its own, and counts when it fails every time. What loses such a race even then stands in `known-failures` with the
mark `at times`.
"""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "clients"))
from service import Service, free_port  # noqa: E402

LIMIT = 1200
# How often a test may run until it passes.
ATTEMPTS = 3
OPTIONS = {
    "service": "example.org",
    "host": "127.0.0.1",
    "securityMode": "disabled",
    "enabledConnections": "tcp",
    "dnsResolver": "javax",
    "adminAccountUsername": "admin",
    "adminAccountPassword": "admin",
    "replyTimeout": "10000",
    "debugger": "none",
}


def known_failures():
    """Names of tests with their reasons, in two groups: those that always fail, and those that fail at times."""
    with open(os.path.join(HERE, "known-failures")) as file:
        lines = [line.strip() for line in file if line.strip() and not line.startswith("#")]
    always, at_times = {}, {}
    for line in lines:
        name, mark, reason = re.fullmatch(r"(\S+?)( \(at times\))?:\s+(.+)", line).groups()
        (at_times if mark else always)[name] = reason
    return always, at_times


def run(home, tests):
    """How many tests ran, those that failed, and the report."""
    options = dict(OPTIONS, **({"enabledTests": ",".join(sorted(tests))} if tests else {}))
    command = ["java", *(f"-Dsinttest.{name}={value}" for name, value in options.items())]
    command += ["-cp", os.path.join(home, "lib", "*"), "org.igniterealtime.smack.inttest.SmackIntegrationTestFramework"]
    report = subprocess.run(command, cwd=home, capture_output=True, text=True, errors="replace", timeout=LIMIT)
    text = report.stdout + report.stderr
    finished = re.search(r"finished: (\d+)/(\d+) \[(\d+) failed\]", text)
    if not finished:
        sys.exit(text[-4000:] + "\nthe tests did not finish")
    failed = set(re.findall(r"^SEVERE: (\w+\.\w+) \([^)]*\) failed:", text, re.MULTILINE))
    if len(failed) > int(finished[3]) or bool(failed) != bool(int(finished[3])):
        sys.exit(text[-4000:] + "\nthe report is not understood")
    return int(finished[2]), failed, text


def main():
    home, tests = sys.argv[1], sys.argv[2:]
    always, at_times = known_failures()
    port = free_port()
    settings = {
        "xmpp.listen": "127.0.0.1:5222",
        "xmpp.allow_plaintext_login": "true",
        # Nobody finds example.org, and nobody trusts its certificate.
        "upload.url": f"http://127.0.0.1:{port}/upload",
    }
    service = Service(settings, port)
    try:
        ran, failed, report = run(home, tests)
        for line in sorted(set(re.findall(r"Could not run .*", report))):
            print(line)
        for _ in range(ATTEMPTS - 1):
            again = failed - always.keys()
            if not again:
                break
            print("once more:", *sorted(again))
            _, failed_again, report = run(home, again)
            failed = failed - again | failed_again
    finally:
        service.stop()
    wrong = failed - always.keys() - at_times.keys()
    if wrong:
        print(re.sub(r"^\tat .*\n", "", report, flags=re.MULTILINE)[-6000:])
    for name in sorted(wrong):
        print(f"failed: {name}")
    for name, reason in sorted((always | at_times).items()):
        if name in failed:
            print(f"known failure: {name}: {reason}")
    stale = set() if tests else always.keys() - failed
    for name in sorted(stale):
        print(f"passes, and stands among the known failures: {name}")
    print(f"{ran - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if wrong or stale or ran == len(failed) else 0)


if __name__ == "__main__":
    main()
