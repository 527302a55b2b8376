"""Tests that one study gives the same derived tables however a hospital delivers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.derived import DERIVED
from schemas.exports import EXPORTS, WATCHED
from synthetic.study import write_study
from tests.sources.calls_and_database import of_one_laboratory, write_calls_and_database
from tests.sources.study_files import EXTRACT, WRITERS, Study, write_canonical
from tests.variants import quick
from tests.warehouse.kit import Kit, new_kit
from warehouse.derived.derive import derive_all
from warehouse.pulls.pull_sites import Options, pull_sites

SITE = "index-study"
N_PATIENTS = 40
OF_DELIVERIES = ("deciding_delivery", "deciding_line")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Rows of the demonstration study's first patients, as the registry holds them: canonical cells as text."""
    with new_kit(tmp_path_factory.mktemp("study") / "home") as kit:
        write_study(kit.home.landing)
        kit.refresh()
        return {name: rows_of(kit, name, N_PATIENTS) for name in WATCHED}  # the study delivers no treatments


def rows_of(kit: Kit, name: str, n_patients: int) -> list[dict[str, str]]:
    """An export's rows of the first patients, as text."""
    chosen = f"(SELECT DISTINCT patient_id FROM clean.rfa_sessions ORDER BY 1 LIMIT {n_patients})"
    cells = ", ".join(f"coalesce({_text(kit, name, c)}, '') AS {c}" for c in EXPORTS[name].column_names)
    kept = " AND origin = 'patients'" if name == "patients" else ""
    return kit.rows(
        f"SELECT {cells} FROM clean.{name} r JOIN raw.{name} w USING (row_id) "
        f"WHERE r.patient_id IN {chosen}{kept} ORDER BY ALL"
    )


def _text(kit: Kit, export: str, column: str) -> str:
    """SQL of a clean cell as text; genotypes are read from what was written."""
    if export == "genotypes" and column == "variant":
        return "w.variant"
    kind = EXPORTS[export].column(column).kind
    cell = f"CAST(r.{column} AS VARCHAR)"
    return f"regexp_replace({cell}, '\\.0$', '')" if kind in ("number", "integer") else cell


@contextmanager
def _derived(root: Path, study: Study, write: Callable[[Path, Study], str]) -> Iterator[Kit]:
    with new_kit(root) as kit:
        if site_toml := write(kit.home.landing / SITE, study):
            kit.configure(SITE, site_toml)
        if 'kind = "sql"' in site_toml:
            day = datetime.fromisoformat(EXTRACT).replace(tzinfo=UTC)
            assert [one.problem for one in pull_sites(kit.home, SITE, Options(), now=day)] == [""]
        kit.refresh()
        derive_all(kit.con)
        yield kit


def _tables(kit: Kit) -> dict[str, list[tuple]]:
    found = {}
    for name in DERIVED:
        columns = [c for c, *_ in kit.tuples(f"DESCRIBE derived.{name}") if c not in OF_DELIVERIES]
        found[name] = kit.tuples(f"SELECT {', '.join(columns)} FROM derived.{name} ORDER BY ALL")
    return found


@pytest.fixture(scope="module")
def canonical(study: Study, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple]]:
    """The derived tables of the study delivered as canonical CSV."""
    with _derived(tmp_path_factory.mktemp("canonical") / "home", study, write_canonical) as kit:
        assert kit.problems == []
        tables = _tables(kit)
    assert len(tables["lesion_ltp"]) > N_PATIENTS
    return tables


@pytest.mark.parametrize("how", quick(2, WRITERS))
def test_the_derived_tables_are_the_same(
    how: str, study: Study, canonical: dict[str, list[tuple]], tmp_path: Path
) -> None:
    """Every row of every derived table, but for the delivery and the line that decided."""
    with _derived(tmp_path / "home", study, WRITERS[how]) as kit:
        assert kit.problems == []
        refused = kit.tuples("SELECT export, reason FROM meta.loads WHERE status <> 'accepted'")
        assert refused == []
        received = dict(kit.tuples("SELECT export, rows_received FROM meta.loads"))
        assert received == {export: len(rows) for export, rows in study.items()}
        tables = _tables(kit)
    assert {name for name in tables if tables[name] != canonical[name]} == set()


@pytest.mark.long
def test_calls_of_a_laboratory_and_a_database(study: Study, tmp_path: Path) -> None:
    """A cBioPortal study of the calls, and everything else asked from a database, give what canonical CSV gives."""
    reported, tables = of_one_laboratory(study), []
    for write in (write_canonical, write_calls_and_database):
        with _derived(tmp_path / write.__name__ / "home", reported, write) as kit:
            assert kit.problems == []
            assert kit.tuples("SELECT export, reason FROM meta.loads WHERE status <> 'accepted'") == []
            tables.append(_tables(kit))
    assert {name for name in tables[0] if tables[0][name] != tables[1][name]} == set()
    assert {row[0] for row in tables[0]["lesion_ltp"]} == {SITE}
