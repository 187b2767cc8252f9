#!/usr/bin/env python3
"""Converse.js in Debian's Chromium: jane logs in over WebSocket and over BOSH, and talks with john, whose client is on a
plain socket. The argument is the folder of the package `converse.js`.
"""

import base64
import functools
import http.server
import os
import re
import socket
import sys
import tempfile
import threading
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.support.ui import WebDriverWait

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "clients"))

from service import Service  # noqa: E402

PATIENCE = 60

PAGE = """<!DOCTYPE html><html><head><meta charset="utf-8">
<link rel="stylesheet" href="dist/converse.min.css"></head>
<body><script type="module">
import "./dist/converse.min.js";
const converse = window.converse;
window.heard = [];
converse.plugins.add('test', {
  initialize () {
    window._converse = this._converse;
    this._converse.api.listen.on('connected', () => { window.connected = true; });
    this._converse.api.listen.on('message', data => {
      const body = data.stanza.querySelector('body');
      if (body) window.heard.push(body.textContent);
    });
  }
});
converse.initialize({
  authentication: 'login', auto_login: true, jid: 'jane@example.org', password: 'secret',
  %s, discover_connection_methods: false, whitelisted_plugins: ['test'], view_mode: 'fullscreen', i18n: 'en',
  clear_cache_on_logout: true, allow_non_roster_messaging: true, loglevel: 'debug', assets_path: 'dist/'
});
</script></body></html>
"""


class Site(http.server.SimpleHTTPRequestHandler):
    """The files of the page, without a line for each request."""

    def log_message(self, *_):
        pass


class John:
    """A client on a plain socket."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.seen = ""
        header = "<stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
        self.send(header)
        self.expect("</stream:features>")
        proof = base64.b64encode(b"\0john\0secret").decode()
        self.send(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>")
        self.expect("<success")
        self.send(header)
        self.expect("</stream:features>")
        self.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
        self.expect("</iq>")
        self.send("<presence/>")

    def send(self, text):
        self.socket.sendall(text.encode())

    def expect(self, pattern):
        while not (found := re.search(pattern, self.seen)):
            data = self.socket.recv(65536)
            assert data, f"the stream ended before {pattern}: {self.seen}"
            self.seen += data.decode()
        self.seen = self.seen[found.end():]


def browser(profile):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Driver("/usr/bin/chromedriver"))


def chat(driver, url, service):
    john = John(service.xmpp_port)
    driver.get(url)
    waiting = WebDriverWait(driver, PATIENCE)
    waiting.until(lambda it: it.execute_script("return window.connected === true"))
    driver.execute_script(
        "window._converse.api.chats.open('john@example.org').then(chat => chat.sendMessage({body: 'hi from the browser'}))"
    )
    john.expect("hi from the browser")
    john.send("<message to='jane@example.org' type='chat' id='m1'><body>hi from the socket</body></message>")
    waiting.until(lambda it: it.execute_script("return window.heard.includes('hi from the socket')"))


def main(package):
    service = Service({"xmpp.allow_plaintext_login": "true"})
    ways = {
        "websocket": f"websocket_url: 'ws://127.0.0.1:{service.port}/ws'",
        "bosh": f"bosh_service_url: 'http://127.0.0.1:{service.port}/http-bind'",
    }
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.join(os.path.abspath(package), "dist"), os.path.join(folder, "dist"))
        for name, setting in ways.items():
            with open(os.path.join(folder, name + ".html"), "w") as page:
                page.write(PAGE % setting)
        handler = functools.partial(Site, directory=folder)
        site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        try:
            for name in ways:
                with tempfile.TemporaryDirectory() as profile:
                    driver = browser(profile)
                    began = time.monotonic()
                    try:
                        chat(driver, f"http://127.0.0.1:{site.server_port}/{name}.html", service)
                        print(f"{name}: logged in and talked in {time.monotonic() - began:.1f} s")
                    except Exception:
                        for line in driver.get_log("browser")[-30:]:
                            print(line["message"][:400], file=sys.stderr)
                        raise
                    finally:
                        driver.quit()
        finally:
            service.stop()


main(sys.argv[1])
