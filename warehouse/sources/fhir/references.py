"""Resolves FHIR's references: relative, absolute, urn:uuid, contained, conditional and by identifier.

Each becomes the key of a resource: `Type/id`, what a bundle calls it (fullUrl), `Type/id#id` of one that is contained,
or `identifier:system|value`.
"""

import duckdb

from warehouse.sources.fhir.codes import OWN
from warehouse.storage.errors import DeliveryRejected

TYPE_AND_ID = r"([A-Za-z]+/[A-Za-z0-9.\-]+)(?:/_history/[^/]*)?$"
REFERRED_TO = ("Patient", "Specimen", "BodyStructure", "ImagingStudy", "Condition")
AS_REFERENCE = """'{"reference": "VARCHAR", "identifier": {"system": "VARCHAR", "value": "VARCHAR"}}'"""


def target(reference: str, key: str) -> str:
    """Return SQL of the key of the resource that a reference leads to; `key` is that of the resource it stands in."""
    text = f"({reference}).reference"
    return (
        f"CASE WHEN {text} IS NULL THEN 'identifier:' || coalesce(({reference}).identifier.system, '') || '|' || "
        f"({reference}).identifier.value WHEN starts_with({text}, '#') THEN {key} || {text} "
        f"WHEN starts_with({text}, 'urn:') THEN {text} "
        f"WHEN contains({text}, '?identifier=') THEN 'identifier:' || regexp_extract({text}, 'identifier=([^&]*)', 1) "
        f"WHEN contains({text}, '://') OR contains({text}, '/_history/') "
        f"THEN coalesce(nullif(regexp_extract({text}, '{TYPE_AND_ID}', 1), ''), {text}) ELSE {text} END"
    )


def targets(references: str, key: str) -> str:
    """Return SQL of the keys that a list of references leads to."""
    return f"list_transform({references}, lambda x: {target('x', key)})"


def last_part(key: str) -> str:
    """Return SQL of the identifier that a key ends with: an id, a value or a UUID."""
    return f"regexp_extract({key}, '([^|/#:]*)$', 1)"


def own_identifier(column: str) -> str:
    """Return SQL of the identifier of our own that a resource has for a column."""
    listed = f"list_filter(identifiers, lambda i: i.system = '{OWN}{column}')"
    return f"CASE WHEN identifiers IS NOT NULL THEN {listed}[1].value END"


def make_keys(con: duckdb.DuckDBPyConnection, table: str) -> None:
    """Make the table of all keys of the resources that are referred to: key, n, resource; the newest of a key counts.

    Raises DeliveryRejected if two servers' resources have the same id.
    """
    listed = ", ".join(f"'{one}'" for one in REFERRED_TO)
    n_ids, has_versions = con.execute(
        f"SELECT (SELECT count(*) FROM (SELECT key FROM {table} WHERE starts_with(full_url, 'http') "  # noqa: S608 (own names)
        f"AND ends_with(full_url, key) GROUP BY key HAVING count(DISTINCT full_url) > 1)), count(updated) > 0 "
        f"FROM {table}"
    ).fetchone() or (0, True)
    if n_ids:
        raise DeliveryRejected(
            f"{n_ids:,} ids are those of resources of several servers, so it is not known whose they are.",
            "Deliver the resources of each server in a file of its own, or as a source of its own.",
        )
    newest = "max_by(n, (updated, n))" if has_versions else "max(n)"
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {table}_keys AS WITH named AS MATERIALIZED (SELECT key, full_url, identifiers, "  # noqa: S608
        f"n, resource, coalesce(updated, '') AS updated FROM {table} WHERE resource IN ({listed})) "
        f"SELECT each AS key, resource, {newest} AS n FROM ("
        f"SELECT key AS each, n, resource, updated FROM named UNION ALL "
        f"SELECT full_url, n, resource, updated FROM named WHERE full_url IS NOT NULL UNION ALL "
        f"SELECT 'identifier:' || coalesce(i.system, '') || '|' || i.value, n, resource, updated FROM ("
        f"SELECT unnest(identifiers) AS i, n, resource, updated FROM named)) "
        f"WHERE each IS NOT NULL GROUP BY each, resource"
    )
