"""Tests that no sentence for people or logs contains a patient's cell, by planting a marker in every column."""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

import pytest

from schemas.exports import EXPORTS
from tests.warehouse.kit import SITE, Kit, csv_of, named, new_kit, row_of

MARK = "Qzx"
"""No word of ours holds it."""


def marked_rows(export: str) -> list[dict[str, str]]:
    """Rows of the export: in each, one column is a marker, or its right cell with a marker after it."""
    rows = []
    for number, column in enumerate(EXPORTS[export].column_names):
        for style, cell in (("a", ""), ("b", row_of(export).get(column, "1"))):
            patient = f"{MARK}p{number}{style}"
            rows.append(row_of(export, **{"patient_id": patient, column: f"{cell}{MARK}{number}{style}"}))
    doubled = row_of(export, patient_id=f"{MARK}double")
    other = {"patients": "sex", "rfa_sessions": "guidance", "genotypes": "panel", "imaging_followups": "modality"}
    other["treatments"] = "regimen"
    return [*rows, doubled, doubled | {other[export]: f"{MARK}other"}]


def deliver_marked(kit: Kit) -> None:
    """Marked rows of every export, and files with markers that are rejected each for another reason."""
    for export in EXPORTS:
        rows = marked_rows(export)
        kit.deliver(SITE, export, named(export), csv_of(rows))
        text = csv_of(rows)
        faults = {
            "1.csv": text + f'"{MARK}',
            "2.csv": text + f"{MARK}\n",
            "3.csv": text.split("\n", 1)[1],
            "4.ndjson": f'{{"patient_id": "{MARK}"',
            "5.ndjson": f'{{"{MARK}": "{MARK}"}}\n["{MARK}"]\n',
            "6.ndjson": f'{{"patient_id": "{MARK}"}}\n',
            "7.xlsx": f"{MARK}",
            "8.parquet": f"PAR1{MARK}PAR1",
            "9.csv": f"patient_id,patient_id\n{MARK},{MARK}\n",
            "10.csv": text.encode() + MARK.encode() + b"\xff",
            "11.csv": text + f'"{MARK}" {MARK}' + "," * 30 + "\n",
        }
        for name, content in faults.items():
            kit.deliver(SITE, export, name, content)


@pytest.mark.long
def test_no_sentence_holds_a_value(
    kit: Kit, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Reasons of quarantine, resolved and meta.loads, landing's problems, output and log hold no marker."""
    caplog.set_level(logging.DEBUG)
    deliver_marked(kit)
    kit.configure("south", f"[exports.patients]\nmode = '{MARK}'\n")
    kit.configure("west", f"[exports.patients]\nexpected_every = '{MARK}'\n")
    kit.configure("east", f"[exports\n{MARK} = '{MARK}'\n")
    kit.refresh()
    kit.deliver(SITE, "rfa_sessions", "2024-07-01.csv", csv_of([row_of("rfa_sessions", patient_id=f"{MARK}p0a")]))
    kit.refresh()
    entries = kit.entries() + kit.entries("resolved")
    reasons = [load["reason"] for load in kit.rows("SELECT * FROM meta.loads WHERE reason IS NOT NULL")]
    assert len(kit.problems) == 3
    assert len(reasons) == 11 * len(EXPORTS) - 1  # patients ask for no column but the one in 6.ndjson
    assert {entry["rule_id"] for entry in entries} >= {"TYPE-01", "KEY-01", "PAT-03", "ABL-11", "ORPHAN-01"}
    words = [entry["reason"] for entry in entries] + reasons + [sentence for _, sentence in kit.problems]
    assert [word for word in words if MARK.lower() in word.lower()] == []
    assert all(words)
    out, err = capfd.readouterr()
    assert MARK not in out + err + caplog.text
    assert any(MARK in entry["row"] for entry in entries)  # the marker was there to be found


def test_unknown_columns_are_names_not_cells(kit: Kit) -> None:
    """meta.loads lists the header's names alone."""
    kit.deliver(SITE, "patients", "a.csv", f"patient_id,ward\n{MARK},{MARK}\n")
    assert kit.refresh().load("a.csv")["unknown_columns"] == ["ward"]


@pytest.mark.long
def test_a_failing_refresh_says_nothing_of_the_rows(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A library that quotes cells in its error fails the nightly job: the exception, the output, the log and
    Dagster's own files hold no marker; the full report is for its owner only."""
    from assets import clean
    from orchestration import refresh as nightly

    with new_kit(tmp_path / "home") as kit:
        kit.deliver(SITE, "patients", named("patients"), csv_of(marked_rows("patients")))

    def quotes_a_cell(con: object, *_: object) -> None:
        con.execute("SELECT CAST(patient_id AS INTEGER) FROM raw.patients").fetchall()  # type: ignore[attr-defined]

    monkeypatch.setattr(clean, "clean_due_patients", quotes_a_cell)
    caplog.set_level(logging.DEBUG)
    with pytest.raises(nightly.RefreshFailed) as failure:
        nightly.refresh(kit.home)
    said = "".join(traceback.format_exception(failure.value))
    out, err = capfd.readouterr()
    assert "ConversionException" in said
    assert MARK not in said + out + err + caplog.text
    stored = [path for path in kit.home.dagster.rglob("*") if path.is_file()]
    assert stored
    assert [path.name for path in stored if MARK.encode() in path.read_bytes()] == []
    assert MARK in kit.home.error_report.read_text()
    assert kit.home.error_report.stat().st_mode & 0o777 == 0o600
