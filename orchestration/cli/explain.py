"""`registry explain`: print a patient's timeline and why each lesion counts as it does."""

import sys
from contextlib import suppress

import typer

from orchestration.cli.notices import say_unfinished_erasure
from schemas.cohort_names import NAMES
from schemas.further_genotype import NOT_TESTED, STATUSES
from warehouse.archive import corrections
from warehouse.archive.corrections import Correction
from warehouse.pseudonyms.earlier import names_of_patients
from warehouse.pseudonyms.typed import patient_as_kept
from warehouse.releases.query import open_release
from warehouse.releases.release import Release, find_release
from warehouse.releases.timeline import read
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.pseudonym_key import find_key

PIPED_WIDTH = 200  # without a terminal: wide enough that cells are seldom folded and can be searched
EVENT_WORDS = {0: "", 1: "event: ", 2: "competing event: ", 3: "competing event: "}


def explain(home: Home, site: str, patient: str, release_id: str | None) -> None:
    """Print what the release holds about the patient. Raises RegistryError if it holds nothing.

    A release that was made before a new key holds them under the name that they had then.
    """
    patient = patient_as_kept(home, site, patient)
    release = find_release(home, release_id)
    say_unfinished_erasure(home)
    merged = _merged(home, release, site)
    number = today = next((one.new for one in merged if one.old == patient), patient)
    with open_release(release) as con:
        known = read(con, site, number)
        for earlier in () if any(known.values()) else _earlier_names(home, site, number):
            if any((held := read(con, site, earlier)).values()):
                number, known = earlier, held
                typer.echo("Notice   That release was made before the new key and has the earlier pseudonym.", err=True)
                break
    if not any(known.values()):
        raise RegistryError(
            "That release has no such patient at that site.",
            '`registry query "SELECT site, patient_id FROM clean.patients"` lists them.',
        )
    _print(release.release_id, site, number, known, [one for one in merged if one.new == today])


def _earlier_names(home: Home, site: str, number: str) -> list[str]:
    """Return what else the patient is or was called; nothing without the key."""
    if find_key(home) is None:
        return []
    return sorted(names_of_patients(home, site, {number}.intersection) - {number})


def _merged(home: Home, release: Release, site: str) -> list[Correction]:
    """Return the merges of the site's numbers that the release was made with; none if the archive cannot be read."""
    with suppress(PermissionError):
        made = corrections.first_lines(corrections.read(home), release.manifest.get("corrections", {}))
        return [one for one in corrections.merges(made) if one.site == site]
    return []


def _print(release_id: str, site: str, patient: str, known: dict[str, list[dict]], merged: list[Correction]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
    console.print(Text(f"{site} / {patient}", style="bold"), Text(f"  release {release_id}", style="dim"))
    for one in merged:
        console.print(Text(f"Delivered as {one.old} too: merged on {one.at[:10]} by {one.by}.", style="dim"))
    _print_genotype(console, known["patient"])
    _print_events(console, known["events"])
    _print_lesions(console, known["lesions"])
    _print_endpoints(console, known["endpoints"])
    _print_set_aside(console, known["set_aside"])
    _print_flagged(console, known["flagged"])


def _print_genotype(console, patients: list[dict]) -> None:
    for p in patients:
        genes = [
            f"{gene.upper()} {p[gene].replace('_', ' ')}"
            + (f" ({p[gene + '_variant']})" if p[gene + "_variant"] else "")
            for gene in ("kras", "nras", "braf")
        ]
        console.print(
            f"{', '.join(genes)}; RAS {p['ras'].replace('_', ' ')}, extended {p['ras_extended'].replace('_', ' ')}"
        )
        if further := _further(p):
            console.print(further)


def _further(p: dict) -> str:
    """Return what is known beside KRAS, NRAS and BRAF; '' if nothing was tested, or the release is older."""
    said = []
    for column in STATUSES:
        if p.get(column.name) not in (None, NOT_TESTED):
            name, variant = NAMES[column.name], p.get(f"{column.name}_variant")
            value = str(p[column.name]).replace("_", " ")
            said.append(f"{name.name} {value} {name.unit}".strip() + (f" ({variant})" if variant else ""))
    return ", ".join(said)


def _print_events(console, events: list[dict]) -> None:
    table = _table("Timeline", "day", "what", "lesion", "details", "delivery", "line")
    for e in events:
        table.add_row(
            _text(e["day"]), e["kind"], _text(e["lesion_id"]), _text(e["what"]), _text(e["delivery"]), _text(e["line"])
        )
    console.print(table)


def _print_lesions(console, lesions: list[dict]) -> None:
    table = _table("Why each lesion counts as it does", "lesion", "LTP", "LTPFS", "because", "decided by")
    for x in lesions:
        ltp = "not evaluable" if x["ltp"] is None else "yes" if x["ltp"] else "no"
        table.add_row(
            x["lesion_id"],
            ltp,
            _months(x["ltpfs_months"]),
            x["reason"],
            f"{x['deciding_delivery']}, line {x['deciding_line']}",
        )
    console.print(table)


def _print_endpoints(console, endpoints: list[dict]) -> None:
    table = _table("Endpoints", "endpoint", "of", "time", "ends with", "from")
    for e in endpoints:
        table.add_row(
            e["definition"],
            e["lesion_id"] or "patient",
            _months(e["months"]),
            f"{EVENT_WORDS[e['event']]}{e['event_description']}",
            f"{e['source_table']} {e['source_key']}",
        )
    console.print(table)


def _print_set_aside(console, entries: list[dict]) -> None:
    if not entries:
        console.print("No row or value of this patient is set aside.")
        return
    table = _table("Set aside", "export", "delivery", "line", "what", "column", "rule", "why")
    for e in entries:
        table.add_row(
            e["export"], e["delivery"], _text(e["line"]), e["scope"], _text(e["column_name"]), e["rule_id"], e["reason"]
        )
    console.print(table)


def _print_flagged(console, flags: list[dict]) -> None:
    """Print the rows that are kept although a rule warns about them."""
    if not flags:
        return
    table = _table("Kept, but flagged", "export", "delivery", "line", "rule", "why")
    for f in flags:
        table.add_row(f["export"], f["delivery"], _text(f["line"]), f["rule_id"], _text(f["sentence"]))
    console.print(table)


def _table(title: str, *columns: str):
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _months(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} mo"


def _text(value: object) -> str:
    return "" if value is None else str(value)
