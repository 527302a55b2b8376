"""Tests deliveries that wait for confirmation: they do not count until then, and count in their place afterwards."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.held_deliveries.suspicion import Rows, looks_like_centimetres, withdraws_much

SNAPSHOT = '[exports.imaging_followups]\nmode = "snapshot"\n'


def exams(kit: Kit, name: str, patients: Iterable[int], site: str = SITE, **cells: str) -> None:
    """Deliver one exam of each patient; without patients the header alone."""
    rows = [row_of("imaging_followups", patient_id=f"P{i}", **cells) for i in patients]
    text = csv_of(rows) if rows else csv_of([row_of("imaging_followups", **cells)]).splitlines()[0] + "\n"
    kit.deliver(site, "imaging_followups", f"{name}.csv", text)


def sessions(kit: Kit, name: str, diameters: Iterable[str], **cells: str) -> None:
    """Deliver one session of each diameter."""
    rows = [
        row_of("rfa_sessions", patient_id=f"{name}{i}", max_diameter_mm=d, **cells) for i, d in enumerate(diameters)
    ]
    kit.deliver(SITE, "rfa_sessions", f"{name}.csv", csv_of(rows))


def waiting(kit: Kit) -> dict[str, str]:
    """Delivery -> why it waits; of each, that it counts as none."""
    rows = kit.rows("SELECT * FROM meta.loads WHERE status = 'waiting'")
    assert all(row["rows_received"] == row["new"] == row["keys_withdrawn"] == 0 for row in rows)
    assert all(row["position"] is None for row in rows)
    return {row["delivery"]: row["reason"] for row in rows}


def current(kit: Kit, export: str = "imaging_followups") -> int:
    """Current rows."""
    return kit.value(f"SELECT count(*) FROM raw.{export}_current")


@pytest.mark.long
def test_an_empty_snapshot_waits_and_then_counts_in_its_place(kit: Kit) -> None:
    """36 exams do not vanish; once confirmed they are withdrawn, and a rebuild says the same."""
    kit.configure(SITE, SNAPSHOT)
    exams(kit, "2024-01-31", range(36))
    exams(kit, "2024-02-29", [])
    kit.refresh()
    assert current(kit) == 36
    assert waiting(kit) == {
        "2024-02-29.csv": "The delivery has no rows: as a snapshot it would withdraw all 36 keys of imaging_followups. "
        f"`registry confirm {SITE} imaging_followups/2024-02-29.csv` accepts it as it is."
    }
    kit.refresh(full=True)
    assert (current(kit), list(waiting(kit))) == (36, ["2024-02-29.csv"])
    kit.confirm("2024-02-29.csv").refresh()
    assert (current(kit), waiting(kit), kit.load("2024-02-29.csv")["keys_withdrawn"]) == (0, {}, 36)
    kit.refresh(full=True)
    assert (current(kit), waiting(kit)) == (0, {})


@pytest.mark.long
def test_the_first_snapshot_withdraws_nothing_even_if_it_is_empty(kit: Kit) -> None:
    """Nor does the next one wait that brings rows."""
    kit.configure(SITE, SNAPSHOT)
    exams(kit, "a", [])
    exams(kit, "b", range(3))
    kit.refresh()
    assert (waiting(kit), current(kit)) == ({}, 3)


WITHDRAWN = {
    "20 %": (range(10), range(2, 10), False),
    "30 %": (range(10), range(3, 10), True),
    "all replaced": (range(10), range(20, 30), True),
    "the only key": (range(1), range(1, 2), True),
    "one of two": (range(2), range(1, 2), False),
    "one of four": (range(4), range(1, 4), False),
    "two of four": (range(4), range(2, 4), True),
}
"""Keys before, keys now, and whether the second delivery waits."""


@pytest.mark.long
def test_a_snapshot_waits_that_would_withdraw_more_than_a_fifth(kit: Kit) -> None:
    """Of the keys of its export; a single key may go as long as others stay. Each case is a site of its own."""
    sites = {what: f"site{number}" for number, what in enumerate(WITHDRAWN)}
    for what, site in sites.items():
        before, now, _ = WITHDRAWN[what]
        kit.configure(site, SNAPSHOT)
        exams(kit, "a", before, site)
        exams(kit, "b", now, site)
    kit.refresh()
    waiting(kit)
    for what, site in sites.items():
        held = kit.tuples("SELECT delivery FROM meta.loads WHERE status = 'waiting' AND site = ?", site)
        assert held == [("b.csv",)] * WITHDRAWN[what][2], what


@pytest.mark.long
def test_site_toml_says_how_much_may_go(kit: Kit) -> None:
    """max_withdrawn for all of a site's exports or for one; an empty delivery waits all the same."""
    most = "max_withdrawn = 0.5\n"
    sites = {"of-the-site": most + SNAPSHOT, "of-the-export": SNAPSHOT + most}
    for site, text in sites.items():
        kit.configure(site, text)
        exams(kit, "a", range(10), site)
        exams(kit, "b", range(5), site)
        exams(kit, "c", [], site)
    kit.refresh()
    waiting(kit)
    for site in sites:
        held = kit.tuples("SELECT delivery FROM meta.loads WHERE status = 'waiting' AND site = ?", site)
        kept = kit.value("SELECT count(*) FROM raw.imaging_followups_current WHERE site = ?", site)
        assert (held, kept) == ([("c.csv",)], 5), site


