"""Tests overdue sites: what site.toml expects compared with what has arrived."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.archive.archive import Archive
from warehouse.intake.overdue_sites import overdue
from warehouse.intake.site_config import parse
from warehouse.storage.errors import RegistryError

HEADER = "patient_id\n"


def late(kit: Kit, days: float) -> list[tuple[str, str]]:
    """(place, sentence) of what is overdue so many days from now."""
    return [(o.place, o.sentence) for o in overdue(Archive(kit.home), datetime.now(UTC) + timedelta(days=days))]


def test_a_site_is_overdue_after_its_span(kit: Kit) -> None:
    """Not on the last day; from then on, until something comes. A site that says nothing is never overdue."""
    kit.configure(SITE, 'expected_every = "1 week"')
    kit.deliver(SITE, "patients", "a.csv", HEADER)
    kit.deliver("south", "patients", "a.csv", HEADER)
    kit.land()
    today = datetime.now(UTC).date().isoformat()
    assert late(kit, 6.9) == []
    assert late(kit, 9.1) == [
        (SITE, f"No delivery since {today} (9 days); one is expected every 7 days."),
    ]


def test_an_export_has_a_span_of_its_own(kit: Kit) -> None:
    """An export that is late is named, whatever else the site delivers; one that never came counts from site.toml."""
    kit.configure(SITE, 'expected_every = "30 days"\n[exports.genotypes]\nexpected_every = "2 days"')
    kit.deliver(SITE, "patients", "a.csv", HEADER)
    kit.land()
    ((place, sentence),) = late(kit, 3)
    assert place == f"{SITE}/genotypes" and sentence.startswith("No delivery yet (3 days)")


def test_a_file_of_a_source_is_a_delivery_of_what_it_feeds(kit: Kit) -> None:
    """A site that delivers into a folder of its own is on time, for each export that its files feed."""
    mapping = '[sources.klinik]\n[exports.patients]\nsource = "klinik"\n'
    kit.configure(SITE, f'expected_every = "2 days"\n{mapping}[exports.genotypes]\nexpected_every = "2 days"')
    kit.deliver(SITE, "klinik", "a.csv", HEADER)
    kit.land()
    assert late(kit, 1) == []
    assert [place for place, _ in late(kit, 3)] == [SITE, f"{SITE}/genotypes"]
    today = datetime.now(UTC).date().isoformat()
    assert late(kit, 3)[0][1].startswith(f"No delivery since {today}")


def test_answers_are_no_delivery(kit: Kit) -> None:
    """An answered sheet or a changed site.toml does not make a site's exports come."""
    kit.configure(SITE, 'expected_every = "2 days"')
    kit.deliver(SITE, "answers", "a.csv", "entry\n")
    kit.land()
    assert [place for place, _ in late(kit, 3)] == [SITE]


@pytest.mark.parametrize("span", ['"weekly"', '"0 days"', "7", '"1.5 days"', "true"])
def test_what_is_no_span_is_named(span: str) -> None:
    """One sentence with the cure."""
    with pytest.raises(
        RegistryError, match='north/site.toml: expected_every.* not a length of time. Write it like "7 days"'
    ):
        parse(f"expected_every = {span}", "north")
    with pytest.raises(RegistryError, match="expected_every of patients"):
        parse(f"[exports.patients]\nexpected_every = {span}", "north")
