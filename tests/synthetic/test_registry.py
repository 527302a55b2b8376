"""Tests registries of any size: the same for a seed, of the promised shape, with the effects and defects."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pytest

from synthetic.defects import everyday, plant_everyday
from synthetic.delivery import REGISTRY_COLUMNS
from synthetic.registry import write_registry
from synthetic.registry_draws import NEVER, draw
from synthetic.registry_frames import frames

PATIENTS = 3000


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small registry of three sites with 5 % defects."""
    folder: Path = tmp_path_factory.mktemp("landing")
    write_registry(folder, PATIENTS, seed=4, defect_rate=0.05)
    return folder


def _count(landing: Path, export: str, sql: str) -> list[tuple[object, ...]]:
    files = str(landing / "*" / export / "*.csv")
    return duckdb.execute(
        f"WITH t AS (FROM read_csv(?, all_varchar = true, header = true, delim = ',', quote = '\"')) {sql}",
        [files],
    ).fetchall()


@pytest.mark.long
def test_same_seed_same_bytes(landing: Path, tmp_path: Path) -> None:
    """The seed decides every byte, and another seed gives other bytes."""
    names = write_registry(tmp_path / "a", PATIENTS, seed=4, defect_rate=0.05)
    assert all((landing / n).read_bytes() == (tmp_path / "a" / n).read_bytes() for n in names)
    write_registry(tmp_path / "b", PATIENTS, seed=5, defect_rate=0.05)
    assert all((landing / n).read_bytes() != (tmp_path / "b" / n).read_bytes() for n in names)


def test_rows_reported_are_rows_written(tmp_path: Path) -> None:
    """Four files per site; the returned counts are their data rows."""
    names = write_registry(tmp_path, 40, sites=2)
    assert len(names) == 8
    for name, rows in names.items():
        assert len((tmp_path / name).read_text(encoding="utf-8").splitlines()) == rows + 1


def test_headers_are_the_contract(landing: Path) -> None:
    """Every file has the contract's columns in order."""
    for export, columns in REGISTRY_COLUMNS.items():
        for path in landing.glob(f"*/{export}/*.csv"):
            assert path.read_text(encoding="utf-8").split("\n", 1)[0] == ",".join(columns)


def test_each_patient_is_delivered_by_one_site(landing: Path) -> None:
    """Patients 1 to n appear, each at one site."""
    found = _count(
        landing,
        "patients",
        "SELECT count(DISTINCT patient_id), min(patient_id), max(patient_id) FROM t",
    )
    assert found == [(PATIENTS, "SYN-0000001", f"SYN-{PATIENTS:07d}")]


@pytest.mark.long
def test_waits_and_operators_keep_the_rules(landing: Path) -> None:
    """Referral, decision and session come in this order within a year, all rows of a session agree, and each is missing
    in some.
    """
    dates = "referral_date::DATE, decision_date::DATE, try_cast(session_date AS DATE)"
    (row,) = _count(
        landing,
        "rfa_sessions",
        f"""SELECT bool_and(coalesce(r <= d, true)), bool_and(coalesce(d <= s, true)), max(s - r) < 365,
        avg((r IS NULL)::INT) BETWEEN 0.05 AND 0.2, avg((o IS NULL)::INT) BETWEEN 0.02 AND 0.1, count(DISTINCT o),
        max(n) = 1
        FROM (SELECT {dates}, operator_id, count(DISTINCT (referral_date, decision_date, operator_id))
              OVER (PARTITION BY session_id) FROM t WHERE try_cast(session_date AS DATE) < DATE '2040-01-01'
        ) x(r, d, s, o, n)""",
    )
    assert row == (True, True, True, True, True, 6, True)


