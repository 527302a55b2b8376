"""`registry diff`: print what changed between two releases."""

import json
import sys
from typing import Any

from warehouse.releases.release import Release, find_release, list_releases
from warehouse.storage.errors import RegistryError, ReleaseUnknown
from warehouse.storage.home import Home

PIPED_WIDTH = 200  # without a terminal: wide enough that cells are seldom folded and can be searched
CURRENT, PREVIOUS = "current", "previous"


def diff(home: Home, before: str, after: str, format: str) -> None:
    """Print what changed between the releases. Raises RegistryError if one is unknown or both are the same."""
    first, second = named(home, before), named(home, after)
    if first.folder == second.folder:
        raise RegistryError(f"Both are release {first.release_id}.", "Name two; `registry releases` lists them.")
    from workflows.morning_note import note_of_releases

    note = note_of_releases(home, first, second)
    if format == "json":
        _print_json(note)
        return
    from analysis.report.sections.morning_note_keys import build
    from workflows.spoken_note import spoken

    section = spoken(build(note), home)
    if format == "markdown":
        from analysis.report.output.markdown import markdown

        sys.stdout.write(markdown(section))
    else:
        print_section(section)


def named(home: Home, word: str) -> Release:
    """Return the release with that id or beginning; for `current` and `previous`, the current one or the one before."""
    if word == CURRENT:
        return find_release(home)
    if word != PREVIOUS:
        return find_release(home, word)
    current = find_release(home)
    older = [release for release in list_releases(home) if release.release_id < current.release_id]
    if not older:
        raise ReleaseUnknown(
            f"There is no release before the current one, {current.release_id}.", "`registry releases` lists them."
        )
    return older[0]


def _print_json(note: Any) -> None:
    from dataclasses import asdict

    told = asdict(note)
    told["movements"] = [movement_as_json(movement) for movement in note.movements]
    sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False, default=str) + "\n")


def movement_as_json(movement: Any) -> dict:
    """Return the movement with numbers that JSON can hold, rounded as before, so that the parts still add up."""
    sides = {
        name: {"estimate": _number(e.value), "n": e.n, "n_events": e.n_events}
        for name, e in (("before", movement.before), ("after", movement.after))
    }
    parts = {name: float(part) for name, part in movement.parts.items()} if movement.parts else None
    return {**movement.figure._asdict(), **sides, "total": _number(movement.total), "parts": parts}


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def print_section(section: Any) -> None:
    """Print the section as tables: in colour on a terminal, elsewhere plain and wide enough to be searched."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    for block in section.blocks:
        if block.kind == "table":
            console.print(Text(block.caption, style="bold"))
            console.print(_table(block))
            for note in block.notes:
                console.print(Padding(Text(note, style="dim"), (0, 0, 1, 0)))
        elif block.kind == "heading":
            console.rule(Text(block.text, style="bold"), align="left")
        elif block.kind == "callout":
            console.print(Text(f"{block.title} {block.text}", style="bold yellow"))
        else:
            console.print(Text(block.text))


def _table(block: Any) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from analysis.report.output.markdown import cell_text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in block.columns:
        table.add_column(column.label, overflow="fold", justify="right" if column.is_number else "left")
    for row in block.rows:
        cells = [Text(cell_text(cell)) for cell in row.cells]
        table.add_row(*cells, style="bold" if row.is_group else None)
    return table
