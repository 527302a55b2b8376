"""Tests of the commands for who holds the key, and of those that name a patient."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import KEY, OTHER, the_key
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.pseudonyms.typed import identifiers_of, key_of_entry
from warehouse.storage.errors import RegistryError
from warehouse.storage.pseudonym_key import KEY_FILE, VARIABLE, find_key

P1 = the_key().pseudonym("P", SITE, "P1")


def run(kit: Kit, *typed: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(app, [*typed, "--home", str(kit.home.root)])
    if isinstance(done.exception, RegistryError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def told(keyed: Kit) -> Kit:
    """A home with a session under pseudonyms, whose build database is closed."""
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of([row_of("rfa_sessions")]))
    keyed.refresh()
    keyed.con.close()
    return keyed


@pytest.mark.long
def test_reidentify_tells_and_logs(told: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log has who asked, why and for whom, but no identifier; without the key nothing is told."""
    assert run(told, "reidentify", P1, "--reason", "A query", "--by", "A. Miller") == f"{P1}  {SITE}  P1\n"
    with pytest.raises(RegistryError, match="1 of 1 are no pseudonyms"):
        run(told, "reidentify", "P17", "--reason", "A query")
    lines = [json.loads(line) for line in (told.home.pseudonyms / "asked.ndjson").read_text().splitlines()]
    assert [(line["by"], line["found"], line["unknown"]) for line in lines][0] == ("A. Miller", [P1], 0)
    assert (lines[1]["found"], lines[1]["unknown"]) == ([], 1) and "P17" not in json.dumps(lines)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(RegistryError, match="key of the pseudonyms is missing"):
        run(told, "reidentify", P1, "--reason", "A query")


@pytest.mark.long
def test_a_row_is_named_by_the_clinics_number_or_the_pseudonym(told: Kit) -> None:
    """Both retract the same row."""
    key = "|".join(the_key().pseudonym(*named) for named in (("P", SITE, "P1"), ("S", SITE, "S1"), ("L", SITE, "L1")))
    for typed in ("P1|S1|L1", key):
        assert f"rfa_sessions {key} of {SITE}" in run(
            told, "retract", SITE, "rfa_sessions", typed, "--reason", "Twice", "--dry-run"
        )
    assert key_of_entry(told.home, SITE, "LES-03", "P1|S1|L1") == key
    assert key_of_entry(told.home, SITE, "PHI-01", "P1|S1|L1") == key


@pytest.mark.long
def test_a_key_in_the_home_is_replaced(keyed: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a random one, of mode 0600; one in the environment is not, and a file that others can read is refused."""
    with pytest.raises(RegistryError, match="does not lie in the home"):
        keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of([row_of("rfa_sessions")]))
        keyed.refresh()
        run(keyed, "rotate-key")
    keyed.con.close()
    monkeypatch.delenv(VARIABLE)
    path = keyed.home.pseudonyms / KEY_FILE
    path.parent.mkdir()
    path.write_text(KEY)
    path.chmod(0o644)
    with pytest.raises(RegistryError, match="can be read by other users"):
        run(keyed, "rotate-key")
    path.chmod(0o600)
    assert "1 archived file rewritten" in run(keyed, "rotate-key")
    made = find_key(keyed.home)
    assert made is not None and made.key_id not in (the_key().key_id, the_key(OTHER).key_id)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.long
def test_check_map_and_forget_understand_the_clinics_number(told: Kit) -> None:
    """A check and a proposal read files as delivered and keep nothing; an erasure removes pseudonym and way back."""
    said = run(told, "check", SITE) + run(told, "map", SITE)
    assert "P1" not in said and below_home(told.home, ['"P1"']) == {}
    assert "P-" in P1 and below_home(told.home, [P1]) != {}
    said = run(told, "forget", SITE, "P1", "--reason", "Consent withdrawn", "--yes")
    assert "1 row" in said and below_home(told.home, [P1]) == {}
    assert identifiers_of(told.home, SITE, [P1]) == {}
