"""The servers that are measured: how each is configured alike, given its accounts, and started."""

import base64
import hashlib
import hmac
import os
import shutil
import socket
import sqlite3
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
HOST = "example.org"
SALT, ITERATIONS, PASSWORD = b"sixteen bytes ok", 4096, b"secret"

PROSODY = """
data_path = "{home}/data"; pidfile = "{home}/pid"; plugin_paths = {{}}
run_as_root = true; daemonize = false; log = {{ error = "{home}/log" }}
modules_enabled = {{ "roster"; "saslauth"; "tls"; "disco"; "presence"; "message"; "iq"; "pep"; "blocklist"; "carbons"; "smacks"; "csi_simple"; "ping"; "vcard4"; {archive} }}
modules_disabled = {{ "s2s"; "limits"; {disabled} }}
authentication = "internal_hashed"; storage = {storage}
sql = {{ driver = "SQLite3"; database = "prosody.sqlite" }}
archive_expires_after = "never"
network_settings = {{ tcp_backlog = 1024 }}
c2s_ports = {{}}; c2s_direct_tls_ports = {{ {port} }}; c2s_direct_tls_interfaces = {{ "127.0.0.1" }}
ssl = {{ certificate = "{home}/certificate.pem"; key = "{home}/key.pem" }}
c2s_direct_tls_ssl = {{ certificate = "{home}/certificate.pem"; key = "{home}/key.pem" }}
VirtualHost "example.org"
Component "conference.example.org" "muc"
    muc_room_locking = true
"""

EJABBERD = """
hosts: [example.org]
loglevel: error
certfiles: ["{home}/both.pem"]
listen:
  - {{ port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true, shaper: none, access: all, backlog: 1024, max_stanza_size: infinity }}
auth_method: internal
auth_password_format: scram
disable_sasl_mechanisms: [X-OAUTH2]
modules:
  mod_roster: {{}}
  mod_disco: {{}}
  mod_caps: {{}}
  mod_ping: {{}}
  mod_blocking: {{}}
  mod_privacy: {{}}
  mod_carboncopy: {{}}
  mod_stream_mgmt: {{}}
  mod_client_state: {{}}
  mod_vcard: {{}}
  mod_pubsub: {{ plugins: [flat, pep] }}
  mod_muc: {{ host: conference.example.org, access: all, access_create: all, max_users: 5000, max_user_conferences: 1000, default_room_options: {{ max_users: 5000 }} }}
  {archive}
"""

# Writes the accounts into the tables of ejabberd when it has started.
EJABBERD_ACCOUNTS = """
{{ok, Lines}} = file:read_file("{home}/rosters").
Keys = {{scram, <<"{stored}">>, <<"{server}">>, <<"{salt}">>, sha, {iterations}}}.
[mnesia:dirty_write({{passwd, {{<<"load", (integer_to_binary(N))/binary>>, <<"example.org">>}}, Keys}}) || N <- lists:seq(0, {accounts} - 1)].
[begin
  [A, B] = binary:split(Line, <<" ">>),
  U = <<"load", A/binary>>, J = {{<<"load", B/binary>>, <<"example.org">>, <<>>}},
  mnesia:dirty_write({{roster, {{U, <<"example.org">>, J}}, {{U, <<"example.org">>}}, J, <<>>, both, none, [], <<>>, []}})
 end || Line <- binary:split(Lines, <<"\\n">>, [global, trim])].
file:write_file("{home}/ready", <<>>).
"""


def keys(hash_name):
    salted = hashlib.pbkdf2_hmac(hash_name, PASSWORD, SALT, ITERATIONS)
    mac = lambda text: hmac.new(salted, text, hash_name).digest()
    return hashlib.new(hash_name, mac(b"Client Key")).digest(), mac(b"Server Key")


def text(data):
    return base64.b64encode(data).decode()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_certificate(home):
    paths = ["-keyout", f"{home}/key.pem", "-out", f"{home}/certificate.pem"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", *paths,
                    "-subj", "/CN=example.org", "-days", "2"], check=True, stderr=subprocess.DEVNULL)
    with open(f"{home}/both.pem", "w") as both:
        both.write(open(f"{home}/certificate.pem").read() + open(f"{home}/key.pem").read())
    os.chmod(f"{home}/both.pem", 0o644)


