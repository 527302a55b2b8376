"""Writes the SQL of a lake's roles: who may connect, who reads all of the catalogue, and who reads which rows of it."""

from collections.abc import Iterator
from hashlib import sha256

from warehouse.lake.rights import BY_FILE, CATALOGUE, FILTERED, LONGEST, NAMES_ALONE, OPEN_TABLES, Catalogue
from warehouse.storage.sql_files import sql_text

ANALYST, READER, SITE = "analyst", "reader", "site"
HEAD = """\
-- Roles of the lake {lake}, written by `registry lake-roles`.
-- Run it in the catalogue's database as an administrator: psql --dbname {database} --file roles.sql
-- It can be run again, and has to be when a new site has delivered, and after an upgrade of the registry.
\\set ON_ERROR_STOP on
BEGIN;
SET LOCAL lock_timeout = '60s';
"""
TAIL = """\
COMMIT;

-- Then let people in, each with a password of their own:
--   CREATE ROLE anna LOGIN IN ROLE {example};
--   \\password anna
"""
NOT_APART = """\
-- No roles for the readers of a site: this lake keeps the rows of all sites in the same files. A lake that is made with
-- rows_by_site = true in registry.toml keeps them apart.
"""


def roles_sql(catalogue: Catalogue, prefix: str, lake: str) -> str:
    """Return the SQL, as one text."""
    roles = [_name(prefix, ANALYST)]
    if catalogue.is_apart:
        roles += [_name(prefix, READER), *(_name(prefix, SITE, site) for site in catalogue.sites)]
    example = roles[-1] if catalogue.is_apart and catalogue.sites else roles[0]
    lines = [
        HEAD.format(lake=lake, database=catalogue.database),
        *_everybody(catalogue),
        *(_role(role) for role in roles),
        *_analysts(catalogue, roles[0]),
        *(_readers(catalogue, prefix) if catalogue.is_apart else [NOT_APART]),
    ]
    return "\n".join(lines) + "\n" + TAIL.format(example=example)


def _name(*parts: str) -> str:
    """Return a role's name, quoted. Of two long sites that begin alike, each has a name of its own."""
    name = "_".join(parts)
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 9]}_{sha256(name.encode()).hexdigest()[:8]}"
    return _quoted(name)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _role(role: str) -> str:
    again = "EXCEPTION WHEN duplicate_object THEN NULL"
    return f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN; {again}; END $$;"


def _everybody(catalogue: Catalogue) -> Iterator[str]:
    yield "-- Nobody by default: without a role below not even a connection."
    yield f"REVOKE ALL ON DATABASE {_quoted(catalogue.database)} FROM PUBLIC;"
    yield f"REVOKE ALL ON SCHEMA {_quoted(catalogue.schema)} FROM PUBLIC;"
    yield f"-- The writer is {_quoted(catalogue.owner)}, which owns the catalogue's tables; no row filter holds for it."
    yield f"GRANT CONNECT ON DATABASE {_quoted(catalogue.database)} TO {_quoted(catalogue.owner)};"
    yield f"GRANT USAGE, CREATE ON SCHEMA {_quoted(catalogue.schema)} TO {_quoted(catalogue.owner)};"


def _let_in(catalogue: Catalogue, role: str) -> Iterator[str]:
    yield f"GRANT CONNECT ON DATABASE {_quoted(catalogue.database)} TO {role};"
    yield f"GRANT USAGE ON SCHEMA {_quoted(catalogue.schema)} TO {role};"


def _analysts(catalogue: Catalogue, role: str) -> Iterator[str]:
    schema = _quoted(catalogue.schema)
    yield "-- Analysts read everything, tables of the catalogue that are made later too, and write nothing."
    yield from _let_in(catalogue, role)
    yield f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role};"
    later = f"ALTER DEFAULT PRIVILEGES FOR ROLE {_quoted(catalogue.owner)} IN SCHEMA {schema}"
    yield f"{later} GRANT SELECT ON TABLES TO {role};"


def _readers(catalogue: Catalogue, prefix: str) -> Iterator[str]:
    reader, analyst = _name(prefix, READER), _name(prefix, ANALYST)
    yield "-- Readers of a site read its rows in tables that are kept apart by site. What has no policy shows nothing."
    yield from _let_in(catalogue, reader)
    for name in (*NAMES_ALONE, *FILTERED):
        if name in catalogue.tables:
            yield f"GRANT SELECT ON {_table(catalogue, name)} TO {reader};"
    for name in FILTERED:
        if name in catalogue.tables:
            yield f"ALTER TABLE {_table(catalogue, name)} ENABLE ROW LEVEL SECURITY;"
            yield from _policy(catalogue, name, analyst, analyst, "true")
    yield from _policy(catalogue, "table", reader, reader, f"{_is_apart(catalogue)} OR {_is_open(catalogue)}")
    yield from _policy(catalogue, "data_file", reader, reader, _is_file_seen(catalogue))
    of_file = f"data_file_id IN (SELECT f.data_file_id FROM {_table(catalogue, 'data_file')} f)"  # noqa: S608 (own names)
    for name in BY_FILE:
        if name in catalogue.tables:
            yield from _policy(catalogue, name, reader, reader, of_file)
    for site in catalogue.sites:
        role = _name(prefix, SITE, site)
        yield f"GRANT {reader} TO {role};"
        condition = f"partition_key_index = 0 AND partition_value = {sql_text(site)}"
        yield from _policy(catalogue, "file_partition_value", role, role, condition)


def _policy(catalogue: Catalogue, name: str, policy: str, role: str, condition: str) -> Iterator[str]:
    table = _table(catalogue, name)
    yield f"DROP POLICY IF EXISTS {policy} ON {table};"
    yield f"CREATE POLICY {policy} ON {table} FOR SELECT TO {role} USING ({condition});"


def _table(catalogue: Catalogue, name: str) -> str:
    return f"{_quoted(catalogue.schema)}.{CATALOGUE}{name}"


def _is_apart(catalogue: Catalogue) -> str:
    return f"table_id IN (SELECT i.table_id FROM {_table(catalogue, 'partition_info')} i)"  # noqa: S608 (own names)


def _is_open(catalogue: Catalogue) -> str:
    names = ", ".join(f"({sql_text(schema)}, {sql_text(table)})" for schema, table in OPEN_TABLES)
    return (
        f"EXISTS (SELECT FROM {_table(catalogue, 'schema')} s WHERE s.schema_id = {CATALOGUE}table.schema_id "
        f"AND (s.schema_name, {CATALOGUE}table.table_name) IN ({names}))"
    )


def _is_file_seen(catalogue: Catalogue) -> str:
    """A file whose partition the reader sees, or of a table that is seen and not kept apart."""
    values, tables, info = (_table(catalogue, name) for name in ("file_partition_value", "table", "partition_info"))
    return (
        f"data_file_id IN (SELECT v.data_file_id FROM {values} v) OR "  # noqa: S608 (own names)
        f"table_id IN (SELECT t.table_id FROM {tables} t "
        f"WHERE t.table_id NOT IN (SELECT i.table_id FROM {info} i))"
    )
