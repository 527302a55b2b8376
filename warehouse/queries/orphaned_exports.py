"""Finds deliveries whose rows are all or nearly all orphans (ORPHAN-01), usually because identifiers differ in form.

The sentence shows the forms of the identifiers in both exports: digits as 9, letters as A. Single orphans are not
reported: a later delivery usually brings their session.
"""

from collections import Counter
from collections.abc import Iterator

import duckdb

from schemas.exports import TREATMENTS
from schemas.thresholds import FEWEST_ORPHANS, NEARLY_ALL_ORPHANS

LONGEST_SHAPE = 24
RULE = "ORPHAN-01"


def orphaned_exports(con: duckdb.DuckDBPyConnection, where: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield site, export, delivery and sentence of each orphaned delivery; `where` is '' or a catalogue and a dot."""
    rows = con.execute(
        f"""
        WITH orphan AS (
            SELECT site, export, delivery, count(DISTINCT line) AS n, mode(coalesce(column_name, 'patient_id')) AS name
            FROM {where}quality.quarantine WHERE rule_id = '{RULE}' AND scope = 'row' GROUP BY ALL
        )
        SELECT o.site, o.export, o.delivery, o.n, l.current, o.name
        FROM orphan o JOIN {where}quality.ledger l USING (site, export, delivery)
        WHERE o.n >= {FEWEST_ORPHANS} AND o.n >= {NEARLY_ALL_ORPHANS} * l.current ORDER BY ALL
        """  # noqa: S608 (own names)
    ).fetchall()
    for site, export, delivery, n_orphans, n_rows, column in rows:
        yield site, export, delivery, _sentence(con, where, site, export, delivery, n_orphans, n_rows, column)


def shape(identifier: str) -> str:
    """Return the form of an identifier without its value: digits as 9, letters as A, punctuation as it is.

    >>> shape("00123"), shape("HD-17b"), shape("Å 7")
    ('99999', 'AA-99A', 'A 9')
    """
    signs = ("9" if c.isdigit() else "A" if c.isalpha() else c if c in "-_./: #" else "?" for c in identifier)
    text = "".join(signs)
    return text if len(text) <= LONGEST_SHAPE else text[:LONGEST_SHAPE] + "\N{HORIZONTAL ELLIPSIS}"


def _sentence(
    con: duckdb.DuckDBPyConnection,
    where: str,
    site: str,
    export: str,
    delivery: str,
    n_orphans: int,
    n_rows: int,
    column: str,
) -> str:
    are = "All" if n_orphans >= n_rows else f"{n_orphans:,} of"
    said = f"{are} {n_rows:,} rows belong to no session of the site, so none of them counts."
    column = "lesion_id" if column == "lesion_id" else "patient_id"
    ours = _commonest(con, f"SELECT DISTINCT {column} FROM {where}clean.rfa_sessions WHERE site = ?", [site])  # noqa: S608
    if column == "lesion_id" and export == TREATMENTS:  # whose keys name no lesion
        return said
    part = "-1" if column == "lesion_id" else "1"
    theirs = _commonest(
        con,
        f"SELECT DISTINCT string_split(key, '|')[{part}] FROM {where}quality.quarantine "  # noqa: S608 (own names)
        f"WHERE rule_id = '{RULE}' AND site = ? AND export = ? AND delivery = ?",
        [site, export, delivery],
    )
    if not ours:
        cure = "No session of this site is accepted: deliver rfa_sessions, or see why its rows were set aside."
        return " ".join((said, cure))
    if ours == theirs:
        cure = (
            f"Both write {column} as {theirs}, but no value is in both: deliver the sessions of these patients, "
            "or use the same identifiers in both exports."
        )
        return " ".join((said, cure))
    both_digits = set(ours) == set(theirs) == {"9"}
    loss = "; leading zeros are lost when a spreadsheet treats identifiers as numbers" if both_digits else ""
    forms = f"It writes {column} as {theirs}, rfa_sessions as {ours}{loss}."
    return " ".join((said, forms, "Use the same form in both exports."))


def _commonest(con: duckdb.DuckDBPyConnection, sql: str, parameters: list[str]) -> str:
    """Return the most common shape of the identifiers; '' if there are none."""
    shapes = Counter(shape(name) for (name,) in con.execute(sql, parameters).fetchall() if name)
    return min(shapes, key=lambda one: (-shapes[one], one), default="")
