"""`registry check`: print what would happen to a site's files if they were delivered now."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from textwrap import wrap
from typing import Any

import typer

from orchestration.cli.check_entries import lines_of, print_entries
from orchestration.cli.explain import PIPED_WIDTH
from warehouse.storage.home import Home
from workflows import progress
from workflows.check_results import Checked, CheckedFile, Delivered, HowRead
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
ANSWER_STYLE = {"refused": "bold red"}
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
    _line(console, f"Check of {found.site}: {_verdict(found)}", 0, "bold")
    _line(console, found.site_toml, 0)
    for place, sentence in found.problems:
        _line(console, f"Problem  {place}: {sentence}", 0, "bold red")
    told = [
        file
        for file in found.files
        if not (file.is_known and all(one.status == "accepted" and not one.counts_nowhere for one in file.deliveries))
    ]
    for file in told:
        _print_file(console, file, bool(found.problems))
    if n_known := sum(file.is_known for file in found.files):
        are = "1 file that was delivered before is" if n_known == 1 else f"{n_known:,} files delivered before are"
        refused = "what is refused is shown above" if any(file.is_known for file in told) else "none is refused"
        console.print(f"\n{are} read again as site.toml says now; {refused}.")
    if found.orphans:
        _print_orphans(console, found.orphans)
    for place, sentence in found.outranking:
        console.print(f"\nOutranks {place}: {sentence}", style="yellow")
    if found.thresholds:
        console.print("\nThresholds of site.toml", style="bold")
    for one in found.thresholds:
        _line(console, f"{one.name}{f' on {one.table}' if one.table else ''}: {one.sentence}", 2)
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
        _line(console, _how(how), 2)
        if how.columns and (has_problems or any(one.status != "accepted" for one in file.deliveries)):
            _line(console, f"Columns: {_listed(how.columns)}.", 2)
    if not file.is_dated:
        _line(console, UNDATED.format(file.place.rpartition("/")[2]), 2, "yellow")
    for one in file.deliveries:
        _print_delivery(console, one)
    if file.unread:
        _line(console, f"Nothing reads: {_listed(file.unread)}.", 2)


def _line(console: Any, text: str, columns: int, style: str = "") -> None:
    """Print a text, indented by so many columns in all its lines, which end where the terminal does or before."""
    space = " " * columns
    for part in wrap(text, console.width, initial_indent=space, subsequent_indent=space, break_long_words=False):
        console.print(part, style=style, soft_wrap=True)


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
    for part in said.wrap(console, console.width - 4):
        console.print(Text("  ") + part, soft_wrap=True)

    def line(text: str, style: str = "") -> None:
        _line(console, text, 4, style)

    if one.reason:
        line(one.reason)
    if one.left_out:
        line("Rows not of this export: " + "; ".join(f"{n:,} ({why})" for why, n in one.left_out.items()) + ".")
    if one.left_out and one.status == "accepted" and not one.rows_received:
        line("No row is of this export; is that what site.toml means?", "yellow")
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
    for answers in one.answers:
        lines = "1 line" if answers.n_lines == 1 else f"{answers.n_lines:,} lines"
        text = f"{lines} {answers.status} ({lines_of(answers, answers.n_lines)})"
        line(f"{text}: {answers.reason}" if answers.reason else f"{text}.", ANSWER_STYLE.get(answers.status, ""))
    if one.set_aside:
        print_entries(console, one.set_aside, 4)


def _rows(one: Delivered) -> str:
    if one.status != "accepted":
        return ""
    counts = ", ".join(f"{n:,} {name}" for name, n in one.counts.items() if n)
    aside = f"; {one.n_rows_set_aside:,} would be set aside" if one.n_rows_set_aside else ""
    rows = "row" if one.rows_received == 1 else "rows"
    return f"  {one.rows_received:,} {rows}{f' ({counts})' if counts else ''}{aside}"


def _print_orphans(console: Any, orphans: Any) -> None:
    console.print("\nRows without the session that they belong to (ORPHAN-01), in all deliveries", style="bold")
    for one in orphans:
        rows, lines = ("1 row", "line") if one.n_rows == 1 else (f"{one.n_rows:,} rows", "lines")
        patients = "1 patient" if one.n_patients == 1 else f"{one.n_patients:,} patients"
        console.print(f"  {one.export}/{one.delivery}: {rows} of {patients}; {lines} {lines_of(one, one.n_rows)}")
        if one.sentence:
            console.print(f"    {one.sentence}")


def _listed(names: Any) -> str:
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more
