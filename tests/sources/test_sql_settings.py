"""A source of kind sql whose keys cannot be right is refused in one sentence, before anything is asked."""

from __future__ import annotations

import pytest

from tests.variants import quick
from warehouse.intake.site_config import parse
from warehouse.pulls.databases.one_select import one_select
from warehouse.pulls.databases.words import in_words
from warehouse.sources.source_settings import SourceSettings
from warehouse.sources.sql_presets.preset import preset_query
from warehouse.storage.errors import RegistryError

SOURCE = 'kind = "sql"\ndatabase = "sqlite"\nconnection = "a.sqlite"\n'
QUERY = 'query = "SELECT 1"\n'


def refused(source: str = SOURCE, export: str = QUERY) -> str:
    """Why the site.toml is refused."""
    with pytest.raises(RegistryError) as caught:
        parse(f'[sources.ehr]\n{source}\n[exports.patients]\nsource = "ehr"\n{export}', "north")
    return str(caught.value)


def _postgres(connection: str, database: str = "postgres") -> str:
    return f'kind = "sql"\ndatabase = "{database}"\nconnection = "{connection}"\n'


@pytest.mark.parametrize(
    ("source", "export", "said"),
    [
        ('kind = "sql"\n', QUERY, "database is missing"),
        ('kind = "sql"\ndatabase = "sqlite"\n', QUERY, "connection is missing"),
        (SOURCE + 'encoding = "cp1252"\n', QUERY, "encoding says nothing"),
        (SOURCE + 'files = ["*.csv"]\n', QUERY, "files says nothing"),
        (SOURCE + "most_rows = 0\n", QUERY, "most_rows"),
        (SOURCE + "most_minutes = 1441\n", QUERY, "most_minutes"),
        (SOURCE + 'schema = "cdm; DROP"\n', QUERY, "schema"),
        (SOURCE, "", "neither a query nor a preset"),
        (SOURCE, QUERY + 'preset = "omop-5.4"\n', "both a query and a preset"),
        (SOURCE, 'preset = "omop-5.3"\n', "preset is not known. Use omop-5.4"),
        (SOURCE, 'query = "../a.sql"\n', "names a file elsewhere"),
        (SOURCE + 'concepts = { "rfa_sessions.segmnt" = 1 }\n', QUERY, "the nearest is rfa_sessions.segment"),
        ('kind = "table"\nconnection = "a"\n', "", "connection belongs to a database"),
        ('kind = "table"\n', QUERY, "query asks a database"),
        (_postgres("host=127.0.0.1 password=x"), QUERY, "holds no password"),
        (_postgres("postgresql://a:b@c/d"), QUERY, "is no URL"),
        (_postgres("host=db.clinic.example dbname=a"), QUERY, "without TLS. Add sslmode=verify-full"),
        (_postgres("host=127.0.0.1,db.clinic.example sslmode=prefer"), QUERY, "without TLS"),
        (_postgres("host=db user=a ssl_mode=disabled", "mysql"), QUERY, "Add ssl_mode=verify_identity"),
        (_postgres("Driver=X;PWD=y", "odbc"), QUERY, "holds no password"),
    ],
)
def test_what_is_refused(source: str, export: str, said: str) -> None:
    """The sentence names file and key, and the cure."""
    sentence = refused(source, export)
    assert sentence.startswith("north/site.toml: ")
    assert said in sentence


@pytest.mark.parametrize(
    "connection", ["host=127.0.0.1 dbname=a", "dbname=a", "host=/run/pg", "host='db' sslmode='verify-full'"]
)
def test_what_needs_no_tls_or_has_it(connection: str) -> None:
    """This machine, a socket, and a connection that insists on TLS are taken."""
    said = f'[sources.ehr]\n{_postgres(connection)}\n[exports.patients]\nsource = "ehr"\n{QUERY}'
    assert parse(said, "north").mapping is not None


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("-- a comment; with a semicolon\nSELECT ';' AS a -- another\n;\n-- the end", "SELECT ';' AS a"),
        ("/* a */ WITH x AS (SELECT 1 AS a) SELECT * FROM x;", "SELECT * FROM x"),
        ("(SELECT 1 AS a) UNION ALL (SELECT 2)", "UNION ALL"),
        ("WITH x AS (INSERT INTO t VALUES (1) RETURNING a) SELECT * FROM x", None),
        ("SELECT * INTO u FROM t", None),
        ("SELECT * FROM t FOR UPDATE", None),
        ("SELECT 1; DROP TABLE t", None),
        ("COPY t TO STDOUT", None),
        ("CALL f()", None),
        ("VALUES (1)", None),
        ("", None),
    ],
)
def test_only_one_select_passes(query: str, passes: str | None) -> None:
    """Comments before and behind are fine; nothing that writes, locks or does two things is."""
    if passes is None:
        with pytest.raises(RegistryError, match=r"^q\.sql .*Write one SELECT"):
            one_select(query, "postgres", "q.sql")
    else:
        assert passes in (found := one_select(query, "postgres", "q.sql"))
        assert not found.rstrip().endswith(";")


def test_a_message_that_is_not_known_is_not_shown() -> None:
    """It may quote a cell, or the statement with the password."""
    said = str(in_words(RuntimeError("value 'Anna' PASSWORD 'geheim'"), "The query of patients", "tokens/a/b"))
    assert "Anna" not in said
    assert "geheim" not in said


@pytest.mark.parametrize("dialect", quick(1, ["mysql", "postgres", "sqlite", "tsql"]))
def test_a_preset_is_said_in_each_dialect(dialect: str) -> None:
    """Its tables are those of the schema, its own parts are not, and what a site names is among the terms."""
    source = SourceSettings.model_validate(
        {"kind": "sql", "schema": "cdm", "concepts": {"episode.lesion": [4711], "rfa_sessions.modality=mwa": 4712}}
    )
    query = preset_query("rfa_sessions", source, dialect)
    assert one_select(query, {"tsql": "odbc"}.get(dialect, dialect), "preset") == query
    assert "4711" in query and "4712" in query and "32528" not in query
    assert "cdm" in query and "cdm.term" not in query.replace("[", "").replace("]", "")
