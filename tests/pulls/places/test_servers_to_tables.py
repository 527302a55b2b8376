"""What a clinic leaves on an SFTP server or in a shared folder becomes tables, through site.toml and tokens/."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.pulls.places import openssh, samba
from tests.pulls.places.fake_place import HEADER
from tests.sources.study_kit import study
from tests.warehouse.kit import SITE, Kit
from warehouse.pulls.api_token import variable_of
from warehouse.pulls.pull_sites import Outcome, pull_sites

ROW = "P1,S1,2025-01-05,L1,20\n"
SITE_TOML = """
[sources.ehr]
place = "{place}"
{keys}

[exports.rfa_sessions]
source = "ehr"
"""

STUDIES_TOML = """
[sources.ehr]
kind = "cbioportal"
place = "{place}"
genes = ["KRAS"]
{keys}

[exports.genotypes]
source = "ehr"
mode = "snapshot"
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


@pytest.mark.long
@pytest.mark.skipif(openssh.PROGRAM is None or openssh.USER != "nobody", reason="needs openssh-server, and to be root")
@pytest.mark.parametrize("what", ["a folder without rights", "a link"])
def test_half_a_study_waits(kit: Kit, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    """A study of which one folder may not be read, or one file is a link, is not fetched; one beside it is, and the
    first once it is whole.
    """
    with openssh.serving_sftp() as server:
        for name in ("2020_first", "2021_second"):
            for file, text in study().items():
                path = server.data / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        lists = server.data / "2020_first" / "case_lists"
        if what == "a link":
            (server.data / "2020_first" / "data_more.txt").symlink_to("meta_study.txt")
        else:
            lists.chmod(0)
        place = f"sftp://{openssh.USER}@127.0.0.1:{server.port}{server.data}"
        text = STUDIES_TOML.format(place=place, keys=f'host_key = "{server.fingerprint}"')
        kit.configure(SITE, text)
        monkeypatch.setenv(variable_of(SITE, "ehr"), server.private_key)
        (outcome,) = pull_sites(kit.home, SITE, sleep=lambda _: None)
        assert outcome.pulled is not None and outcome.pulled.files == ("2021_second",)
        assert "2020_first" in outcome.problem
        lists.chmod(0o755)
        (server.data / "2020_first" / "data_more.txt").unlink(missing_ok=True)
        (outcome,) = pull_sites(kit.home, SITE, sleep=lambda _: None)
        assert outcome.pulled is not None and outcome.pulled.files == ("2020_first",) and not outcome.problem
    assert {p.name for p in (kit.home.landing / SITE / "ehr" / "2020_first" / "case_lists").iterdir()}
