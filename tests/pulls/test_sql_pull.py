"""A site's database is asked one SELECT for each export, and its answers are deliveries like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.exports import EXPORTS
from tests.pulls.sqlite_clinic import SITE_TOML, Clinic
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, new_kit
from warehouse.archive.archive import Archive
from warehouse.intake.site_config import parse
from warehouse.pulls.databases import sql_pull
from warehouse.pulls.databases.ask import Questions, ask
from warehouse.pulls.databases.reach import Place
from warehouse.pulls.databases.write_answers import write_answers
from warehouse.sources.sql_source import file_name
from warehouse.storage.errors import RegistryError


@pytest.fixture
def clinic(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clinic]:
    """A clinic that is asked in this process: a process of its own takes as long as all the rest."""
    monkeypatch.setattr(sql_pull, "ask", write_answers)
    with new_kit(tmp_path / "home") as kit:
        yield Clinic(kit)


def sessions(kit: Kit) -> list[tuple]:
    """The sessions that count after a refresh."""
    kit.refresh()
    assert kit.problems == []
    return kit.tuples("SELECT patient_id, lesion_id, max_diameter_mm FROM clean.rfa_sessions ORDER BY ALL")


def test_answers_become_rows_that_the_archive_alone_rebuilds(
    tmp_path: Path, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Patients and sessions come out with the mapping of site.toml, in a process of its own; a full refresh gives the
    same without the database and without what was delivered."""
    monkeypatch.setattr(sql_pull, "ask", ask)
    assert clinic.pull() == ["patients", "rfa_sessions"]
    assert [path.stat().st_mode & 0o077 for path in clinic.files()] == [0, 0]
    found = sessions(clinic.kit)
    assert found == [("101", "1", 21.5), ("101", "2", 9.0), ("103", "1", 30.0)]
    assert clinic.kit.tuples("SELECT patient_id, sex, birth_year FROM clean.patients ORDER BY ALL")[:2] == [
        ("101", "female", 1955),
        ("102", "male", None),
    ]
    clinic.file.unlink()
    for path in clinic.files():
        path.unlink()
    assert "patients.sql" in {arrival.file_name for arrival in Archive(clinic.kit.home).arrivals}
    clinic.kit.refresh(full=True)
    assert sessions(clinic.kit) == found


def test_only_what_changed_is_delivered(clinic: Clinic) -> None:
    """An unchanged answer is no delivery, in whatever order its rows come, and also after the site has cleared its
    folder; a changed one replaces what is gone."""
    clinic.pull()
    clinic.kit.land()
    assert clinic.pull() == []
    clinic.run("CREATE TABLE again AS SELECT * FROM ablation ORDER BY mm DESC; DROP TABLE ablation;")
    clinic.run("ALTER TABLE again RENAME TO ablation")
    for path in clinic.files():
        path.unlink()
    assert clinic.pull() == []
    clinic.run("DELETE FROM ablation WHERE lesion = 2; UPDATE ablation SET mm = 22 WHERE patient = 101")
    assert clinic.pull() == ["rfa_sessions"]
    assert sessions(clinic.kit) == [("101", "1", 22.0), ("103", "1", 30.0)]


def test_settings_of_asking_do_not_decide_how_a_file_is_read() -> None:
    """Another connection, bound or query reads no old delivery again; another mapping does."""

    def fingerprints(text: str) -> set[str]:
        mapping = parse(text.format(file="ehr.sqlite"), SITE).mapping
        assert mapping is not None
        files = [file_name("2026-01-31_020000", name) for name in EXPORTS]
        return {feed.fingerprint for file in files for feed in mapping.feeds("ehr", file)}

    asked_otherwise = SITE_TOML.replace('"{file}"', '"/srv/other.sqlite"\nmost_rows = 50\nmost_minutes = 1')
    asked_otherwise = asked_otherwise.replace("patients.sql", "SELECT 1")
    assert fingerprints(asked_otherwise) == fingerprints(SITE_TOML)
    assert len(fingerprints(SITE_TOML.replace('"no"', '"nr"')) & fingerprints(SITE_TOML)) == 1


@pytest.mark.parametrize(
    ("query", "said"),
    quick(
        4,
        [
            ("SELECT no FROM nobody", "names the table or column nobody"),
            ("SELECT no, name FROM patient UNION ALL SELECT 1", "is not shown"),
            ("DELETE FROM patient", "is no SELECT"),
            ("SELECT no FROM patient; SELECT 1", "holds 2 statements"),
            ("-- nothing", "holds no statements"),
            ("SELECT FROM WHERE", "cannot be read as SQL"),
            ("SELECT p.no FROM patient p, patient q, ablation", "more than 5 rows"),
        ],
    ),
)
def test_a_query_that_fails_delivers_nothing(clinic: Clinic, query: str, said: str) -> None:
    """Nothing of the source is delivered, not even an answer that came; the reason names no patient."""
    clinic.configure(SITE_TOML.replace('kind = "sql"', 'kind = "sql"\nmost_rows = 5'))
    (clinic.folder / "patients.sql").write_text(query)
    outcome = clinic.outcome()
    assert outcome.pulled is None
    assert said in outcome.problem
    assert clinic.files() == []
    assert not any(value in outcome.problem for value in ("Anna", "101", str(clinic.file)))
    assert [path.name for path in (clinic.kit.home.warehouse / "pulls" / SITE / "ehr").iterdir()] == ["state.json"]


def test_another_database_is_asked_only_when_somebody_accepts_it(clinic: Clinic) -> None:
    """A changed connection gets no password, until it is accepted."""
    clinic.pull()
    clinic.configure(SITE_TOML.replace('"{file}"', '"{file}?"'))
    assert "another address" in clinic.outcome().problem
    assert "no file" in clinic.outcome(accepts_address=True).problem


@pytest.mark.long
def test_what_takes_too_long_is_stopped(tmp_path: Path) -> None:
    """A query that never ends is interrupted."""
    database = tmp_path / "a.sqlite"
    database.touch()
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS m FROM n"
    questions = Questions(Place("sqlite", str(database)), {"patients": query}, 10, 1, tmp_path, "tokens/a/b")
    with pytest.raises(RegistryError, match="longer than most_minutes"):
        ask(questions)
