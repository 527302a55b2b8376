"""A lake whose server speaks TLS: with sslmode=verify-full only the host that the certificate names, signed by the
authority that was named, is talked to.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tests.deploy.postgres_server import SCRAM, Server, server_with
from tests.lake.lake_kit import with_files
from warehouse.lake.address import VARIABLE
from warehouse.lake.state import check_lake
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

pytestmark = pytest.mark.daemon
PASSWORD = "s3cr3t word"
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


@dataclass(frozen=True)
class WithTls:
    """A server with a certificate for localhost, and the folder with ca.pem, its authority, and other.pem."""

    server: Server
    folder: Path

    def set_tls(self, on: bool) -> None:
        """Turn TLS on or off."""
        engine = create_engine(self.server.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as con:
            con.execute(text(f"ALTER SYSTEM SET ssl = {'on' if on else 'off'}"))
        engine.dispose()
        self.server.run("reload")


def openssl(folder: Path, *words: str) -> None:
    """Run openssl in the folder."""
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WithTls]:
    """The server, with TLS on."""
    folder = tmp_path_factory.mktemp("tls")
    for name in ("ca", "other"):
        openssl(folder, "req", "-x509", *KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-subj", f"/CN={name}")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-addext", "subjectAltName=DNS:localhost")
    openssl(
        folder, "req", "-x509", *KEY, *signed, "-keyout", "server.key", "-out", "server.pem", "-subj", "/CN=localhost"
    )
    files = {"server.crt": (folder / "server.pem").read_bytes(), "server.key": (folder / "server.key").read_bytes()}
    with server_with(SCRAM, files, "ssl = on") as server:
        engine = create_engine(server.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as con:
            con.execute(text(f"CREATE ROLE writer LOGIN PASSWORD '{PASSWORD}'"))
            con.execute(text("CREATE DATABASE lake OWNER writer"))
        engine.dispose()
        yield WithTls(server, folder)


def checked(tls: WithTls, folder: Path, monkeypatch: pytest.MonkeyPatch, host: str, authority: str) -> str:
    """What the check at the start of a refresh says; '' if it is content."""
    home = with_files(Home(folder / "home").create(), folder / "files")
    place = f"host={host} hostaddr=127.0.0.1 port={tls.server.port} dbname=lake user=writer password='{PASSWORD}'"
    trusted = f"sslmode=verify-full sslrootcert={tls.folder / authority}"
    monkeypatch.setenv(VARIABLE, f"ducklake:postgres:{place} {trusted}")
    try:
        check_lake(home)
    except RegistryError as error:
        assert PASSWORD not in str(error)
        return str(error)
    return ""


def test_the_right_server_is_talked_to(tls: WithTls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the authority's certificate and the host that the server's names, the lake is made over TLS."""
    assert checked(tls, tmp_path, monkeypatch, "localhost", "ca.pem") == ""


@pytest.mark.parametrize(
    ("host", "authority", "wrong", "cure"),
    [
        ("db.hospital.example", "ca.pem", "certificate of another host", "as the certificate names it"),
        ("localhost", "other.pem", "No authority that this machine knows", "sslrootcert=/path/ca.pem"),
        ("localhost", "none.pem", "is not there, or is none", "Correct the path of sslrootcert"),
    ],
)
def test_another_server_is_not(
    tls: WithTls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, authority: str, wrong: str, cure: str
) -> None:
    """Another host's certificate, one of an authority that was not named, and a missing file of the authority's."""
    said = checked(tls, tmp_path, monkeypatch, host, authority)
    assert wrong in said and cure in said


def test_a_server_without_tls_is_not(tls: WithTls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TLS at the server nothing is sent, the password least of all."""
    tls.set_tls(False)
    try:
        said = checked(tls, tmp_path, monkeypatch, "localhost", "ca.pem")
    finally:
        tls.set_tls(True)
    assert "does not encrypt connections" in said and "ssl = on" in said
