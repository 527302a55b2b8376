"""Retracts a row: its key is withdrawn after the newest delivery that has it, until a later one has it again."""

from dataclasses import dataclass

import duckdb

from schemas.export import Export
from warehouse.archive import corrections
from warehouse.archive.archive import Archive
from warehouse.archive.corrections import BAR, RETRACT, UNDO_RETRACT, Correction
from warehouse.corrections.known import NEAREST, check_reason, check_site, export_named
from warehouse.queries.entry_id import key_text
from warehouse.raw.aliases import delivered, delivered_key
from warehouse.raw.key_lives import delivered_text
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.raw.tables import key_part
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

OF_LESIONS = ("imaging_followups", "treatments")
"""Exports whose rows may be about a lesion, which a session brings into being."""


@dataclass(frozen=True)
class Retraction:
    """What is recorded: a line for each key as delivered (a merged patient's row may have several), and what follows.

    `delivery` is the newest that has the row; `orphans` counts by export the rows that lose their lesion.
    """

    lines: list[dict]
    delivery: str
    is_snapshot: bool
    orphans: dict[str, int]


def find(con: duckdb.DuckDBPyConnection, site: str, export_name: str, key: str) -> Retraction:
    """Return what a retraction of the row would record. `key` is written as in quality.quarantine.

    Raises RegistryError if the site has not delivered such a row, or it counts no longer.
    """
    check_site(con, site)
    export = export_named(export_name)
    rows = con.execute(_rows(export), {"site": site, "key": key}).fetchall()
    if not rows:
        raise _unknown(con, site, export, key)
    if not any(row[-1] for row in rows):
        raise RegistryError(
            f"That row of {export.name} counts no longer: it was withdrawn.",
            f"`registry corrections {site}` lists what was retracted; otherwise a delivery withdrew it.",
        )
    lines: dict[tuple[str, ...], dict] = {}
    for folder, delivery, sha256, _, *cells, _ in rows:  # in the order of deliveries, so that the newest stays
        place = {"folder": folder, "delivery": delivery.removeprefix(f"{folder}/"), "sha256": sha256}
        lines[tuple(cells)] = {"export": export.name, "key": tuple(cells), **place}
    newest = rows[-1]
    return Retraction(list(lines.values()), newest[1], newest[3] == "snapshot", _orphans(con, site, export, key))


def _rows(export: Export) -> str:
    """Return a SELECT of the rows that have the key, or were delivered under it, in the order of their deliveries.

    Of each: the file (folder, delivery, sha256), the mode, the key as delivered, and whether the row still counts.
    """
    cells = [delivered(name, "r", key_part(name) if name == "gene" else "") for name in export.key]
    parts = ", ".join(f"coalesce({cell}, '')" for cell in cells)
    plain = f" || '{BAR}' || ".join(f"coalesce({key_part(name)}, '')" for name in export.key)
    has_key = " AND ".join(f"{name} IS NOT NULL" for name in export.required_key)
    return f"""
        WITH told AS (
            SELECT *, {delivered_text(export)} AS text FROM raw.{export.name} WHERE site = $site AND {has_key}
        ), named AS (
            SELECT DISTINCT key_hash, text FROM told r
            WHERE $key IN ({key_text(export, "r")}, {delivered_key(export, "r")}, {plain})
        ), counts AS (
            SELECT key_hash, {delivered_text(export)} AS text FROM raw.{export.name}_current WHERE site = $site
            UNION SELECT key_hash, text FROM told JOIN raw.{export.name}_versions USING (row_id) WHERE state = 'open'
        )
        SELECT d.folder, d.delivery, d.sha256, o.mode, {parts}, c.text IS NOT NULL AS counts
        FROM told r JOIN named USING (key_hash, text)
        JOIN meta.deliveries d ON d.load_no = r.row_id >> {LINE_BITS} AND d.export = '{export.name}'
        JOIN meta.delivery_order o ON o.load_no = d.load_no
        LEFT JOIN (FROM counts SEMI JOIN named USING (key_hash, text)) c USING (key_hash, text)
        ORDER BY o.position, r.row_id
    """  # noqa: S608 (identifiers from the contract)


