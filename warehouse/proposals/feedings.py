"""Decides which exports a source feeds: its columns have to tell an export from the others."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb

from schemas.export import Column, Export
from schemas.exports import EXPORTS
from warehouse.proposals.facts import Facts
from warehouse.proposals.matches import Match, Matches, match_columns
from warehouse.proposals.site_sources import SiteSource
from warehouse.proposals.wide_blocks import Block, gene_block, number_block
from warehouse.proposals.words import Strength, code_of
from warehouse.sources.castor.columns import STUDY_TYPE
from warehouse.sources.cell_steps import as_compared
from warehouse.sources.file_columns import plain

SHARED = ("patient_id", "lesion_id", "modality")
"""Columns of several exports, which do not tell one from another."""
NEEDED = {"patients": 1, "rfa_sessions": 2, "genotypes": 2, "imaging_followups": 2, "treatments": 3}
"""Export -> how many telling columns a source of it has at least."""
TELLING = {
    "rfa_sessions": ("session_date", "session_id", "max_diameter_mm", "minimal_margin_mm", "zone_long_mm"),
    "genotypes": ("gene", "result", "variant"),
    "imaging_followups": ("exam_date", "exam_id", "lesion_status", "distance_to_zone_mm", "new_liver_lesion"),
    "treatments": ("treatment_id", "regimen", "therapy_line", "stop_date"),
}
"""Export -> columns of which a source of it has one under a name of its own: a date and a time alone tell nothing."""
OF_LESIONS = ("lesion_id", "max_diameter_mm")
OF_BLOCK = 2
FEWEST = 2
ENOUGH = 0.75
"""A second source feeds an export if it has this share of the best one's columns: the clinic changed systems."""


@dataclass(frozen=True)
class Feeding:
    """A source that feeds an export: the matches of its columns, and its wide columns.

    `form` is the one of a Castor study whose rows are the export's; None for the participants' own rows.
    """

    con: duckdb.DuckDBPyConnection
    source: SiteSource
    export: Export
    matches: Matches
    block: Block | None
    score: float
    form: str | None = None

    @property
    def is_own_folder(self) -> bool:
        """Return whether the source is the folder of the export's own name."""
        return self.source.folder == self.export.name

    @property
    def is_canonical(self) -> bool:
        """Return whether the source has the export's own column names alone, so that nothing has to be said of it."""
        known = {plain(match.name) for match in self.matches.best.values() if match.strength == Strength.canonical}
        required = {column.name for column in self.export.columns if column.required}
        return (
            self.block is None
            and required <= known
            and not any(match.strength != Strength.canonical for match in self.matches.best.values())
        )

    def facts(self, names: Sequence[str]) -> Facts:
        """Return what is asked of source columns together."""
        return Facts(self.con, self.source, tuple(names), self.matches.name_of("patient_id"))

    def asked(self) -> Iterable[tuple[Column, Match | None, Facts]]:
        """Yield each column that is read, its match, None for wide columns, and its facts."""
        for column in self.export.columns:
            if self.block and column.name in self.block.columns:
                yield column, None, self.facts(self.block.names(column.name, self.source.header))
            elif (match := self.matches.best.get(column.name)) is not None:
                yield column, match, self.facts([match.name])


def feedings_of(
    con: duckdb.DuckDBPyConnection, source: SiteSource, others: Mapping[str, Sequence[str]]
) -> list[Feeding]:
    """Return the exports that a source may feed. `others` are what else its columns are called.

    The rows of an export are those of one form of a Castor study; fields of the study itself may be beside them.
    """
    found = []
    for export in EXPORTS.values():
        of_forms = [_feeding(con, source, export, others, form) for form in _forms(source)]
        best = max((one for one in of_forms if one is not None), key=lambda one: one.score, default=None)
        if best is not None:
            found.append(best)
    return found


def _forms(source: SiteSource) -> list[str | None]:
    """Return the forms whose rows may be an export's, that of the participants as None."""
    return [None, *dict.fromkeys(name for kind, name in source.forms.values() if kind != STUDY_TYPE)]


def _feeding(
    con: duckdb.DuckDBPyConnection,
    source: SiteSource,
    export: Export,
    others: Mapping[str, Sequence[str]],
    form: str | None,
) -> Feeding | None:
    elsewhere = {name for name, (kind, its) in source.forms.items() if kind != STUDY_TYPE and its != form}
    header = [name for name in source.header if name not in elsewhere]
    block = gene_block(header) if export.name == "genotypes" else number_block(export.name, header)
    taken = {*source.repeated, *(block.taken(header) if block else ())}
    matches = match_columns(export, header, others, taken)
    if block and block.column != "gene":
        matches.drop(block.column)
    feeding = Feeding(con, source, export, matches, block, 0, form)
    _settle_by_rows(feeding)
    _check_modality(feeding)
    if form is not None and not _is_of_form(feeding, form):
        return None
    score = _score(matches, block) if _tells(export, matches, block) else 0
    is_own = feeding.is_own_folder and score > 0
    if (score >= NEEDED[export.name] or is_own) and "patient_id" in matches.best:
        return replace(feeding, score=score)
    return None


