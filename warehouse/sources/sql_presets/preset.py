"""Gives the query of a preset for one export, in a database's dialect, with the concepts that a site names."""

from collections.abc import Iterator

from warehouse.sources.source_settings import SourceSettings
from warehouse.sources.sql_presets.terms import FOLDER, KNOWN_CODES, KNOWN_IDS, VOCABULARY
from warehouse.storage.sql_files import sql_text

WRITTEN_IN = "postgres"
TERMS = "{terms}"
MATERIALIZING = ("postgres", "sqlite")
"""Dialects in which a part is made once if the query says so; PostgreSQL would ask it again for each event."""
NO_LIMIT = 2**64 - 1
"""Keeps MySQL and MariaDB from putting a part into what asks it, where MariaDB would read all rows for each row."""


def preset_query(export: str, source: SourceSettings, dialect: str) -> str:
    """Return the OMOP preset's query for an export of a source."""
    import sqlglot
    from sqlglot import exp

    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("with.sql", f"{export}.sql"))
    tree = sqlglot.parse_one(text.replace(TERMS, "\n    UNION ".join(_terms(source))), dialect=WRITTEN_IN)
    parts = list(tree.find_all(exp.CTE))
    own = {cte.alias for cte in parts}
    for cte in parts if dialect in MATERIALIZING else ():
        cte.set("materialized", True)
    for cte in parts if dialect == "mysql" else ():
        cte.this.limit(NO_LIMIT, copy=False)
    for table in tree.find_all(exp.Table):
        if source.namespace and table.name not in own:
            table.set("db", exp.to_identifier(source.namespace))
    return tree.sql(dialect=dialect, pretty=True, comments=False)


def _terms(source: SourceSettings) -> Iterator[str]:
    """Yield SELECTs of concept_id and term; what a site names comes in place of an id that is known."""
    own = f"vocabulary_id = {sql_text(VOCABULARY)}"
    yield f"SELECT concept_id, concept_code AS term FROM concept WHERE {own}"  # noqa: S608 (own texts, quoted)
    for term, vocabulary, code in KNOWN_CODES:
        found = f"vocabulary_id = {sql_text(vocabulary)} AND concept_code = {sql_text(code)}"
        yield f"SELECT concept_id, {sql_text(term)} AS term FROM concept WHERE {found}"  # noqa: S608
    named = {term: (number,) for term, number in KNOWN_IDS.items()} | dict(source.concepts)
    for term, numbers in named.items():
        for number in numbers:
            yield f"SELECT {number} AS concept_id, {sql_text(term)} AS term"
