"""Writes a release as OMOP CDM 5.4 (docs/exports-out.md), so that the preset of docs/sources/sql.md reads it.

A lesion is an EPISODE (Disease First Occurrence), and a local tumour progression its child (Disease Recurrence). An
ablation, an exam and a treatment are each a PROCEDURE_OCCURRENCE, what is known of them MEASUREMENTs that modify it,
and EPISODE_EVENT says whose lesion they are. Covariates modify the CONDITION_OCCURRENCE of the liver metastases.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from interchange.omop.columns import COLUMNS, ORDER
from interchange.omop.csv_lines import Constant, cell, concat, pieces_of
from interchange.omop.events import COPIES, make_events
from interchange.omop.events import MEASUREMENT as NOTED
from interchange.omop.measurements import write_measurements
from interchange.outgoing import Outgoing, Written
from interchange.text_lines import write_lines
from schemas.exports import EXPORTS
from warehouse.sources.sql_presets.terms import (
    CDM_5_4,
    FEMALE,
    MALE,
    NO_STANDARD,
    REGISTRY,
    VOCABULARY,
    VOCABULARY_CONCEPT,
    own_terms,
)
from warehouse.storage.connection import one_thread
from warehouse.storage.errors import RegistryError
from warehouse.storage.source_code import code_version
from warehouse.storage.sql_files import sql_text

LONGEST = 50
"""Letters that a source value of OMOP holds."""
DOCUMENTED = "docs/exports-out.md"
MEASUREMENT = "measurement"
IN_ORDER = ("person", "condition_occurrence", "procedure_occurrence", "episode_event")
"""Tables that were made in the order of their ids, or, of what belongs to an episode, of the events."""
SAME: Mapping[str, Mapping[str, int]] = {
    "condition_occurrence": {"condition_concept_id": NO_STANDARD, "condition_type_concept_id": REGISTRY},
    "procedure_occurrence": {"procedure_concept_id": NO_STANDARD, "procedure_type_concept_id": REGISTRY},
}
"""Table -> columns that hold the same in every row."""
NO_YEAR = "year_of_birth is 0 for {0:,} {1} of whom no year is known: OMOP requires one."


def write(release: Outgoing, folder: Path) -> Written:
    """Write a CSV file for each table, named like it."""
    release.require(*(f"clean.{name}" for name in EXPORTS), "derived.lesion_ltp")
    con = release.con
    con.execute("CREATE SCHEMA omop")
    with one_thread(con):  # numbering rows is work of one thread
        _make_terms(release)
        _make_persons(release)
        _check_lengths(release)
        make_events(con)
        release.check_whole({f"clean.{name}": _rows(con, f"omop.{copy}") for name, copy in COPIES.items()})
        n_measurements = write_measurements(con, folder / f"{MEASUREMENT}.csv")
        _make_others(release)
        rows = {
            f"{table}.csv": n_measurements if table == MEASUREMENT else _write(release, table, folder)
            for table in COLUMNS
        }
    n = _rows(con, "omop.person WHERE year_of_birth = 0")
    return Written(rows, (NO_YEAR.format(n, "person" if n == 1 else "persons"),) if n else ())


def _rows(con: duckdb.DuckDBPyConnection, table: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 (own names)
    return row[0] if row else 0


def _write(release: Outgoing, table: str, folder: Path) -> int:
    """Write a table that was made, in the order of its ids; return its rows."""
    columns, con = COLUMNS[table], release.con
    kinds = dict(con.execute(f"SELECT column_name, column_type FROM (DESCRIBE omop.{table})").fetchall())  # noqa: S608
    cells = {name: cell(name) if kinds[name] == "VARCHAR" else name for name in columns if name in kinds}
    cells |= {name: Constant(value) for name, value in SAME.get(table, {}).items()}
    order = "" if table in IN_ORDER else f" ORDER BY {ORDER.get(table, columns[0])}"
    with open(folder / f"{table}.csv", "w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(columns) + "\n")
        return write_lines(con, f"SELECT {concat(pieces_of(columns, cells))} FROM omop.{table}{order}", file, "")  # noqa: S608


def _make_terms(release: Outgoing) -> None:
    con = release.con
    con.execute("CREATE TABLE omop.term (concept_id BIGINT, term VARCHAR, name VARCHAR, domain VARCHAR)")
    terms = own_terms()
    columns = {name: [getattr(one, name) for one in terms] for name in ("concept_id", "term", "name", "domain")}
    con.execute(
        "INSERT INTO omop.term SELECT unnest($concept_id), unnest($term), unnest($name), unnest($domain)", columns
    )
    con.execute(f"""
        CREATE TABLE omop.concept AS
        SELECT
            concept_id, name AS concept_name, domain AS domain_id, {sql_text(VOCABULARY)} AS vocabulary_id,
            CASE domain WHEN 'Meas Value' THEN 'Value' ELSE domain END AS concept_class_id, term AS concept_code,
            DATE '1970-01-01' AS valid_start_date, DATE '2099-12-31' AS valid_end_date
        FROM (
            FROM omop.term UNION ALL
            SELECT {VOCABULARY_CONCEPT}, {sql_text(VOCABULARY)}, {sql_text(f"Terms of the {VOCABULARY}")}, 'Metadata'
        )
    """)  # noqa: S608 (own texts, quoted)


def _make_persons(release: Outgoing) -> None:
    """Make persons and care sites, and the day from which a fact without a date of its own is dated."""
    day = sql_text(release.release_id[:8])
    con = release.con
    con.execute("""
        CREATE TABLE omop.care_site AS
        SELECT
            row_number() OVER (ORDER BY site) AS care_site_id, site AS care_site_name,
            0 AS place_of_service_concept_id, site AS care_site_source_value
        FROM (SELECT DISTINCT site FROM clean.patients)
    """)
    con.execute(f"""
        CREATE TABLE omop.person AS
        SELECT
            row_number() OVER (ORDER BY p.site, p.patient_id)::INTEGER AS person_id,
            CASE p.sex WHEN 'female' THEN {FEMALE} WHEN 'male' THEN {MALE} ELSE 0 END AS gender_concept_id,
            coalesce(p.birth_year, 0) AS year_of_birth, 0 AS race_concept_id, 0 AS ethnicity_concept_id, c.care_site_id,
            p.patient_id AS person_source_value, p.sex AS gender_source_value, p.site, p.origin,
            coalesce(s.first_day, strptime({day}, '%Y%m%d')::DATE) AS first_day
        FROM clean.patients p
        JOIN omop.care_site c ON c.care_site_name = p.site
        LEFT JOIN (
            SELECT site, patient_id, min(session_date) AS first_day FROM clean.rfa_sessions GROUP BY ALL
        ) s USING (site, patient_id)
    """)  # noqa: S608 (own names)


def _check_lengths(release: Outgoing) -> None:
    """Raise RegistryError if an identifier is longer than OMOP holds: cut, two could become one."""
    for table, column in (
        *(("clean.patients", one) for one in ("site", "patient_id")),
        *(("clean.rfa_sessions", one) for one in ("session_id", "lesion_id")),
        ("clean.imaging_followups", "exam_id"),
        ("clean.treatments", "treatment_id"),
        ("clean.genotypes", "gene"),
    ):
        row = release.con.execute(
            f"SELECT count(*) FROM {table} WHERE length({column}) > {LONGEST}"  # noqa: S608 (own names)
        ).fetchone()
        if row and row[0]:
            raise RegistryError(
                f"{row[0]:,} rows of {table} have a {column} of more than {LONGEST} letters, which OMOP cannot hold.",
                "Export them as datapackage, or have the site shorten them.",
            )


def _make_others(release: Outgoing) -> None:
    con = release.con
    con.execute(f"""
        CREATE TABLE omop.death AS
        SELECT
            w.person_id, p.death_date, {REGISTRY} AS death_type_concept_id, 0 AS cause_concept_id,
            p.death_cause AS cause_source_value
        FROM clean.patients p JOIN omop.person w ON w.site = p.site AND w.person_source_value = p.patient_id
        WHERE p.death_date IS NOT NULL
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE TABLE omop.observation_period AS
        SELECT
            person_id AS observation_period_id, person_id, min(day) AS observation_period_start_date,
            max(day) AS observation_period_end_date, {REGISTRY} AS period_type_concept_id
        FROM (
            SELECT person_id, procedure_date AS day FROM omop.procedure_occurrence UNION ALL
            SELECT person_id, first_day FROM omop.person UNION ALL
            SELECT person_id, death_date FROM omop.death UNION ALL
            SELECT w.person_id, p.last_contact_date
            FROM clean.patients p JOIN omop.person w ON w.site = p.site AND w.person_source_value = p.patient_id
            WHERE p.last_contact_date IS NOT NULL
        )
        GROUP BY ALL
    """)  # noqa: S608 (own names)
    con.execute(f"""
        CREATE OR REPLACE TABLE omop.note AS
        SELECT
            row_number() OVER (ORDER BY note_event_id) AS note_id, person_id, day AS note_date,
            {REGISTRY} AS note_type_concept_id, 0 AS note_class_concept_id, term AS note_title, value AS note_text,
            0 AS encoding_concept_id, 0 AS language_concept_id, term AS note_source_value, note_event_id,
            {NOTED} AS note_event_field_concept_id
        FROM omop.note
    """)  # noqa: S608 (own names)
    con.execute(
        "CREATE TABLE omop.vocabulary AS SELECT $name AS vocabulary_id, 'Concepts of the ablation registry' AS "
        "vocabulary_name, $where AS vocabulary_reference, $version AS vocabulary_version, $id AS vocabulary_concept_id",
        {"name": VOCABULARY, "where": DOCUMENTED, "version": "1", "id": VOCABULARY_CONCEPT},
    )
    made_up = " The data are synthetic." if release.is_synthetic else ""
    cohort = " Only the cohort of a recipe." if release.recipe else ""
    con.execute(
        """
        CREATE TABLE omop.cdm_source AS SELECT
            'Ablation registry, release ' || $release AS cdm_source_name,
            'ablation-registry' AS cdm_source_abbreviation,
            'ablation-registry' AS cdm_holder, $about AS source_description, $where AS source_documentation_reference,
            $code AS cdm_etl_reference, strptime($day, '%Y%m%d')::DATE AS source_release_date,
            strptime($day, '%Y%m%d')::DATE AS cdm_release_date, '5.4' AS cdm_version,
            $version AS cdm_version_concept_id, 'own terms 1' AS vocabulary_version
        """,
        {
            "release": release.release_id,
            "about": f"Ablated colorectal liver metastases, release {release.release_id}.{cohort}{made_up}",
            "where": DOCUMENTED,
            "code": f"ablation-registry {code_version()}",
            "day": release.release_id[:8],
            "version": CDM_5_4,
        },
    )
