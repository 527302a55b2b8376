"""Linear programming over everything printed in the public set of the demonstration study recovers no small count."""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from analysis.subjects.analysis_frames import FACTORS
from analysis.tidy import as_float, stratum_labels
from schemas.disclosure import MODES, Mode
from tests.disclosure import study
from tests.disclosure.attack import Printed, Told
from tests.disclosure.study import groups_printed, registry_of, shared
from tests.e2e.demonstration import Demonstration
from tests.variants import quick

VALUES = {"kras": ("mutant", "wild_type"), "nras": ("mutant", "wild_type"), "braf": ("mutant", "wild_type")}
VALUES |= {"diameter_ge_30": ("false", "true")}
"""What the study's tables print: nobody's genotype or diameter is unknown."""
UNIONS = {("LTPFS", 1): ("TTLTP", (1, 2)), ("PFS", 1): ("TTP", (1, 2)), ("OS", 1): ("CSS", (1, 2))}
UNIONS |= {("LTPFS_STUDY", 1): ("TTLTP", (1,)), ("LTP", 1): ("TTLTP", (1,))}
"""Event -> the events that it consists of, as the definitions say."""
INSIDE = [("CSS", "PFS"), ("TTLTP", "TTP"), ("DDFS", "PFS"), ("IHPFS", "PFS"), ("TT_NEWLIVER", "TTP"), ("OS", "PFS")]
"""Events of the first that are always events of the second."""


class Study(Printed):
    """The unknowns: how many of each genotype and diameter had what at each endpoint of one level."""

    def __init__(self, endpoints: list[tuple[str, int]]) -> None:
        genes = [dict(zip(VALUES, values, strict=True)) for values in product(*VALUES.values())]
        super().__init__(
            [
                {"endpoint": endpoint, "cause": str(cause), **gene}
                for endpoint, n_causes in endpoints
                for gene in genes
                for cause in range(n_causes + 1)
            ]
        )
        names = [name for name, _ in endpoints]
        for gene in genes:
            for name in names[1:]:  # the same patients at every endpoint
                self.tell(self.which(endpoint=name, **gene) * 1.0 - self.which(endpoint=names[0], **gene), 0)
            for (outer, cause), (inner, causes) in UNIONS.items():
                if {outer, inner} <= set(names):
                    parts = sum(self.which(endpoint=inner, cause=str(c), **gene) * 1.0 for c in causes)
                    self.tell(self.which(endpoint=outer, cause=str(cause), **gene) - parts, 0)
            for inner, outer in INSIDE:
                if {outer, inner} <= set(names):
                    of = [self.which(endpoint=name, cause="1", **gene) * 1.0 for name in (outer, inner)]
                    self.tell(of[0] - of[1], 0, np.inf)

    def group(self, told: Told) -> np.ndarray:
        """Mark the atoms that a printed count counts."""
        members = self.which(endpoint=told.endpoint)
        if told.cause:
            members &= self.which(cause=str(told.cause))
        for grouping, stratum in zip(told.grouping.split("|"), told.stratum.split("|"), strict=True):
            if grouping == "ras":
                mutant = self.which(kras="mutant") | self.which(nras="mutant")
                members &= mutant if stratum == "mutant" else ~mutant
            elif grouping != "overall":
                members &= self.which(**{grouping: stratum})
        return members


def truth(home: Path, level: str) -> Iterator[Told]:
    """Every true count of a group at that level: sizes, events, and (cause -1) those without any."""
    registry = registry_of(home)
    for (endpoint, own), _ in registry.endpoints():
        if own == level:
            rows = registry.each(endpoint, level)
            event = as_float(rows["event"])
            strata = {("overall", "overall"): np.full(len(rows), True)}
            for factor in FACTORS:
                labels = stratum_labels(rows[factor])
                strata |= {(factor, str(name)): labels == name for name in np.unique(labels)}
            for (grouping, stratum), members in strata.items():
                yield Told(endpoint, level, grouping, stratum, 0, int(members.sum()))
                yield Told(endpoint, level, grouping, stratum, -1, int((members & (event == 0)).sum()))
                for cause in np.unique(event[event > 0]):
                    yield Told(endpoint, level, grouping, stratum, int(cause), int((members & (event == cause)).sum()))


def attacked(home: Path, mode: Mode, level: str) -> Iterator[tuple[Told, float, float]]:
    """Each small true count, and the interval that an outsider computes for it."""
    tables = dict(shared(home, mode.name).content.tables)
    endpoints = {(e, own): 2 if competes else 1 for (e, own), competes in registry_of(home).endpoints()}
    study = Study([("LTP", 1), *((e, n) for (e, own), n in endpoints.items() if own == level)])
    for told in groups_printed(tables):
        if told.level == level:
            study.tell(study.group(told), max(told.count - mode.slack, 0), told.count + mode.slack)
    for small in truth(home, level):
        if 1 <= small.count <= mode.small:
            members = study.group(small._replace(cause=0) if small.cause < 0 else small)
            if small.cause < 0:
                members &= study.which(cause="0")
            yield small, *study.interval(members, whole=False)


@pytest.mark.long
def test_primary_suppression_alone_would_not_do(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack is a real one: where small counts alone are kept back, it finds some of them exactly."""
    from disclosure import shared_content

    monkeypatch.setattr(shared_content, "suppress", lambda cells, mode: cells.primary(mode))
    monkeypatch.setattr("tests.disclosure.test_attack_on_the_study.shared", study.shared.__wrapped__)
    found = attacked(demonstration.home.root, MODES["lt5"], "patient")
    assert any(high - low < 1e-6 for _, low, high in found)


@pytest.mark.parametrize("level", ["patient", "lesion"])
@pytest.mark.parametrize("mode", quick(1, ["lt5", "cms11", "opensafely7"]))
def test_no_small_group_is_recovered(demonstration: Demonstration, mode: str, level: str) -> None:
    """Every group of one to `small` subjects (sizes, events, those without an event) stays uncertain by at least what
    the mode asks, although the outsider knows the definitions of the endpoints and how genotypes make RAS.
    """
    law = MODES[mode]
    of_rest = law.small if law.rounding == 1 else law.rounding - 1
    found = list(attacked(demonstration.home.root, law, level))
    assert len(found) >= (20 if level == "patient" else 5)
    narrow = [
        (told[:5], high - low)
        for told, low, high in found
        if high - low < (of_rest if told.cause < 0 else law.small) - 1e-6
    ]
    assert narrow == []
    assert all(low - 1e-6 <= told.count <= high + 1e-6 for told, low, high in found)
