"""Private servers on loopback for benches/run, and the processes and ports they need."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

PROSODY = """
pidfile = "{dir}/prosody.pid"
data_path = "{dir}/data"
{root}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {clients} }}; component_ports = {{ {components} }}
component_interfaces = {{ "127.0.0.1" }}
{more}
http_ports = {{}}; https_ports = {{}}; s2s_ports = {{}}; c2s_direct_tls_ports = {{}}
modules_enabled = {{ "roster"; "saslauth"; "disco"; "ping"; "presence"; "message"; "iq" }}
modules_disabled = {{ "s2s" }}
c2s_require_encryption = false; s2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
log = {{ info = "{dir}/prosody.log" }}
VirtualHost "localhost"
Component "share.localhost"
  component_secret = "secret"
  component_conflict_resolve = "kick_old"
"""

EJABBERD = """
hosts: [localhost]
loglevel: info
log_rotate_count: 0
certfiles: []
auth_method: internal
auth_password_format: plain
listen:
  - {{port: {clients}, ip: "127.0.0.1", module: ejabberd_c2s, access: all, max_stanza_size: 262144,
      shaper: none}}
  - port: {components}
    ip: "127.0.0.1"
    module: ejabberd_service
    access: all
    shaper_rule: none
    hosts: {{share.localhost: {{password: secret}}}}
  - {{port: {http}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{/api: mod_http_api}}}}
acl: {{loopback: {{ip: [127.0.0.0/8]}}}}
api_permissions: {{"loopback api": {{who: {{ip: 127.0.0.0/8}}, what: "*"}}}}
modules: {{mod_admin_extra: {{}}, mod_caps: {{}}, mod_disco: {{}}, mod_http_api: {{}}, mod_offline: {{}},
  mod_ping: {{}}, mod_roster: {{versioning: true}}}}
"""


def free_port():
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait(what, holds, seconds=20):
    """Asks until it holds."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise RuntimeError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


def listens(port):
    """Whether somebody takes connections on the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Processes:
    """What was started, each in a group of its own, so that all of it can be ended."""

    def __init__(self):
        self.running = []

    def start(self, command, log, **more):
        """Starts a command whose errors go to a file."""
        with open(log, "ab") as errors:
            more = {"stdout": errors, "stderr": errors, "stdin": subprocess.DEVNULL, **more}
            process = subprocess.Popen([str(c) for c in command], start_new_session=True, **more)
        self.running.append(process)
        return process

    def stop(self, process):
        """Asks it to end, then ends it and all it started."""
        if process not in self.running:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        if process.stdout:
            process.stdout.close()
        self.running.remove(process)

    def stop_all(self):
        """Ends everything, the latest first."""
        for process in self.running[::-1]:
            self.stop(process)


class Prosody:
    """Without encryption, limits or modules that the load does not need."""

    name = "Prosody"
    program = "prosody"
    shares = 16_000

    def __init__(self, processes, folder, accounts, more=""):
        self.clients, self.components, self.more = free_port(), free_port(), more
        store = folder / "data/localhost/accounts"
        store.mkdir(parents=True)
        (folder / "certs").mkdir()
        for name in accounts:
            (store / f"{name}.dat").write_text('return { ["password"] = "pw"; };\n')
        config = folder / "prosody.cfg.lua"
        root = "run_as_root = true" if os.geteuid() == 0 else ""
        config.write_text(PROSODY.format(dir=folder, root=root, **vars(self)))
        command = ["prosody", "--config", config, "-F"]
        self.process = processes.start(command, folder / "out.log")
        wait("Prosody's ports", lambda: listens(self.components) and listens(self.clients))


class Ejabberd:
    """Started as a plain Erlang program: no epmd, no cookie, no ejabberdctl."""

    name = "ejabberd"
    program = "erl"
    shares = 40_000

    def __init__(self, processes, folder, accounts):
        self.clients, self.components, self.http = free_port(), free_port(), free_port()
        (folder / "db").mkdir(parents=True)
        (folder / "log").mkdir()
        (folder / "ejabberd.yml").write_text(EJABBERD.format(**vars(self)))
        environment = {
            **os.environ,
            "HOME": str(folder),
            "EJABBERD_CONFIG_PATH": str(folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(folder / "log/ejabberd.log"),
            "ERL_CRASH_DUMP_BYTES": "0",
            "ERL_LIBS": self.libraries(),
        }
        command = ["erl", "-noinput", "-mnesia", "dir", f'"{folder}/db"', "-s", "ejabberd"]
        self.process = processes.start(command, folder / "out.log", cwd=folder, env=environment)
        ports = (self.clients, self.components, self.http)
        wait("ejabberd's ports", lambda: all(map(listens, ports)), 60)
        for name in accounts:
            body = json.dumps({"user": name, "host": "localhost", "password": "pw"}).encode()
            url = f"http://127.0.0.1:{self.http}/api/register"
            urllib.request.urlopen(url, body, timeout=10).close()

    @staticmethod
    def libraries():
        """Where Debian keeps ejabberd's own libraries: beside those of the machine's kind."""
        ctl = shutil.which("ejabberdctl", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not ctl:
            raise RuntimeError("ejabberd is not installed")
        for folder in Path("/usr/lib").glob("*-linux-gnu"):
            if any(folder.glob("ejabberd-*")):
                return str(folder)
        return os.environ.get("ERL_LIBS", "")