def test_waits_and_operators_have_draws_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without them every other cell of the registry is the same."""
    whole = dict(frames(draw(300, np.random.default_rng(3)), 1, np.random.default_rng(4)))
    monkeypatch.setattr("synthetic.registry_frames._service", lambda *_: {})
    bare = dict(frames(draw(300, np.random.default_rng(3)), 1, np.random.default_rng(4)))
    for export, frame in bare.items():
        own = ["referral_date", "decision_date", "operator_id"] if export == "rfa_sessions" else []
        assert frame.drop(own).equals(whole[export].drop(own)), export
    assert bare["rfa_sessions"]["operator_id"].is_null().all()


def test_nonsense_is_refused(tmp_path: Path) -> None:
    """No patients, no sites or a defect rate of 1 is a ValueError, and nothing is written."""
    for patients, sites, rate in ((0, 1, 0.0), (1, 0, 0.0), (1, 1, 1.0)):
        with pytest.raises(ValueError):
            write_registry(tmp_path, patients, sites=sites, defect_rate=rate)
    assert list(tmp_path.iterdir()) == []


def test_effects_and_mix() -> None:
    """RAS and thin margins raise LTP; lesions per patient, prevalence and deaths are as published."""
    drawn = draw(40_000, np.random.default_rng(8))
    ras = (drawn.kras | drawn.nras)[drawn.owner]
    thin = drawn.margin_mm < 5
    by_24_months = drawn.ltp_days <= 730
    share = {(r, t): by_24_months[(ras == r) & (thin == t)].mean() for r in (False, True) for t in (False, True)}
    assert 0.02 < share[False, False] < 0.05
    assert 1.8 < share[True, False] / share[False, False] < 3.0
    assert 4.5 < share[False, True] / share[False, False] < 8.5
    assert 1.6 < drawn.n_lesions.mean() < 1.8
    assert 0.30 < drawn.kras.mean() < 0.55
    assert drawn.is_dead[drawn.kras].mean() > drawn.is_dead[~drawn.kras].mean()
    assert drawn.ltp_days.max() == NEVER


def test_nothing_happens_after_the_end() -> None:
    """No exam and no session lies after the last contact, and none after death."""
    drawn = draw(5_000, np.random.default_rng(9))
    last_exam = np.where(drawn.is_done, drawn.exam_days, 0).max(axis=1)
    assert (last_exam < drawn.end_days).all()
    made = dict(frames(drawn, 1, np.random.default_rng(9)))
    sessions = (
        made["rfa_sessions"]
        .select("patient_id", "session_date")
        .join(made["patients"].select("patient_id", "last_contact_date"), on="patient_id")
    )
    assert (sessions["session_date"] <= sessions["last_contact_date"]).all()


def test_keys_are_unique_before_defects() -> None:
    """Without defects no export has two rows of one key."""
    made = dict(frames(draw(5_000, np.random.default_rng(10)), 1, np.random.default_rng(10)))
    assert made["patients"]["patient_id"].is_unique().all()
    for export, key in (
        ("rfa_sessions", ["patient_id", "session_id", "lesion_id"]),
        ("genotypes", ["patient_id", "specimen_id", "gene", "variant"]),
        ("imaging_followups", ["patient_id", "exam_id", "lesion_id"]),
    ):
        assert made[export].select(key).is_unique().all(), export


@pytest.mark.parametrize("export", sorted(REGISTRY_COLUMNS))
def test_every_catalogued_defect_is_planted(export: str) -> None:
    """At a high rate every bad cell of the catalogue occurs, and the rate is kept."""
    frame = dict(frames(draw(4_000, np.random.default_rng(11)), 1, np.random.default_rng(11)))[export]
    sound, broken = plant_everyday(export, frame, 0.05, np.random.default_rng(12))
    for defect in everyday(export):
        text = defect.text or None
        assert (broken[defect.column].is_null() if text is None else broken[defect.column] == text).any()
    assert sound.columns == broken.columns == list(REGISTRY_COLUMNS[export])
    assert 0.04 < 1 - sound.height / frame.height < 0.06
    orphans = broken.filter(broken["patient_id"].str.ends_with("X")).height
    assert (orphans > 0) == (export in ("genotypes", "imaging_followups"))


def test_no_defects_when_the_rate_is_zero() -> None:
    """Rate 0 changes nothing."""
    frame = dict(frames(draw(200, np.random.default_rng(13)), 1, np.random.default_rng(13)))["genotypes"]
    sound, broken = plant_everyday("genotypes", frame, 0.0, np.random.default_rng(14))
    assert sound.equals(frame) and broken.height == 0


def test_unknown_export_has_no_catalogue() -> None:
    """An export that is not there raises KeyError."""
    with pytest.raises(KeyError):
        everyday("answers")
