"""Prints what rules set aside, for `registry check`: a table on a wide terminal, else one entry below the other."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from workflows.check_results import Answered, Orphans, SetAside

FEWEST_COLUMNS = 100
"""Of a terminal on which the table can be read: its sentences are too narrow on others."""


def print_entries(console: Any, entries: Sequence[SetAside], indent: int) -> None:
    """Print the entries, whole rows first, indented by so many columns."""
    from rich.padding import Padding

    if console.width >= FEWEST_COLUMNS:
        console.print(Padding(_table(entries), (0, 0, 0, indent), expand=False))
        return
    for line in _records(entries, console.width - indent):
        console.print(" " * indent + line, soft_wrap=True)


def lines_of(entry: SetAside | Orphans | Answered, n_all: int) -> str:
    """Return the first lines of an entry; an ellipsis says that there are more."""
    more = ", \N{HORIZONTAL ELLIPSIS}" if n_all > len(entry.lines) else ""
    return ", ".join(map(str, entry.lines)) + more


def _table(entries: Sequence[SetAside]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("rule", "sets aside", "column", "rows", "lines", "why"):
        table.add_column(name, overflow="fold", justify="right" if name == "rows" else "left")
    for entry in entries:
        cells = (entry.rule_id, entry.scope, _column(entry), f"{entry.n_rows:,}", lines_of(entry, entry.n_rows))
        table.add_row(*map(Text, (*cells, entry.reason or "")))
    return table


def _records(entries: Sequence[SetAside], width: int) -> Iterator[str]:
    for entry in entries:
        what = "row" if entry.scope == "row" else "single value"
        number = f"1 {what}" if entry.n_rows == 1 else f"{entry.n_rows:,} {what}s"
        lines = "line" if entry.n_rows == 1 else "lines"
        column = f" in {_column(entry)}" if _column(entry) else ""
        said = f"{number} set aside{column}; {lines} {lines_of(entry, entry.n_rows)}"
        yield from wrap(f"{entry.rule_id}  {said}", width, subsequent_indent="  ", break_long_words=False)
        yield from wrap(entry.reason or "", width, initial_indent="  ", subsequent_indent="  ", break_long_words=False)


def _column(entry: SetAside) -> str:
    source = f" ({entry.source_column})" if entry.source_column not in ("", entry.column) else ""
    return f"{entry.column}{source}" + (f", {entry.block}" if entry.block else "")
