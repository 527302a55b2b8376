"""`registry contract`: write exports and tables as data contracts that other tools read, and workbooks to fill in."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from orchestration.cli.map import site_folder
from orchestration.cli.wording import counted
from schemas.exports import EXPORTS
from schemas.rule_book import RuleBook
from warehouse.contracts.export_contract import exports_contract
from warehouse.contracts.fill_in_workbook import write_workbook
from warehouse.contracts.odcs_document import Document, yaml_of
from warehouse.contracts.release_contract import release_contracts, released_tables
from warehouse.contracts.site_contract import site_contracts
from warehouse.own_rules.read_rules import read_rules
from warehouse.own_rules.refusal import near
from warehouse.quality.own_canaries import prove
from warehouse.releases.query import open_release
from warehouse.releases.release import current_release
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.source_code import code_version

EXPORTS_FILE = "registry.odcs.yaml"
LISTED = "customProperties"
"""Where a table's columns are listed if they cannot be declared (contracts/site_contract.py)."""
OPENING = "Written by `registry contract`; change the registry's declarations or its rules/, not this file."


def contract(home: Home, out: Path, tables: Sequence[str], odcs: str) -> None:
    """Write the contracts and workbooks of these exports and tables, of all without any, and print what was written."""
    book = prove(read_rules(home)) if home.root.is_dir() else RuleBook()
    exports, contracts = _chosen(home, tables, book, odcs)
    if exports:
        contracts = {EXPORTS_FILE: exports_contract(exports, book, code_version(), odcs)} | contracts
    workbooks = [f"{name}.xlsx" for name in exports]
    _write(out, contracts, workbooks)
    for name in exports:
        write_workbook(out / f"{name}.xlsx", EXPORTS[name])
    if workbooks:
        typer.echo(f"Wrote to {out}, to be filled in: {', '.join(workbooks)}.")
    for refused in book.refused:
        typer.echo(f"Left out, since it is not applied: {refused.rule_id or refused.file}. {refused.reason}")
    if EXPORTS_FILE in contracts:
        typer.echo(f"Next, in the folder that holds the exports' folders: datacontract test {out / EXPORTS_FILE}")


def contract_of_site(home: Home, site: str, out: Path, tables: Sequence[str], odcs: str) -> None:
    """Write the contract of each source of a site, and print what was written and what was left out.

    RegistryError if nothing of the site can be stated so.
    """
    if tables:
        raise RegistryError("--table and --site do not go together.", "A site's files are written source by source.")
    folder, left_out = site_folder(home, site), list[str]()
    contracts = {
        f"{folder.name}-{one['schema'][0]['name']}.odcs.yaml": one
        for _, one in site_contracts(folder, folder.name, code_version(), odcs, left_out)
    }
    for sentence in left_out:
        typer.echo(f"Left out: {sentence}")
    if not contracts:
        raise RegistryError(f"No file of {folder.name} can be checked by other tools.", "Use `registry check`.")
    _write(out, contracts, [])
    typer.echo(f"Next, in {folder}: datacontract test FILE, for each of them.")


def _write(out: Path, contracts: Mapping[str, Document], workbooks: Sequence[str]) -> None:
    """Write the contracts and print what each holds. RegistryError if one of them or of the workbooks exists."""
    if taken := [name for name in (*contracts, *workbooks) if (out / name).exists()]:
        raise RegistryError(f"{out / taken[0]} exists already.", "Name another folder with --out, or move it away.")
    out.mkdir(parents=True, exist_ok=True)
    for name, one in contracts.items():
        (out / name).write_text(yaml_of(one, OPENING), encoding="utf-8")
        typer.echo(f"Wrote {out / name}: {_held(one)}.")


def _chosen(home: Home, tables: Sequence[str], book: RuleBook, odcs: str) -> tuple[list[str], dict[str, Document]]:
    """Return the exports that are asked for, and file name -> contract of the release's tables that are.

    RegistryError for a name that is neither an export nor a table of the current release.
    """
    release = current_release(home) if home.root.is_dir() else None
    if release is None:
        _check(tables, EXPORTS, "There is no release yet, and")
        return [name for name in EXPORTS if not tables or name in tables], {}
    with open_release(release) as con:
        released = released_tables(con)
        _check(tables, (*EXPORTS, *released), "")
        names = [name for name in released if not tables or name in tables]
        found = release_contracts(con, names, book, code_version(), odcs) if names else {}
    return (
        [name for name in EXPORTS if not tables or name in tables],
        {f"{schema}.odcs.yaml": one for schema, one in found.items()},
    )


def _check(tables: Sequence[str], known: Sequence[str] | dict, before: str) -> None:
    for name in tables:
        if name not in known:
            said = f"{name!r} is neither an export nor a table of the current release."
            raise RegistryError(f"{before} {said}".strip(), near(name, known))


def _held(one: Document) -> str:
    """Return how many tables, columns and rules a contract holds."""
    columns = [column for table in one["schema"] for column in table.get("properties", [])]
    rules = [rule for holder in (*one["schema"], *columns) for rule in holder.get("quality", [])]
    n_columns = len(columns) + sum(len(said["value"]) for table in one["schema"] for said in table.get(LISTED, []))
    return f"{counted(len(one['schema']), 'table')}, {counted(n_columns, 'column')}, {counted(len(rules), 'rule')}"
