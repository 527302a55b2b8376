"""Linear programming over everything that recipes' folders print recovers no small group: of one, or of several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from disclosure.earlier_outputs import TooClose, set_against
from disclosure.shared_content import Shared
from schemas.disclosure import MODES, Mode
from tests.disclosure.recipes import (
    NOT_ANALYSED,
    Output,
    asked,
    hashed,
    of_fewer,
    outsider,
    share,
    shared_first,
    small_groups,
    tell,
    truth,
)
from tests.disclosure.study import groups_printed, registry_of
from tests.e2e.demonstration import Demonstration
from tests.variants import quick
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.analyse_cohort import content_of
from workflows.share_sources import of_registry

GENES = """
include: [{fit: ecog <= 1}, {few lesions: n_lesions <= 3}]
exclude: [{large: max_diameter_mm >= 45}]
endpoint: LTPFS
by: [kras, {column: max_diameter_mm, categories: [20, 30]}, diameter_ge_30]
covariates: [kras, sex]
"""
"""Classes of one number in two ways, which the outsider knows."""
CLASSES = """
endpoint: TTLTP
by: [primary_site, ecog]
covariates: [primary_site, {column: cea_ng_ml, log: true}]
strata: [sex]
"""
LESIONS = """
include: [{name: percutaneous, where: approach = 'percutaneous'}]
endpoint: TTLTP
level: lesion
by: [kras, {column: max_diameter_mm, categories: [20, 30]}]
covariates: [kras, subcapsular]
time_zero: adequate_date
"""
RECIPES = {"genes": GENES, "classes": CLASSES, "lesions": LESIONS}
VARIANTS = [("genes", "lt5"), ("genes", "cms11"), ("genes", "opensafely7"), ("lesions", "lt5"), ("classes", "lt5")]
VARIANTS += [("lesions", "cms11"), ("classes", "cms11"), ("lesions", "opensafely7"), ("classes", "opensafely7")]
FEWER = """
include: [{fit: ecog <= 1}, {few lesions: n_lesions <= 3}]
exclude: [{large: max_diameter_mm >= 45}, {spread: extrahepatic_disease = 'yes'}]
endpoint: LTPFS
by: [kras, {column: max_diameter_mm, categories: [20, 30]}, diameter_ge_30]
covariates: [kras, sex]
"""
"""The first recipe with one criterion more."""
CUTS = "max_diameter_mm in classes"


def asked_of_rest(mode: Mode) -> int:
    """How uncertain a rest or a difference must be."""
    return mode.small if mode.rounding == 1 else mode.rounding - 1


def known_columns(printed, rows: pd.DataFrame) -> None:  # type: ignore[no-untyped-def]
    """Tell how classes of a diameter and its cut at 30 mm hang together."""
    if {CUTS, "diameter_ge_30"} <= set(rows):
        large = printed.which(**{CUTS: ">= 30"})
        printed.tell(large != printed.which(diameter_ge_30="true"), 0)


def attacked(output: Output, mode: Mode) -> Iterator[tuple[dict[str, str], int, float, float]]:
    """Each small group of the cohort, its count, and the interval that an outsider computes for it."""
    rows, n_steps = truth(output.asked), output.asked.frames.n_steps
    printed = outsider(rows)
    known_columns(printed, rows)
    tell(printed, output, mode)
    for found, count in small_groups(rows, n_steps, mode):
        members = printed.which(**found)
        if "event" not in found:
            members &= ~printed.which(event=NOT_ANALYSED) if len(found) > 1 else True
        yield found, count, *printed.interval(members, whole=False)


@pytest.mark.long
@pytest.mark.parametrize(("recipe", "mode"), quick(3, VARIANTS))
def test_no_small_group_of_a_recipe_is_recovered(demonstration: Demonstration, recipe: str, mode: str) -> None:
    """By any column, at either level, with the attrition, Table 1 and the model: every group of one to `small` subjects
    stays uncertain.
    """
    law = MODES[mode]
    found = list(attacked(shared_first(demonstration.home.root, RECIPES[recipe], mode), law))
    assert len(found) >= 5
    assert all(low - 1e-6 <= count <= high + 1e-6 for _, count, low, high in found)
    assert [group for group, _, low, high in found if high - low < asked_of_rest(law) - 1e-6] == []


@pytest.mark.long
def test_with_primary_suppression_alone_some_are(demonstration: Demonstration, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attack is a real one: where small counts alone are kept back, it finds some of them exactly."""
    from disclosure import shared_recipe

    monkeypatch.setattr(shared_recipe, "suppress", lambda cells, mode: cells.primary(mode))
    law = MODES["lt5"]
    found = list(attacked(share(asked(demonstration.home.root, GENES), law), law))
    assert any(high - low < 1e-6 for _, _, low, high in found)


