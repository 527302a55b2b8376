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
`.xlsx` (first visible sheet) and `.ndjson` are read. Header names are compared trimmed and without regard to case;
columns of other names are kept with the raw row and reported. A file has at most 2,000 columns, with names of at most
2,000 characters, and cells of at most 16 MiB.

Dates are `YYYY-MM-DD`, numbers have a point, flags are `yes`, `no` or `unknown`, and empty means unknown. Codes and
gene symbols are compared without regard to case; identifiers keep theirs. A required column must be there, and every
cell of it filled, but for flags.

**Workbooks** are read as Excel shows them (decisions/0026-a-workbook-as-excel-shows-it.md):

- The names of the columns stand in the first row that holds anything; delete titles above it. The table may begin in
  any column, and rows that are blank are none.
- The first visible sheet that holds cells. `meta.loads` says in `reason` where more visible sheets hold cells, and
  how many of the rows are hidden (they are read).
- A number under a format with zeros or words is what is shown: 1017 under `000000` is `001017`, under `"P-"0000`
  `P-1017`. A format that rounds, groups thousands, names a currency or hides changes nothing: 12.345 shown as 12.3
  is 12.345. Percent: 0.327 shown as 32.7 % is 32.7 in a column whose name ends with `_percent`, and `32.7%` (which
  is no number) in any other. A unit in the format must be the column's own: `20 mm` is 20 in `max_diameter_mm`,
  `2.0 cm` is set aside there (TYPE-01). A format of words alone, `[=1]"yes";[=0]"no"`, reads yes or no.
- Dates are dates, without the time that a format hides; texts stay texts, whatever they look like; true and false
  are `yes` and `no`; a value merged over rows is the value of each row. Day 0 (00.01.1900) is what a lookup of an
  empty cell leaves, and is no date.
- A cell that failed (`#N/A`, `#REF!`) is no value. A formula counts by the value that a spreadsheet program stored
  for it. Where only a library wrote the workbook there is none, or a 0 that nobody calculated: such a cell reads
  `#FORMULA!` and is set aside (TYPE-01). Cure: open the workbook in Excel or LibreOffice, save it, deliver it
  again.

**Identifiers** follow one rule in every format (decisions/0027-one-rule-for-identifiers.md): a whole number loses
its point (101.0, 101,0 and 101.0000000000 are `101`; `007.0`, `1.10` and `1,000` stay), words for missing (`nan`,
`NA`, `NULL`, `None`, `-`, `k.A.`, `[Not Available]`, ...) are empty, and everything else stays as it is, case and
leading zeros included. Refused (TYPE-01) are control characters, failed formulas (`#REF!`, `#BEZUG!`), truth
values, lists and rounded numbers (`1.23457E+11`). Names of persons and telephone numbers are refused too (PHI-01);
a trial's subject number is neither (101-001-0001), but where it could be dialled in North America (201-301-1001):
deliver a letter before it. What holds unseen characters or a letter of another alphabet is flagged (ID-01), and
identifiers of one site that a reader takes for one are counted in `quality.results` (ID-02).

A later file adds rows and replaces those with the same key. A column that it lacks says nothing: its rows keep, column
by column, what they had; only an empty cell of a column that is there empties it. So a file of vital status with three
columns is a delivery like any other. A column that an earlier file had and this one lacks is reported.

Where an export is always complete, `site.toml` says so (`[exports.<name>]`, `mode = "snapshot"`): then a key that the
newest file lacks is withdrawn. A snapshot without rows, or one that would withdraw more than 20 % of the keys, waits
until somebody confirms it (`max_withdrawn = 0.2`, for the site or in `[exports.<name>]`; quality.md). How often
deliveries are expected stands there too (`expected_every = "7 days"`, for the site or in `[exports.<name>]`;
automation.md). A key of `site.toml` that nothing reads is refused, with the
nearest known one: the site's new files wait, what is loaded stays.
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
