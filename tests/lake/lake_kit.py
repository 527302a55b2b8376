"""Makes a home with a few small releases, and a lake in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from tests.quality.site_at_work import SESSION_HEADER
from tests.warehouse.release_kit import release_small, site_with_sessions
from warehouse.lake.address import VARIABLE, Address, lake_address
from warehouse.lake.state import lake_of
from warehouse.releases.release import Release
from warehouse.storage.home import Home

IMAGING = "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id,lesion_status"
OF_A_LAKE = ("data_path", "encrypted", "rows_by_site")


def three_releases(root: Path) -> list[Release]:
    """A home's first release; one with a third patient; and one with a further exam of the first patient."""
    site = site_with_sessions(root)
    made = [release_small(site.home)]
    site.sessions("2024-02-29_b.csv", "P3,S1,2023-03-10,L1,15,4,")
    made.append(release_small(site.home))
    site.deliver("imaging_followups", "2024-03-31_c.csv", IMAGING, "P1,E3,2023-11-10,ct,yes,L1,ltp")
    made.append(release_small(site.home))
    assert len({release.release_id for release in made}) == 3
    return made


def three_releases_of_two_sites(root: Path) -> list[Release]:
    """As three_releases, with a second site, `north`, whose patients are called NN-something; the last of them comes
    with the third release, and one is set aside.
    """
    site = site_with_sessions(root)
    _deliver_north(site.home, "2024-01-31_a.csv", "NN-1,S1,2023-01-11,L1,31,5,", "NN-2,S1,2023-02-11,L1,901,5,")
    made = [release_small(site.home)]
    site.sessions("2024-02-29_b.csv", "P3,S1,2023-03-10,L1,15,4,")
    made.append(release_small(site.home))
    _deliver_north(site.home, "2024-03-31_c.csv", "NN-1,S1,2023-01-11,L1,33,5,", "NN-3,S1,2023-04-11,L1,18,6,")
    made.append(release_small(site.home))
    assert len({release.release_id for release in made}) == 3
    return made


def _deliver_north(home: Home, name: str, *lines: str) -> None:
    folder = home.landing / "north" / "rfa_sessions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join([SESSION_HEADER, *lines]) + "\n", encoding="utf-8")


def in_file(folder: Path, kind: str = "duckdb") -> str:
    """What REGISTRY_WAREHOUSE is for a catalogue in the folder."""
    return f"ducklake:{kind}:{folder / 'catalogue'}"


def address_of(text: str) -> Address:
    """The catalogue that the text names."""
    found = lake_address({VARIABLE: text})
    assert found is not None
    return found


def with_files(home: Home, data_path: Path | str, more: str = "") -> Home:
    """Say in registry.toml, in place of what it says of a lake, where the lake's files go."""
    file = home.root / "registry.toml"
    before = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    kept = [line for line in before if not line.startswith(OF_A_LAKE)]
    file.write_text("\n".join([*kept, f'data_path = "{data_path}"', more, ""]), encoding="utf-8")
    return home


@contextmanager
def opened(home: Home, address: Address) -> Iterator[duckdb.DuckDBPyConnection]:
    """The home's lake, opened for writing, with one thread."""
    with lake_of(home, address) as con:
        con.execute("SET threads = 1")
        yield con


def bare_release(folder: Path, number: int, **tables: str) -> Release:
    """A release of nothing but these tables, schema__name = what it holds (a SELECT; VIEW before it makes a view), for
    tests of a lake alone.
    """
    made = folder / f"2024010{number}T000000Z-0000000{number}"
    made.mkdir(parents=True)
    with duckdb.connect(str(made / "registry.duckdb")) as con:
        for name, rows in tables.items():
            schema, _, table = name.partition("__")
            kind = "VIEW" if rows.startswith("VIEW") else "TABLE"
            con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
            con.execute(f"CREATE {kind} {schema}.{table} AS {rows.removeprefix('VIEW')}")
    code = {"duckdb": duckdb.__version__}
    manifest = {"content_hash": "", "release_id": made.name, "code": code, "tables": {}}
    (made / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Release(made, manifest)


def bare_releases_of_two_sites(home: Home) -> list[Release]:
    """Three of them, of a few tables of every sort. Patients of `north` are called NN-something, rows of no site have
    none; in the second a patient of st-anna comes, in the third one of north leaves and another's lesion grows.
    """
    made = []
    for number, (anna, north) in enumerate((("P1", "NN-1 NN-2"), ("P1 P3", "NN-1 NN-2"), ("P1 P3", "NN-1")), 1):
        pairs = [("st-anna", one) for one in anna.split()] + [("north", one) for one in north.split()]
        rows = ", ".join(f"('{site}', '{one}', {number if one == 'NN-1' else 7})" for site, one in pairs)
        clean = f"SELECT * FROM (VALUES {rows}) v(site, patient_id, mm)"
        made.append(
            bare_release(
                home.releases,
                number,
                clean__lesions=clean,
                clean__patients=f"SELECT DISTINCT site, patient_id FROM ({clean})",
                cohort__lesions="VIEW SELECT l.* FROM clean.lesions l JOIN clean.patients USING (site, patient_id)",
                quality__exceptions="FROM (VALUES (NULL, 'a'), ('north', 'NN-1'), ('st-anna', 'P1')) v(site, key)",
                quality__results=f"SELECT 'PAT-01' AS rule_id, {number} AS n_violations",
                analysis__service_volumes=f"SELECT * FROM (VALUES ('north', {number}), ('', 9)) v(site, n_patients)",
            )
        )
    return made