@pytest.mark.long
def test_later_deliveries_are_judged_without_the_one_that_waits(kit: Kit) -> None:
    """The next whole snapshot counts, also where the one between is confirmed later and so changes what it withdrew."""
    kit.configure(SITE, SNAPSHOT)
    exams(kit, "a", range(10))
    exams(kit, "b", [])
    exams(kit, "c", range(9))
    kit.refresh()
    assert (list(waiting(kit)), current(kit), kit.load("c.csv")["keys_withdrawn"]) == (["b.csv"], 9, 1)
    kit.confirm("b.csv").refresh()
    assert (waiting(kit), current(kit), kit.load("c.csv")["new"]) == ({}, 9, 9)


@pytest.mark.long
def test_an_arrival_between_two_others_judges_the_later_one_again(kit: Kit) -> None:
    """What waits is a function of the archive: a file that comes late makes the next one's step small, or large."""
    kit.configure(SITE, SNAPSHOT)
    exams(kit, "a", range(10))
    exams(kit, "c", range(7))
    kit.refresh()
    assert (list(waiting(kit)), current(kit)) == (["c.csv"], 10)
    exams(kit, "b", range(8))
    kit.refresh()
    assert (waiting(kit), current(kit)) == ({}, 7)
    kit.refresh(full=True)
    assert (waiting(kit), current(kit)) == ({}, 7)


@pytest.mark.long
def test_a_corrected_file_of_the_same_name_takes_the_place_of_one_that_waits(kit: Kit) -> None:
    """The first arrival waits on and counts as none."""
    kit.configure(SITE, SNAPSHOT)
    exams(kit, "a", range(10))
    exams(kit, "b", [])
    kit.refresh()
    exams(kit, "b", range(10))
    kit.refresh()
    assert (list(waiting(kit)), current(kit), kit.load("b.csv#2")["unchanged"]) == (["b.csv"], 10, 10)


@pytest.mark.long
def test_a_delivery_that_waits_passes_nothing_on(kit: Kit) -> None:
    """Neither cells nor columns."""
    kit.configure(SITE, SNAPSHOT)
    exams(kit, "a", range(10), distance_to_zone_mm="3")
    exams(kit, "b", range(5), distance_to_zone_mm="4", new_liver_lesion="yes")
    exams(kit, "c", range(10))
    kit.refresh()
    assert list(waiting(kit)) == ["b.csv"]
    assert kit.tuples("SELECT DISTINCT distance_to_zone_mm, new_liver_lesion FROM raw.imaging_followups_current") == [
        ("3", None)
    ]
    assert kit.load("c.csv")["lost_columns"] == ["distance_to_zone_mm"]


@pytest.mark.long
def test_a_site_in_centimetres_gets_one_sentence(kit: Kit) -> None:
    """Its first delivery too; none of its lesions counts until somebody confirms."""
    sessions(kit, "a", [*["2.1"] * 31, "21", "22", "23"])
    kit.refresh()
    (reason,) = waiting(kit).values()
    assert reason.startswith("max_diameter_mm looks like centimetres: 31 of 34 rows are below 8. Deliver it again ")
    assert current(kit, "rfa_sessions") == 0
    assert kit.confirm("a.csv").refresh().value("SELECT count(*) FROM clean.rfa_sessions") == 34


