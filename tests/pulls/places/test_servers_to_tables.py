"""What a clinic leaves on an SFTP server or in a shared folder becomes tables, through site.toml and tokens/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pulls.places import openssh, samba
from tests.pulls.places.fake_place import HEADER
from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.pull_sites import Outcome, pull_sites

ROW = "P1,S1,2025-01-05,L1,20\n"
SITE_TOML = """
[sources.ehr]
place = "{place}"
{keys}

[exports.rfa_sessions]
source = "ehr"
"""


@dataclass(frozen=True)
class Running:
    """A running server: where its place is, which keys site.toml needs for it, and what opens it."""

    place: str
    keys: str
    secret: str
    data: Path


@contextmanager
def by_sftp() -> Iterator[Running]:
    """An OpenSSH server that takes a key."""
    with openssh.serving_sftp() as server:
        place = f"sftp://{openssh.USER}@127.0.0.1:{server.port}{server.data}"
        yield Running(place, f'host_key = "{server.fingerprint}"', server.private_key, server.data)


@contextmanager
def by_smb() -> Iterator[Running]:
    """A Samba that takes a password."""
    with samba.serving_share() as server:
        place = f"smb://WORKGROUP;{samba.USER}@127.0.0.1:{server.port}/share"
        yield Running(place, "", samba.PASSWORD, server.data)


@pytest.mark.parametrize(
    "serving",
    [
        pytest.param(by_sftp, marks=pytest.mark.skipif(openssh.PROGRAM is None, reason="needs openssh-server")),
        pytest.param(by_smb, marks=[pytest.mark.skipif(not samba.IS_HERE, reason=samba.REASON), pytest.mark.long]),
    ],
)
def test_from_a_server_to_tables(kit: Kit, serving: Callable) -> None:
    """Without a secret nothing is asked; with it, in a file for the registry's user alone, what is new is fetched: a
    file that grows between two looks waits, one that may not be read waits, and both stop no other.
    """
    with serving() as server:
        server.data.joinpath("2025-02-01.csv").write_text(HEADER + ROW)
        server.data.joinpath("growing.csv").write_text(HEADER)
        server.data.joinpath("denied.csv").write_text(HEADER)
        server.data.joinpath("denied.csv").chmod(0)
        kit.configure(SITE, SITE_TOML.format(place=server.place, keys=server.keys))

        def pull(between: Callable[[], object] = lambda: None) -> Outcome:
            (outcome,) = pull_sites(kit.home, SITE, sleep=lambda seconds: between() and None)
            assert server.secret.strip() not in repr(outcome)
            return outcome

        assert f"tokens/{SITE}/ehr" in pull().problem
        token = kit.home.root / "tokens" / SITE / "ehr"
        token.parent.mkdir(parents=True)
        token.write_text(server.secret)
        token.chmod(0o600)
        found = pull(lambda: server.data.joinpath("growing.csv").write_text(HEADER + ROW.replace("P1", "P2")))
        assert found.pulled is not None and found.pulled.files == ("2025-02-01.csv",)
        assert "growing.csv" in " ".join(found.pulled.remarks)
        assert "denied.csv" in found.problem and "may not read it" in found.problem
        found = pull()
        assert found.pulled is not None and found.pulled.files == ("growing.csv",)
    assert "cannot be reached" in pull().problem
    kit.refresh()
    assert kit.tuples("SELECT patient_id FROM clean.rfa_sessions ORDER BY 1") == [("P1",), ("P2",)]
