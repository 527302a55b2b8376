"""Intervals, quartiles and funnel limits of the service are R's; five centres make a funnel, four do not."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.exact_interval import exact_interval
from analysis.service.outcomes import outcomes
from analysis.service.severity import GRADES, MAJOR, MINOR, OPEN, severities, severity
from analysis.service.waiting import waiting
from schemas.codes import COMPLICATION_SYSTEM
from tests.against_r.carried import FOLDER
from tests.against_r.reference import TOLERANCE

LINES = list(csv.DictReader((FOLDER / "service.csv").read_text(encoding="utf-8").splitlines()))
WAITS = {"one": [9], "two": [0, 20], "three": [20, 0, 9], "tied": [7] * 5 + [21] * 3 + [90]}
WAITS |= {"many": [place * 37 % 101 for place in range(1, 98)]}
NO_COMPLICATIONS = pd.DataFrame(
    columns=["site", "complication_system", "n_sessions", "n_silent", "n_graded", "n_major", "n_open"]
)


def of_r(what: str) -> list[dict[str, str]]:
    """R's lines of one kind."""
    return [line for line in LINES if line["what"] == what]


def lesions_of(counts: list[tuple[int, int]]) -> pd.DataFrame:
    """Centres c1, c2, ... with so many lesions that were effective, of so many."""
    nothing = dict.fromkeys(("n_not_due", "n_not_evaluable", "n_decided", "n_ltp"), 0)
    return pd.DataFrame(
        [
            {"site": f"c{place}", "n_lesions": n, "n_judged": n, "n_effective": k} | nothing
            for place, (k, n) in enumerate(counts, start=1)
        ]
    )


def efficacy(counts: list[tuple[int, int]]) -> dict[str, dict[str, Any]]:
    """The rows of primary efficacy by centre, '' for all together."""
    made = outcomes(lesions_of(counts), NO_COMPLICATIONS)
    return {row["site"]: row for row in made[made["quantity"] == "primary_efficacy"].to_dict("records")}


@pytest.mark.parametrize("line", of_r("interval"), ids=lambda line: line["name"])
def test_intervals_are_those_of_binom_test(line: dict[str, str]) -> None:
    """Also where nobody or everybody has it, and of a single case."""
    found = exact_interval(int(line["k"]), int(line["n"]))
    assert found == pytest.approx((float(line["first"]), float(line["second"])), abs=TOLERANCE)


def test_nobody_has_no_interval() -> None:
    """Of no case there is no share."""
    assert all(np.isnan(limit) for limit in exact_interval(0, 0))


@pytest.mark.parametrize("line", of_r("quartiles"), ids=lambda line: line["name"])
def test_quartiles_are_those_of_quantile(line: dict[str, str]) -> None:
    """R's default, type 7, of days that are counted together or not."""
    days = WAITS[line["name"]]
    counts = pd.Series(days).value_counts()
    frame = pd.DataFrame({"site": "a", "waits_from": "decision", "days": counts.index, "n": counts.to_numpy()})
    (row,) = waiting(frame).query("site == 'a'").to_dict("records")
    found = [row[name] for name in ("lower_quartile_days", "median_days", "upper_quartile_days")]
    assert found == pytest.approx([float(line[name]) for name in ("first", "second", "third")], abs=TOLERANCE)
    assert (row["n"], row["n_known"]) == (len(days), len(days))


def test_limits_are_those_of_qbinom() -> None:
    """At each centre's number of cases, around the share of all; a centre outside is named with the widest limits."""
    expected = of_r("funnel")
    found = efficacy([(int(line["k"]), int(line["n"])) for line in expected])
    names = ("lower_limit_95", "upper_limit_95", "lower_limit_998", "upper_limit_998")
    for line in expected:
        row = found[line["name"]]
        own = [int(line[name]) for name in ("first", "second", "third", "fourth")]
        assert [row[name] for name in names] == own
        k = int(line["k"])
        outside = "99.8" if not own[2] <= k <= own[3] else "95" if not own[0] <= k <= own[1] else ""
        assert row["outside_limits"] == outside
    assert {found[name]["outside_limits"] for name in found} == {"", "95", "99.8"}
    assert pd.isna(found[""]["lower_limit_95"]) and found[""]["n_centres"] == len(expected)


