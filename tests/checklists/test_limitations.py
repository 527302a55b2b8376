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
from analysis.report.content import InputFile
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


_OF_LTP = {"endpoint": "TTLTP", "level": "patient", "grouping": "overall"}
CAUSES = pd.DataFrame([_OF_LTP | {"cause": cause, "n_events": n} for cause, n in ((1, 9), (2, 3), (2, 4), (3, 2))])
LAST_SCAN = pd.DataFrame(
    [{"variant": "last scan", "note": "4 deaths more than 183 days after the last scan censored at that scan; few"}]
)
MARGINS = pd.DataFrame(
    [
        {
            "grouping": "overall",
            "quantity": "largest_margin_with_ltp_mm",
            "stratum": "overall",
            "n": 9,
            "estimate": 7.0,
        },
        *(
            {"grouping": "margin_software", "quantity": "rate", "stratum": name, "n": 3, "estimate": 0.1}
            for name in ("unknown", "MarginTool 3.2", "ZoneView 1.4")
        ),
    ]
)
P_VALUES = pd.DataFrame({"quantity": ["hazard_ratio", "lr_chi2"], "p_value": [0.2, 0.3]})
CASES = {
    "one centre": ({"sites": {"north": 30}}, "All patients are of one centre."),
    "small centres": (
        {"sites": {"north": 90, "south": 10, "west": 3}},
        "1 of 3 centres has fewer than 10 patients.",
    ),
    "few events": (
        {"guards": [of_model("events per variable", s) for s in ("ok", "caution", "unreliable")]},
        "1 of 3 models has 5 to 10 events per variable and 1 of 3 models has fewer than 5: ratios",
    ),
    "separation": (
        {"guards": [of_model("separation", "not estimable")]},
        "In 1 of 1 model a term could not be estimated",
    ),
    "hazards": (
        {"guards": [of_model("proportional hazards, smallest p", s) for s in ("ok", "caution")]},
        "In 1 of 2 models hazards do not seem proportional",
    ),
    "tests": (
        {"guards": [of_model("events to test", "not estimable"), of_model("events to test", "ok", grouping="ras")]},
        "1 of 2 tests between groups has too few events for a p-value.",
    ),
    "genotypes": (
        {"guards": [of_model("share of unknown genotype", "caution", term="nras", estimate=0.25, model="")]},
        "NRAS is unknown in 25.0 % of the patients, who are left out",
    ),
    "follow-up": (
        {"guards": [of_model("maturity of follow-up", "caution", estimate=0.4, model="")]},
        "Only 40 % of the patients were followed for 12 months, or to an event",
    ),
    "set aside": (
        {"flow": [FlowStep("Set aside", 4, 7, "a rule", True)]},
        "Lesions that are not analysed (set aside, 7) may fare differently",
    ),
    "competing events": (
        {"tables": {"cumulative_incidence": CAUSES}},
        "7 patients died without local tumour progression and 2 patients had all ablated areas removed: where these",
    ),
    "unseen": (
        {"tables": {"sensitivity": LAST_SCAN}},
        "4 deaths came more than 183 days after the last scan: progression before them was not seen.",
    ),
    "programs": ({"tables": {"lesion_factors": MARGINS}}, "Margins were measured by 2 programs; programs differ"),
    "programs of few": (
        {"tables": {"lesion_factors": MARGINS.replace("ZoneView 1.4", "other")}},
        "Margins were measured by several programs; programs differ",
    ),
    "no program": ({"tables": {"lesion_factors": MARGINS.head(2)}}, "No program is named that measured the margins"),
    "bound of the margin": ({"tables": {"lesion_factors": MARGINS}}, "was chosen from the same lesions."),
    "no treatments": ({}, "No centre delivers resection, transplant and systemic therapy after ablation"),
    "some treatments": (
        {"inputs": [InputFile("south", "treatments", "t.csv", "ab", 3)]},
        "1 of 2 centres delivers resection, transplant and systemic therapy after ablation; patients of the others",
    ),
    "number of tests": (
        {"tables": {"multiplicity": P_VALUES, "cox": P_VALUES}},
        "p-values of 2 tests between groups and of 1 term of models: where nothing differs, one in twenty",
    ),
    "synthetic": ({"is_synthetic": True}, "All patients are made up."),
}


@pytest.mark.parametrize("what", CASES)
def test_each_finding_has_its_sentence(what: str) -> None:
    """And without the finding there is none."""
    given, sentence = CASES[what]
    assert sentence in said(**given)
    assert (sentence in said()) is (what == "no treatments")


def test_a_clean_release_says_what_holds_of_every_registry() -> None:
    """Nobody was assigned to anything, and progression lies between two scans."""
    text = said()
    always = (limitations.SELECTED, limitations.INTERVALS, limitations.CENSORING, limitations.NOT_ASSIGNED)
    assert all(sentence in text for sentence in always)
    assert "The largest of 2 centres has 67 % of the patients." in text
    assert limitations.sentences(facts(sites={}, inputs=())) == list(always)


def test_a_plan_that_came_late_is_said() -> None:
    """Of its analyses those that were declared after data had been released."""
    item = PlannedItem("model", "m", "", "OS", "patient", "cox", "kras", "", "", "", "declared on 2026-01-01 {}")
    late, early = (
        item._replace(declared=item.declared.format(f"{when} data had been released"))
        for when in ("after", "before any")
    )
    plan = OwnPlan("plan.toml", items=[late, early])
    assert "1 of 2 analyses of the registry's own plan was declared after data" in said(own_plan=plan)


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


def test_the_own_plan_has_its_limits() -> None:
    """Its models' guards count with the others; what could not be made, imputed or balanced is said."""
    item = PlannedItem(
        "model", "m", "", "OS", "patient", "cox", "kras", "", "", "", "declared on 2026-01-01 before any"
    )
    rows = [
        of_model("events per variable", "caution", model="plan.m"),
        of_model("as declared", "not estimable", model="plan.n"),
        of_model("largest difference after weighting", "caution", model="plan.c"),
    ]
    tables = {"guards": pd.DataFrame(rows), "cox": pd.DataFrame({"model": ["plan.m", "plan.m.imputed"]})}
    text = said(own_plan=OwnPlan("plan.toml", items=[item], tables=tables))
    assert "1 of 1 model has 5 to 10 events per variable" in text
    assert "1 model of the plan could not be made as declared." in text
    assert "missing at random, given what is in the equations" in text
    assert "1 comparison of treatments stays out of balance after weighting." in text
    assert "declared after" not in text
