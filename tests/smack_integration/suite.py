"""Runs Smack's integration tests and judges what failed.

Some tests of Smack look at what another of its threads has just got, and fail on a busy machine: what failed runs once
more on its own, and counts when it fails again.
"""

import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "clients"))
from service import Service, free_port  # noqa: E402

LIMIT = 1200
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
    """Names of tests, each with its reason behind a colon."""
    with open(os.path.join(HERE, "known-failures")) as file:
        lines = [line for line in file if line.strip() and not line.startswith("#")]
    return dict(re.split(r":\s+", line.strip(), maxsplit=1) for line in lines)


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
    known = known_failures()
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
        again = failed - known.keys()
        if again:
            print("once more:", *sorted(again))
            _, failed_again, report = run(home, again)
            failed = failed - again | failed_again
    finally:
        service.stop()
    wrong = failed - known.keys()
    if wrong:
        print(re.sub(r"^\tat .*\n", "", report, flags=re.MULTILINE)[-6000:])
    for name in sorted(wrong):
        print(f"failed: {name}")
    for name in sorted(failed & known.keys()):
        print(f"known failure: {name}: {known[name]}")
    stale = set() if tests else known.keys() - failed
    for name in sorted(stale):
        print(f"passes, and stands among the known failures: {name}")
    print(f"{ran - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if wrong or stale or ran == len(failed) else 0)


if __name__ == "__main__":
    main()
