"""Tests the contract's table of deliveries, line by line; a delivery is drawn as a name and (key, value) pairs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.warehouse.kit import SITE, Kit, new_kit

COUNTS = ("duplicate", "conflicting", "unchanged", "new", "changed", "keys_withdrawn")
SNAPSHOT = '[exports.patients]\nmode = "snapshot"\n'
Rows = list[tuple[str, str]]


def send(kit: Kit, name: str, rows: Rows, site: str = SITE) -> None:
    """Deliver patients: the key is patient_id, the value stands in birth_year (x is 1950, y 1951, and so on)."""
    lines = [f"{key},{1950 + 'xyzw'.index(value)}" for key, value in rows]
    kit.deliver(site, "patients", f"{name}.csv", "\n".join(["patient_id,birth_year", *lines, ""]))


def current(kit: Kit, site: str = SITE) -> dict[str, str]:
    """Key -> value of clean.patients, with ! where it carries the flag KEY-01."""
    rows = kit.tuples("SELECT patient_id, birth_year, flags FROM clean.patients WHERE site = ?", site)
    return {key: "xyzw"[year - 1950] + ("!" if flags == ["KEY-01"] else "") for key, year, flags in rows}


def counted(kit: Kit, delivery: str, site: str = SITE) -> dict[str, int]:
    """The delivery's counts that are not 0."""
    load = kit.load(delivery, site)
    return {name: load[name] for name in COUNTS if load[name]}


def in_quarantine(kit: Kit) -> list[tuple[str, int]]:
    """Delivery and line of the open KEY-01 entries."""
    return [(e["delivery"], e["line"]) for e in kit.entries() if e["rule_id"] == "KEY-01"]


LINES = {
    "a changed row supersedes": (
        [("a", [("1", "x")]), ("b", [("1", "y")])],
        {"1": "y"},
        {"a.csv": {"new": 1}, "b.csv": {"changed": 1}},
    ),
    "an equal row is unchanged": (
        [("a", [("1", "x")]), ("b", [("1", "x")])],
        {"1": "x"},
        {"a.csv": {"new": 1}, "b.csv": {"unchanged": 1}},
    ),
    "names order, not arrival": (
        [("b", [("1", "y")]), ("a", [("1", "x")])],
        {"1": "y"},
        {"a.csv": {"new": 1}, "b.csv": {"changed": 1}},
    ),
    "a conflict leaves the earlier version with a flag": (
        [("a", [("1", "x")]), ("b", [("1", "y"), ("1", "z"), ("2", "w")])],
        {"1": "x!", "2": "w"},
        {"a.csv": {"new": 1}, "b.csv": {"conflicting": 2, "new": 1}},
    ),
    "a conflict without an earlier version has no current row": (
        [("a", [("1", "y"), ("1", "z")])],
        {},
        {"a.csv": {"conflicting": 2}},
    ),
    "equal rows of one delivery count once": (
        [("a", [("1", "x"), ("1", "x"), ("1", "x")])],
        {"1": "x"},
        {"a.csv": {"duplicate": 2, "new": 1}},
    ),
    "one different row makes all of the key conflicting": (
        [("a", [("1", "x"), ("1", "x"), ("1", "y")])],
        {},
        {"a.csv": {"conflicting": 3}},
    ),
    "a later delivery ends a conflict": (
        [("a", [("1", "y"), ("1", "z")]), ("b", [("1", "y")])],
        {"1": "y"},
        {"a.csv": {"conflicting": 2}, "b.csv": {"new": 1}},
    ),
    "the earlier version, sent again, ends a conflict": (
        [("a", [("1", "x")]), ("b", [("1", "y"), ("1", "z")]), ("c", [("1", "x")])],
        {"1": "x"},
        {"a.csv": {"new": 1}, "b.csv": {"conflicting": 2}, "c.csv": {"unchanged": 1}},
    ),
    "back to an old value is a change": (
        [("a", [("1", "x")]), ("b", [("1", "y")]), ("c", [("1", "x")])],
        {"1": "x"},
        {"b.csv": {"changed": 1}, "c.csv": {"changed": 1}},
    ),
    "delta keeps absent keys": (
        [("a", [("1", "x"), ("2", "w")]), ("b", [("2", "w")])],
        {"1": "x", "2": "w"},
        {"b.csv": {"unchanged": 1}},
    ),
}


@pytest.fixture(scope="module", params=[False, True], ids=["one refresh", "a refresh after each arrival"])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Every line of the drawing at a site of its own."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        for step in range(max(len(arrivals) for arrivals, _, _ in LINES.values())):
            for number, (arrivals, _, _) in enumerate(LINES.values()):
                if step < len(arrivals):
                    send(kit, *arrivals[step], site=f"site{number}")
            if request.param:
                kit.refresh()
        yield kit.refresh()