def _is_of_form(feeding: Feeding, form: str) -> bool:
    """Return whether columns that tell the export are fields of the form: others are filled in for each of its rows."""
    names = {match.name for column, match in feeding.matches.best.items() if column not in SHARED}
    names |= feeding.block.taken(feeding.source.header) if feeding.block else set()
    return any(feeding.source.forms.get(name, ("", ""))[1] == form for name in names)


def _settle_by_rows(feeding: Feeding) -> None:
    """Choose of several columns the one that is filled in the rows of the export; each form of REDCap has its own."""
    matches, source = feeding.matches, feeding.source
    telling = [m.name for name, m in matches.best.items() if name not in SHARED and name not in matches.rivals]
    if not matches.rivals or not telling or source.is_declared:
        return
    is_of_export = " OR ".join(f"c{source.place(name)} IS NOT NULL" for name in telling)
    for column, rivals in list(matches.rivals.items()):
        counts = ", ".join(f"count(c{source.place(rival.name)})" for rival in rivals)
        row = feeding.con.execute(f"SELECT {counts} FROM {source.table} WHERE {is_of_export}").fetchone()  # noqa: S608
        filled = [rival for rival, n in zip(rivals, row or (), strict=True) if n]
        if len(filled) == 1:
            matches.best[column] = filled[0]
            del matches.rivals[column]


def _check_modality(feeding: Feeding) -> None:
    """Drop a modality whose cells are those of another export's modality."""
    match = feeding.matches.best.get("modality")
    if match is None:
        return
    facts = feeding.facts([match.name])
    labels = {as_compared(code): label for code, label in (facts.labels() or facts.legend()).items()}
    values = [labels.get(as_compared(value.text), value.text) for value in facts.values() or []]
    column = feeding.export.column("modality")
    n_known = sum(code_of(feeding.export, column, value) is not None for value in values)
    elsewhere = max(
        (
            sum(code_of(other, other.column("modality"), value) is not None for value in values)
            for other in EXPORTS.values()
            if other.name != feeding.export.name and "modality" in other.column_names
        ),
        default=0,
    )
    if n_known < elsewhere or (values and n_known == 0):
        feeding.matches.drop("modality")


def _tells(export: Export, matches: Matches, block: Block | None) -> bool:
    named = {name for name, match in matches.best.items() if match.strength >= Strength.named}
    return export.name not in TELLING or block is not None or not named.isdisjoint(TELLING[export.name])


def _score(matches: Matches, block: Block | None) -> float:
    """Return how many columns tell that a source feeds the export; general and mistyped names count beside others."""
    telling = [match for name, match in matches.best.items() if name not in SHARED]
    n_named = sum(match.strength >= Strength.named for match in telling)
    n_general = sum(match.strength < Strength.named for match in telling)
    n_of_block = 0
    if block is not None:
        n_of_block = OF_BLOCK if block.column == "gene" else len(block.columns)
    return (
        n_named + n_of_block + (n_general if n_named or n_of_block else 0) + (0.5 if "modality" in matches.best else 0)
    )


def chosen(feedings: Sequence[Feeding]) -> tuple[list[Feeding], list[Feeding]]:
    """Return the sources that an export is read from, the best first, and those that only have columns of it.

    The folder of the export's own name comes before others, and a table of lesions before one of their sessions.
    """
    ranked = sorted(
        feedings, key=lambda one: (not one.is_own_folder, _has_no_lesions(one), -one.score, -one.source.n_rows)
    )
    if not ranked:
        return [], []
    best = ranked[0]
    also = [one for one in ranked[1:] if one.score >= max(ENOUGH * best.score, FEWEST) and _is_alike(best, one)]
    return [best, *also], [one for one in ranked[1:] if one not in also]


def _has_no_lesions(feeding: Feeding) -> bool:
    """Return whether a source of sessions has no column of lesions, whose rows the registry counts."""
    return feeding.export.name == "rfa_sessions" and feeding.matches.best.keys().isdisjoint(OF_LESIONS)


def _is_alike(one: Feeding, other: Feeding) -> bool:
    """Return whether two sources have the required columns of an export in the same way."""
    required = [column.name for column in one.export.columns if column.required]
    has = [{name for name in required if name in feeding.matches.best} for feeding in (one, other)]
    return has[0] == has[1] and one.block == other.block and one.source.first.kind == other.source.first.kind
