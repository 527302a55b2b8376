"""Finds whom a morning note names, in the text that the real writer writes."""

from __future__ import annotations

import pytest

from analysis.report.morning_note import MorningNote
from analysis.report.output.markdown import markdown
from analysis.report.sections import morning_note_keys
from warehouse.erasure.names_in_note import in_note

AWKWARD = ("P1", "17", "P#1", "_x", "a|b", "<b>", "two  spaces", "bell\x07", "a\\b", "raw", "P.1")


def note_about(patient: str, site: str = "north") -> str:
    """A note in which the patient is withdrawn."""
    change = {"site": site, "patient_id": patient, "change": "withdrawn", "differs": [], "why": "withdrawn"}
    counts = [{"thing": "patients", "new": 0, "changed": 0, "withdrawn": 1}]
    note = MorningNote("b", before="a", counts=counts, things={"patients": [change]})
    return markdown(morning_note_keys.build(note))


def note_of_entry(patient: str, site: str = "north") -> str:
    """A note in which an entry of the patient is new."""
    where = {"site": site, "export": "rfa_sessions", "delivery": "2024.csv", "line": 3}
    entry = where | {"change": "new", "rule_id": "LES-03", "column_name": "max_diameter_mm", "key": f"{patient}|S1|L1"}
    counts = [{"rule_id": "LES-03", "site": site, "new": 1, "resolved": 0}]
    note = MorningNote("b", before="a", entry_counts=counts, entries=[entry], totals={"entries": 1})
    return markdown(morning_note_keys.build(note))


@pytest.mark.parametrize("patient", AWKWARD)
@pytest.mark.parametrize("write", [note_about, note_of_entry])
def test_who_is_named_is_found(write, patient: str) -> None:
    """A named patient is found whatever the identifier looks like, even if it is Markdown or a terminal's sequence."""
    assert in_note(write(patient), "north", {patient, "somebody else"}) == {patient}


@pytest.mark.parametrize("write", [note_about, note_of_entry])
def test_another_site_may_use_the_same_identifier(write) -> None:
    """A note about a patient of one site names no patient of another, even if their identifiers are alike."""
    text = write("P1")
    assert (
        not in_note(text, "south", {"P1"})
        and not in_note(text, "north-2", {"P1"})
        and not in_note(text, "nort", {"P1"})
    )
    assert not in_note(write("P1", "north-2"), "north", {"P1"})


@pytest.mark.parametrize("other", ["P", "P11", "1", "S1", "L1", "new", "3"])
def test_what_only_looks_alike_is_nobody(other: str) -> None:
    """A part of an identifier, a count or a word of the note names nobody."""
    assert not in_note(note_about("P1") + note_of_entry("P1"), "north", {other})
