"""Gives the terms of the OMOP preset: what a concept means to the registry, and which concepts mean it without a site's
saying so.

The registry's own concepts have ids above 2,000,000,000, as OMOP leaves them to whoever makes one, and a vocabulary of
their own. Nothing else is known by its id but what others publish of OMOP's fields and episodes; codes of LOINC and
SNOMED are looked up in the database's own CONCEPT. What a site's database calls otherwise is a setting, `concepts`.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from warehouse.readers.near_names import nearest, shown
from warehouse.storage.errors import RegistryError

FOLDER = Path(__file__).parent / "omop_5_4"
VOCABULARY = "Ablation Registry"
VOCABULARY_CONCEPT = 2_000_000_000
REGISTRY, CDM_5_4, FEMALE, MALE = 32879, 756265, 8532, 8507
"""OMOP's concepts of where records come from, of the model's version, and of PERSON's gender."""
RECURRENCE = 32529
NO_STANDARD = 0
"""OMOP's concept of what no standard concept stands for; the registry's own is the source concept then."""
KNOWN_IDS: Mapping[str, int] = {
    "field.procedure_occurrence": 1147082,
    "field.condition_occurrence": 1147127,
    "field.measurement": 1147138,
    "episode.lesion": 32528,
}
"""Terms that are concepts of OMOP's own: the fields that events are found by, and Disease First Occurrence."""
KNOWN_CODES: Sequence[tuple[str, str, str]] = (
    ("rfa_sessions.modality=rfa", "SNOMED", "879916008"),
    ("rfa_sessions.max_diameter_mm", "LOINC", "21889-1"),
    ("rfa_sessions.max_diameter_mm", "LOINC", "33728-7"),
    ("patients.cea_ng_ml", "LOINC", "2039-6"),
)
"""Term, vocabulary and code: radiofrequency ablation; size of a tumour and its longest dimension; CEA."""


@dataclass(frozen=True)
class Term:
    """A concept of the registry's own: its id, its code, which is the term, its name, and OMOP's domain."""

    concept_id: int
    term: str
    name: str
    domain: str


@cache
def own_terms() -> tuple[Term, ...]:
    """Return the registry's own concepts, in the order of their ids."""
    with open(FOLDER / "terms.csv", encoding="utf-8", newline="") as file:
        return tuple(
            Term(int(row["concept_id"]), row["term"], row["name"], row["domain"]) for row in csv.DictReader(file)
        )


def check_terms(concepts: Mapping[str, Sequence[int]], place: str) -> None:
    """Raise RegistryError if a site's concepts name a term that there is not; `place` is their table in site.toml."""
    known = [*(term.term for term in own_terms()), *KNOWN_IDS]
    for name in concepts:
        if name not in known:
            near = nearest(name, known)
            meant = f"; the nearest is {near}" if near else ""
            raise RegistryError(
                f"{place}.{shown(name)} is no term of the preset{meant}.", "docs/sources/sql.md says which there are."
            )
