"""Defines a type of resource: which rows it is made of, and how."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A type of resource: of which table's rows (SQL, named t) and in which order, and its template."""

    kind: str
    rows: str
    order: Sequence[str]
    template: Mapping[str, Any]
