"""Checks what a correction names against the build database: site, export, reason, and a patient's number."""

import duckdb

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.readers.near_names import nearest
from warehouse.storage.errors import RegistryError
from warehouse.storage.hashing import columns_of

NEAREST = 3
"""At most this many keys or numbers are suggested if none matches."""


def check_site(con: duckdb.DuckDBPyConnection, site: str) -> None:
    """Raise RegistryError if nothing of the site is loaded, or the build database is empty, as after an erasure."""
    if not columns_of(con, "meta", "loads"):
        raise RegistryError("The build database holds no rows yet.", "Run `registry refresh` first.")
    sites = [name for (name,) in con.execute("SELECT DISTINCT site FROM meta.loads ORDER BY site").fetchall()]
    if site not in sites:
        raise RegistryError("The registry has no such site.", f"Its sites are: {', '.join(sites)}.")
    if any("delivered_as" not in dict(columns_of(con, "raw", name)) for name in EXPORTS):
        raise RegistryError("The build database was made by an earlier version.", "Run `registry refresh` first.")


def export_named(name: str) -> Export:
    """Return the export. Raises RegistryError with the nearest name if there is none."""
    if name not in EXPORTS:
        near = nearest(name, EXPORTS)
        raise RegistryError(
            f"There is no export {name!r}.", f"Name one of: {near}." if near else f"Name one of: {', '.join(EXPORTS)}."
        )
    return EXPORTS[name]


def check_reason(reason: str) -> str:
    """Return the reason on one line. Raises RegistryError if it is empty."""
    reason = " ".join(reason.split())
    if not reason:
        raise RegistryError("The reason is empty.", 'Say why with --reason, for example: "Entered twice".')
    return reason


def check_number(con: duckdb.DuckDBPyConnection, site: str, number: str) -> None:
    """Raise RegistryError, with the numbers nearest to it, if the site has delivered no row of that patient."""
    listed = " UNION ".join(
        f"SELECT coalesce(delivered_as, patient_id) AS number FROM raw.{table} "  # noqa: S608 (own names)
        "WHERE site = $site AND patient_id IS NOT NULL"
        for name in EXPORTS
        for table in (name, f"{name}_held")
    )
    asked = {"site": site, "number": number}
    if con.execute(f"SELECT 1 FROM ({listed}) WHERE number = $number LIMIT 1", asked).fetchone():  # noqa: S608
        return
    order = "levenshtein(lower(number), lower($number)), number"
    near = con.execute(f"SELECT number FROM ({listed}) ORDER BY {order} LIMIT {NEAREST}", asked).fetchall()  # noqa: S608
    raise RegistryError(
        f"{site} has delivered no row of a patient {number!r}.",
        f"Nearest: {', '.join(one for (one,) in near)}. Upper and lower case differ." if near else "Check the site.",
    )
