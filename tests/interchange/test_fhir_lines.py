"""Lines of resources: in the order of their keys, over many batches, with ids and words of subjects and codes."""

from __future__ import annotations

import hashlib
import json
import random
from types import SimpleNamespace
from typing import Any, cast

import duckdb
import pytest

from interchange.fhir.elements import id_of, reference
from interchange.fhir.json_sql import Number, code_of
from interchange.fhir.lines import make_words, select_lines
from interchange.fhir.resource import Resource
from interchange.fhir.subjects import make_subjects
from interchange.fhir.write import AS_WRITTEN
from interchange.outgoing import Outgoing
from warehouse.storage.errors import QueryFailed

CODES = ("ltp", "residual")
STATUS = Resource(
    "Observation",
    "clean.exams",
    {
        "id": id_of("t.exam_id", "s.lesion_id"),
        "subject": reference("Patient", "s.patient"),
        "code": code_of("t.status", CODES),
        "size": Number("t.size"),
    },
    ("s.person", "t.exam_id", "s.subject"),
    of_lesion=True,
    repeated=("status",),
)
COLUMNS = ("site", "patient_id", "exam_id", "lesion_id", "status", "size")
N_PATIENTS = 3_000


def _id(*parts: str | None) -> str:
    return hashlib.md5("\x1f".join(part or "" for part in parts).encode()).hexdigest()


def test_lines_are_in_the_order_of_keys() -> None:
    """Ten batches of rows that lie in no order leave by patient, exam and lesion, those of no lesion first."""
    drawn = random.Random(7)
    rows = [
        ("a", f"P{patient}", f"E{exam}", lesion, drawn.choice((*CODES, "other", None)), drawn.choice((1.5, None)))
        for patient in range(N_PATIENTS)
        for exam in range(2)
        for lesion in (None, "L1", "L10", "L2")
    ]
    expected = [_resource(*row) for row in sorted(rows, key=lambda row: (row[1], row[2], row[3] or ""))]
    drawn.shuffle(rows)
    with duckdb.connect() as con:
        con.execute(f"SET threads = 1; SET disabled_optimizers = '{AS_WRITTEN}'")
        con.execute("CREATE SCHEMA clean")
        frame = {name: list(cells) for name, cells in zip(COLUMNS, zip(*rows, strict=True), strict=True)}
        unnested = ", ".join(f"unnest(${name}) AS {name}" for name in frame)
        con.execute(f"CREATE TABLE clean.exams AS SELECT {unnested}", frame)
        con.execute("CREATE TABLE clean.patients AS SELECT DISTINCT site, patient_id FROM clean.exams")
        con.execute(
            "CREATE TABLE clean.rfa_sessions AS "
            "SELECT DISTINCT site, patient_id, lesion_id FROM clean.exams WHERE lesion_id IS NOT NULL"
        )
        con.execute("INSERT INTO clean.patients VALUES ('b', 'P1')")
        make_subjects(con)
        make_words(con, STATUS)
        found = [json.loads(line) for (line,) in con.execute(select_lines(STATUS, "a")).fetchall()]
        assert con.execute(select_lines(STATUS, "b")).fetchall() == []
    assert found == expected


def _resource(site: str, patient: str, exam: str, lesion: str | None, status: str | None, size: float | None) -> dict:
    given = {"code": status, "size": size}
    return {
        "id": _id(site, patient, exam, lesion),
        "subject": {"reference": f"Patient/{_id(site, patient)}"},
        **{name: cell for name, cell in given.items() if cell is not None},
    }


def test_no_row_is_lost_in_silence() -> None:
    """A release that has rows whose patient it lacks is refused, with the table and how many they are."""
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA clean; CREATE TABLE clean.genotypes AS FROM range(3)")
        release = Outgoing(con, cast(Any, SimpleNamespace(release_id="R")), {})
        release.check_whole({"clean.genotypes": 3})
        with pytest.raises(QueryFailed, match=r"2 rows of clean\.genotypes"):
            release.check_whole({"clean.genotypes": 1})
