"""Starts the service for the Java client: in XML, and in JSON with the legacy profile, with the secret and with Basic."""

import os
import re
import subprocess
import sys

from service import SECRET, Service

TEST = os.path.join(os.path.dirname(__file__), "RestApiClientTest.java")


def run(media_type, settings, credentials):
    service = Service(settings)
    try:
        command = ["java", "-cp", sys.argv[1], TEST, str(service.port), media_type, *credentials]
        process = subprocess.run(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    finally:
        service.stop()
    print(process.stdout, end="")
    last = re.search(r"(\d+) passed, (\d+) failed\n$", process.stdout)
    return (int(last[1]), int(last[2])) if last else (0, 1)


def main():
    results = [
        run("XML", {}, [SECRET]),
        run("XML", {"openfire.auth": "basic"}, ["admin", "admin"]),
        run("JSON", {"openfire.json_profile": "legacy"}, [SECRET]),
    ]
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    raise SystemExit(1 if failed or not passed else 0)


main()
