"""All canaries: known-bad and known-good rows for every rule that a row can break.

What belongs here: their list, and which rules it answers for. What does not: the rows themselves (canary_rows/), or
running them through the validators (warehouse/quality/canaries.py). A validator can silently check nothing; so every
refresh plants these rows, in a database of its own, and a release is refused where one of them is not judged as
declared.
"""

from schemas.canary import Canary
from schemas.canary_rows import everywhere, genotypes, identifiers, imaging_followups, parents, patients, rfa_sessions

CANARIES: tuple[Canary, ...] = (
    *everywhere.CANARIES,
    *identifiers.CANARIES,
    *patients.CANARIES,
    *rfa_sessions.CANARIES,
    *genotypes.CANARIES,
    *imaging_followups.CANARIES,
    *parents.CANARIES,
)
