"""Tests what a pull says where nothing comes, where it would come twice, and how long a problem is shown."""

from __future__ import annotations

from orchestration.cli.home_problems import problems_of_home
from tests.pulls.places.fake_place import HEADER, SITE_TOML, Clinic
from tests.warehouse.kit import SITE
from warehouse.pulls import pull_sites
from warehouse.storage.errors import RegistryError

ROW = f"{HEADER}P1,S1,2025-01-05,L1,20\n"
DENIED = RegistryError("The store lists it and refuses to give it.", "Let the key read it.")


def remarks(clinic: Clinic) -> tuple[str, ...]:
    """What a pull says beside what it delivered."""
    pulled = clinic.outcome().pulled
    assert pulled is not None
    return pulled.remarks


def test_a_place_from_which_nothing_comes(clinic: Clinic) -> None:
    """A store has no folders, so a mistyped one is empty: that is said, and so are patterns that take no name."""
    assert remarks(clinic) == ("no file lies there; if there should be one, look at place in site.toml",)
    clinic.configure('files = ["exports/*.csv"]')
    clinic.place.put("a.csv", ROW)
    clinic.place.put("b.csv", ROW)
    assert remarks(clinic) == ("none of the 2 names there is one that `files` in site.toml takes",)
    clinic.configure('files = ["a.csv"]')
    assert remarks(clinic) == () == remarks(clinic)


def test_one_place_for_two_sites(clinic: Clinic) -> None:
    """It may serve both, each its own files. The same ones are said: their patients would count twice."""
    other = SITE_TOML.replace("ehr", "kis")
    clinic.configure('files = ["a.csv"]')
    clinic.kit.configure("south", other.format(keys='files = ["b.csv"]'))
    clinic.place.put("a.csv", ROW)
    clinic.place.put("b.csv", ROW)

    def said() -> list[tuple[str, ...]]:
        outcomes = pull_sites.pull_sites(clinic.kit.home, sleep=clinic.waits.append, now=clinic.now)
        return [one.pulled.remarks for one in outcomes if one.pulled is not None]

    assert said() == [(), ()]
    clinic.kit.configure("south", other.format(keys=""))
    at_both = "fetches the same from this place (1 file): patients would count at both sites"
    assert said() == [(), (f"north/ehr {at_both}",)]
    assert said() == [(f"south/kis {at_both}",), (f"north/ehr {at_both}",)]


def test_a_problem_is_shown_while_the_source_is_pulled(clinic: Clinic) -> None:
    """A site.toml that names no place any more ends it; one that cannot be read does not."""
    clinic.place.put("a.csv", ROW)
    clinic.place.fails["a.csv"] = DENIED
    clinic.outcome()
    assert "refuses to give it: a.csv" in problems_of_home(clinic.kit.home)[0]
    clinic.kit.configure(SITE, "nonsense = [")
    assert len(problems_of_home(clinic.kit.home)) == 1
    clinic.configure(text='[sources.ehr]\n[exports.rfa_sessions]\nsource = "ehr"\n')
    assert problems_of_home(clinic.kit.home) == []


def test_a_file_is_no_column(clinic: Clinic) -> None:
    """Of a file whose name looks like a person's, that is said."""
    clinic.place.put("Frau Muster.csv", ROW)
    clinic.place.fails["Frau Muster.csv"] = DENIED
    assert "give it: a file whose name looks like personal data." in clinic.outcome().problem
