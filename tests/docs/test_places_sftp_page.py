"""What docs/sources/places_sftp.md says is carried out, with an OpenSSH server and a Samba in place of a clinic's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestration.pulling import lines_of
from tests.docs.test_source_pages import FENCE
from tests.pulls.places import openssh, samba
from tests.structure.checkout import ROOT
from tests.warehouse.kit import Kit, new_kit
from warehouse.pulls.api_token import variable_of
from warehouse.pulls.pull_sites import pull_sites

PAGE = ROOT / "docs" / "sources" / "places_sftp.md"
SITE = "clinic-a"
SHOWN = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


@dataclass(frozen=True)
class Server:
    """A running server: what is there in place of the page's address, its key's fingerprint, and what opens it."""

    place: str
    fingerprint: str
    secret: str
    data: Path


@contextmanager
def sftp() -> Iterator[Server]:
    """An OpenSSH server."""
    with openssh.serving_sftp() as server:
        place = f"sftp://{openssh.USER}@127.0.0.1:{server.port}{server.data}"
        yield Server(place, server.fingerprint, server.private_key, server.data)


@contextmanager
def smb() -> Iterator[Server]:
    """A Samba."""
    with samba.serving_share() as server:
        (server.data / "exports").mkdir()
        place = f"smb://CLINIC;{samba.USER}@127.0.0.1:{server.port}/share/exports"
        yield Server(place, "", samba.PASSWORD, server.data / "exports")


@pytest.fixture
def blocks() -> dict[tuple[str, str], str]:
    """The page's blocks, by language and what follows it."""
    return {(language, said): text for language, said, text in FENCE.findall(PAGE.read_text(encoding="utf-8"))}


@pytest.fixture
def kit(tmp_path: Path) -> Iterator[Kit]:
    """A registry's home."""
    with new_kit(tmp_path / "home") as made:
        yield made


@pytest.mark.long
@pytest.mark.parametrize(
    "serving",
    [
        pytest.param(sftp, marks=pytest.mark.skipif(openssh.PROGRAM is None, reason="needs openssh-server")),
        pytest.param(smb, marks=pytest.mark.skipif(not samba.IS_HERE, reason=samba.REASON)),
    ],
)
def test_the_page_fetches_from_a_server(
    kit: Kit, blocks: dict[tuple[str, str], str], serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its pulls print what it shows, its query gives the result that it shows; another key is refused as it says."""
    with serving() as server:
        text = re.sub(r'place = ".*"', f'place = "{server.place}"', blocks["toml", serving.__name__])
        (server.data / "2026-03-01.csv").write_text(blocks["csv", "2026-03-01.csv"])
        monkeypatch.setenv(variable_of(SITE, "ehr"), server.secret)
        if server.fingerprint:
            kit.configure(SITE, text)
            (outcome,) = pull_sites(kit.home, SITE, sleep=lambda _: None)
            said = re.sub(r"SHA256:\S+ \([a-z0-9-]+\) and ", "", f"{outcome.place}: {outcome.problem}")
            assert _alike(said.replace("127.0.0.1", "files.clinic.example")) == _alike(
                blocks["text", "refused"].strip()
            )
        kit.configure(SITE, SHOWN.sub(server.fingerprint, text))
        printed = []
        for _ in range(2):
            (outcome,) = pull_sites(kit.home, SITE, sleep=lambda _: None)
            assert outcome.pulled is not None and not outcome.problem
            printed += [f"{outcome.place}: {line}" for line in lines_of(outcome.pulled)]
    assert printed == re.findall(r"^clinic-a.*", blocks["console", ""], re.M)
    kit.refresh()
    assert kit.problems == []
    rows = [" | ".join(map(str, row)) for row in kit.tuples(blocks["sql", "query"])]
    assert rows == blocks["result", ""].splitlines()


def _alike(said: str) -> str:
    """The sentence without the fingerprint of one server."""
    return SHOWN.sub("SHA256:...", said)
