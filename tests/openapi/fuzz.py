#!/usr/bin/env python3
"""schemathesis against the running service: no answer is a failure of the service, none is missing in the document.

Arguments: the program `st`. EXAMPLES is the number of cases for each operation, SEED makes them others.
"""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "clients"))

from service import API, SECRET, Service  # noqa: E402

CHECKS = ",".join(
    [
        "not_a_server_error",
        "status_code_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "described_content_type",
    ]
)


def main():
    service = Service({"userservice.enabled": "true"})
    try:
        document = os.path.join(service.data, "openapi.json")
        answer = service.request("GET", API + "/openapi.json", {"Authorization": SECRET})
        with open(document, "w") as file:
            file.write(answer.text)
        command = [
            sys.argv[1],
            "run",
            document,
            f"--url={service.url}/plugins",
            f"--header=Authorization:{SECRET}",
            f"--checks={CHECKS}",
            f"--max-examples={os.environ.get('EXAMPLES', '25')}",
            f"--seed={os.environ.get('SEED', '1')}",
            "--continue-on-failure",
            "--workers=1",
            "--warnings=off",
        ]
        environment = {**os.environ, "OPENAPI_DOCUMENT": document, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": HERE}
        return subprocess.run(command, env=environment, cwd=service.data).returncode
    finally:
        service.stop()


sys.exit(main())
