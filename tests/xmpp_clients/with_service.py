"""Starts the service and runs a client against it: the command gets the port, the port with direct TLS, and the file
with the certificate behind its arguments."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "clients"))
from service import Service  # noqa: E402

service = Service({"xmpp.registration": "true"})
try:
    arguments = [str(service.xmpp_port), str(service.xmpp_tls_port), service.certificate]
    # Clients in Rust trust what stands in that file.
    environment = {**os.environ, "SSL_CERT_FILE": service.certificate}
    status = subprocess.run([*sys.argv[1:], *arguments], env=environment, timeout=300).returncode
finally:
    service.stop()
raise SystemExit(status)
