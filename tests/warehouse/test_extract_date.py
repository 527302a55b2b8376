"""Tests the extract date of a delivery: from its file name, or else from the time of its arrival."""

from __future__ import annotations

from datetime import date

import pytest

from tests.warehouse.kit import SITE, Kit
from warehouse.archive.arrivals import Arrival
from warehouse.raw.tables import extract_date

ARRIVED = "2022-12-31T23:59:59+00:00"


@pytest.mark.parametrize(
    "name, expected",
    [
        ("2021-03-04_patients.csv", date(2021, 3, 4)),
        ("patients-2021-03-04.csv.gz", date(2021, 3, 4)),
        ("20210304.csv", date(2021, 3, 4)),
        ("patients_2021_03_04.csv", date(2021, 3, 4)),
        ("2021-03-04_until_2021-06-30.csv", date(2021, 3, 4)),
        ("2021-13-40_or_2021-03-04.csv", date(2021, 3, 4)),
        ("20210304T0200.csv", date(2021, 3, 4)),
        ("patients.csv", date(2022, 12, 31)),
        ("2021-02-30.csv", date(2022, 12, 31)),
        ("12345678901.csv", date(2022, 12, 31)),
        ("2021-03.csv", date(2022, 12, 31)),
    ],
)
def test_extract_date_is_the_first_date_in_the_name_else_of_arrival(name: str, expected: date) -> None:
    """What looks like a date but is none is passed over; without any, the day of arrival counts."""
    arrival = Arrival(1, SITE, "patients", name, name, "0", 1, ARRIVED)
    assert extract_date(arrival.file_name, arrival.arrived_at) == expected


@pytest.mark.long
def test_rules_compare_with_the_delivery_that_brought_the_row(kit: Kit) -> None:
    """The same row is late in the delivery of 2020, and in order in that of 2021 that brings it changed."""
    header = "patient_id,last_contact_date,sex\n"
    kit.deliver(SITE, "patients", "2020-06-30.csv", header + "1,2020-07-01,female\n2,2020-07-01,female\n")
    kit.deliver(SITE, "patients", "2021-06-30.csv", header + "2,2020-07-01,male\n")
    kit.refresh()
    assert [(e["key"], e["rule_id"]) for e in kit.entries()] == [("1", "PAT-09")]


@pytest.mark.long
def test_meta_loads_tells_the_extract_date(kit: Kit) -> None:
    """So that a reader can see what rules compared with."""
    kit.deliver(SITE, "patients", "2020-06-30.csv", "patient_id\n1\n")
    assert kit.refresh().load("2020-06-30.csv")["extract_date"] == date(2020, 6, 30)
