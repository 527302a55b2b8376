"""Say in a sentence what could not be estimated, instead of showing lines, tables and figures of dashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.report.arranging.footnotes import remarks, with_rows
from analysis.report.arranging.printed_estimates import column_spans, of_figure, text_of
from analysis.report.blocks import (
    Block,
    Callout,
    DataTable,
    FigureBlock,
    FigureGrid,
    Fold,
    Heading,
    Paragraph,
    Row,
    Section,
)

RESULTS = "Results"
ANCHOR, TITLE = "not-estimated", "What could not be estimated"
WITH_INTERVAL = "95 % CI"
MISSING = ("", "\u2013")
CAUTIONS = (
    *("read with caution", "events per variable over", "cause-specific", "adjusted for", "clusters:"),
    *("from day ", "left out", "censored at that scan", "own plan, declared"),
)
"""Remarks about estimates that are present; they do not explain why one is missing."""
NO_EVENT = "Not drawn: no event so far."
"""The beginning of the note of a figure without a drawing."""
MOST_REASONS = 3
"""Most reasons named if a whole table has no estimate; its file has all of them."""
FOREST, FEWEST_IN_FOREST = "forest-", 2


def without_missing(sections: Sequence[Section]) -> list[Section]:
    """Return the sections without lines of dashes; results of which nothing is left share one section at the end."""
    made = [replace(section, blocks=_blocks(section.blocks)) for section in sections]
    gone = [section for section in made if _is_empty(section)]
    if not gone:
        return made
    kept = [section for section in made if section not in gone]
    last = max((place for place, section in enumerate(kept) if section.part == RESULTS), default=-1)
    at = last + 1 if last >= 0 else sum(section.part == "" for section in kept)
    return [*kept[:at], _gathered(gone), *kept[at:]]


def _is_empty(section: Section) -> bool:
    is_result = section.part == RESULTS and section.anchor != ANCHOR
    return is_result and not any(map(_shows, section.blocks))


def _shows(block: Block) -> bool:
    return isinstance(block, DataTable | FigureBlock | FigureGrid | Callout)


def _gathered(sections: Sequence[Section]) -> Section:
    names = "; ".join(section.title for section in sections)
    why: list[Block] = []
    for section in sections:
        why += [Heading(section.title), *section.blocks]
    text = f"There are too few patients, events or groups for: {names}."
    return Section(ANCHOR, TITLE, [Paragraph(text), Fold("Why not", why)], RESULTS)


def _blocks(blocks: Sequence[Block]) -> list[Block]:
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, FigureGrid | FigureBlock):
            figures = block.figures if isinstance(block, FigureGrid) else [block]
            drawn = [one for one in figures if one.svg and not _is_lone_forest(one)]
            if drawn:
                kept.append(replace(block, figures=drawn) if isinstance(block, FigureGrid) else block)
            kept += _not_drawn([one for one in figures if not one.svg])
        else:
            kept.append(_table(block) if isinstance(block, DataTable) else block)
    return kept


def _is_lone_forest(figure: FigureBlock) -> bool:
    """Return whether this is a forest plot of a single estimate, which its table shows as well."""
    return figure.name.startswith(FOREST) and len(of_figure(figure)) < FEWEST_IN_FOREST


def _not_drawn(figures: Sequence[FigureBlock]) -> list[Block]:
    said = [f"{one.caption.rstrip('.')} ({_size(one)})" for one in figures]
    return [Paragraph(f"{NO_EVENT} {'; '.join(said)}.")] if said else []


def _size(figure: FigureBlock) -> str:
    """Return '12 patients, 0 events' from a note that begins with why there is no drawing."""
    return figure.note.removeprefix(NO_EVENT).strip().split(". ")[0].rstrip(".")


def _table(table: DataTable) -> Block:
    places = [
        place
        for place, (column, above) in enumerate(zip(table.columns, column_spans(table), strict=True))
        if WITH_INTERVAL in column.label or WITH_INTERVAL in above
    ]
    gone = [row for row in table.rows if places and _is_missing(row, places)]
    if not gone:
        return table
    if len(gone) == sum(not row.is_group for row in table.rows):
        said = _why(remarks([row.cells[place] for row in gone for place in places], table), MOST_REASONS)
        return Paragraph(f"{table.caption.rstrip('.')}: none could be estimated{said}.")
    note = f"Not estimated: {'; '.join(_reasons(gone, places, table))}."
    left_out = {id(row) for row in gone}
    return with_rows(table, [row for row in table.rows if id(row) not in left_out], [note])


def _is_missing(row: Row, places: Sequence[int]) -> bool:
    said = [] if row.is_group else [text_of(row.cells[place]) for place in places]
    return "\u2013" in said and all(text in MISSING for text in said)


def _reasons(rows: Sequence[Row], places: Sequence[int], table: DataTable) -> list[str]:
    """'KRAS mutant, NRAS mutant (only one group among the complete cases: nothing to compare)' for each reason."""
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        said = remarks([row.cells[place] for place in places], table)
        by_reason.setdefault(_why(said), []).append(text_of(row.cells[0]).strip())
    return [", ".join(dict.fromkeys(names)) + why for why, names in by_reason.items()]


def _why(said: Sequence[str], most: int | None = None) -> str:
    """Return the remarks that give a reason, ' (no events: nothing to estimate)'; '' without one."""
    reasons = [text for text in said if not any(caution in text for caution in CAUTIONS)][:most]
    return f" ({', '.join(reasons)})" if reasons else ""