def together(outputs: list[Output], mode: Mode) -> Iterator[tuple[dict[str, str], int, float, float]]:
    """Each small group of those who are in one of two outputs alone, and the interval that both outputs leave it."""
    rows = _of_both(outputs)
    printed = outsider(rows)
    known_columns(printed, rows)
    seen = set(zip(rows["met0"], rows["met1"], strict=True))  # he reads both recipes, so he knows who can be in which
    for met0, met1 in product(sorted(set(rows["met0"])), sorted(set(rows["met1"]))):
        if (met0, met1) not in seen:
            printed.tell(printed.which(met0=met0, met1=met1), 0)
    for place, output in enumerate(outputs):
        tell(printed, output, mode, f"met{place}")
    n_steps = [str(output.asked.frames.n_steps) for output in outputs]
    is_in = [(rows[f"met{place}"] == n) & (rows["event"] != NOT_ANALYSED) for place, n in enumerate(n_steps)]
    names = [name for name in rows if not name.startswith("met")]
    for one, other in ((0, 1), (1, 0)):
        alone = rows[is_in[one] & ~is_in[other]]
        outside = printed.which(**{f"met{one}": n_steps[one]}) & ~printed.which(**{f"met{other}": n_steps[other]})
        for columns in (*([name] for name in names), *([name, "event"] for name in names if name != "event")):
            for values, part in alone.groupby(columns):
                if 1 <= len(part) <= mode.small:
                    found = dict(zip(columns, values, strict=True))
                    members = outside & printed.which(**found) & ~printed.which(event=NOT_ANALYSED)
                    yield found, len(part), *printed.interval(members, whole=False)


def _of_both(outputs: list[Output]) -> pd.DataFrame:
    """The subjects of two outputs, with how many criteria of each they meet; -1 for who is not in its release."""
    parts = []
    for place, output in enumerate(outputs):
        rows = truth(output.asked).rename(columns={"met": f"met{place}"})
        parts.append(rows.set_index(pd.MultiIndex.from_tuples(output.asked.keys[output.asked.frames.level])))
    first, second = parts
    both = second.join(first, how="outer", lsuffix="", rsuffix="_first")
    for name in [name for name in second if name in first]:
        both[name] = both[name].fillna(both.pop(f"{name}_first"))
    is_known = (both["event"] != NOT_ANALYSED) | both["event"].isna()
    events = first["event"].reindex(both.index)
    both["event"] = both["event"].where(is_known & (both["event"] != NOT_ANALYSED), events.fillna(NOT_ANALYSED))
    for place in (0, 1):
        both[f"met{place}"] = both[f"met{place}"].fillna("-1")
    return both.fillna("unknown").reset_index(drop=True)


@pytest.mark.long
@pytest.mark.parametrize("mode", quick(1, ["lt5", "cms11", "opensafely7"]))
@pytest.mark.parametrize("first", quick(1, [FEWER, GENES]))
def test_a_criterion_more_shows_no_small_group(demonstration: Demonstration, mode: str, first: str) -> None:
    """Two recipes that differ by a criterion, whichever leaves first: nobody finds the few whom it removes by group."""
    law, home = MODES[mode], demonstration.home.root
    before = shared_first(home, first, mode)
    try:
        after = share(asked(home, GENES if first == FEWER else FEWER), law, [before.left])
    except TooClose as close:
        assert 1 <= close.n <= law.small
        return
    found = list(together([before, after], law))
    assert found
    assert all(low - 1e-6 <= count <= high + 1e-6 for _, count, low, high in found)
    assert [group for group, _, low, high in found if high - low < asked_of_rest(law) - 1e-6] == []


@pytest.mark.long
def test_without_the_log_the_subtraction_succeeds(demonstration: Demonstration) -> None:
    """Two recipes that know nothing of each other give some of the few away: this attack is a real one too."""
    law, home = MODES["lt5"], demonstration.home.root
    outputs = [shared_first(home, text, "lt5") for text in (GENES, FEWER)]
    assert any(high - low < 1 for _, _, low, high in together(outputs, law))


