"""`registry forget` at a site whose site.toml says how its files are read, and said something else before."""

from __future__ import annotations

import pytest

from tests.erasure.erased_home import PATIENT, SITE, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.sources.test_mapped_deliveries import CLINIC
from warehouse.releases.query import open_release
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home

HEADER = "Pat-Nr.;Geschlecht;Eingriff;Datum;Durchmesser;Kapsel\n"
ROWS = {
    "2021.csv": [("P1", "RFA"), (PATIENT, "RFA"), (PATIENT, "Resektion"), ("P2", "Resektion"), ("P3", "MWA")],
    "2022.csv": [(PATIENT, "Resektion"), ("P4", "RFA"), ("P5", "Resektion")],
}
WITH_MWA = CLINIC.replace('["RFA", "MWA"]', '["RFA"]')


def deliver(home: Home, site_toml: str, name: str) -> None:
    """Put a file and a site.toml into landing/."""
    folder = home.landing / SITE / "klinik"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "site.toml").write_text(site_toml, encoding="utf-8")
    lines = [f"{p};w;{what};{n + 1:02d}.03.{name[:4]};2,9;zqcell\n" for n, (p, what) in enumerate(ROWS[name])]
    (folder / name).write_text(HEADER + "".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with two releases, the second of which was made with another site.toml."""
    home = Home(tmp_path_factory.mktemp("mapped") / "home").create()
    for site_toml, name in ((WITH_MWA, "2021.csv"), (CLINIC, "2022.csv")):
        deliver(home, site_toml, name)
        ran = refresh(home)
        assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
    return home


@pytest.mark.long
def test_every_release_is_counted_as_it_was_read(mapped: Home) -> None:
    """In each release, loads and ledger lack the patient's rows as that release's own site.toml read them; no file and
    no cell names the patient; and the next refresh finds nothing new."""
    ran = forget(mapped)
    assert ran.code == 0, ran.err.decode()
    assert "3 rows removed from 2 files" in ran.text
    assert below_home(mapped, [PATIENT]) == {}
    found = []
    for release in list_releases(mapped):
        assert cells_with(release.database, [PATIENT]) == {}
        with open_release(release) as con:
            loads = "SELECT file_name, export, rows_received, left_out, rows_erased FROM meta.loads ORDER BY ALL"
            found.append(con.execute(loads).fetchall())
            assert con.execute("SELECT bool_and(is_balanced) FROM quality.ledger").fetchone() == (True,)
    where = "where: Eingriff"
    assert found == [
        [
            ("2021.csv", "patients", 3, {}, 2),
            ("2021.csv", "rfa_sessions", 2, {where: 1}, 2),
            ("2022.csv", "patients", 2, {}, 1),
            ("2022.csv", "rfa_sessions", 1, {where: 1}, 1),
        ],
        [("2021.csv", "patients", 3, {}, 2), ("2021.csv", "rfa_sessions", 1, {where: 2}, 2)],
    ]
    again = refresh(mapped)
    assert again.code == 0 and not again.text.startswith("Released "), again.text
