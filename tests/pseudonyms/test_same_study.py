"""Tests that a home with a key gives the same endpoints as one without, however a hospital delivers the study."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from schemas.derived import DERIVED
from schemas.exports import WATCHED
from synthetic.study import write_study
from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import KEY, the_key, under_pseudonyms
from tests.sources.study_files import WRITERS, Study, write_canonical
from tests.sources.test_same_study import OF_DELIVERIES, SITE, rows_of
from tests.warehouse.kit import Kit, new_kit
from warehouse.derived.derive import derive_all
from warehouse.storage.pseudonym_key import VARIABLE

N_PATIENTS = 6
WAYS = dict(WRITERS) | {"canonical": write_canonical}
Tables = dict[str, tuple[list[str], list[tuple]]]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Rows of the demonstration study's first patients: canonical cells as text."""
    with new_kit(tmp_path_factory.mktemp("study") / "home") as kit:
        write_study(kit.home.landing)
        kit.refresh()
        return {name: rows_of(kit, name, N_PATIENTS) for name in WATCHED}


def _tables(root: Path, study: Study, write: Callable[[Path, Study], str]) -> tuple[Kit, Tables]:
    """The derived tables of a home to which the study is delivered so; keys of rows are left out, which ties decide."""
    with new_kit(root) as kit:
        if site_toml := write(kit.home.landing / SITE, study):
            kit.configure(SITE, site_toml)
        kit.refresh()
        derive_all(kit.con)
        found: Tables = {}
        for name in DERIVED:
            columns = [c for c, *_ in kit.tuples(f"DESCRIBE derived.{name}")]
            columns = [c for c in columns if c not in OF_DELIVERIES and not c.endswith("_key")]
            found[name] = (columns, kit.tuples(f"SELECT {', '.join(columns)} FROM derived.{name}"))
        return kit, found


@pytest.fixture(scope="module")
def plain(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The derived tables without a key."""
    return _tables(tmp_path_factory.mktemp("plain") / "home", study, write_canonical)[1]


@pytest.mark.long
@pytest.mark.parametrize("how", WAYS)
def test_endpoints_are_those_of_a_home_without_a_key(
    how: str, study: Study, plain: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every row of every derived table, its identifiers pseudonyms and its dates shifted; and nothing of the home but
    landing/ holds an identifier or a true date."""
    monkeypatch.setenv(VARIABLE, KEY)
    kit, tables = _tables(tmp_path / "home", study, WAYS[how])
    for name, (columns, rows) in plain.items():
        assert tables[name][0] == columns
        assert sorted(tables[name][1], key=repr) == under_pseudonyms(the_key(), SITE, columns, rows), name
    told = {row[name] for rows in study.values() for row in rows for name in row if name.endswith("_id")} - {""}
    dated = {(row["patient_id"], row[n]) for rows in study.values() for row in rows for n in row if n.endswith("_date")}
    days = {day for _, day in dated if day}
    shifted = {_shifted(patient, day) for patient, day in dated if day}
    assert len(told) > 40 and below_home(kit.home, told) == {}
    assert len(days - shifted) > 40 and below_home(kit.home, days - shifted) == {}


def _shifted(patient: str, day: str) -> str:
    """The date of a patient as the home holds it."""
    back = the_key().days_back(SITE, the_key().pseudonym("P", SITE, patient))
    return (date.fromisoformat(day) - timedelta(days=back)).isoformat()
