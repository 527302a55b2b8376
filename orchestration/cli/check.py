"""`registry check`: print what would happen to a site's files if they were delivered now."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from orchestration.cli.explain import PIPED_WIDTH
from warehouse.storage.home import Home
from workflows import progress
from workflows.check_results import Checked, CheckedFile, Delivered, HowRead, Orphans, SetAside
from workflows.check_site import check_site

FORMATS = {
    "csv": "CSV",
    "ndjson": "NDJSON",
    "parquet": "Parquet",
    "xlsx": "Excel workbook",
    "xls": "Excel workbook (.xls)",
    "ods": "OpenDocument spreadsheet",
    "statistics": "SPSS, Stata or SAS file",
}
SIGNS = {"\t": "tab", ",": "comma", ";": "semicolon"}
STATUS = {"accepted": "loads", "rejected": "refused", "waiting": "waits", "set_aside": "set aside"}
STYLE = {"accepted": "green", "rejected": "bold red", "waiting": "bold yellow", "set_aside": "bold red"}
MOST_NAMES = 30
UNDATED = (
    "The name has no date. Put that of the export in front, such as 2026-01-31_{}: files are read in the order of "
    "their names."
)


def check(home: Home, site: str, file: Path | None, folder: str | None, form: str) -> bool:
    """Print what would happen to the site's new files; return whether nothing would be refused or wait."""
    with _progress():
        found = check_site(home if home.root.is_dir() else None, site, file, folder)
    if form == "json":
        typer.echo(json.dumps(asdict(found) | {"would_load": found.would_load}, indent=2, ensure_ascii=False))
    else:
        _print(found)
    return found.would_load