def firekeeper(home, port, archive, rosters, binary):
    credentials = ""
    for mechanism, name in (("SCRAM-SHA-1", "sha1"), ("SCRAM-SHA-256", "sha256")):
        stored, server = keys(name)
        credentials += (f"<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='{mechanism}'><iter-count>{ITERATIONS}"
                        f"</iter-count><salt>{text(SALT)}</salt><server-key>{text(server)}</server-key>"
                        f"<stored-key>{text(stored)}</stored-key></scram-credentials>")
    with open(f"{home}/accounts.xml", "w") as file:
        file.write(f"<server-data xmlns='urn:xmpp:pie:0'><host jid='{HOST}'>")
        for number, contacts in enumerate(rosters):
            items = "".join(f"<item jid='load{other}@{HOST}' subscription='both'/>" for other in contacts)
            file.write(f"<user name='load{number}'>{credentials}<query xmlns='jabber:iq:roster'>{items}</query></user>")
        file.write("</host></server-data>")
    settings = {
        "server.domain": HOST,
        "server.data_dir": home + "/data",
        "http.listen": f"127.0.0.1:{free_port()}",
        "http.tls_listen": "",
        "xmpp.listen": "",
        "xmpp.tls_listen": f"127.0.0.1:{port}",
        "xmpp.proxy_listen": "",
        "xmpp.archive": "everything" if archive else "off",
        "xmpp.offline": "true" if archive else "false",
        "xmpp.limits.connections_per_address": "100000",
        "xmpp.limits.stanza_rate": "1000000",
        "xmpp.limits.stanza_burst": "1000000",
        "xmpp.limits.room_history": "20",
        "http.certificate": f"{home}/certificate.pem",
        "http.key": f"{home}/key.pem",
        "log.level": "error",
    }
    named = {"FIREKEEPER__" + name.upper().replace(".", "__"): value for name, value in settings.items()}
    open(f"{home}/config.toml", "w").close()
    command = [binary, "--config", f"{home}/config.toml"]
    subprocess.run([*command, "import", f"{home}/accounts.xml"], env={**os.environ, **named}, check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return [*command, "serve"], named


def prosody(home, port, archive, rosters):
    stored, server = keys("sha1")
    account = (f'return {{ ["iteration_count"] = {ITERATIONS}; ["salt"] = "{SALT.decode()}"; '
               f'["stored_key"] = "{stored.hex()}"; ["server_key"] = "{server.hex()}"; }};\n')
    folder = f"{home}/data/example%2eorg"
    os.makedirs(f"{folder}/accounts")
    os.makedirs(f"{folder}/roster")
    for number, contacts in enumerate(rosters):
        with open(f"{folder}/accounts/load{number}.dat", "w") as file:
            file.write(account)
        if contacts:
            items = "".join(f'["load{other}@{HOST}"] = {{ ["subscription"] = "both"; ["groups"] = {{}}; }}; '
                            for other in contacts)
            with open(f"{folder}/roster/load{number}.dat", "w") as file:
                file.write(f'return {{ [false] = {{ ["version"] = 1; }}; {items} }};\n')
    if has_sqlite():
        # It stays so, and commits once instead of three times.
        sqlite3.connect(f"{home}/data/prosody.sqlite").execute("PRAGMA journal_mode=WAL").connection.close()
    storage = '{ archive = "sql"; _default = "internal" }' if has_sqlite() else '"internal"'
    with open(f"{home}/prosody.cfg.lua", "w") as file:
        file.write(PROSODY.format(home=home, port=port, archive='"offline"; "mam"' if archive else "", storage=storage,
                                  disabled="" if archive else '"offline"'))
    return ["prosody", "--root", "-F", "--config", f"{home}/prosody.cfg.lua"], {}


def has_sqlite():
    """Whether prosody can keep archives in SQLite, which is its best store for them."""
    return any(os.path.exists(f"/usr/share/lua/{version}/DBI.lua") for version in ("5.4", "5.3", "5.2"))


def ejabberd(home, port, archive, rosters):
    with open(f"{home}/rosters", "w") as file:
        file.writelines(f"{number} {other}\n" for number, contacts in enumerate(rosters) for other in contacts)
    stored, server = keys("sha1")
    with open(f"{home}/accounts.erl", "w") as file:
        file.write(EJABBERD_ACCOUNTS.format(home=home, stored=text(stored), server=text(server), salt=text(SALT),
                                            iterations=ITERATIONS, accounts=len(rosters)))
    modules = "mod_offline: {}\n  mod_mam: { default: always }" if archive else ""
    with open(f"{home}/ejabberd.yml", "w") as file:
        file.write(EJABBERD.format(home=home, port=port, archive=modules))
    libraries = "/usr/lib/x86_64-linux-gnu"
    paths = [os.path.join(libraries, name, "ebin") for name in sorted(os.listdir(libraries)) if name.startswith("ejabberd")]
    command = ["erl", "-noinput", "-sname", f"bench{port}", "-pa", *paths, "-mnesia", "dir", f'"{home}/mnesia"',
               "+K", "true", "+Q", "65536", "+P", "262144", "-s", "ejabberd",
               "-eval", f'file:eval("{home}/accounts.erl").']
    return command, {"EJABBERD_CONFIG_PATH": f"{home}/ejabberd.yml", "ERL_LIBS": libraries, "HOME": home}


def installed():
    """The servers by name, as far as they are there."""
    found = {"Firekeeper": firekeeper}
    if shutil.which("prosody"):
        found["prosody"] = prosody
    if shutil.which("ejabberdctl"):
        found["ejabberd"] = ejabberd
    return found
