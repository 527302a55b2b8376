"""docs/exports.md: what hospitals deliver, from the exports' declarations.

What belongs here: the page's words and the four tables. What does not: what a release holds (tables_page.py).
"""

from __future__ import annotations

from schemas.export import Column
from schemas.exports import EXPORTS
from tests.docs.markdown import page, table

INTRODUCTION = """\
# The exports

What a hospital delivers to `landing/<site>/<export>/`. Made from the declarations by `make docs`; change them, not this
page.

Files are read in the order of their names, so name them by date: `2026-01-31_sessions.csv`. The first date in the
name is the extract date that rules compare with. `.csv` (UTF-8; comma, semicolon or tab), `.csv.gz`, `.parquet`,
`.xlsx` (first sheet) and `.ndjson` are read. Header names are compared trimmed and without regard to case; columns of
other names are kept with the raw row and reported. A file has at most 2,000 columns, with names of at most 2,000
characters, and cells of at most 16 MiB.

Dates are `YYYY-MM-DD`, numbers have a point, flags are `yes`, `no` or `unknown`, and empty means unknown. Codes and
gene symbols are compared without regard to case; identifiers keep theirs. A required column must be there, and every
cell of it filled, but for flags.

A later file adds rows and replaces those with the same key. A column that it lacks says nothing: its rows keep, column
by column, what they had; only an empty cell of a column that is there empties it. So a file of vital status with three
columns is a delivery like any other. A column that an earlier file had and this one lacks is reported.

Where an export is always complete, `site.toml` says so (`[exports.<name>]`, `mode = "snapshot"`): then a key that the
newest file lacks is withdrawn. A snapshot without rows, or one that would withdraw more than 20 % of the keys, waits
until somebody confirms it (`max_withdrawn = 0.2`, for the site or in `[exports.<name>]`; quality.md). How often
deliveries are expected stands there too (`expected_every = "7 days"`, for the site or in `[exports.<name>]`;
automation.md). A key of `site.toml` that nothing reads is refused,
with the nearest known one: the site's new files wait, what is loaded stays.
"""


def _accepted(column: Column) -> str:
    if column.kind == "flag":
        return "flag"
    if column.codes:
        return ", ".join(column.codes)
    return {"identifier": "identifier", "text": "text", "date": "date", "integer": "whole number", "number": "number"}[
        column.kind
    ]


def render() -> str:
    """The page."""
    parts = [INTRODUCTION]
    for export in EXPORTS.values():
        optional = " The whole export is optional." if export.name == "patients" else ""
        parts.append(f"## {export.name}\n\n{export.prose}{optional} Key: {', '.join(export.key)}.\n")
        rows = [[f"`{c.name}`", "required" if c.required else "", _accepted(c), c.prose] for c in export.columns]
        parts.append(table(["column", "", "holds", "meaning"], rows))
    return page(*parts)
