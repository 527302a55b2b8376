"""The items of STROBE, RECORD and REMARK: number, what it asks about in a few words, and which answer fills it.

Numbers are those of the checklists; the words are the registry's own, so keep the checklist beside them. STROBE: von
Elm et al., Lancet 2007;370:1453 (cohort studies). RECORD, which adds to STROBE: Benchimol et al., PLoS Med
2015;12:e1001885. REMARK: McShane et al., J Natl Cancer Inst 2005;97:1180. An item without an answer's name is the
author's.
"""

from __future__ import annotations

from typing import NamedTuple


class Item(NamedTuple):
    """One item: its number, its topic, and the name of its answer in answers.py; '' if only an author can fill it."""

    number: str
    topic: str
    answer: str = ""


STROBE = (
    Item("1a", "Design named in title or abstract"),
    Item("1b", "Abstract that says what was done and found"),
    Item("2", "Background"),
    Item("3", "Objectives and hypotheses", "hypothesis"),
    Item("4", "Study design", "design"),
    Item("5", "Places and dates", "setting"),
    Item("6a", "Who is in the study, and how they were followed", "participants"),
    Item("6b", "Matching", "matching"),
    Item("7", "Definitions of outcomes, exposures, confounders", "definitions"),
    Item("8", "Sources of data and how each was measured", "sources"),
    Item("9", "What was done about bias", "bias"),
    Item("10", "Study size", "size"),
    Item("11", "How numbers were used in analyses, and groupings", "numbers"),
    Item("12a", "Statistical methods, confounding", "methods"),
    Item("12b", "Subgroups and interactions", "subgroups"),
    Item("12c", "Missing data", "missing_methods"),
    Item("12d", "Loss to follow-up", "loss"),
    Item("12e", "Sensitivity analyses", "sensitivity"),
    Item("13a", "Numbers at each stage", "flow"),
    Item("13b", "Reasons for not taking part at each stage", "reasons"),
    Item("13c", "Flow diagram", "diagram"),
    Item("14a", "Characteristics of the participants", "characteristics"),
    Item("14b", "Missing values of each variable", "missing"),
    Item("14c", "Follow-up time", "followup"),
    Item("15", "Numbers of outcome events", "events"),
    Item("16a", "Estimates, unadjusted and adjusted, with intervals", "estimates"),
    Item("16b", "Boundaries of categories", "numbers"),
    Item("16c", "Absolute risks over a stated time", "absolute"),
    Item("17", "Other analyses", "others"),
    Item("18", "Key results"),
    Item("19", "Limitations", "limitations"),
    Item("20", "Interpretation"),
    Item("21", "Generalisability"),
    Item("22", "Funding"),
)
RECORD = (
    Item("RECORD 1.1", "Kind of data, and names of the databases", "data_kind"),
    Item("RECORD 1.2", "Region and time span in title or abstract", "time_span"),
    Item("RECORD 1.3", "Linkage between databases stated", "linkage"),
    Item("RECORD 6.1", "Codes or algorithms that select the population", "participants"),
    Item("RECORD 6.2", "Validation of those codes or algorithms", "validation"),
    Item("RECORD 6.3", "Diagram of the linkage", "linkage_diagram"),
    Item("RECORD 7.1", "Full list of codes and algorithms for variables", "code_lists"),
    Item("RECORD 12.1", "Access of the investigators to the database", "access"),
    Item("RECORD 12.2", "Cleaning of the data", "cleaning"),
    Item("RECORD 12.3", "Level, method and quality of linkage", "linkage"),
    Item("RECORD 13.1", "Selection, with filtering by quality and availability", "flow"),
    Item("RECORD 19.1", "Data not collected for this question: what that means", "limitations"),
    Item("RECORD 22.1", "Access to protocol, data and code", "reproducing"),
)
REMARK = (
    Item("1", "Marker, objectives and hypotheses", "hypothesis"),
    Item("2", "Patients: origin, disease, criteria", "participants"),
    Item("3", "Treatments, and how they were chosen", "treatments"),
    Item("4", "Specimens", "specimens"),
    Item("5", "Assay", "assays"),
    Item("6", "How cases were selected, period, follow-up", "setting"),
    Item("7", "Clinical endpoints", "definitions"),
    Item("8", "All variables considered", "variables"),
    Item("9", "Rationale for the sample size", "size"),
    Item("10", "Statistical methods", "methods"),
    Item("11", "How marker values entered the analyses", "marker_values"),
    Item("12", "Flow of patients and events", "flow"),
    Item("13", "Distribution of characteristics and marker, missing values", "missing"),
    Item("14", "Marker against standard prognostic variables", "marker_by_variables"),
    Item("15", "Marker against outcome, alone", "univariable"),
    Item("16", "Multivariable estimates of the marker and all others", "multivariable"),
    Item("17", "Marker beside the standard variables, whatever their significance", "standard_model"),
    Item("18", "Checks of assumptions, sensitivity, validation", "sensitivity"),
    Item("19", "Interpretation, with limitations", "limitations"),
    Item("20", "What it means for research and practice"),
)
CHECKLISTS: dict[str, tuple[Item, ...]] = {"strobe": STROBE, "record": (*STROBE, *RECORD), "remark": REMARK}
"""Name -> its items. RECORD is an extension: its items follow those of STROBE."""
TITLES = {"strobe": "STROBE checklist", "record": "RECORD checklist", "remark": "REMARK checklist"}
PAPERS = {
    "strobe": "von Elm et al., Lancet 2007;370:1453",
    "record": "Benchimol et al., PLoS Med 2015;12:e1001885, with STROBE",
    "remark": "McShane et al., J Natl Cancer Inst 2005;97:1180",
}
