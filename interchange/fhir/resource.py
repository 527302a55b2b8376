"""Defines a type of resource: which rows it is made of, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A type of resource: of which table's rows (SQL, named t), in which order, and its template.

    `s` is the subject of each row: its lesion of fhir.lesions if `of_lesion`, else its patient of fhir.people
    (interchange/fhir/subjects.py). Rows that begin with one of these tables are in its order and have no other.
    `repeated` names columns of which many rows hold the same.
    """

    kind: str
    rows: str
    template: Mapping[str, Any]
    order: Sequence[str] = ()
    of_lesion: bool = False
    repeated: Sequence[str] = ()
