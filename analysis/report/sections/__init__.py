"""The report's sections in reading order: each module builds one from the content.

Here: their order. Not here: their words. A section never fails for want of data: it says in a sentence what
is missing.
"""

from __future__ import annotations

from collections.abc import Callable

from analysis.report.blocks import Numbering, Section
from analysis.report.content import ReportContent
from analysis.report.sections import (
    asking,
    characteristics,
    completeness,
    incidence,
    ltp,
    models,
    morning_note,
    patient_flow,
    provenance,
    quality,
    quality_sensitivity,
    replication,
    scorecard,
    survival,
)

SECTIONS: tuple[Callable[[ReportContent, Numbering], Section], ...] = (
    morning_note.build,
    patient_flow.build,
    characteristics.build,
    ltp.build,
    survival.build,
    incidence.build,
    models.build,
    replication.build,
    quality.build,
    scorecard.build,
    completeness.build,
    quality_sensitivity.build,
    provenance.build,
    asking.build,
)