@pytest.mark.parametrize(
    "n_rows, n_broken, waits",
    [(34, 12, True), (33, 11, False), (3, 3, True), (2, 2, False), (1, 1, False), (9, 3, False), (8, 3, True)],
)
def test_more_than_a_third_of_the_rows_must_break_les_04(n_rows: int, n_broken: int, waits: bool) -> None:
    """And more than two of them: small lesions exist."""
    assert (looks_like_centimetres(Rows(n_rows, n_broken, n_broken)) is not None) == waits


@pytest.mark.long
def test_a_zone_in_another_unit_than_the_lesion_waits(kit: Kit) -> None:
    """LES-04 as well, by the other half of its condition; the sentence names both columns."""
    sessions(kit, "a", ["30"] * 10, zone_long_mm="2.8")
    kit.refresh()
    (reason,) = waiting(kit).values()
    assert reason.startswith("max_diameter_mm and zone_long_mm look like different units: in 10 of 10 rows")


@pytest.mark.long
def test_a_column_ten_times_off_the_deliveries_before_waits(kit: Kit) -> None:
    """Too small or too large, by its median; it is judged against what counts, not against another that waits."""
    spread = [str(n) for n in range(12, 40)]
    for name, cells in (("a", spread), ("b", [f"{int(n) / 10}" for n in spread]), ("c", spread)):
        rows = [
            row_of("imaging_followups", patient_id=f"{name}{i}", distance_to_zone_mm=n) for i, n in enumerate(cells)
        ]
        kit.deliver(SITE, "imaging_followups", f"{name}.csv", csv_of(rows))
    kit.refresh()
    assert list(waiting(kit)) == ["b.csv"]
    reason = waiting(kit)["b.csv"]
    assert reason.startswith("distance_to_zone_mm looks ten times too small: the median of its 28 values is 10 times")


@pytest.mark.long
def test_a_delivery_of_a_few_rows_is_no_alarm(kit: Kit) -> None:
    """Nine values say nothing of a unit, nor do they as what others are held against."""
    sessions(kit, "a", [str(n) for n in range(20, 50)], zone_long_mm="40")
    sessions(kit, "b", ["30"] * 9, zone_long_mm="400")
    sessions(kit, "c", ["30"] * 30, zone_long_mm="41")
    kit.refresh()
    assert "b.csv" not in waiting(kit) or "median" not in waiting(kit)["b.csv"]
    assert "c.csv" not in waiting(kit)


@pytest.mark.long
def test_a_snapshot_of_rows_that_rules_set_aside_withdraws_nothing(kit: Kit) -> None:
    """Its keys are there: each row is in quarantine with its reason, and nothing waits (decision 0019)."""
    kit.configure(SITE, SNAPSHOT)
    exams(kit, "a", range(10))
    exams(kit, "b", range(10), exam_date="soon")
    kit.refresh()
    assert (waiting(kit), current(kit)) == ({}, 10)
    assert sum(entry["rule_id"] == "TYPE-01" for entry in kit.entries()) == 10


@pytest.mark.long
def test_a_zone_in_centimetres_waits_though_the_diameter_is_in_mm(kit: Kit) -> None:
    """From the first delivery on: no ablation zone is a third of its lesion."""
    sessions(kit, "a", ["30"] * 10, zone_long_mm="4.2")
    sessions(kit, "b", ["30"] * 10, zone_long_mm="24")
    kit.refresh()
    assert waiting(kit)["a.csv"].startswith("max_diameter_mm and zone_long_mm look like different units: in 10 of 10")
    assert "b.csv" not in waiting(kit)


def test_where_none_may_go_one_key_waits() -> None:
    """`max_withdrawn = 0` means none; without it one key of several may go, but not the only one."""
    assert withdraws_much("patients", 99, 100, 1, 0.0) == (
        "As a snapshot it would withdraw 1 of the 100 keys of patients (1 %, more than 0 %)."
    )
    assert withdraws_much("patients", 1, 2, 1, 0.2) is None
    assert withdraws_much("patients", 0, 1, 1, 1.0) == (
        "The delivery has no rows: as a snapshot it would withdraw the only key of patients."
    )
    assert "(20.40 %, more than 20 %)" in str(withdraws_much("patients", 796, 1_000, 204, 0.2))


def test_sentences_hold_counts_and_no_cell() -> None:
    """Of what would be withdrawn and of what is allowed."""
    assert withdraws_much("patients", 5, 10, 3, 0.2) == (
        "As a snapshot it would withdraw 3 of the 10 keys of patients (30 %, more than 20 %)."
    )
