"""`registry forget` of a patient whose resources lie in a FHIR bundle with another's: nothing of them is left."""

from __future__ import annotations

import json

import pytest

from tests.erasure.erased_home import PATIENT as ERASED
from tests.erasure.erased_home import SITE, forget, refresh
from tests.erasure.search_home import below_home, cells_with
from tests.sources.fhir_kit import PATIENT, PRESENT, SPECIMEN, ablation, bundle, gene, hgvs, quantity, size, variant
from tests.sources.test_fhir_deliveries import TOML
from warehouse.releases.query import open_release
from warehouse.releases.release import list_releases
from warehouse.storage.home import Home

pytestmark = pytest.mark.long
WORDS = (ERASED, "zqfamily", "zqnumber")
TABLES = ("clean.patients", "clean.rfa_sessions", "clean.genotypes", "quality.quarantine")


def study() -> bytes:
    """A bundle of two patients, of whom the one to be erased has a name, a number and a variant."""
    lesion = {"resourceType": "BodyStructure", "id": "l1", "patient": {"reference": "Patient/p1"}}
    found = variant(PRESENT, gene("6407"), hgvs("48005-3", "p.Gly12Asp"))
    each = [PATIENT, lesion, SPECIMEN, ablation(), size(quantity(1.2, "cm")), found]
    named = {**PATIENT, "name": [{"family": "zqfamily"}], "identifier": [{"system": "urn:mrn", "value": "zqnumber"}]}
    other = json.dumps([named, *each[1:]]).replace("/p1", f"/{ERASED}").replace('"p1"', f'"{ERASED}"')
    others = json.loads(
        other.replace("/l1", "/l2").replace('"l1"', '"l2"').replace("/s1", "/s2").replace('"s1"', '"s2"')
    )
    for one in others[3:]:
        one["id"] += "-2"
    return json.dumps(bundle(*each, *others), indent=1).encode()


@pytest.fixture(scope="module")
def erased(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that released the bundle, after the erasure."""
    home = Home(tmp_path_factory.mktemp("fhir") / "home").create()
    site = home.landing / SITE
    (site / "ehr").mkdir(parents=True)
    (site / "site.toml").write_text(TOML, encoding="utf-8")
    (site / "ehr" / "2024-01-15_study.json").write_bytes(study())
    ran = refresh(home)
    assert ran.code == 0 and ran.text.startswith("Released "), ran.err.decode()
    release = list_releases(home)[-1]
    assert set(cells_with(release.database, [ERASED])) >= {"clean.patients", "clean.rfa_sessions", "clean.genotypes"}
    ran = forget(home)
    assert ran.code == 0, ran.err.decode()
    return home


def test_nothing_of_the_patient_is_left(erased: Home) -> None:
    """Not in archive, build database, run history or any release: no id, no name, no number."""
    assert below_home(erased, WORDS) == {}
    for release in list_releases(erased):
        assert cells_with(release.database, WORDS) == {}


def test_a_rebuild_gives_the_same_tables(erased: Home) -> None:
    """What is kept of the bundle is read as the bundle was."""
    assert refresh(erased).code == 0
    before = _tables(erased)
    assert [row[:3] for row in before["clean.genotypes"]]
    erased.build_database.unlink()
    ran = refresh(erased)
    assert ran.code == 0, ran.err.decode()
    assert _tables(erased) == before


def _tables(home: Home) -> dict[str, list[tuple]]:
    with open_release(list_releases(home)[-1]) as con:
        return {name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in TABLES}