@contextmanager
def _progress() -> Iterator[None]:
    """Show the current step on a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(file=sys.stderr).status("starting") as status:
        listener: Callable[[str], None] = status.update
        with progress.listening(listener):
            yield


def _print(found: Checked) -> None:
    from rich.console import Console

    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(f"Check of {found.site}: {_verdict(found)}", style="bold")
    console.print(found.site_toml)
    for place, sentence in found.problems:
        console.print(f"Problem  {place}: {sentence}", style="bold red")
    for file in found.files:
        if not (file.is_known and all(one.status == "accepted" and not one.counts_nowhere for one in file.deliveries)):
            _print_file(console, file, bool(found.problems))
    if n_known := sum(file.is_known for file in found.files):
        are = "1 file that was delivered before is" if n_known == 1 else f"{n_known:,} files delivered before are"
        console.print(f"\n{are} read again as site.toml says now; what is refused is shown above.")
    if found.orphans:
        _print_orphans(console, found.orphans)
    for place, sentence in found.outranking:
        console.print(f"\nOutranks {place}: {sentence}", style="yellow")
    console.print("\nNothing was changed.", style="dim")


def _verdict(found: Checked) -> str:
    deliveries = [one for file in found.files for one in file.deliveries]
    parts = []
    for status, words in (("rejected", "refused"), ("set_aside", "set aside whole"), ("waiting", "would wait")):
        if n := sum(one.status == status for one in deliveries):
            parts.append(f"{n} {words}")
    if n := sum(one.counts_nowhere for one in deliveries):
        parts.append(f"{n} of which every row would be set aside")
    if found.problems:
        parts.append("1 problem" if len(found.problems) == 1 else f"{len(found.problems)} problems")
    if not deliveries and not parts:
        return "nothing is new."
    said = "; ".join(parts) or "everything would load"
    n_rows = sum(one.rows_received for one in deliveries)
    n_aside = sum(one.n_rows_set_aside for one in deliveries)
    n_values = sum(entry.n_rows for one in deliveries for entry in one.set_aside if entry.scope == "value")
    values = f", and {n_values:,} single values" if n_values else ""
    return f"{said}; {n_aside:,} of {n_rows:,} rows{values} would be set aside." if n_rows else f"{said}."


def _print_file(console: Any, file: CheckedFile, has_problems: bool) -> None:
    """Print a file and its deliveries; if not all is well, with the columns that were found in it."""
    console.print(f"\n{file.place}", style="bold")
    for how in file.how:
        console.print(_indented(_how(how), 2))
        if how.columns and (has_problems or any(one.status != "accepted" for one in file.deliveries)):
            console.print(_indented(f"Columns: {_listed(how.columns)}.", 2))
    if not file.is_dated:
        console.print(_indented(UNDATED.format(file.place.rpartition("/")[2]), 2), style="yellow")
    for one in file.deliveries:
        _print_delivery(console, one)
    if file.unread:
        console.print(_indented(f"Nothing reads: {_listed(file.unread)}.", 2))


def _indented(content: Any, columns: int) -> Any:
    from rich.padding import Padding

    return Padding(content, (0, 0, 0, columns), expand=False)


def _how(how: HowRead) -> str:
    """Return how a file was read, in one line."""
    parts = [FORMATS.get(how.format, how.format or "format not known")]
    parts += [how.encoding] if how.encoding else []
    parts += [f"separated by {SIGNS.get(how.delimiter, how.delimiter)}"] if how.delimiter else []
    parts += [f"sheet {how.sheet!r}"] if how.sheet else []
    parts += [f"header in row {how.header_row}"] if how.header_row else []
    parts += [f"{len(how.columns)} columns"] if how.columns else []
    parts += [f"value labels in {_listed(how.labelled)}"] if how.labelled else []
    return (f"{how.source}: " if how.source else "") + ", ".join(parts)


def _print_delivery(console: Any, one: Delivered) -> None:
    from rich.text import Text

    said = Text.assemble((one.export, "bold"), "  ", (STATUS.get(one.status, one.status), STYLE.get(one.status, "")))
    said.append(_rows(one))
    console.print(_indented(said, 2))

    def line(text: str, style: str = "") -> None:
        console.print(_indented(Text(text, style=style), 4))

    if one.reason:
        line(one.reason)
    if one.left_out:
        line("Rows not of this export: " + "; ".join(f"{n:,} ({why})" for why, n in one.left_out.items()) + ".")
    if one.keys_withdrawn:
        line(f"Keys withdrawn by this snapshot: {one.keys_withdrawn:,}.")
    if one.header:
        changed = [f"new {_listed(one.header.new)}"] if one.header.new else []
        changed += [f"gone {_listed(one.header.gone)}"] if one.header.gone else []
        line(f"Header since {one.header.since}: {'; '.join(changed)}.", "yellow")
    if near := [f"{lack.column} (is it {lack.nearest}?)" for lack in one.not_provided if lack.nearest]:
        line(f"Not provided, but a column has a similar name: {_listed(near)}.", "yellow")
    if lacks := [lack.column for lack in one.not_provided if not lack.nearest]:
        line(f"Not provided: {_listed(lacks)}.", "dim")
    if one.set_aside:
        console.print(_indented(_table(one.set_aside), 4))


def _rows(one: Delivered) -> str:
    if one.status != "accepted":
        return ""
    counts = ", ".join(f"{n:,} {name}" for name, n in one.counts.items() if n)
    aside = f"; {one.n_rows_set_aside:,} would be set aside" if one.n_rows_set_aside else ""
    rows = "row" if one.rows_received == 1 else "rows"
    return f"  {one.rows_received:,} {rows}{f' ({counts})' if counts else ''}{aside}"


def _table(entries: Any) -> Any:
    """Return the table of what rules set aside: whole rows first."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("rule", "sets aside", "column", "rows", "lines", "why"):
        table.add_column(name, overflow="fold", justify="right" if name == "rows" else "left")
    for entry in entries:
        cells = (entry.rule_id, entry.scope, _column(entry), f"{entry.n_rows:,}", _lines(entry), entry.reason or "")
        table.add_row(*map(Text, cells))
    return table


def _column(entry: SetAside) -> str:
    source = f" ({entry.source_column})" if entry.source_column not in ("", entry.column) else ""
    return f"{entry.column}{source}" + (f", {entry.block}" if entry.block else "")


def _lines(entry: SetAside | Orphans) -> str:
    more = ", \N{HORIZONTAL ELLIPSIS}" if entry.n_rows > len(entry.lines) else ""
    return ", ".join(map(str, entry.lines)) + more


def _print_orphans(console: Any, orphans: Any) -> None:
    console.print("\nRows without the session that they belong to (ORPHAN-01)", style="bold")
    for one in orphans:
        rows = "1 row" if one.n_rows == 1 else f"{one.n_rows:,} rows"
        patients = "1 patient" if one.n_patients == 1 else f"{one.n_patients:,} patients"
        console.print(f"  {one.export}/{one.delivery}: {rows} of {patients}; lines {_lines(one)}")
        if one.sentence:
            console.print(f"    {one.sentence}")


def _listed(names: Any) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
