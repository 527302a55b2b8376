"""The paragraph on limitations says what the guards found, and nothing of a check that found nothing."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from analysis.checklists import limitations
from analysis.checklists.document import checklist
from analysis.checklists.facts import ReleaseFacts
from analysis.checklists.items import CHECKLISTS
from analysis.figures.flow import FlowStep
from analysis.report.blocks import DataTable
from analysis.report.own_plan import OwnPlan, PlannedItem
from tests.analysis_report.sample import content

TWO = {"north": 80, "south": 40}


def facts(guards: list[dict] | None = None, sites: dict[str, int] | None = None, **changes) -> ReleaseFacts:
    """Facts of the sample's content, without synthetic data, tables but those given, and flow."""
    columns = ["endpoint", "level", "model", "grouping", "cause", "term", "guard", "state", "estimate"]
    table = pd.DataFrame(guards or [], columns=columns)
    base = {"tables": {"guards": table}, "flow": (), "is_synthetic": False, "own_plan": None}
    return ReleaseFacts(replace(content(), **(base | changes)), TWO if sites is None else sites)


def said(**given) -> str:
    """The paragraph."""
    return limitations.paragraph(facts(**given))


def of_model(guard: str, state: str, **more) -> dict:
    """One guard of one model."""
    return {"endpoint": "LTPFS", "level": "patient", "model": "m", "guard": guard, "state": state, "estimate": 1} | more


CASES = {
    "one centre": ({"sites": {"north": 30}}, "All patients are of one centre."),
    "small centres": (
        {"sites": {"north": 90, "south": 10, "west": 3}},
        "1 of 3 centres have fewer than 10 patients each",
    ),
    "few events": (
        {"guards": [of_model("events per variable", s) for s in ("ok", "caution", "unreliable")]},
        "Of 3 models, 1 have fewer than 10 events per variable and 1 fewer than 5.",
    ),
    "separation": ({"guards": [of_model("separation", "not estimable")]}, "In 1 a term could not be estimated"),
    "hazards": (
        {"guards": [of_model("proportional hazards, smallest p", s) for s in ("ok", "caution")]},
        "In 1 of 2 models hazards are not proportional",
    ),
    "tests": (
        {"guards": [of_model("events to test", "not estimable"), of_model("events to test", "ok", grouping="ras")]},
        "1 of 2 tests between groups have too few events for a p-value.",
    ),
    "genotypes": (
        {"guards": [of_model("share of unknown genotype", "caution", term="nras", estimate=0.25, model="")]},
        "NRAS is unknown in 25.0 % of the patients.",
    ),
    "follow-up": (
        {"guards": [of_model("maturity of follow-up", "caution", estimate=0.4, model="")]},
        "Only 40 % of the patients were followed for 12 months or to an event.",
    ),
    "set aside": ({"flow": [FlowStep("Set aside", 4, 7, "a rule", True)]}, "Set aside: 7 lesions."),
    "synthetic": ({"is_synthetic": True}, "All patients are made up."),
}


@pytest.mark.parametrize("what", CASES)
def test_each_finding_has_its_sentence(what: str) -> None:
    """And without the finding there is none."""
    given, sentence = CASES[what]
    assert sentence in said(**given)
    assert sentence not in said()


def test_a_clean_release_says_what_holds_of_every_registry() -> None:
    """Nobody was assigned to anything, and progression lies between two scans."""
    text = said()
    assert limitations.NOT_ASSIGNED in text and limitations.INTERVALS in text
    assert "The largest of 2 centres has 67 % of the patients." in text
    assert limitations.sentences(facts(sites={})) == [limitations.INTERVALS, limitations.NOT_ASSIGNED]


def test_a_plan_that_came_late_is_said() -> None:
    """Of its analyses those that were declared after data had been released."""
    item = PlannedItem("model", "m", "", "OS", "patient", "cox", "kras", "", "", "", "declared on 2026-01-01 {}")
    late, early = (
        item._replace(declared=item.declared.format(f"{when} data had been released"))
        for when in ("after", "before any")
    )
    plan = OwnPlan("plan.toml", items=[late, early])
    assert "1 of 2 analyses of the registry's own plan were declared after data" in said(own_plan=plan)


@pytest.mark.parametrize("name", CHECKLISTS)
def test_an_empty_release_leaves_the_items_to_the_author(name: str) -> None:
    """Nothing is invented: no answer is empty, and what has none is left with its number."""
    section = checklist(name, facts(sites={}))
    table = section.blocks[-1]
    assert isinstance(table, DataTable) and len(table.rows) == len(CHECKLISTS[name])
    for item, row in zip(CHECKLISTS[name], table.rows, strict=True):
        answer = row.cells[2]
        text = answer if isinstance(answer, str) else answer.text
        assert text and row.cells[0] == item.number
        assert item.answer or text == f"To be written by the author (item {item.number})."
        assert "nan" not in text.lower().split() and "None" not in text
