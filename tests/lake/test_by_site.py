"""A lake that keeps the rows of each site in files of their own, with keys of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import pytest

from tests.lake.lake_kit import address_of, bare_release, in_file, opened, with_files
from tests.orchestration.command import run_here
from warehouse.lake.address import VARIABLE, Address
from warehouse.lake.books import is_kept_apart, releases_in
from warehouse.lake.connection import LAKE, METADATA
from warehouse.lake.maintain import compact
from warehouse.lake.publish import publish
from warehouse.lake.state import check_lake
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

APART = "encrypted = true\nrows_by_site = true\n"
TABLE = f"{LAKE}.clean.lesions"
SITES = ("north", "st-anna", None)
"""None: rows of no site, as a note on every site's has it."""


@dataclass(frozen=True)
class Filled:
    """A home, its lake of five releases, and the sum of each site's values in each."""

    home: Home
    address: Address
    sums: list[dict[str | None, int]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """In each release the values of other patients of other sites differ; one patient leaves, another comes."""
    folder = tmp_path_factory.mktemp("by_site")
    home, address = with_files(Home(folder / "home").create(), folder / "files", APART), address_of(in_file(folder))
    values = {site: dict.fromkeys(range(20), 0) for site in SITES}
    sums = []
    with opened(home, address) as con:
        for number, changes in enumerate(({}, {"north": 15}, {"north": 3, "st-anna": 1}, {None: 20}, {"north": 9}), 1):
            for site, n_changed in changes.items():
                values[site].update(dict.fromkeys(range(n_changed), number))
                values[site].pop(19 - number, None)
                values[site][20 + number] = number
            rows = ", ".join(f"({site!r}, 'P{key}', {mm})" for site, held in values.items() for key, mm in held.items())
            lesions = f"SELECT * FROM (VALUES {rows.replace('None', 'NULL')}) v(site, patient_id, mm)"
            figures = f"SELECT * FROM (VALUES ('north', {number}), ('', {number})) v(site, n)"
            publish(con, bare_release(folder, number, clean__lesions=lesions, analysis__volumes=figures))
            sums.append({site: sum(held.values()) for site, held in values.items()})
    yield Filled(home, address, sums)


def of_files(con: duckdb.DuckDBPyConnection) -> list[tuple[str | None, str]]:
    """Each data file of the table: the site that the catalogue gives it, and its key."""
    return con.execute(
        f"""SELECT partition_value, encryption_key FROM {METADATA}.ducklake_data_file
        JOIN {METADATA}.ducklake_file_partition_value USING (data_file_id, table_id)
        JOIN {METADATA}.ducklake_table USING (table_id) WHERE table_name = 'lesions'"""
    ).fetchall()


def test_each_file_and_key_is_one_sites(filled: Filled) -> None:
    """Before and after upkeep every file holds rows of one site, that of the catalogue, and no key opens files of two;
    every release has the values that it had.
    """
    with opened(filled.home, filled.address) as con:
        assert is_kept_apart(con)
        for _ in range(2):
            found = of_files(con)
            assert {site for site, _ in found} == set(SITES)
            keys = {site: {key for other, key in found if other == site} for site in SITES}
            assert sum(map(len, keys.values())) == len(set().union(*keys.values()))
            assert_sites_of_rows(con)
            for one, sums in zip(releases_in(con), filled.sums, strict=True):
                sql = f"SELECT site, sum(mm) FROM {TABLE} AT (VERSION => {one.snapshot}) GROUP BY ALL"
                assert dict(con.execute(sql).fetchall()) == sums
            compact(con)


def assert_sites_of_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Fail unless the rows of each file, and its list of deleted ones, are of the site that the catalogue says."""
    held = con.execute(f"SELECT DISTINCT split_part(filename, '/', -1), site FROM {TABLE}").fetchall()
    said = dict(
        con.execute(
            f"""SELECT path, partition_value FROM {METADATA}.ducklake_data_file
            LEFT JOIN {METADATA}.ducklake_file_partition_value USING (data_file_id)"""
        ).fetchall()
    )
    assert held and {path: said[path] for path, _ in held} == dict(held) and len(dict(held)) == len(held)
    shared = con.execute(
        f"""SELECT d.encryption_key FROM {METADATA}.ducklake_delete_file d
        JOIN {METADATA}.ducklake_file_partition_value v USING (data_file_id)
        GROUP BY ALL HAVING count(DISTINCT coalesce(partition_value, '')) > 1"""
    ).fetchall()
    assert shared == []


def test_figures_stay_together(filled: Filled) -> None:
    """A table of the analyses, where figures of a site stand beside those of all, is not kept apart."""
    with opened(filled.home, filled.address) as con:
        tables = f"{METADATA}.ducklake_partition_info JOIN {METADATA}.ducklake_table USING (table_id)"
        assert con.execute(f"SELECT DISTINCT table_name FROM {tables}").fetchall() == [("lesions",)]


def test_how_a_lake_was_made_stays(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting cannot be changed afterwards, and means nothing without encryption."""
    monkeypatch.setenv(VARIABLE, str(filled.address))
    for more, said in (
        (
            "encrypted = true\n",
            "keeps the rows of all sites apart, and registry.toml says otherwise. Write rows_by_site = true",
        ),
        ("rows_by_site = true\n", "can be read without their keys. Write encrypted = true too"),
        ('encrypted = true\nrows_by_site = "yes"\n', "rows_by_site is neither true nor false"),
    ):
        with_files(filled.home, filled.home.root.parent / "files", more)
        with pytest.raises(RegistryError) as refused:
            check_lake(filled.home)
        assert said in str(refused.value)


def test_a_file_has_no_roles(filled: Filled) -> None:
    """Rights need a catalogue in PostgreSQL; a prefix that is no name, and no lake, are refused too."""
    said = run_here(filled.home.root, "lake-roles", **{VARIABLE: str(filled.address)})
    assert said.code == 1 and "is a file: whoever may read it reads all of it" in said.complaint
    assert "There is no lake: REGISTRY_WAREHOUSE is not set" in run_here(filled.home.root, "lake-roles").complaint
    assert "is no name" in run_here(filled.home.root, "lake-roles", "--prefix", "a b").complaint
