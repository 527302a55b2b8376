"""Defines the classes and helpers in which the planted rows (schemas/canary_rows/) are declared.

A canary holds raw text, as a site would deliver it, and states itself what must become of it. It never consults the
contract, so that it catches a contract that was loosened.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

EXTRACT_DATE = "2024-06-30"
"""The extract date of all canaries' deliveries."""

PATIENT, SESSION, LESION = "P-1", "S-1", "L-1"
FIRST_SESSION = "2020-03-10"

SOUND: dict[str, dict[str, str]] = {
    "rfa_sessions": {
        "patient_id": PATIENT,
        "session_id": SESSION,
        "session_date": FIRST_SESSION,
        "lesion_id": LESION,
        "max_diameter_mm": "20",
    },
    "patients": {"patient_id": PATIENT, "sex": "female", "birth_year": "1955", "vital_status": "alive"},
    "genotypes": {
        "patient_id": PATIENT,
        "specimen_id": "G-1",
        "specimen_site": "primary",
        "gene": "KRAS",
        "result": "wild_type",
    },
    "imaging_followups": {
        "patient_id": PATIENT,
        "exam_id": "E-1",
        "exam_date": "2020-04-20",
        "modality": "ct",
        "contrast_enhanced": "yes",
        "lesion_id": LESION,
        "lesion_status": "no_viable",
    },
    "treatments": {
        "patient_id": PATIENT,
        "treatment_id": "T-1",
        "kind": "systemic",
        "start_date": "2020-06-01",
    },
}
"""One row of each export; none breaks a rule, alone or together with the others."""

Scope = Literal["row", "value", "flag"]


@dataclass(frozen=True)
class PlantedRow:
    """One raw row. `is_bad`: the rule must be found on this row. `delivery` 2 arrives after 1."""

    export: str
    cells: dict[str, str] = field(hash=False)
    is_bad: bool = False
    delivery: int = 1


@dataclass(frozen=True)
class Canary:
    """Rows of one synthetic site, and what the rule must find on them.

    The rule of a bad canary (scope is set) must be found on exactly the rows marked `is_bad`, in `column`, with that
    scope; if `besides` names the rule itself, it may be found elsewhere as well. On a good canary (scope is None)
    nothing must be found except the rules in `besides`.
    """

    rule_id: str
    export: str
    column: str | None
    scope: Scope | None
    rows: tuple[PlantedRow, ...]
    besides: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Return "bad" or "good"."""
        return "good" if self.scope is None else "bad"

    @property
    def place(self) -> str:
        """Return the rule and the column it judges, such as "PAT-13 patients.dfi_months"."""
        return f"{self.rule_id} {self.export}" + (f".{self.column}" if self.column else "")


def row(export: str, **cells: str) -> PlantedRow:
    """Return the sound row of the export with these cells replaced; an empty text empties the cell."""
    return PlantedRow(export, SOUND[export] | cells)


def session(**cells: str) -> PlantedRow:
    """Return the sound session with these cells replaced."""
    return row("rfa_sessions", **cells)


def patient(**cells: str) -> PlantedRow:
    """Return the sound row of patients with these cells replaced."""
    return row("patients", **cells)


def specimen(**cells: str) -> PlantedRow:
    """Return the sound row of genotypes with these cells replaced."""
    return row("genotypes", **cells)


def exam(**cells: str) -> PlantedRow:
    """Return the sound row of imaging_followups with these cells replaced."""
    return row("imaging_followups", **cells)


def treatment(**cells: str) -> PlantedRow:
    """Return the sound row of treatments with these cells replaced."""
    return row("treatments", **cells)


def bad(planted: PlantedRow) -> PlantedRow:
    """Mark the row as one that breaks the rule."""
    return replace(planted, is_bad=True)


def later(planted: PlantedRow) -> PlantedRow:
    """Move the row to the second delivery."""
    return replace(planted, delivery=2)


def found(rule_id: str, column: str | None, scope: Scope, *rows: PlantedRow, says_more: bool = False) -> Canary:
    """Make a bad canary: the rule must be found on the rows marked bad, and nowhere else unless it `says_more`."""
    marked = [planted for planted in rows if planted.is_bad]
    return Canary(rule_id, marked[0].export, column, scope, rows, (rule_id,) if says_more else ())


def silent(rule_id: str, export: str, column: str | None, *rows: PlantedRow, besides: tuple[str, ...] = ()) -> Canary:
    """Make a good canary: nothing must be found except the rules in `besides`."""
    return Canary(rule_id, export, column, None, rows, besides)


@dataclass(frozen=True)
class RowRuleCanaries:
    """Makes canaries of a rule that a row of one export breaks by itself. `says_more`: it names several columns."""

    rule_id: str
    export: str
    scope: Scope
    says_more: bool = False

    def bad(self, column: str, *cells: dict[str, str]) -> Iterator[Canary]:
        """Yield one bad canary for each set of cells, put into the sound row."""
        for changed in cells:
            yield found(
                self.rule_id,
                column,
                self.scope,
                *self._context(),
                bad(row(self.export, **changed)),
                says_more=self.says_more,
            )

    def good(self, column: str, *cells: dict[str, str], besides: tuple[str, ...] = ()) -> Iterator[Canary]:
        """Yield one good canary for each set of cells, put into the sound row."""
        for changed in cells:
            rows = (*self._context(), row(self.export, **changed))
            yield silent(self.rule_id, self.export, column, *rows, besides=besides)

    def values(self, column: str, bad: str, good: str = "", besides: tuple[str, ...] = ()) -> Iterator[Canary]:
        """Yield canaries for bad and good texts of one column, separated by spaces. An empty optional cell is good."""
        yield from self.bad(column, *({column: text} for text in bad.split()))
        yield from self.good(column, *({column: text} for text in good.split()), besides=besides)
        if self.scope == "value" and bad:
            yield from self.good(column, {column: ""})

    def _context(self) -> tuple[PlantedRow, ...]:
        return () if self.export == "rfa_sessions" else (session(),)
