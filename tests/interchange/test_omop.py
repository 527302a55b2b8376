"""A release goes out as OMOP CDM 5.4 and comes in again through the preset, with the same endpoints."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from interchange.omop.columns import COLUMNS
from schemas.derived import DERIVED
from schemas.exports import EXPORTS
from tests.deploy.mariadb_server import PASSWORD, mariadb_with
from tests.deploy.postgres_server import server_with
from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import whole
from tests.interchange.omop_database import load, load_mariadb, load_postgres, site_toml
from tests.warehouse.kit import new_kit
from warehouse.derived.derive import derive_all
from warehouse.pulls.databases import sql_pull
from warehouse.pulls.databases.write_answers import write_answers
from warehouse.pulls.pull_sites import pull_sites
from warehouse.sources.sql_presets.terms import own_terms

SITE = "index-study"
NOT_SENT = ("deciding_delivery", "deciding_line", "has_lesions_set_aside")
"""Where the deciding row stood, and whether rows of the patient were set aside, which does not leave."""


@pytest.fixture(scope="module")
def omop(light_study: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The export's tables, as DuckDB reads the CSV files."""
    with duckdb.connect() as con:
        for table in COLUMNS:
            con.execute(f"CREATE VIEW {table} AS FROM '{whole(light_study, 'omop')}/{table}.csv'")
        yield con


def test_every_column_and_code_has_a_concept() -> None:
    """A column or code that is new in an export needs an id of its own, which never changes again."""
    terms = own_terms()
    known = {term.term for term in terms}
    assert len(known) == len({term.concept_id for term in terms}) == len(terms)
    missing = [
        f"{export.name}.{column.name}={code}"
        for export in EXPORTS.values()
        for column in export.columns
        for code in column.codes or ()
        if column.name != "sex" and f"{export.name}.{column.name}={code}" not in known
    ]
    assert missing == []


def test_events_belong_to_persons_and_measurements_to_events(omop: duckdb.DuckDBPyConnection) -> None:
    """No row names a person, event, episode or concept of the registry's own that is not there, nor one of its own as
    standard concept."""
    dangling = """
        SELECT 'person', count(*) FROM (
            SELECT person_id FROM measurement UNION ALL SELECT person_id FROM procedure_occurrence
            UNION ALL SELECT person_id FROM episode UNION ALL SELECT person_id FROM death
        ) ANTI JOIN person USING (person_id)
        UNION ALL SELECT 'procedure', count(*) FROM measurement ANTI JOIN procedure_occurrence
            ON procedure_occurrence_id = measurement_event_id WHERE meas_event_field_concept_id = 1147082
        UNION ALL SELECT 'measurement', count(*) FROM measurement m ANTI JOIN measurement o
            ON o.measurement_id = m.measurement_event_id WHERE m.meas_event_field_concept_id = 1147138
        UNION ALL SELECT 'condition', count(*) FROM measurement m ANTI JOIN condition_occurrence
            ON condition_occurrence_id = measurement_event_id WHERE meas_event_field_concept_id = 1147127
        UNION ALL SELECT 'episode', count(*) FROM episode_event ANTI JOIN episode USING (episode_id)
        UNION ALL SELECT 'parent', count(*) FROM episode e ANTI JOIN episode p ON p.episode_id = e.episode_parent_id
            WHERE e.episode_parent_id IS NOT NULL
        UNION ALL SELECT 'concept', count(*) FROM (
            SELECT measurement_source_concept_id AS concept_id FROM measurement
            UNION ALL SELECT procedure_source_concept_id FROM procedure_occurrence
            UNION ALL SELECT condition_source_concept_id FROM condition_occurrence
            UNION ALL SELECT value_as_concept_id FROM measurement WHERE value_as_concept_id IS NOT NULL
        ) ANTI JOIN concept USING (concept_id)
        UNION ALL SELECT 'standard concept', count(*) FROM (
            SELECT measurement_concept_id AS concept_id FROM measurement
            UNION ALL SELECT procedure_concept_id FROM procedure_occurrence
            UNION ALL SELECT condition_concept_id FROM condition_occurrence
        ) WHERE concept_id <> 0
        UNION ALL SELECT 'id twice', count(*) - count(DISTINCT measurement_id) FROM measurement
    """
    assert [row for row in omop.execute(dangling).fetchall() if row[1]] == []


