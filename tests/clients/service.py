"""The running service for the client tests: started in the demonstration state on free ports, read back over HTTP.

State at the start: domain example.org; admin/admin, jane/secret, john/secret; jane and john in each other's rosters;
chat service `conference`; no groups, no rooms. The shared secret is `potato`.
"""

import base64
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
SECRET = "potato"
API = "/plugins/restapi/v1"


# Below the range that the system gives out by itself (32768 and above), so that nobody takes one by chance between the
# choice and the start of the program that is told it; neighbouring processes begin far apart.
_ports = itertools.count(os.getpid() * 101)


def free_port():
    for number in _ports:
        port = 10_000 + number % 22_000
        with socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.type = headers.get("Content-Type", "")
        self.text = body.decode()

    def json(self):
        return json.loads(self.text)


class Service:
    """`settings` are dotted names with their values, on top of the demonstration's."""

    def __init__(self, settings=None, port=None):
        binary = os.path.abspath(os.environ["FIREKEEPER_BIN"])
        self.data = tempfile.mkdtemp(prefix="firekeeper-")
        self.port = port or free_port()
        self.xmpp_port, self.xmpp_tls_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.certificate = os.path.join(self.data, "certificate.pem")
        defaults = {
            "server.data_dir": self.data,
            "http.listen": f"127.0.0.1:{self.port}",
            "http.tls_listen": f"127.0.0.1:{free_port()}",
            "http.drain_delay": "0s",
            "xmpp.listen": f"127.0.0.1:{self.xmpp_port}",
            "xmpp.tls_listen": f"127.0.0.1:{self.xmpp_tls_port}",
            "xmpp.proxy_listen": "127.0.0.1:0",
            "openfire.auth": "secret",
        }
        environment = dict(os.environ)
        for name, value in {**defaults, **(settings or {})}.items():
            environment["FIREKEEPER__" + name.upper().replace(".", "__")] = value
        self.log = open(os.path.join(self.data, "log.txt"), "w+")
        self.process = subprocess.Popen(
            [binary, "--config", os.path.join(ROOT, "config.toml"), "serve", "--demo"],
            env=environment,
            cwd=self.data,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._wait_until_ready()

    def _wait_until_ready(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                # Somebody else may answer on the port that this one did not get; its control socket is its own.
                is_itself = os.path.exists(os.path.join(self.data, "control.sock"))
                if is_itself and self.request("GET", API + "/system/readiness").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        self.log.seek(0)
        text = self.log.read()
        self.stop()
        raise RuntimeError("the service does not start: " + text[-2000:])

    def request(self, method, path, headers=None, body=None):
        """One request on a connection of its own; the path is sent as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def json(self, path, authorization=SECRET):
        """What the API answers in JSON to a GET below its base path."""
        headers = {"Authorization": authorization, "Accept": "application/json"}
        answer = self.request("GET", API + path, headers)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.text}")
        return answer.json()

    def status(self, path, authorization=SECRET):
        headers = {"Authorization": authorization, "Accept": "application/json"}
        return self.request("GET", API + path, headers).status

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.data, ignore_errors=True)


class Calls:
    """Notes which public methods of a client have been called, so that a test of all of them can prove it."""

    def __init__(self, classes):
        self.expected, self.seen = set(), set()
        for cls in classes:
            for name, function in list(vars(cls).items()):
                if callable(function) and not name.startswith("_"):
                    self._watch(cls, name, function)

    def _watch(self, cls, name, function):
        label = f"{cls.__name__}.{name}"
        self.expected.add(label)

        def watched(client, *args, **kwargs):
            self.seen.add(label)
            return function(client, *args, **kwargs)

        setattr(cls, name, watched)

    def assert_complete(self):
        missing = sorted(self.expected - self.seen)
        assert not missing, f"methods that no test calls: {missing}"


def main(module):
    """Runs the tests of a module and ends with the line that `run` adds up."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(module)
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    broken = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    failed = len(broken)
    passed = result.testsRun - sum(1 for name in broken if not name.startswith(("setUp", "tearDown")))
    print(f"{passed} passed, {failed} failed", flush=True)
    raise SystemExit(1 if failed or not passed else 0)
