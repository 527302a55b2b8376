"""Finds the cells that answered entries were made of, so that answers follow when a new key changes all cells."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

import duckdb

from schemas.exports import ANSWERS, EXPORTS
from warehouse.archive.archive import Archive
from warehouse.queries.apply_answers import answers_of, chains_of
from warehouse.queries.decide_answers import key_of
from warehouse.queries.entry_id import entry_id
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import columns_of

Cell = Callable[[str, str, str, str], str]
"""What a cell becomes: (export, column, patient by whose dates it is shifted, cell)."""


def check_answers_read(con: duckdb.DuckDBPyConnection, archive: Archive) -> None:
    """Raise RegistryError if sites' answers are in the archive that no refresh has read into the build database."""
    arrived = {a.load_no for a in archive.arrivals if a.export == ANSWERS}
    read = set()
    if arrived and columns_of(con, "meta", "deliveries"):
        rows = con.execute("SELECT load_no FROM meta.deliveries WHERE export = ?", [ANSWERS]).fetchall()
        read = {number for (number,) in rows}
    if arrived - read:
        raise RegistryError(
            "The archive holds answers of sites that no refresh has read yet, so they cannot follow the new key.",
            "Run `registry refresh`, then the command again; nothing was changed.",
        )


def new_entry_ids(con: duckdb.DuckDBPyConnection, changed: Mapping[str, Cell]) -> dict[tuple[int, int], str]:
    """Return, by load and line of each answer whose row is known, the id of its entry once all cells are changed.

    `changed` says, by site, what a cell becomes. The build database holds the answers (check_answers_read).
    """
    answers = answers_of(con) if columns_of(con, "raw", "answers") else []
    by_key: dict[tuple[str, str, str], list[tuple[Sequence[str | None], str]]] = defaultdict(list)
    for export in EXPORTS.values() if answers else ():
        for site, key, chain in chains_of(con, export):
            patient = (chain.read_as or key).split("|")[0]
            by_key[site, export.name, key_of(export.name, key)].append((chain.tip.cells, patient))
    found = {}
    for answer in answers:
        cell_of = changed.get(answer.site)
        for cells, patient in by_key.get((answer.site, answer.export, key_of(answer.export, answer.key)), ()):
            of_entry = (answer.export, answer.site, answer.rule_id, answer.column)
            if cell_of is None or entry_id(*of_entry, cells) != answer.entry_id:
                continue
            named = zip(EXPORTS[answer.export].column_names, cells, strict=True)
            new = [cell and cell_of(answer.export, name, patient, cell) for name, cell in named]
            found[answer.load_no, answer.line] = entry_id(*of_entry, new)
    return found