def _unknown(con: duckdb.DuckDBPyConnection, site: str, export: Export, key: str) -> RegistryError:
    far = "levenshtein(lower({0}), lower({1}))".format
    first = far("split_part(key, '|', 1)", "split_part($key, '|', 1)")  # the patient's own keys come first
    near = con.execute(
        f"SELECT DISTINCT key FROM (SELECT {key_text(export, 'r')} AS key FROM raw.{export.name}_current r "  # noqa: S608
        f"WHERE site = $site) ORDER BY {first}, {far('key', '$key')}, key LIMIT {NEAREST}",
        {"site": site, "key": key},
    ).fetchall()
    form = BAR.join(name.upper() for name in export.key)
    return RegistryError(
        f"{site} has delivered no row of {export.name} with that key.",
        f"A key is written {form}. Nearest: {', '.join(one for (one,) in near)}."
        if near
        else f"A key is written {form}.",
    )


def _orphans(con: duckdb.DuckDBPyConnection, site: str, export: Export, key: str) -> dict[str, int]:
    """Count the exams and treatments of the lesion if this is the only session row that it has; none are left out."""
    if export.name != "rfa_sessions":
        return {}
    keys = f"{key_text(export, 's')}, {delivered_key(export, 's')}"
    counts = " UNION ALL ".join(
        f"SELECT '{name}', count(*) FROM raw.{name}_current JOIN lesion USING (site, patient_id, lesion_id) "  # noqa: S608
        "WHERE n_others = 0"
        for name in OF_LESIONS
    )
    found = con.execute(
        f"""
        WITH lesion AS (
            SELECT site, patient_id, lesion_id, count(*) FILTER ($key NOT IN ({keys})) AS n_others
            FROM raw.rfa_sessions_current s WHERE site = $site GROUP BY ALL
            HAVING count(*) FILTER ($key IN ({keys})) > 0
        )
        {counts}
        """,  # noqa: S608 (own names)
        {"site": site, "key": key},
    ).fetchall()
    return {name: int(n) for name, n in found if n}


def record(home: Home, site: str, found: Retraction, reason: str, by: str) -> None:
    """Record the retraction. Raises RegistryError if it is recorded already and no refresh has applied it."""
    reason, stands = check_reason(reason), corrections.retractions(corrections.read(home))
    known = {(one.export, one.key, one.sha256) for one in stands if one.site == site}
    lines = [one for one in found.lines if (one["export"], one["key"], one["sha256"]) not in known]
    if not lines:
        raise RegistryError("That row is retracted already.", "The next `registry refresh` applies it.")
    for line in lines:
        corrections.record(home, by, RETRACT, site, reason=reason, **line)


def undo(
    home: Home, site: str, export_name: str, key: str, reason: str, by: str, dry_run: bool = False
) -> list[Correction]:
    """Revoke the newest retraction of the key, and return what was revoked. Raises RegistryError if there is none."""
    export, archive = export_named(export_name), Archive(home)
    aliases = archive.aliases(site)
    stands = [
        one for one in corrections.retractions(archive.corrected) if (one.site, one.export) == (site, export.name)
    ]
    newest = {one.key: one for one in stands if key in (one.key_text, _as_read(one, aliases))}
    if not newest:
        known = ", ".join(one.key_text for one in stands[-NEAREST:])
        raise RegistryError(
            f"No retraction of that key of {export.name} is in force at {site}.",
            f"In force: {known}." if known else f"`registry corrections {site}` lists what is in force.",
        )
    for one in () if dry_run else newest.values():
        what = {"export": one.export, "key": one.key, "folder": one.folder, "delivery": one.delivery}
        corrections.record(home, by, UNDO_RETRACT, site, reason=" ".join(reason.split()), sha256=one.sha256, **what)
    return list(newest.values())


def _as_read(correction: Correction, aliases: corrections.Aliases) -> str:
    first, *others = correction.key
    return BAR.join((aliases.get(first, first), *others))
