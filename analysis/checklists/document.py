"""A checklist as a section: one table with a line for each item, filled in or left to the author by its number."""

from __future__ import annotations

from collections.abc import Callable

from analysis.checklists import marker, results
from analysis.checklists.answers import ANSWERS, NOTHING, Answer
from analysis.checklists.facts import ReleaseFacts
from analysis.checklists.items import CHECKLISTS, PAPERS, TITLES, Item
from analysis.report.blocks import Cell, Column, DataTable, Paragraph, Row, Section

SAID: dict[str, tuple[Callable[[ReleaseFacts], str], str, str]] = {
    "subgroups": (results.subgroups, "", "Subgroups"),
    "sensitivity": (results.sensitivity, "", "Sensitivity analyses"),
    "characteristics": (results.characteristics, "", "Characteristics"),
    "missing": (results.missing, "", "Characteristics"),
    "followup": (results.followup, "", "Survival"),
    "events": (results.events, "", "Survival"),
    "absolute": (results.absolute, "", "Survival"),
    "others": (results.others, "", ""),
    "estimates": (lambda facts: _both(facts), "", "Models"),
    "univariable": (lambda facts: results.ratios(facts, "univariable"), "", "Models"),
    "multivariable": (lambda facts: results.ratios(facts, "multivariable"), "", "Models"),
    "standard_model": (lambda facts: results.ratios(facts, "multivariable"), "", "Models"),
    "treatments": (marker.treatments, "how treatments were chosen", ""),
    "specimens": (marker.specimens, "how specimens were preserved, and controls", ""),
    "assays": (marker.assays, "methods, reagents and quality control of the laboratories", ""),
    "variables": (marker.variables, "", ""),
    "marker_values": (lambda _: marker.VALUES, "", ""),
    "marker_by_variables": (results.characteristics, "", "Characteristics"),
}
"""Name of an answer -> the function that says it, what is left to the author, and where on the page it stands."""
LEFT = "To be written by the author (item {number})."
REST = "Author ({number}): {rest}."


def checklist(name: str, facts: ReleaseFacts) -> Section:
    """Return a checklist (a name of CHECKLISTS), filled in as far as the release answers. Raises KeyError for another
    name.
    """
    items = CHECKLISTS[name]
    rows = [_row(item, facts) for item in items]
    filled = sum(bool(answer_of(item, facts).text) for item in items)
    head = (
        f"{TITLES[name]} ({PAPERS[name]}), release {facts.content.release_id}: {filled} of {len(items)} items filled "
        "in from the release, the others left to the author. The topics are in the registry's own words: keep the "
        "published checklist beside them."
    )
    columns = [
        Column("No.", is_tight=True),
        Column("Topic"),
        Column("What the release says"),
        Column("Section of the report"),
    ]
    table = DataTable("Table 1", f"{TITLES[name]}.", columns, rows)
    said = [Paragraph(text) for text in (facts.content.synthetic_text(), head) if text]
    return Section(f"checklist-{name}", TITLES[name], [*said, table])


def answer_of(item: Item, facts: ReleaseFacts) -> Answer:
    """Return what the release answers to an item; NOTHING if only an author can."""
    if item.answer in ANSWERS:
        return ANSWERS[item.answer](facts)
    if item.answer in SAID:
        say, rest, where = SAID[item.answer]
        return Answer(say(facts), rest, where)
    return NOTHING


def _row(item: Item, facts: ReleaseFacts) -> Row:
    answer = answer_of(item, facts)
    if not answer.text:
        return Row([item.number, item.topic, Cell(LEFT.format(number=item.number), tone="soft"), ""])
    rest = f" {REST.format(number=item.number, rest=answer.rest)}" if answer.rest else ""
    return Row([item.number, item.topic, f"{answer.text}{rest}", answer.where])


def _both(facts: ReleaseFacts) -> str:
    said = [results.ratios(facts, analysis) for analysis in ("univariable", "multivariable")]
    return " ".join(one for one in said if one)