@pytest.mark.parametrize("number, line", list(enumerate(LINES)), ids=LINES)
def test_deliveries_add_up_as_drawn(told: Kit, number: int, line: str) -> None:
    """Each line of the drawing holds, whether or not a refresh falls between the arrivals."""
    _, expected, counts = LINES[line]
    assert current(told, f"site{number}") == expected
    for delivery, count in counts.items():
        assert counted(told, delivery, f"site{number}") == count


@pytest.mark.long
def test_conflicting_rows_stand_in_quarantine(kit: Kit) -> None:
    """Both rows of a conflict are entries of scope row with their own line; the other row of the file is not."""
    send(kit, "a", [("1", "x")])
    send(kit, "b", [("1", "y"), ("2", "w"), ("1", "z")])
    kit.refresh()
    assert in_quarantine(kit) == [("b.csv", 1), ("b.csv", 3)]
    assert {(e["scope"], e["key"], e["site"]) for e in kit.entries()} == {("row", "1", SITE)}


@pytest.mark.long
def test_snapshot_withdraws_absent_keys(kit: Kit) -> None:
    """In mode snapshot a key that the newest delivery lacks is withdrawn, and the row stays in history."""
    kit.configure(SITE, SNAPSHOT)
    send(kit, "a", [("1", "x"), ("2", "w")])
    send(kit, "b", [("2", "w")])
    kit.refresh()
    assert current(kit) == {"2": "w"}
    assert counted(kit, "b.csv") == {"unchanged": 1, "keys_withdrawn": 1}
    assert kit.value("SELECT count(*) FROM raw.patients") == 3
    assert kit.value("SELECT withdrawn FROM quality.ledger WHERE delivery = 'a.csv'") == 1


@pytest.mark.long
def test_a_withdrawn_key_that_returns_is_new(kit: Kit) -> None:
    """It had no current version when it came back; its first row stays withdrawn."""
    kit.configure(SITE, SNAPSHOT)
    send(kit, "a", [("1", "x"), ("2", "w")])
    send(kit, "b", [("2", "w")])
    send(kit, "c", [("1", "x"), ("2", "w")])
    kit.refresh()
    assert current(kit) == {"1": "x", "2": "w"}
    assert counted(kit, "c.csv") == {"new": 1, "unchanged": 1}
    assert kit.tuples("SELECT delivery, current, withdrawn FROM quality.ledger ORDER BY 1") == [
        ("a.csv", 1, 1),
        ("b.csv", 0, 0),
        ("c.csv", 1, 0),
    ]


@pytest.mark.long
def test_a_conflict_in_a_snapshot_is_no_absence(kit: Kit) -> None:
    """The key is in the newest delivery, if twice: its earlier version stays, with the flag. Once the key is
    absent, version and conflict are over."""
    kit.configure(SITE, SNAPSHOT)
    send(kit, "a", [("1", "x")])
    send(kit, "b", [("1", "y"), ("1", "z")])
    kit.refresh()
    assert (current(kit), in_quarantine(kit)) == ({"1": "x!"}, [("b.csv", 1), ("b.csv", 2)])
    send(kit, "c", [])
    kit.refresh().confirm("c.csv").refresh()
    assert (current(kit), in_quarantine(kit)) == ({}, [])
    assert counted(kit, "c.csv") == {"keys_withdrawn": 1}


@pytest.mark.long
def test_a_rejected_snapshot_withdraws_nothing(kit: Kit) -> None:
    """A file that cannot be read is not the newest delivery."""
    kit.configure(SITE, SNAPSHOT)
    send(kit, "a", [("1", "x")])
    kit.deliver(SITE, "patients", "b.csv", "")
    kit.refresh()
    assert current(kit) == {"1": "x"}


@pytest.mark.long
def test_an_empty_snapshot_that_is_confirmed_withdraws_all(kit: Kit) -> None:
    """A header without rows is a delivery without keys."""
    kit.configure(SITE, SNAPSHOT)
    send(kit, "a", [("1", "x"), ("2", "y")])
    send(kit, "b", [])
    kit.refresh().confirm("b.csv").refresh()
    assert current(kit) == {}
    assert counted(kit, "b.csv") == {"keys_withdrawn": 2}


def test_snapshot_is_a_matter_of_one_export_and_site(kit: Kit) -> None:
    """Another export of the site, and the same export of another site, stay delta."""
    kit.configure(SITE, SNAPSHOT.replace("patients", "genotypes"))
    kit.configure("south", SNAPSHOT)
    send(kit, "a", [("1", "x")])
    send(kit, "b", [])
    kit.refresh()
    assert current(kit) == {"1": "x"}


@pytest.mark.long
def test_same_name_and_bytes_is_a_no_op(kit: Kit) -> None:
    """The file that lies there still, or is delivered again as it was, makes no load."""
    for _ in range(3):
        send(kit, "a", [("1", "x")])
        kit.refresh()
    assert kit.value("SELECT count(*) FROM meta.loads") == 1