@pytest.mark.long
@pytest.mark.parametrize(
    ("recipe", "mode"), quick(1, [(GENES, "lt5"), *((CLASSES, mode) for mode in ("lt5", "cms11", "opensafely7"))])
)
def test_two_releases_show_no_small_group_of_newcomers(demonstration: Demonstration, recipe: str, mode: str) -> None:
    """The same recipe on a release that lacks the last 24 patients, and then on all."""
    law, now = MODES[mode], asked(demonstration.home.root, recipe)
    before = share(of_fewer(now, 24), law)
    outputs = [before, share(now, law, [before.left])]
    found = list(together(outputs, law))
    assert found
    assert all(low - 1e-6 <= count <= high + 1e-6 for _, count, low, high in found)
    assert [group for group, _, low, high in found if high - low < asked_of_rest(law) - 1e-6] == []


def public_after(home: Path, mode: str, before: list[dict]) -> Shared:
    """The public set of the release after these outputs."""
    source = of_registry(registry_of(home))
    with open_release(find_release(Home(home))) as con:
        content = content_of(con, find_release(Home(home)))
    keys = {name: hashed(dict(source.keys), name) for name in source.levels}
    return source.make(content, MODES[mode], *set_against(source.levels, keys, before))


@pytest.mark.long
@pytest.mark.parametrize("mode", quick(0, ["lt5", "cms11", "opensafely7"]))
def test_the_public_set_after_a_recipe_shows_nobody(demonstration: Demonstration, mode: str) -> None:
    """A recipe by KRAS of those fit enough, then the public set of everybody: neither the few who are not fit, by KRAS
    and event, nor any small group of the recipe is found.
    """
    law, home = MODES[mode], demonstration.home.root
    recipe = share(
        asked(home, "include: [{fit: ecog <= 1}]\nendpoint: TTLTP\nby: [kras, ecog]\ncovariates: [kras]"), law
    )
    public = public_after(home, mode, [recipe.left])
    rows = truth(recipe.asked)
    printed = outsider(rows)
    tell(printed, recipe, law)
    for told in groups_printed(dict(public.content.tables)):
        if told.level == "patient" and told.endpoint == "TTLTP" and told.grouping in ("overall", "kras"):
            members = ~printed.which(event=NOT_ANALYSED)
            members &= printed.which(kras=told.stratum) if told.grouping == "kras" else True
            members &= printed.which(event=str(told.cause)) if told.cause else True
            printed.tell(members, max(told.count - law.slack, 0), told.count + law.slack)
    found = []
    for met, part in rows[rows["event"] != NOT_ANALYSED].groupby("met"):
        for columns in (["kras"], ["event"], ["ecog"], ["kras", "event"]):
            for values, own in part.groupby(columns):
                if 1 <= len(own) <= law.small:
                    marks = dict(zip(columns, values, strict=True))
                    members = printed.which(met=str(met), **marks) & ~printed.which(event=NOT_ANALYSED)
                    found.append((met, marks, len(own), *printed.interval(members, whole=False)))
    assert found
    assert all(low - 1e-6 <= count <= high + 1e-6 for *_, count, low, high in found)
    assert [(met, marks) for met, marks, _, low, high in found if high - low < asked_of_rest(law) - 1e-6] == []


@pytest.mark.long
def test_nearly_the_same_lesions_are_refused(demonstration: Demonstration) -> None:
    """The same patients, of whose lesions two are left out."""
    law, home = MODES["lt5"], demonstration.home.root
    whole = asked(home, "endpoint: TTLTP\nlevel: lesion")
    before = share(whole, law)
    met = whole.frames.n_met["lesion"].copy()
    first = [place for place, key in enumerate(whole.keys["lesion"]) if key[2] != "L1"][:2]
    met[first] = -1

    fewer = replace(whole, frames=replace(whole.frames, n_met=whole.frames.n_met | {"lesion": met}))
    with pytest.raises(TooClose) as close:
        share(fewer, law, [before.left])
    assert (close.value.n, close.value.level) == (2, "lesion")


@pytest.mark.long
def test_the_same_recipe_may_leave_again(demonstration: Demonstration) -> None:
    """With the same counts, and so may another question about the same patients."""
    law, home = MODES["lt5"], demonstration.home.root
    before = shared_first(home, GENES, "lt5")
    assert share(before.asked, law, [before.left]).counts == before.counts
    other = share(asked(home, GENES.replace("LTPFS", "OS").replace("[kras, sex]", "[]")), law, [before.left])
    assert other.counts
