"""Suppression keeps every small count uncertain, and suppresses no more than that needs."""

from itertools import product

import numpy as np
import pytest

from disclosure.cells import Cells, table_cells
from disclosure.feasible import Outsider
from disclosure.suppression import suppress
from schemas.disclosure import MODES
from tests.disclosure.attack import Printed, atoms_of

SAFE = [mode for mode in MODES.values() if not mode.is_open]
TABLES = {
    "one-way": [3, 20, 40],
    "one small of two": [1, 30],
    "two-way": [[3, 20, 40], [25, 30, 2], [50, 60, 70]],
    "a small row": [[1, 2, 1], [30, 40, 50], [22, 33, 44]],
    "zeros": [[0, 12, 30], [0, 0, 25], [6, 18, 0]],
    "all small": [[1, 2], [3, 1]],
    "nothing small": [[20, 30], [40, 50]],
}


def draws() -> list[np.ndarray]:
    """Tables drawn with a fixed seed: sparse and full, narrow and wide."""
    rng = np.random.default_rng(20)
    return [rng.negative_binomial(1.1, 0.07, size=shape) for shape in ((5,), (2, 3), (4, 4), (3, 7), (6, 5))]


def attacked(counts: np.ndarray, suppressed: np.ndarray, mode) -> list[tuple[int, float, float]]:
    """(true count, least, largest) of each small inner cell, as an outsider computes it from what is printed."""
    inner = np.atleast_2d(counts)
    rows, columns = inner.shape
    one_way = np.ndim(counts) == 1
    printed = Printed(atoms_of({"row": map(str, range(rows)), "column": map(str, range(columns))}))
    of = {
        (i, j): np.array([a["row"] == str(i) and a["column"] == str(j) for a in printed.atoms])
        for i, j in product(range(rows), range(columns))
    }
    groups = [(of[i, j], int(inner[i, j])) for i, j in product(range(rows), range(columns))]
    if not one_way:
        groups += [(sum(of[i, j] for j in range(columns)) > 0, int(inner[i].sum())) for i in range(rows)]
        groups += [(sum(of[i, j] for i in range(rows)) > 0, int(inner[:, j].sum())) for j in range(columns)]
    groups.append((np.ones(len(printed.atoms), dtype=bool), int(inner.sum())))
    for (members, count), is_suppressed in zip(groups, suppressed, strict=True):
        if not is_suppressed:
            shown = mode.rounded(count)
            printed.tell(members, max(shown - mode.slack, 0), shown + mode.slack)
    return [(count, *printed.interval(members)) for members, count in groups if mode.is_small(count)]


@pytest.mark.parametrize("mode", SAFE, ids=lambda mode: mode.name)
@pytest.mark.parametrize("name", TABLES)
def test_no_small_count_is_recovered(name: str, mode) -> None:
    """Whoever knows the table's totals and that counts are whole cannot narrow a small count below the mode's limit."""
    counts = np.array(TABLES[name])
    suppressed = suppress(table_cells(counts), mode)
    for count, low, high in attacked(counts, suppressed, mode):
        assert low <= count <= high
        assert high - low >= mode.small, name


@pytest.mark.long
@pytest.mark.parametrize("mode", SAFE, ids=lambda mode: mode.name)
def test_nor_in_drawn_tables(mode) -> None:
    """The same holds for tables nobody chose."""
    for counts in draws():
        for count, low, high in attacked(counts, suppress(table_cells(counts), mode), mode):
            assert low <= count <= high and high - low >= mode.small


def test_without_complementary_suppression_the_attack_succeeds() -> None:
    """The attack of these tests is a real one: of a table whose small count alone is kept back, it finds the count."""
    counts = np.array(TABLES["two-way"])
    cells, mode = table_cells(counts), MODES["lt5"]
    found = attacked(counts, cells.primary(mode), mode)
    assert [(low, high) for _, low, high in found] == [(3, 3), (2, 2)]


@pytest.mark.parametrize("name", ["one-way", "one small of two", "two-way", "all small"])
def test_nothing_cheaper_would_do(name: str) -> None:
    """Every cheaper choice leaves a suppressed count too narrow: all of them are tried."""
    mode, cells = MODES["lt5"], table_cells(TABLES[name])
    chosen, outsider = suppress(cells, mode), Outsider(cells, mode)
    costs, needed, primary = np.array(cells.costs), cells.widths(mode), cells.primary(mode)
    free = np.flatnonzero(~primary)
    for marks in product((False, True), repeat=len(free)):
        other = primary.copy()
        other[free] = marks
        if costs[other].sum() < costs[chosen].sum() - 1e-9:
            asked = np.where(needed > 0, needed, np.where(other, mode.small, 0))
            assert list(outsider.too_narrow(np.flatnonzero(asked > 0), asked, other)), marks


