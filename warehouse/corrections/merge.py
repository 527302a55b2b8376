"""Merges two numbers of one patient: every delivery of the site is read as if it had only the one."""

from dataclasses import dataclass

import duckdb

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.archive import corrections
from warehouse.archive.archive import Archive
from warehouse.archive.corrections import MERGE, UNDO_MERGE, Aliases, Correction
from warehouse.corrections.known import NEAREST, check_number, check_reason, check_site
from warehouse.raw.aliases import PATIENT
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.raw.tables import comparable, key_part
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


@dataclass(frozen=True)
class Effect:
    """What a merge does in one export: rows that change hands, keys that both numbers have, and those of them that one
    delivery has twice with different cells, so that neither counts (KEY-01).
    """

    export: str
    n_rows: int
    n_shared: int
    n_contradictory: int


@dataclass(frozen=True)
class Foretold:
    """What a merge does: by export, and how many lesion numbers both have, each of which becomes one lesion."""

    effects: list[Effect]
    n_lesions: int


def check(con: duckdb.DuckDBPyConnection, home: Home, site: str, old: str, new: str) -> None:
    """Raise RegistryError if the two numbers cannot be merged: unknown, the same, a chain or a circle."""
    check_site(con, site)
    _check_chain(site, old, new, Archive(home).aliases(site))
    check_number(con, site, old)
    check_number(con, site, new)


def _check_chain(site: str, old: str, new: str, aliases: Aliases) -> None:
    if old == new:
        raise RegistryError("Both numbers are the same.", "Name the number to give up, then the one to keep.")
    if aliases.get(old) == new:
        raise RegistryError(
            f"{old} is read as {new} already.", f"`registry corrections {site}` lists what is in force."
        )
    undo = "`registry merge {} {} {} --undo`".format
    if old in aliases:
        raise RegistryError(
            f"{old} is already read as {aliases[old]}.", f"Undo that first: {undo(site, old, aliases[old])}."
        )
    if aliases.get(new) == old:
        raise RegistryError(
            f"That would be a circle: {new} is read as {old}.", f"Undo that first: {undo(site, new, old)}."
        )
    if new in aliases:
        raise RegistryError(
            f"{new} is itself read as {aliases[new]}.",
            f"Merge {old} into {aliases[new]}: it is the number that counts.",
        )
    if others := sorted(one for one, other in aliases.items() if other == old):
        raise RegistryError(
            f"{', '.join(others)} {'is' if len(others) == 1 else 'are'} read as {old}, which would no longer count.",
            f"Undo that first ({undo(site, others[0], old)}), then merge each number into {new}.",
        )


def foretell(con: duckdb.DuckDBPyConnection, site: str, old: str, new: str) -> Foretold:
    """Return what the merge does to the rows as they are loaded now."""
    asked = {"site": site, "old": old, "new": new}
    effects = []
    for export in EXPORTS.values():
        row = con.execute(_effect(export), asked).fetchone()
        assert row is not None
        effects.append(Effect(export.name, *row))
    lesions = con.execute(
        "SELECT count(*) FROM (SELECT lesion_id FROM raw.rfa_sessions_current WHERE site = $site AND patient_id = $old "
        "INTERSECT SELECT lesion_id FROM raw.rfa_sessions_current WHERE site = $site AND patient_id = $new)",
        asked,
    ).fetchone()
    return Foretold([one for one in effects if one.n_rows or one.n_shared], int(lesions[0]) if lesions else 0)


def _effect(export: Export) -> str:
    """Return a SELECT of the counts of Effect. Rows are compared by everything but the patient's number."""
    rest = [key_part(name) for name in export.key if name != PATIENT]
    key = " || chr(31) || ".join(f"coalesce({cell}, chr(30))" for cell in rest) or "''"
    cells = " || chr(31) || ".join(
        f"coalesce({comparable(export, name)}, chr(30))" for name in export.column_names if name != PATIENT
    )
    of = f"SELECT row_id >> {LINE_BITS} AS load_no, {key} AS key, {cells} AS cells FROM raw.{export.name}"  # noqa: S608
    return f"""
        WITH theirs AS ({of} WHERE site = $site AND patient_id = $old),
        others AS ({of} WHERE site = $site AND patient_id = $new),
        pair AS (
            SELECT t.key, bool_or(t.load_no = o.load_no AND t.cells <> o.cells) AS is_contradictory
            FROM theirs t JOIN others o USING (key) GROUP BY t.key
        )
        SELECT (SELECT count(*) FROM raw.{export.name}_current WHERE site = $site AND patient_id = $old),
               count(*), count(*) FILTER (is_contradictory) FROM pair
    """  # noqa: S608 (identifiers from the contract)


def record(home: Home, site: str, old: str, new: str, reason: str, by: str) -> None:
    """Record the merge."""
    corrections.record(home, by, MERGE, site, reason=check_reason(reason), old=old, new=new)


def undo(home: Home, site: str, old: str, new: str, reason: str, by: str, dry_run: bool = False) -> Correction:
    """Undo the merge and return it. Raises RegistryError if it is not in force."""
    stands = [one for one in corrections.merges(corrections.read(home)) if one.site == site]
    found = next((one for one in stands if (one.old, one.new) == (old, new)), None)
    if found is None:
        known = ", ".join(f"{one.old} {one.new}" for one in stands[-NEAREST:])
        raise RegistryError(
            f"No merge of {old} into {new} is in force at {site}.",
            f"In force: {known}." if known else f"`registry corrections {site}` lists what is in force.",
        )
    if not dry_run:
        corrections.record(home, by, UNDO_MERGE, site, reason=" ".join(reason.split()), old=old, new=new)
    return found
