"""`registry map`: print a proposed site.toml and what it was read from; write it only where there is none.

It needs no lock and no home: a hospital can run it on the folder that it is going to deliver.
"""

import re
import sys
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

from orchestration.cli.explain import PIPED_WIDTH
from orchestration.cli.wording import counted
from warehouse.contracts.read_source import read_source
from warehouse.intake.landing import SITE_FILE
from warehouse.proposals.site_proposal import Found, Proposal, propose
from warehouse.readers.near_names import nearest, shown
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import PRIVATE_FOLDER, SITE_NAME, Home

STYLES = ((r"# \? |#   ", "yellow"), (r'# ([\w.]+("[^"]*")? = |\[)', "green"), (r"#", "dim"), (r"\[", "bold cyan"))
"""How a line begins -> its style: a question, an answer, another comment, a table."""


def map_site(home: Home, site: str, contract: Path | None = None) -> None:
    """Print and write the proposal for a site of the home, or for the folder `site`; `contract` may speak for files.

    Raises RegistryError if there is neither, or if no file in its folders is a table that can be mapped.
    """
    notes: list[str] = []
    declared = read_source(contract, notes) if contract is not None else []
    folder = home.landing / site if declared and _is_to_come(home, site) else site_folder(home, site)
    proposal = propose(folder, home.scratch if home.scratch.is_dir() else None, declared)
    proposal = replace(proposal, notes=(*notes, *proposal.notes))
    console = _console()
    _print_found(console, proposal)
    target = folder / SITE_FILE
    if not proposal.found:
        raise _refused(proposal, site)
    if target.exists():
        _print_difference(console, target, proposal)
    elif proposal.says_nothing:
        console.print("\nNothing has to be said of these files, so no site.toml was written.")
    else:
        _print_text(console, proposal.text)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
        write_new(target, proposal.text)
        console.print(f"\nWritten to {shown_target(home, target)}.\n{_what_next(proposal)}", soft_wrap=True)


def _refused(proposal: Proposal, site: str) -> RegistryError:
    """Return why nothing is proposed: there are no files, or none of them is a table with known columns."""
    n_files = len(proposal.unread)
    if not n_files:
        return RegistryError(
            f"There is nothing to propose: the folders of {shown(site)} hold no file with data.",
            "Put the files into a folder of the site, such as files/, and run `registry map` again.",
        )
    which = "the file is not one" if n_files == 1 else f"none of the {n_files:,} files is one"
    return RegistryError(
        f"There is nothing to propose: {which} whose columns are known; the reasons stand above.",
        "Do what they say, or write site.toml by hand as docs/sources/README.md says.",
    )


def _is_to_come(home: Home, site: str) -> bool:
    """Return whether it is the name of a site of the home of which nothing has come yet."""
    is_there = (home.landing / site).exists() or Path(site).is_dir()
    return SITE_NAME.fullmatch(site) is not None and home.landing.is_dir() and not is_there


def site_folder(home: Home, site: str) -> Path:
    """Return the folder of a site of the home, or else the folder that `site` is the path of.

    Raises RegistryError if there is neither.
    """
    if SITE_NAME.fullmatch(site) and (home.landing / site).is_dir():
        return home.landing / site
    if (path := Path(site)).is_dir():
        return path
    known = [entry.name for entry in home.landing.iterdir() if entry.is_dir()] if home.landing.is_dir() else []
    near = nearest(site, known)
    meant = f"; the nearest is {shown(near)}" if near else ""
    raise RegistryError(
        f"There is no site {shown(site)} in landing/, and no folder of that name{meant}.",
        "Put the site's files into landing/<site>/<folder>/, or give the path of the folder in which its folders are.",
    )


def write_new(target: Path, text: str) -> None:
    """Write a site.toml where there is none. Raises RegistryError if one was written in between."""
    try:
        with open(target, "x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise RegistryError(
            "A site.toml was written meanwhile; it is left as it is.", "Run the command again."
        ) from None


def shown_target(home: Home, target: Path) -> str:
    """Return where the file was written, as people find it."""
    return str(target.relative_to(home.root)) if target.is_relative_to(home.root) else str(target)


def _console():
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)


def _print_found(console, proposal: Proposal) -> None:
    from rich import box
    from rich.table import Table

    if proposal.found:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for name in ("file", "read as", "rows", "columns used", "feeds"):
            table.add_column(name, overflow="fold", justify="right" if name == "rows" else "left")
        for found in proposal.found:
            table.add_row(*_row(found))
        console.print(table)
    for one in proposal.unread:
        console.print(f"\nNot used: {one.folder}/{shown(one.file_name)}. {one.reason}", soft_wrap=True, markup=False)
    for note in proposal.notes:
        console.print(f"\nNote: {note}", soft_wrap=True, markup=False)


def _row(found: Found) -> tuple[str, ...]:
    from rich.markup import escape

    feeds = ", ".join(found.exports) or "nothing"
    cells = (
        shown(found.place),
        found.read_as,
        "" if found.n_rows is None else f"{found.n_rows:,}",
        f"{found.n_used} of {found.n_columns}",
        feeds,
    )
    return tuple(escape(cell) for cell in cells)


def _print_text(console, text: str) -> None:
    from rich.text import Text

    console.print()
    for line in text.splitlines():
        style = next((style for begin, style in STYLES if re.match(begin, line)), "")
        console.print(Text(line, style=style), soft_wrap=True)


def _print_difference(console, target: Path, proposal: Proposal) -> None:
    from rich.text import Text

    written = target.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    lines = list(unified_diff(written, proposal.text.splitlines(), "site.toml", "proposed", lineterm=""))
    if not lines:
        console.print("\nsite.toml says what would be proposed; nothing was written.")
        return
    console.print()
    for line in lines:
        style = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1], "")
        console.print(Text(line, style=style), soft_wrap=True)
    console.print(
        "\nThere is a site.toml already; nothing was written. Lines with + are proposed, lines with - are yours."
    )


def _what_next(proposal: Proposal) -> str:
    n = proposal.n_questions
    if not n:
        return "It asks nothing. Read it through; `registry check` then says what would load."
    it = "it" if n == 1 else "them"
    asked = counted(n, "question")
    return f"It asks {asked} (# ?): answer {it} in the file; `registry check` then says what would load."