def test_progressions_are_children_of_their_lesions(
    omop: duckdb.DuckDBPyConnection, light_study: Demonstration
) -> None:
    """There is one Disease Recurrence for each lesion with local tumour progression, dated like it."""
    found = omop.execute("SELECT count(*), min(episode_start_date) FROM episode WHERE episode_concept_id = 32529")
    with duckdb.connect(str(light_study.release.database), read_only=True) as con:
        held = con.execute("SELECT count(*), min(ltp_date) FROM derived.lesion_ltp WHERE ltp")
        assert found.fetchone() == held.fetchone()


def _differing(light_study: Demonstration, root: Path, text: str) -> dict[str, int]:
    """Pull with this site.toml, and count the rows of derived tables that the release has not, or has alone."""
    with new_kit(root) as kit:
        kit.configure(SITE, text)
        (outcome,) = pull_sites(kit.home, SITE)
        assert outcome.problem == ""
        kit.refresh()
        assert kit.problems == []
        derive_all(kit.con)
        kit.con.execute(f"ATTACH '{light_study.release.database}' AS released (READ_ONLY)")
        assert kit.value("SELECT count(*) FROM derived.lesion_ltp") > 100
        found = {}
        for name in DERIVED:
            columns = ", ".join(c for c, *_ in kit.tuples(f"DESCRIBE derived.{name}") if c not in NOT_SENT)
            there = f"SELECT {columns} FROM released.derived.{name} WHERE site = '{SITE}'"
            here = f"SELECT {columns} FROM derived.{name}"
            either = f"({there} EXCEPT ALL {here}) UNION ALL ({here} EXCEPT ALL {there})"
            found[name] = kit.value(f"SELECT count(*) FROM ({either})")
        return {name: n for name, n in found.items() if n}


OF_OWN = """
    UPDATE measurement SET measurement_concept_id = measurement_source_concept_id;
    UPDATE procedure_occurrence SET procedure_concept_id = procedure_source_concept_id;
    UPDATE condition_occurrence SET condition_concept_id = condition_source_concept_id;
"""
"""Makes an export what it was when the registry's own concepts stood in the place of standard ones."""


@pytest.mark.long
@pytest.mark.parametrize("changed", ["", OF_OWN], ids=["now", "before"])
def test_what_goes_out_comes_in_again(
    light_study: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """Loaded into a database and pulled through the preset, the study gives the same derived tables, row by row."""
    monkeypatch.setattr(sql_pull, "ask", write_answers)
    load(whole(light_study, "omop"), tmp_path / "omop.sqlite")
    with closing(sqlite3.connect(tmp_path / "omop.sqlite")) as con:
        con.executescript(changed)
    text = site_toml("sqlite", str(tmp_path / "omop.sqlite"), SITE)
    assert _differing(light_study, tmp_path / "home", text) == {}


@pytest.mark.long
@pytest.mark.daemon
def test_the_same_through_postgresql(light_study: Demonstration, tmp_path: Path) -> None:
    """A server with typed columns gives the same; its numbers and dates come as they are."""
    with server_with() as server:
        load_postgres(whole(light_study, "omop"), server, "omop")
        connection = f"host=127.0.0.1 port={server.port} dbname=omop user=postgres"
        text = site_toml("postgres", connection, SITE, 'schema = "public"')
        assert _differing(light_study, tmp_path / "home", text) == {}


@pytest.mark.long
@pytest.mark.daemon
def test_the_same_through_mariadb(light_study: Demonstration, tmp_path: Path) -> None:
    """So does one with the words of MySQL, whose reader has a password."""
    with mariadb_with() as port:
        load_mariadb(whole(light_study, "omop"), port)
        connection = f"host=127.0.0.1 port={port} database=clinic user=reader"
        token = tmp_path / "home" / "tokens" / SITE / "omop"
        token.parent.mkdir(parents=True)
        token.touch(0o600)
        token.write_text(PASSWORD)
        text = site_toml("mysql", connection, SITE, 'schema = "clinic"')
        assert _differing(light_study, tmp_path / "home", text) == {}
