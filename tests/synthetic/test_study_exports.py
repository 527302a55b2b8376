"""Tests the demonstration study's files: reproducible, in a hospital's style, with the declared defects."""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from pathlib import Path

import pytest

from synthetic.delivery import COLUMNS
from synthetic.study import DELIVERIES, SITE, files_of_study, write_study
from tests.synthetic.plain_study_reading import KEYS, current_rows, read_file
from tests.synthetic.planted_defects import planted_defects

PATIENTS_FILE = Path(__file__).parents[2] / "synthetic" / "study_patients.csv"


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A landing folder with the study in it."""
    folder: Path = tmp_path_factory.mktemp("landing")
    write_study(folder)
    return folder


def test_same_bytes_every_time(landing: Path, tmp_path: Path) -> None:
    """Two runs write the same files with the same bytes."""
    names = write_study(tmp_path)
    assert all((landing / n).read_bytes() == (tmp_path / n).read_bytes() for n in names)


def test_rows_reported_are_rows_written(landing: Path, tmp_path: Path) -> None:
    """The returned counts are the data rows of each file."""
    assert all(len(read_file(landing / n)) == rows for n, rows in write_study(tmp_path).items())


def test_every_delivery_is_labelled_synthetic_and_dated() -> None:
    """Each file name begins with its extract date and says that it is synthetic; deliveries are in order."""
    for export, styles in DELIVERIES.items():
        names = [s.name for s in styles]
        assert names == sorted(names)
        assert all(f"_{export}_synthetic.csv" in n and n[:2] == "20" for n in names)


def test_every_identifier_says_synthetic(landing: Path) -> None:
    """Every patient id begins with SYN-."""
    ids = {r["patient_id"] for e in COLUMNS for r in current_rows(landing / SITE, e)}
    assert all(i.startswith("SYN-") for i in ids)


def test_files_differ_in_manner(landing: Path) -> None:
    """There are a semicolon file, a tab file, a BOM, a gzip, unknown columns and odd headers."""
    heads = []
    for path in (landing / SITE).glob("*/*"):
        data = path.read_bytes()
        heads.append((gzip.decompress(data) if path.suffix == ".gz" else data).splitlines()[0])
    assert any(b";" in h for h in heads) and any(b"\t" in h for h in heads)
    assert any(h.startswith(b"\xef\xbb\xbf") for h in heads)
    assert any(b"Patient_ID" in h for h in heads) and any(b" PATIENT_ID " in h for h in heads)
    assert any(b"anaesthesia" in h for h in heads)
    assert len(list((landing / SITE).glob("*/*.csv.gz"))) == 1


def test_versions_of_every_kind(landing: Path) -> None:
    """Duplicates within a file and unchanged and changed rows across files occur."""
    for export in ("rfa_sessions", "genotypes", "imaging_followups"):
        seen: dict[tuple[str, ...], tuple[str, ...]] = {}
        kinds: Counter[str] = Counter()
        for path in sorted((landing / SITE / export).iterdir()):
            here: set[tuple[str, ...]] = set()
            for row in read_file(path):
                key = tuple(row[c] for c in KEYS[export])
                cells = tuple(row[c] for c in COLUMNS[export])
                kinds["duplicate"] += cells in here
                if key in seen and cells not in here:
                    kinds["unchanged" if seen[key] == cells else "changed"] += 1
                here.add(cells)
                seen[key] = cells
        assert all(kinds[k] > 0 for k in ("duplicate", "unchanged", "changed")), export


def test_planted_defects_stand_where_they_say(landing: Path) -> None:
    """File, line and key of each planted defect name the row that carries it."""
    for defect in planted_defects():
        row = read_file(landing / SITE / defect.export / defect.file)[defect.line - 1]
        assert tuple(row[c] for c in KEYS[defect.export]) == defect.key


def test_every_common_kind_is_planted() -> None:
    """The common rules of phases 1 to 6 each have at least one planted defect."""
    rules = {d.rule_id for d in planted_defects()}
    common = (
        "TYPE-01 REQ-01 KEY-01 PHI-01 PAT-03 PAT-04 PAT-05 PAT-06 PAT-07 PAT-08 PAT-09 PAT-12 PAT-13 "
        "ORPHAN-01 PARENT-01 LES-03 LES-05 ABL-02 ABL-06 ABL-07 ABL-11 IMG-02 IMG-12 IMG-13 GEN-01 "
        "GEN-03 GEN-06 GEN-07"
    )
    assert set(common.split()) <= rules


@pytest.mark.long
def test_open_defects_are_current(landing: Path) -> None:
    """No later delivery replaces a row with an open defect, and one does replace each corrected row."""
    current = {export: {(r["_file"], r["_line"]) for r in current_rows(landing / SITE, export)} for export in COLUMNS}
    for defect in planted_defects():
        if defect.rule_id != "KEY-01":
            is_current = (defect.file, str(defect.line)) in current[defect.export]
            assert is_current == (defect.scope != "corrected"), defect.rule_id


def test_broken_sessions_are_not_of_the_study() -> None:
    """A session row that is set aside belongs to a patient or lesion beyond the 120 and 212."""
    with PATIENTS_FILE.open(encoding="utf-8") as handle:
        study = {r["patient_id"] for r in csv.DictReader(handle)}
    for d in planted_defects():
        if d.export == "rfa_sessions" and d.scope == "row":
            assert d.key[0] not in study or d.key[2].endswith(("L8", "L9"))


def test_several_notations_of_one_variant(landing: Path) -> None:
    """KRAS variants come in protein, coding and codon notation and as odd free text."""
    texts = {r["variant"] for r in current_rows(landing / SITE, "genotypes") if r["gene"].upper() == "KRAS"}
    assert {t[:2] for t in texts} >= {"p.", "c.", "co", "NM"}
    assert any(t.startswith("p.(") for t in texts) and "see report" in texts


def test_headers_hold_every_canonical_column() -> None:
    """Every file has all columns of the contract, so none is rejected."""
    assert all(set(r.cells) <= set(COLUMNS[e]) for e, fs in files_of_study().items() for _, rs in fs for r in rs)
