"""The printed curves of all patients and of the groups, with the printed counts, pin down no month's events."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.tidy import as_float, stratum_labels
from disclosure.curves import midpoints
from schemas.disclosure import MODES, Mode
from schemas.thresholds import DAYS_PER_MONTH
from tests.disclosure.attack import Printed, atoms_of
from tests.disclosure.study import groups_printed, registry_of, shared
from tests.e2e.demonstration import Demonstration
from tests.variants import quick

ENDPOINTS = ("LTPFS", "LTPFS_STUDY", "PFS")
GROUPINGS = ("kras", "diameter_ge_30")


def before_rounding(shown: int, mode: Mode, total: int | None) -> tuple[int, int]:
    """The least and the largest count that is printed as `shown`: everybody knows how counts are rounded."""
    most = total if total is not None else shown + 2 * mode.curve_step
    counts = np.arange(most + 1)
    fits = counts[midpoints(counts, mode.curve_step, total) == shown]
    return int(fits.min()), int(fits.max())


def cumulative(curve: pd.DataFrame) -> dict[int, int]:
    """Month -> events up to it, as the curve's rows say."""
    months = curve["time_months"].round().astype(int)
    return dict(zip(months, curve["n_events"].astype(int).cumsum(), strict=True))


def attacked(home: Path, mode: Mode, endpoint: str, grouping: str) -> Iterator[tuple[int, float, float]]:
    """(true count, least, largest) of the events of each month in each group, where they are few but not none."""
    tables = dict(shared(home, mode.name).content.tables)
    curves = tables["km_curve"]
    curves = curves[(curves["endpoint"] == endpoint) & (curves["level"] == "patient")]
    totals = {
        (told.grouping, told.stratum): told.count
        for told in groups_printed(tables)
        if (told.endpoint, told.level, told.cause) == (endpoint, "patient", 1)
    }
    rows = registry_of(home).each(endpoint, "patient")
    rows = rows[as_float(rows["event"]) == 1]
    month = np.ceil(as_float(rows["days"]) / DAYS_PER_MONTH - 1e-9).astype(int)
    labels = stratum_labels(rows[grouping])
    last = int(month.max())
    printed = Printed(atoms_of({"stratum": sorted(set(labels)), "month": map(str, range(last + 2))}))
    at = np.array([int(atom["month"]) for atom in printed.atoms])
    for by in ("overall", grouping):
        for stratum in ["overall"] if by == "overall" else sorted(set(labels)):
            members = np.full(len(at), True) if by == "overall" else printed.which(stratum=stratum)
            own = curves[(curves["grouping"] == by) & (curves["stratum"] == stratum)]
            total = totals.get((by, stratum)) if mode.rounding == 1 else None
            if total is not None:
                printed.tell(members, total)
            for until, shown in cumulative(own).items():
                if total is not None or mode.rounding > 1:
                    printed.tell(members & (at <= until), *before_rounding(shown, mode, total))
    for stratum in sorted(set(labels)):
        for when in sorted(set(month)):
            count = int(((labels == stratum) & (month == when)).sum())
            if 1 <= count <= mode.small:
                yield count, *printed.interval(printed.which(stratum=stratum, month=str(when)))


@pytest.mark.long
@pytest.mark.parametrize("mode", quick(1, ["lt5", "cms11", "opensafely7"]))
def test_no_months_events_are_pinned_down(demonstration: Demonstration, mode: str) -> None:
    """Every small number of events of a group in a month stays uncertain by at least half a class."""
    law, n_found = MODES[mode], 0
    for endpoint in ENDPOINTS:
        for grouping in GROUPINGS:
            for count, low, high in attacked(demonstration.home.root, law, endpoint, grouping):
                n_found += 1
                assert low <= count <= high
                assert high - low >= law.curve_step // 2, (endpoint, grouping)
    assert n_found > 20