@pytest.mark.long
def test_same_name_with_other_bytes_is_a_new_arrival(kit: Kit) -> None:
    """It is called name#2, then name#3, also where it goes back to its first bytes; each follows the one before."""
    for value in "xyx":
        send(kit, "a", [("1", value)])
        kit.refresh()
    loads = kit.tuples("SELECT delivery, new, changed FROM meta.loads ORDER BY position")
    assert loads == [("a.csv", 1, 0), ("a.csv#2", 0, 1), ("a.csv#3", 0, 1)]
    assert kit.value("SELECT delivery FROM clean.patients") == "a.csv#3"


@pytest.mark.long
def test_arrivals_of_one_name_stand_where_the_name_stands(kit: Kit) -> None:
    """A second arrival of an early name does not overtake a later name."""
    send(kit, "a", [("1", "x")])
    send(kit, "b", [("1", "y")])
    kit.refresh()
    send(kit, "a", [("1", "z")])
    kit.refresh()
    assert current(kit) == {"1": "y"}
    assert counted(kit, "a.csv#2") == {"changed": 1}


def test_same_bytes_under_another_name_is_a_delivery_of_its_own(kit: Kit) -> None:
    """Both names have a load; the later one's row is unchanged."""
    send(kit, "a", [("1", "x")])
    send(kit, "b", [("1", "x")])
    kit.refresh()
    assert counted(kit, "a.csv") == {"new": 1}
    assert counted(kit, "b.csv") == {"unchanged": 1}
    assert kit.load("a.csv")["sha256"] == kit.load("b.csv")["sha256"]


def test_sites_share_no_keys(kit: Kit) -> None:
    """The same identifier at two sites is two patients."""
    for site in ("north", "south"):
        kit.deliver(site, "patients", "a.csv", "patient_id\n1\n")
    kit.refresh()
    assert kit.tuples("SELECT site, patient_id FROM clean.patients ORDER BY site") == [
        ("north", "1"),
        ("south", "1"),
    ]


@pytest.mark.long
def test_cells_are_compared_trimmed_and_codes_without_case(kit: Kit) -> None:
    """Case of a code and blanks around a cell make no change; another text of a number, or an empty cell, does."""
    header = "patient_id,sex,birth_year\n"
    kit.deliver(SITE, "patients", "a.csv", header + "".join(f"{i},female,1950\n" for i in "1234"))
    kit.deliver(SITE, "patients", "b.csv", header + "1,FEMALE,1950\n 2 , Female ,1950\n")
    kit.deliver(SITE, "patients", "c.csv", header + "3,female,1950.0\n4,,1950\n")
    kit.refresh()
    assert counted(kit, "b.csv") == {"unchanged": 2}
    assert counted(kit, "c.csv") == {"changed": 2}


@pytest.mark.long
def test_genes_are_one_key_whatever_their_case_and_identifiers_are_not(kit: Kit) -> None:
    """kras and KRAS are one key; specimens x1 and X1 are two."""
    header = "patient_id,specimen_id,specimen_site,gene,result\n"
    kit.deliver(SITE, "genotypes", "a.csv", header + "1,x1,primary,kras,mutant\n1,X1,primary,KRAS,mutant\n")
    kit.deliver(SITE, "genotypes", "b.csv", header + "1,x1,primary,KRAS,wild_type\n")
    kit.refresh()
    assert counted(kit, "a.csv") == {"new": 2}
    assert counted(kit, "b.csv") == {"changed": 1}


@pytest.mark.long
def test_an_empty_variant_or_lesion_is_part_of_the_key(kit: Kit) -> None:
    """Rows that differ in an optional part of the key are rows of their own."""
    kit.deliver(
        SITE,
        "imaging_followups",
        "a.csv",
        "patient_id,exam_id,exam_date,modality,contrast_enhanced,lesion_id\n"
        "1,e,2020-01-01,ct,yes,\n1,e,2020-01-01,ct,yes,L1\n1,e,2020-01-01,ct,no,\n",
    )
    kit.refresh()
    assert counted(kit, "a.csv") == {"new": 1, "conflicting": 2}


@pytest.mark.long
def test_rows_without_a_key_are_told_by_their_cells(kit: Kit) -> None:
    """A row that lacks a required part of its key conflicts with none; equal ones count once. REQ-01 holds it."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id,sex\n,female\n,Female\n,male\n")
    kit.refresh()
    assert counted(kit, "a.csv") == {"duplicate": 1, "new": 2}
    assert [(e["rule_id"], e["line"]) for e in kit.entries()] == [("REQ-01", 1), ("REQ-01", 3)]


@pytest.mark.long
def test_every_received_row_is_counted_once(kit: Kit) -> None:
    """Rows received are the sum of the five outcomes, also where all of them occur in one delivery."""
    send(kit, "a", [("1", "x"), ("2", "x"), ("3", "x")])
    send(kit, "b", [("1", "x"), ("2", "y"), ("3", "y"), ("3", "z"), ("4", "x"), ("4", "x")])
    kit.refresh()
    assert counted(kit, "b.csv") == {"unchanged": 1, "changed": 1, "conflicting": 2, "new": 1, "duplicate": 1}
    assert kit.load("b.csv")["rows_received"] == 6