def test_nothing_is_suppressed_without_need() -> None:
    """A table without small counts leaves whole, and inside the hospital every table does."""
    assert not suppress(table_cells(TABLES["nothing small"]), MODES["cms11"]).any()
    assert not suppress(table_cells(TABLES["all small"]), MODES["none"]).any()


def test_a_hierarchy_is_protected_from_below_and_from_above() -> None:
    """Parts of parts: a small district is kept back with another, and no sum of a higher level gives them away."""
    cells, mode = Cells(), MODES["lt5"]
    north = [cells.add(f"north {name}", n) for name, n in (("a", 2), ("b", 30), ("c", 25))]
    south = [cells.add(f"south {name}", n) for name, n in (("a", 40), ("b", 50))]
    regions = [cells.add("north", 57, 2.0), cells.add("south", 90, 2.0)]
    whole = cells.add("all", 147, 3.0)
    for total, parts in ((regions[0], north), (regions[1], south), (whole, regions)):
        cells.sum_of(total, parts)
    chosen = suppress(cells, mode)
    assert [cells.names[place] for place in np.flatnonzero(chosen)] == ["north a", "north c"] or chosen[
        north
    ].sum() == 2
    assert not chosen[[*south, *regions, whole]].any()


def test_tables_that_share_margins_are_solved_together() -> None:
    """Sex by centre and stage by centre share the centres' totals: neither table gives away what the other hides."""
    cells, mode = Cells(), MODES["cms11"]
    centres = [cells.add("a", 60, 2.0), cells.add("b", 45, 2.0)]
    sexes = [
        [cells.add(f"{sex} in {c}", n) for c, n in zip("ab", counts, strict=True)]
        for sex, counts in (("female", (52, 20)), ("male", (8, 25)))
    ]
    stages = [
        [cells.add(f"{stage} in {c}", n) for c, n in zip("ab", counts, strict=True)]
        for stage, counts in (("early", (41, 36)), ("late", (19, 9)))
    ]
    for table in (sexes, stages):
        for place, centre in enumerate(centres):
            cells.sum_of(centre, [row[place] for row in table])
    cells.sum_of(cells.add("all", 105, 4.0), centres)
    chosen = suppress(cells, mode)
    outsider = Outsider(cells, mode)
    for place in np.flatnonzero(cells.widths(mode) > 0):
        low, high = outsider.interval(int(place), chosen)
        assert high - low >= mode.small
    assert not chosen[-1]


def test_the_rest_of_a_total_is_protected_though_nobody_prints_it() -> None:
    """3 of 60 of unknown status: the total or a group is kept back, so that nobody subtracts."""
    cells, mode = Cells(), MODES["lt5"]
    whole = cells.add("all", 60, 9.0)
    parts = [cells.add("mutant", 27), cells.add("wild type", 30)]
    cells.sum_of(whole, parts, "unknown")
    chosen = suppress(cells, mode)
    assert chosen[parts].sum() == 1 and not chosen[whole]


def test_what_left_before_is_taken_into_account() -> None:
    """A total that left last month makes today's choice: another part is kept back, not the total."""
    cells, mode = Cells(), MODES["lt5"]
    whole = cells.add("all", 33, 0.1)
    parts = [cells.add("a", 3), cells.add("b", 30)]
    cells.sum_of(whole, parts)
    assert suppress(cells, mode)[whole]
    cells.known[whole] = (33, 33)
    assert suppress(cells, mode)[parts].all()


def test_what_is_out_already_stops_nothing() -> None:
    """If both the total and the other part left before, the small count is out; it is not printed all the same."""
    cells = Cells()
    whole, parts = cells.add("all", 33), [cells.add("a", 3), cells.add("b", 30)]
    cells.sum_of(whole, parts)
    cells.known |= {whole: (33, 33), parts[1]: (30, 30)}
    assert suppress(cells, MODES["lt5"]).tolist() == [False, True, False]


def test_what_is_half_out_gets_no_narrower() -> None:
    """A stricter mode after a laxer one: 6 of 46 stood in a table whose other count left rounded, so it is uncertain by
    4, not 10; today's exact counts do not make that less.
    """
    cells, mode = Cells(), MODES["cms11"]
    whole, parts = cells.add("all", 46, 9.0), [cells.add("a", 6), cells.add("b", 40)]
    cells.sum_of(whole, parts)
    cells.known |= {whole: (46, 46), parts[1]: (38, 42)}
    chosen = suppress(cells, mode)
    assert chosen.tolist() == [False, True, True]
    assert Outsider(cells, mode).interval(parts[0], chosen) == (4.0, 8.0)


def test_a_sum_that_does_not_add_up_is_refused() -> None:
    """A total smaller than its parts, or larger without a rest, is no sum."""
    cells = Cells()
    whole, part = cells.add("all", 5), cells.add("part", 6)
    with pytest.raises(ValueError, match="do not add up"):
        cells.sum_of(whole, [part], "rest")
    with pytest.raises(ValueError, match="do not add up"):
        cells.sum_of(part, [whole])
