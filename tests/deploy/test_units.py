"""The systemd units of examples/deploy/ start services that answer and keep to loopback."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pytest

from orchestration.instance import EVENTS_PER_TRANSACTION, dagster_instance
from tests.orchestration.command import CHECKOUT
from warehouse.storage.home import Home

FOLDER = CHECKOUT / "examples" / "deploy"
INSTALLED, DATA = "/opt/ablation-registry", "/srv/registry-home"
WITHIN_SECONDS = 150
# The error, if there is one, is what a failing test has to show.
WHAT_IS_LOADED = """{workspaceOrError{...on Workspace{locationEntries{loadStatus locationOrLoadError{
  ...on RepositoryLocation{repositories{jobs{name}}}
  ...on PythonError{message}}}}}}"""


def unit(name: str, checkout: str = INSTALLED, home: str = DATA) -> tuple[configparser.SectionProxy, dict[str, str]]:
    """Return the section Service with its folders filled in, and its environment."""
    text = (FOLDER / f"registry-{name}.service").read_text(encoding="utf-8")
    environment = dict(
        line.partition("=")[2].replace(DATA, home).split("=", 1)
        for line in text.splitlines()
        if line.startswith("Environment=")
    )
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read_string(text.replace(INSTALLED, checkout).replace(DATA, home))
    return parser["Service"], environment


@pytest.mark.parametrize("name", ["web", "daemon"])
def test_units_are_careful(name: str) -> None:
    """No unit runs as root, sends statistics, creates files that others can read, or writes outside the home."""
    service, environment = unit(name)
    assert service["User"] == "registry" and service["UMask"] == "0077"
    assert service["ProtectSystem"] == "strict" and service["ReadWritePaths"] == DATA
    assert environment["DAGSTER_HOME"] == f"{environment['REGISTRY_HOME']}/dagster" == f"{DATA}/dagster"
    assert environment["DAGSTER_DISABLE_TELEMETRY"] == "yes"
    assert environment["DAGSTER_EVENT_BATCH_SIZE"] == EVENTS_PER_TRANSACTION


def test_the_web_interface_is_on_loopback_and_the_proxy_asks() -> None:
    """The interface listens on loopback, where the proxy expects it, and the proxy asks for a password."""
    words = shlex.split(unit("web")[0]["ExecStart"])
    proxy = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    assert words[words.index("--host") + 1] == "127.0.0.1"
    assert f"proxy_pass http://127.0.0.1:{words[words.index('--port') + 1]};" in proxy
    assert "auth_basic_user_file" in proxy and "listen 443 ssl" in proxy


def test_the_server_of_releases_reads_releases_alone() -> None:
    """The server for clients is not the registry's user, gets its token as a credential and writes nowhere; the proxy
    before it has TLS and passes on nothing else.
    """
    service, environment = unit("serve")
    words = shlex.split(service["ExecStart"])
    assert service["User"] == "registry-serve" and service["Group"] == "registry-readers"
    assert environment == {"REGISTRY_HOME": DATA} and words[1] == "serve" and "--as-owner" not in words
    assert words[words.index("--token-file") + 1] == "%d/token" and service["LoadCredential"].startswith("token:")
    assert service["ProtectSystem"] == "strict" and "ReadWritePaths" not in service and service["UMask"] == "0077"
    proxy = (FOLDER / "nginx-serve.conf").read_text(encoding="utf-8")
    assert f"proxy_pass http://127.0.0.1:{words[words.index('--port') + 1]};" in proxy
    assert "listen 443 ssl" in proxy and "location = /quack" in proxy and "deny  all" in proxy


@pytest.mark.daemon
def test_both_services_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Started with ExecStart, the web interface loads the definitions and sees the daemon's heartbeat."""
    for name in ("DAGSTER_HOME", "REGISTRY_HOME", "DAGSTER_EVENT_BATCH_SIZE"):
        monkeypatch.setenv(name, "0")  # put back what prepare sets
    home = Home(tmp_path / "home")
    with dagster_instance(home):  # as the first refresh, which comes before the services in docs/deploy.md
        pass
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    with ExitStack() as started:
        for name in ("web", "daemon"):
            service, environment = unit(name, str(CHECKOUT), str(home.root))
            words = shlex.split(service["ExecStart"])
            words = [str(Path(sys.executable).parent / Path(words[0]).name), *words[1:]]
            words = [port if word == "3000" else word for word in words]
            log = started.enter_context(open(tmp_path / f"{name}.log", "wb"))
            process = subprocess.Popen(
                words, cwd=service["WorkingDirectory"], env=os.environ | environment,
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
            started.callback(process.wait, 30)
            started.callback(os.killpg, process.pid, signal.SIGTERM)
        _until(port, WHAT_IS_LOADED, '"nightly"')
        said = _until(port, "{instance{daemonHealth{allDaemonStatuses{daemonType healthy}}}}", '"healthy": true')
        assert '"SCHEDULER"' in said


def _until(port: str, query: str, sign: str) -> str:
    """Return the web interface's answer once it holds the sign."""
    end, said = time.monotonic() + WITHIN_SECONDS, ""
    body = json.dumps({"query": query}).encode()
    while time.monotonic() < end:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                said = json.dumps(json.load(answer))
        except OSError:
            said = ""
        if sign in said:
            return said
        time.sleep(1)
    raise AssertionError(f"{sign} is not in the answer: {said[:3000]}")
