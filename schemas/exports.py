"""Lists the four exports in the order in which their clean tables are made.

Sessions come first, since the other exports depend on them; patients come last, since their survival is checked
against sessions and exams.
"""

from schemas import genotypes, imaging_followups, patients, rfa_sessions
from schemas.export import Export

EXPORTS: dict[str, Export] = {
    export.name: export
    for export in (
        rfa_sessions.EXPORT,
        genotypes.EXPORT,
        imaging_followups.EXPORT,
        patients.EXPORT,
    )
}

ANSWERS = "answers"  # a reserved folder beside the exports: answered query sheets
