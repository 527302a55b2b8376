"""Finds which columns of a file hold what must not be kept as delivered, by what its feeds read from them.

A source column from which an identifier, a date, a year of birth or a text is read is changed in its place, so that a
later site.toml reads it too. A canonical column that is read from several source columns, from none, or from one that
is changed as something else, is kept ready made beside them (sources/canonical_cells.py). Columns that nothing reads
are emptied.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from schemas.export import Column, Export
from schemas.exports import EXPORTS
from warehouse.readers.cells import header_places, trim_sql
from warehouse.readers.source import Source
from warehouse.sources.canonical_cells import Cell, common_cells, label_name, labels_in, ready_name, slot_cells
from warehouse.sources.file_columns import FileColumns
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed

LETTERS = {
    "patient_id": "P",
    "session_id": "S",
    "lesion_id": "L",
    "exam_id": "E",
    "specimen_id": "B",
    "treatment_id": "T",
    "operator_id": "O",
}
"""What a pseudonym names, by the column that is read so; X for any other identifier."""
NO_IDENTIFIERS = ("gene",)
"""Columns of identifiers that name nobody."""
TERMS = ("variant",)
"""Texts without which endpoints change: they are scanned even where texts are dropped."""
PATIENT_ID = "patient_id"
DATE, BIRTH, TEXT, PLAIN = "date", "birth", "text", ""


@dataclass(frozen=True)
class Read:
    """A canonical column as it is read: `name` is that of its cell in SQL, `ready` that of a column ready made.

    `role` is the letter of an identifier, or DATE, BIRTH, TEXT or PLAIN; `patient` says whose row it is, None where
    that is what the cell itself says.
    """

    name: str
    column: Column
    export: Export
    cell: Cell
    role: str
    ready: str = ""
    patient: "Read | None" = None

    @property
    def is_sensitive(self) -> bool:
        """Return whether the cell must not be kept as delivered."""
        return self.role != PLAIN

    def is_like(self, other: "Read") -> bool:
        """Return whether both are changed in the same way, so that one column serves both."""
        return self.role == other.role and (
            self.role != DATE or _place(self.patient) == _place(other.patient) is not None
        )


@dataclass
class Columns:
    """What is done with each column of a source. `reads` are all canonical columns that are read from it.

    `in_place` has, by position, what a column is changed as; `kept` the positions of columns that stay, but for cells
    that look like somebody's identity; `ready` what is kept ready made.
    """

    reads: list[Read] = field(default_factory=list)
    in_place: dict[int, Read] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    ready: list[Read] = field(default_factory=list)


def _place(read: Read | None) -> int | None:
    return None if read is None else read.cell.place


def role_of(column: Column) -> str:
    """Return what a canonical column holds."""
    if column.kind == "identifier" and column.name not in NO_IDENTIFIERS:
        return LETTERS.get(column.name, "X")
    if column.name == "birth_year":
        return BIRTH
    return {"date": DATE, "text": TEXT}.get(column.kind, PLAIN)


def columns_as_named(export: Export, source: Source) -> Columns:
    """Return what is done with the columns of a file that has canonical ones.

    Raises DeliveryRejected if it lacks a required one.
    """
    found = Columns()
    places = header_places(export, source.header)
    cells = {(name, ""): Cell(trim_sql(f"c{place}"), [], place) for name, place in places.items()}
    _add(found, export, cells, "")
    _decide(found, set())
    return found


def columns_of_feeds(prepared: Prepared, feeds: Sequence[Feed]) -> Columns:
    """Return what is done with the columns of a source that feeds exports. Raises DeliveryRejected like map_columns."""
    file, found, asked = FileColumns(prepared.source.header), Columns(), set[int]()
    for feed in feeds:
        export, repeat = EXPORTS[feed.export], feed.mapping.repeat
        repeated = {name for block in repeat for name in (block.column, *block.columns)}
        common, _ = common_cells(export, feed, prepared, file, repeated)
        cells = {(name, ""): cell for name, cell in common.items()}
        for block in repeat:
            for label in labels_in(block, file):
                of_label = slot_cells(feed, prepared, file, block, label)
                cells |= {(name, label): cell for name, cell in of_label.items()}
        _add(found, export, cells, ready_name(feed, ""))
        asked |= {file.place(name) for name in feed.mapping.where}
    _decide(found, asked)
    return found


def _add(found: Columns, export: Export, cells: Mapping[tuple[str, str], Cell], prefix: str) -> None:
    """Add the canonical columns of one export, each with the label of its repeat block, '' without one."""
    patients: dict[str, Read] = {}
    for (name, label), cell in sorted(cells.items(), key=lambda item: item[0][0] != PATIENT_ID):
        column = export.column(name)
        patient = None if name == PATIENT_ID else patients.get(label, patients.get(""))
        ready = f"{prefix}{label_name(name, label)}"
        read = Read(f"e{len(found.reads)}", column, export, cell, role_of(column), ready, patient)
        found.reads.append(read)
        if name == PATIENT_ID:
            patients[label] = read


def _decide(found: Columns, asked: set[int]) -> None:
    """Decide what is done with each column; those that a filter asks for keep their words."""
    found.kept |= asked
    for read in sorted(found.reads, key=lambda read: read.role != LETTERS[PATIENT_ID]):
        place = read.cell.place
        if place is not None and read.is_sensitive and not (read.role == TEXT and place in asked):
            found.in_place.setdefault(place, read)
    for read in found.reads:
        place = read.cell.place
        changed = found.in_place.get(place) if place is not None else None
        is_made = place is None and (read.is_sensitive or " || " in read.cell.sql)
        if is_made or (changed is not None and not changed.is_like(read)):
            found.ready.append(read)
        elif place is not None:
            found.kept.add(place)
    found.kept -= set(found.in_place)
