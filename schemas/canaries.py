"""Lists all canaries: known-bad and known-good rows for every rule that a row can break.

A validator can silently check nothing, so every refresh runs these rows (canary_rows/) through the validators in a
database of their own (warehouse/quality/canaries.py), and no release is made if one of them is not judged as declared.
"""

from schemas.canary import Canary
from schemas.canary_rows import (
    everywhere,
    genotypes,
    identifiers,
    imaging_followups,
    parents,
    patients,
    rfa_sessions,
    treatments,
)

CANARIES: tuple[Canary, ...] = (
    *everywhere.CANARIES,
    *identifiers.CANARIES,
    *patients.CANARIES,
    *rfa_sessions.CANARIES,
    *genotypes.CANARIES,
    *imaging_followups.CANARIES,
    *treatments.CANARIES,
    *parents.CANARIES,
)
