"""The report's sections in reading order: each module builds one from the content.

Here: their order. Not here: their words. A section never fails because data are missing: a sentence says what
is missing.
"""

from __future__ import annotations

from collections.abc import Callable

from analysis.report.blocks import Numbering, Section
from analysis.report.content import ReportContent
from analysis.report.sections import (
    characteristics,
    competing,
    completeness,
    control,
    endpoints,
    few_events,
    guards,
    how_to_query,
    incidence,
    lesion_factors,
    lesion_level,
    ltp,
    margin,
    methods,
    models,
    morning_note,
    multiplicity,
    own_plan,
    patient_flow,
    proportionality,
    provenance,
    quality,
    quality_sensitivity,
    replication,
    sample_size,
    scorecard,
    sensitivity,
    service,
    subgroups,
    survival,
    technique,
)

Build = Callable[[ReportContent, Numbering], Section]
RESULTS: tuple[Build, ...] = (
    characteristics.build,
    technique.build,
    ltp.build,
    margin.build,
    survival.build,
    incidence.build,
    endpoints.build,
    models.build,
    proportionality.build,
    competing.build,
    lesion_level.build,
    lesion_factors.build,
    subgroups.build,
    sensitivity.build,
    multiplicity.build,
    sample_size.build,
)
WITHHELD: tuple[Build, ...] = (
    margin.build,
    proportionality.build,
    lesion_factors.build,
    subgroups.build,
    sensitivity.build,
    sample_size.build,
    guards.build,
)
"""Sections of tables that never leave the hospital; under disclosure control the page has none of them."""
METHODS: tuple[Build, ...] = (methods.build, guards.build)
MANUSCRIPT_PARTS: tuple[tuple[str, tuple[Build, ...]], ...] = (
    ("", (patient_flow.build,)),
    ("Results", (*RESULTS, replication.build)),
    ("Methods", METHODS),
)
"""The sections from which a release's manuscript is chosen: who is in it, and a paper's results and methods."""
PARTS: tuple[tuple[str, tuple[Build, ...]], ...] = (
    ("", (patient_flow.build, morning_note.build)),
    ("Results", (*RESULTS, replication.build, own_plan.build)),
    *MANUSCRIPT_PARTS[2:],
    (
        "The registry",
        (
            quality.build,
            scorecard.build,
            completeness.build,
            control.build,
            service.build,
            quality_sensitivity.build,
            provenance.build,
            how_to_query.build,
        ),
    ),
)
"""A release's page: the first screen, then results and methods, then what they are based on."""
SHARED_PARTS: tuple[tuple[str, tuple[Build, ...]], ...] = (*MANUSCRIPT_PARTS, ("The registry", (service.build,)))
"""The page of what leaves: a paper's results and methods, and the volumes of the centres."""
IF_MADE: dict[Build, str] = {replication.build: "replication", service.build: "service_volumes"}
"""Sections that a page has only if the release has rows of the table: its registry.toml asks for them."""
COHORT_PARTS: tuple[tuple[str, tuple[Build, ...]], ...] = (
    ("", (patient_flow.build,)),
    ("Results", RESULTS),
    ("Methods", METHODS),
)
"""The page of a named cohort: the published figures are not about its patients."""
DESCRIPTIONS: tuple[Build, ...] = (
    characteristics.build,
    technique.build,
    ltp.build,
    survival.build,
    incidence.build,
    lesion_level.build,
)
FEW_EVENTS_PARTS: tuple[tuple[str, tuple[Build, ...]], ...] = (
    ("", (patient_flow.build,)),
    ("Results", DESCRIPTIONS),
    ("Methods", (few_events.build, methods.build)),
)
"""The page of a named cohort with too few events to compare anything."""


def cohort_parts(content: ReportContent) -> tuple[tuple[str, tuple[Build, ...]], ...]:
    """Return the sections of the page of a cohort that a SELECT names."""
    return FEW_EVENTS_PARTS if few_events.are_few(content) else COHORT_PARTS