def test_fewer_than_five_centres_have_no_limits() -> None:
    """Four centres with cases, and one without: shares and intervals, no limits, and the note says why."""
    four = [(2, 20), (5, 50), (1, 5), (30, 60), (0, 0)]
    found = efficacy(four)
    assert all(pd.isna(row["lower_limit_95"]) and row["outside_limits"] == "" for row in found.values())
    assert all("fewer than 5 centres: no limits" in row["note"] for row in found.values())
    assert found["c5"]["n"] == 0 and pd.isna(found["c5"]["estimate"])
    five = efficacy([*four[:4], (1, 10)])
    assert all(five[f"c{place}"]["upper_limit_998"] > 0 for place in range(1, 6))


def test_no_centre_at_all_gives_rows_of_nobody() -> None:
    """An empty registry has the tables, with n = 0."""
    made = outcomes(lesions_of([]).reindex(columns=lesions_of([(1, 1)]).columns), NO_COMPLICATIONS)
    assert list(made["n"]) == [0, 0] and made["estimate"].isna().all()


MAJOR_FROM = [
    *(("cirse", grade, MINOR) for grade in ("1", "2", "1a")),
    *(("cirse_2025", grade, MAJOR) for grade in ("3", "3a", "6", "major")),
    *(("sir", grade, MINOR) for grade in ("A", "B", "minor")),
    *(("sir", grade, MAJOR) for grade in ("C", "D", "E", "F")),
    *(("sir_2017", grade, found) for grade, found in (("moderate", MINOR), ("severe", MAJOR), ("2", MINOR))),
    *(("ctcae_v5", grade, found) for grade, found in (("2", MINOR), ("3", MAJOR), ("5", MAJOR), ("6", OPEN))),
    *(("clavien_dindo", grade, MINOR) for grade in ("I", "II", "2")),
    *(("clavien_dindo", grade, MAJOR) for grade in ("IIIa", "IVb", "V", "3b")),
    *((scale, "3", OPEN) for scale in ("other", "unknown")),
    ("cirse", "other", OPEN),
]


@pytest.mark.parametrize(("scale", "grade", "expected"), MAJOR_FROM, ids=lambda one: str(one))
def test_a_grade_is_judged_in_its_own_scale(scale: str, grade: str, expected: str) -> None:
    """What is major is what the scale calls so; a scale that says nothing judges nothing."""
    assert severity(scale, grade, grade) == expected


def test_every_scale_of_the_contract_is_judged_but_those_without_grades() -> None:
    """A scale that joins the contract has to be thought about here."""
    assert set(GRADES) == set(COMPLICATION_SYSTEM) - {"other", "unknown"}


def test_pairs_are_read_as_the_analyses_read_them() -> None:
    """A scale alone is no complication, a grade alone is of an unknown scale, a word for not known and an empty pair
    state nothing, and a death in words is major.
    """
    pairs = [("cirse", None), (None, "3"), (None, None), ("cirse", "n/a"), ("ctcae", "Death"), ("cirse", "bleeding")]
    frame = pd.DataFrame(pairs, columns=["complication_system", "complication_grade"], dtype=object)
    read = severities(frame)
    found = [(None if pd.isna(s) else s, found) for s, found in zip(read["scale"], read["severity"], strict=True)]
    expected: list[tuple[str | None, str]] = [("cirse", "none"), ("unknown", OPEN)]
    assert found[:2] == expected and [scale for scale, _ in found[2:4]] == [None, None]
    assert found[4:] == [("ctcae", MAJOR), ("cirse", OPEN)]
