"""Lists the five exports in the order in which their clean tables are made.

Sessions come first, since the other exports depend on them; patients come last of the four that every registry is made
of, since their survival is checked against sessions and exams. Treatments follow them: they are set aside for what a
patient's row says, and change nothing in it.
"""

from schemas import genotypes, imaging_followups, patients, rfa_sessions, treatments
from schemas.export import Export

EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        rfa_sessions.EXPORT,
        genotypes.EXPORT,
        imaging_followups.EXPORT,
        patients.EXPORT,
        treatments.EXPORT,
    )
}

TREATMENTS = treatments.EXPORT.name
WATCHED = {name: export for name, export in EXPORTS.items() if name != TREATMENTS}
"""Exports of whose volumes, dates and missing values the platform's own suites expect something. Centres that deliver
treatments differ in how completely they do; what a registry expects of them it states in suites of its own."""
ANSWERS = "answers"  # a reserved folder beside the exports: answered query sheets
