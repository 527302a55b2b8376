"""Linear programming over everything that the volumes of a public set print recovers no small group."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis.subjects.numbered_frames import SESSION
from disclosure.assembled import assemble
from disclosure.levels import LESION_LEVEL, PATIENT_LEVEL, SESSION_LEVEL, Level
from disclosure.service_groups import COUNTS, MOST_CELLS, add_volumes, shared_volumes
from disclosure.shared_content import counts_that_leave
from disclosure.suppression import suppress
from schemas.disclosure import MODES, Mode
from tests.disclosure.attack import Printed, atoms_of
from tests.variants import quick

SITES = {"a": 60, "b": 26, "c": 9, "d": 5}
QUARTERS = ("2020-Q1", "2020-Q2", "2020-Q3", "2020-Q4", "2021-Q1")
COMBINATIONS = {"rfa": 74, "mwa": 20, "mwa+rfa": 4, "other": 2}
N_SESSIONS = 240
Whole = dict[str, Level]


@cache
def registry() -> SimpleNamespace:
    """Sessions of four centres, two of them small, in five quarters; some with two modalities."""
    rng = np.random.default_rng(7)

    def drawn(shares: dict[str, int]) -> np.ndarray:
        return rng.choice(list(shares), N_SESSIONS, p=np.array(list(shares.values())) / 100)

    site, together = drawn(SITES), drawn(COMBINATIONS)
    starts = {name: pd.Period(name.replace("-", ""), freq="Q").start_time for name in QUARTERS}
    quarter = rng.choice(QUARTERS, N_SESSIONS)
    rows = [
        {SESSION: number, "site": site[number], "session_date": starts[quarter[number]], "modality": modality}
        for number in range(N_SESSIONS)
        for modality in together[number].split("+")
    ]
    whole = pd.DataFrame({"site": site, "quarter": quarter, "together": together})
    of_patients = pd.DataFrame({"site": site[: N_SESSIONS * 3 // 4]})
    return SimpleNamespace(sessions=pd.DataFrame(rows), patients=of_patients, lesions=whole[["site"]], whole=whole)


def levels() -> Whole:
    """The groups of the volumes."""
    sizes = {PATIENT_LEVEL: len(registry().patients), LESION_LEVEL: len(registry().lesions)}
    made = {name: Level(size) for name, size in (sizes | {SESSION_LEVEL: N_SESSIONS}).items()}
    add_volumes(made, registry())
    return made


@cache
def printed(mode: str, only_primary: bool = False) -> pd.DataFrame:
    """The volumes as they leave."""
    own, law = levels(), MODES[mode]
    made = assemble(own, law)
    chosen = made.cells.primary(law) if only_primary else suppress(made.cells, law)
    return shared_volumes(own, counts_that_leave(made, chosen, law))


def outsider(table: pd.DataFrame, law: Mode, column: str) -> Printed:
    """What somebody reads who knows that sessions have a centre, a quarter and one or more modalities."""
    has_all = column == COUNTS[SESSION_LEVEL]
    together = COMBINATIONS if has_all else ["rfa"]
    atoms = atoms_of({"site": SITES, "quarter": QUARTERS if has_all else QUARTERS[:1], "together": together})
    known = Printed(atoms)
    for row in table[table[column].notna()].to_dict("records"):
        known.tell(group(known, row), max(int(row[column]) - law.slack, 0), int(row[column]) + law.slack)
    return known


def group(known: Printed, row: dict[str, str]) -> np.ndarray:
    """The atoms that a line counts."""
    return np.array(
        [
            row["site"] in ("", atom["site"])
            and row["session_quarter"] in ("", atom["quarter"])
            and (not row["modality"] or row["modality"] in atom["together"].split("+"))
            for atom in known.atoms
        ]
    )


def attacked(table: pd.DataFrame, law: Mode) -> Iterator[tuple[str, int, float, float, bool]]:
    """Each true small count: its name, itself, the interval that the outsider finds, and whether a line prints it."""
    known, whole = outsider(table, law, "n_sessions"), registry().whole
    for row in table.to_dict("records"):
        members = group(known, row)
        of_atoms = [
            int(
                (
                    (whole["site"] == a["site"])
                    & (whole["quarter"] == a["quarter"])
                    & (whole["together"] == a["together"])
                ).sum()
            )
            for a in known.atoms
        ]
        count = int(np.array(of_atoms)[members].sum())
        if 1 <= count <= law.small:
            yield f"{row['site']} {row['modality']} {row['session_quarter']}", count, *known.interval(members), True
    for site in ("", *SITES):
        for together in COMBINATIONS:
            members = np.array([site in ("", a["site"]) and a["together"] == together for a in known.atoms])
            count = int(((whole["together"] == together) & ((whole["site"] == site) | (site == ""))).sum())
            if 1 <= count <= law.small:
                yield f"{site} {together} alone", count, *known.interval(members), False


@pytest.mark.long
def test_primary_suppression_alone_would_not_do() -> None:
    """The attack is a real one: where small counts alone are kept back, it finds some of them exactly."""
    found = list(attacked(printed("lt5", only_primary=True), MODES["lt5"]))
    assert any(high - low < 1e-6 for _, _, low, high, _ in found)


@pytest.mark.long
@pytest.mark.parametrize("mode", quick(1, ["lt5", "opensafely7", "cms11"]))
def test_no_small_group_is_recovered(mode: str) -> None:
    """Every group of one to `small` sessions, printed or not, stays uncertain by at least what the mode asks."""
    law = MODES[mode]
    found = list(attacked(printed(mode), law))
    assert len(found) >= 10
    of_rest = law.small if law.rounding == 1 else law.rounding - 1
    narrow = [
        (name, n, low, high)
        for name, n, low, high, is_line in found
        if high - low < (law.small if is_line else of_rest)
    ]
    assert narrow == []
    assert all(low <= n <= high for _, n, low, high, _ in found)


@pytest.mark.parametrize("mode", quick(1, ["lt5", "opensafely7", "cms11"]))
def test_something_leaves_and_nothing_small(mode: str) -> None:
    """The whole, and large centres, leave as they are or rounded; no printed count is small, no operator is named, and
    patients and lesions leave by centre alone.
    """
    law, table = MODES[mode], printed(mode)
    (whole,) = table[(table["site"] == "") & (table["modality"] == "") & (table["session_quarter"] == "")]["n_sessions"]
    assert whole == law.rounded(N_SESSIONS)
    assert table["n_sessions"].notna().sum() >= 8
    for column in COUNTS.values():
        assert not any(law.is_small(int(n)) for n in table[column].dropna())
    assert set(table["operator_id"]) == {""}
    of_patients = table[table["n_patients"].notna() | table["n_lesions"].notna()]
    assert set(of_patients["modality"]) == set(of_patients["session_quarter"]) == {""}
    assert not ((table["modality"] != "") & (table["session_quarter"] != "")).any()


@pytest.mark.parametrize("mode", ["lt5"])
@pytest.mark.parametrize("column", ["n_patients", "n_lesions"])
def test_no_small_centre_is_found_by_its_patients(mode: str, column: str) -> None:
    """A centre with few patients is not what the others leave of the whole."""
    law = MODES[mode]
    known = outsider(printed(mode), law, column)
    frame = registry().patients if column == "n_patients" else registry().lesions
    for site, count in frame["site"].value_counts().items():
        if count <= law.small:
            low, high = known.interval(known.which(site=str(site)))
            assert high - low >= law.small and low <= count <= high


def test_many_centres_by_many_quarters_leave_sums_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond MOST_CELLS no line is of a centre in a quarter; centres and quarters by themselves still leave."""
    assert len(SITES) * len(QUARTERS) <= MOST_CELLS
    monkeypatch.setattr("disclosure.service_groups.MOST_CELLS", len(SITES) * len(QUARTERS) - 1)
    law, own = MODES["lt5"], levels()
    made = assemble(own, law)
    table = shared_volumes(own, counts_that_leave(made, suppress(made.cells, law), law))
    assert not ((table["site"] != "") & (table["session_quarter"] != "")).any()
    assert {"a", "b"} <= set(table["site"]) and set(QUARTERS) <= set(table["session_quarter"])
