"""Proposes which rows of a REDCap export are an export's: the instrument and event in whose rows its columns are."""

from warehouse.proposals.entry import Entry, Question
from warehouse.proposals.feedings import SHARED, Feeding
from warehouse.readers.near_names import shown, shown_list
from warehouse.sources.file_columns import plain
from warehouse.sources.redcap_layout import EVENT, INSTRUMENT, OWN_COLUMNS

MOSTLY = 0.9
"""Share of an instrument's or event's rows among those with cells of the export, from which it is the export's."""


def row_entries(feeding: Feeding) -> list[Entry]:
    """Return the lines that choose the rows; none where every row of the file may be one of the export's."""
    return [
        entry
        for key, own, as_list in (("instrument", INSTRUMENT, False), ("event", EVENT, True))
        if (entry := _entry(feeding, key, own, as_list)) is not None
    ]


def _entry(feeding: Feeding, key: str, own: str, as_list: bool) -> Entry | None:
    column = _own_column(feeding, own)
    telling = [match.name for name, match in feeding.matches.best.items() if name not in SHARED]
    if column is None or not telling:
        return None
    source = feeding.source
    filled = " OR ".join(f"c{source.place(name)} IS NOT NULL" for name in telling)
    rows = feeding.con.execute(
        f"SELECT c{source.place(column)}, count(*) FILTER ({filled}) AS n FROM {source.table} "  # noqa: S608 (own names)
        "GROUP BY 1 ORDER BY n DESC, 1"
    ).fetchall()
    n_filled = sum(n for _, n in rows)
    if len(rows) == 1 or not n_filled:
        return None
    first, n_first = rows[0]
    if n_first >= MOSTLY * n_filled:
        return None if first is None else Entry(key, [first] if as_list else first)
    if as_list:
        return None  # rows of an event in which the instrument was not filled in are left out anyway
    names = [name for name, n in rows if n and name is not None]
    reason = (
        f"Columns of {feeding.export.name} are in rows of several instruments ({shown_list(names)}). Which is meant?"
    )
    return Entry(key, None, "", (Question(reason, tuple((key, name) for name in names if shown(name) == name)),))


def _own_column(feeding: Feeding, own: str) -> str | None:
    wanted = {own, plain(OWN_COLUMNS[own])}
    return next((name for name in feeding.source.header if plain(name) in wanted), None)
