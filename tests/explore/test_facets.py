"""The counts of facets are those that plain SQL gives, whatever is picked."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from explore.attributes import Attribute, facets_of
from explore.facets import FURTHER, Bar, Facet, _is_tested, facets
from explore.grids import grid_of, grids_of
from explore.picks import Chosen, Pick, Written, read
from tests.e2e.demonstration import Demonstration
from tests.variants import quick
from warehouse.cohorts.attrition import choose

PICKED = {
    "nothing": (),
    "patients": ("patients.kras:mutant|unknown", "patients.max_diameter_mm:..30"),
    "lesions": ("lesions.segment:7|8", "lesions.minimal_margin_mm:5.."),
    "both": ("patients.sex:female", "lesions.approach:percutaneous", "patients.ecog:0..1"),
    "written": ("sql:fit:ecog <= 1", "lesions.ltp:false", "patients.kras:wild_type"),
}


@pytest.fixture(scope="module")
def release(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as con:
        yield con


@pytest.mark.long
@pytest.mark.parametrize("view", ["patients", "lesions"])
@pytest.mark.parametrize("name", quick(3, list(PICKED)))
def test_counts_are_those_of_plain_sql(release: duckdb.DuckDBPyConnection, name: str, view: str) -> None:
    """Each value and bin has as many patients or lesions as the cohort without the column's own pick."""
    picks = tuple(read(text, True) for text in PICKED[name])
    found = facets(release, picks, view, grids_of(release, view))
    assert [facet.attribute for facet in found] == [one for one in facets_of(view) if one.name not in FURTHER]
    chosen = {own: chosen_by(release, own, view) for own in {without(picks, facet) for facet in found} | {()}}
    for facet in found:
        own, whole = (plain(release, chosen[kept], facet) for kept in (without(picks, facet), ()))
        assert [bar.n for bar in facet.bars] == own[1:], facet.attribute.name
        assert [bar.n_all for bar in facet.bars] == whole[1:], facet.attribute.name
        missing = (facet.missing.n, facet.missing.n_all) if facet.missing else (0, 0)
        assert missing == (own[0], whole[0]), facet.attribute.name


def test_a_gene_that_nobody_was_tested_for_is_not_asked() -> None:
    """A further gene is a facet as soon as one patient of the release was tested for it, whoever is in the cohort."""
    tp53 = next(one for one in facets_of("patients") if one.name == "tp53")
    bars = {name: Bar(name, name, 0, n, False) for name, n in (("mutant", 0), ("unknown", 0), ("not_tested", 9))}
    assert not _is_tested(Facet(tp53, tuple(bars.values()), None))
    assert _is_tested(Facet(tp53, (*bars.values(), Bar("unknown", "Unknown", 0, 1, False)), None))


def without(picks: tuple[Chosen, ...], facet: Facet) -> tuple[Chosen, ...]:
    """The picks of other columns."""
    own = (facet.attribute.view, facet.attribute.name)
    return tuple(p for p in picks if isinstance(p, Written) or (p.view, p.column) != own)


def chosen_by(con: duckdb.DuckDBPyConnection, picks: tuple[Chosen, ...], view: str) -> str:
    """The rows of the view that a cohort of these picks holds."""
    choice = choose(con, [pick.criterion for pick in picks])
    if view == "patients":
        return f"cohort.patients SEMI JOIN ({choice.patients}) USING (site, patient_id)"
    return f"cohort.lesions SEMI JOIN ({choice.lesions}) USING (site, patient_id, lesion_id)"


def plain(con: duckdb.DuckDBPyConnection, rows: str, facet: Facet) -> list[int]:
    """How many of the rows have no value, and how many a click on each bar picks, as the pick's predicate has it."""
    view, name = facet.attribute.view, facet.attribute.name
    picks = [
        Pick(view, name, (), bar.low, bar.high) if facet.grid else Pick(view, name, (bar.pick,)) for bar in facet.bars
    ]
    counts = "".join(f", count(*) FILTER ({pick.criterion.condition})" for pick in picks)
    (found,) = con.execute(f"SELECT count(*) FILTER ({name} IS NULL){counts} FROM {rows}").fetchall()
    return list(found)


ENDS = {
    "numbers": ("DOUBLE", 3.2, 61.0, 55.0, False),
    "whole": ("INTEGER", 1, 400, 380, False),
    "far out": ("DOUBLE", 0.4, 9000.0, 40.0, True),
    "one value": ("DOUBLE", 7.5, 7.5, 7.5, False),
    "negative": ("DOUBLE", -4.2, 12.0, 11.0, False),
}


@pytest.mark.parametrize("name", ENDS)
def test_bins_hold_every_value_once(name: str) -> None:
    """Bins begin at or before the smallest value, follow each other, and end beyond the largest, or are open there."""
    kind, low, high, most, is_open = ENDS[name]
    grid = grid_of(Attribute("patients", "x", kind, ""), low, high, most)
    assert 1 <= grid.n <= 16 and grid.is_open == is_open
    limits = [grid.limits(place) for place in range(grid.n)]
    assert float(limits[0][0]) <= low and (limits[-1][1] == "" if is_open else float(limits[-1][1]) >= high)
    step = 1 if kind == "INTEGER" else 0
    ends = [(float(one[1]) + step, float(two[0])) for one, two in zip(limits, limits[1:], strict=False)]
    assert ends == [pytest.approx((end, end)) for end, _ in ends]
