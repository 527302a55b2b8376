"""Writes docs/exports.md: what hospitals deliver, from the declarations of the exports."""

from __future__ import annotations

from schemas.export import Column
from schemas.exports import EXPORTS, TREATMENTS
from tests.docs.markdown import page, table

INTRODUCTION = """\
# The exports

What a hospital delivers to `landing/<site>/<export>/`. Generated from the declarations by `make docs`; change them,
not this page.

## Files

Files are read in the order of their names, so begin each name with a date, from the first file on:
`2026-01-31_sessions.csv`. A name without a date comes after one that begins with a date, so an old `sessions.csv` would
count in place of newer files; `registry check` and `registry status` say so. The first date in the name is the extract
date that rules compare with. The formats are CSV (`.csv`, `.tsv`, `.txt`, `.csv.gz`; UTF-8; comma,
semicolon, tab or `|`), workbooks (`.xlsx`, `.xls`, `.ods`; the first visible sheet with cells), `.parquet` and
`.ndjson`; a file is read by what it is, whatever its name. Header names are compared trimmed and without regard to
case; other columns are kept with the raw row and reported. A file has at most 2,000 columns, with names of at most
2,000 characters and cells of at most 16 MiB.

Dates are `YYYY-MM-DD`, numbers have a decimal point, flags are `yes`, `no` or `unknown`, and an empty flag means
unknown. Codes and gene symbols are compared without regard to case; identifiers are case-sensitive. A required column
must be present, and all its cells filled, except for flags.

A later file adds rows and replaces those with the same key. A column that it lacks says nothing: its rows keep, column
by column, what they had. Only an empty cell of a present column empties a value. So a file of vital status with three
columns is a delivery like any other. If an earlier file had a column and this one lacks it, that is reported.

## site.toml

If every file of an export is complete, say so in `site.toml` (`[exports.<name>]`, `mode = "snapshot"`): then a key that
the newest file lacks is withdrawn. A snapshot without rows, or one that would withdraw more than 20 % of the keys,
waits until somebody confirms it (`max_withdrawn = 0.2`, per site or in `[exports.<name>]`; [quality.md](quality.md)).
The expected interval of deliveries is set there too (`expected_every = "7 days"`, for the site or in
`[exports.<name>]`; [automation.md](automation.md)). So are thresholds of the site's own and the length of
its run-in ([thresholds.md](thresholds.md)). A key of `site.toml` that nothing reads is refused, and the nearest known
key is named; the site's new files wait, and loaded rows stay.

## Workbooks

Workbooks are read as Excel shows them ([0026](decisions/0026-a-workbook-as-excel-shows-it.md)):

- The first row that holds anything must be the column names; delete titles above it. The table may begin in any
  column, and blank rows are skipped.
- The first visible sheet that holds cells is read. If more visible sheets hold cells, `meta.loads` says so in
  `reason`, and also how many of the rows are hidden (they are read).
- A number whose format adds zeros or words is read as shown: 1017 under `000000` is `001017`, under `"P-"0000` it is
  `P-1017`. A format that rounds, groups thousands, names a currency or hides changes nothing: 12.345 shown as 12.3
  is 12.345. Percent: 0.327 shown as 32.7 % is 32.7 in a column whose name ends with `_percent`, and `32.7%` (which
  is not a number) in any other. A unit in the format must be the column's own: `20 mm` is 20 in `max_diameter_mm`;
  `2.0 cm` is set aside there (TYPE-01). A format made of words, `[=1]"yes";[=0]"no"`, reads yes or no.
- Dates are dates, without a time that the format hides. Texts stay texts, whatever they look like. True and false
  are `yes` and `no`. A value merged over rows counts for each row. Day 0 (00.01.1900), which a lookup of an empty
  cell leaves, is not a date.
- A failed cell (`#N/A`, `#REF!`) is no value. A formula counts with the value that a spreadsheet program stored
  for it. If only a library wrote the workbook, there is no value, or a 0 that nobody calculated; such a cell reads
  `#FORMULA!` and is set aside (TYPE-01). Cure: open the workbook in Excel or LibreOffice, save it, deliver it
  again.

## Identifiers

Identifiers follow one rule in every format ([0027](decisions/0027-one-rule-for-identifiers.md)): a whole number loses
its decimal point (101.0, 101,0 and 101.0000000000 are `101`; `007.0`, `1.10` and `1,000` stay), words for missing
(`nan`, `NA`, `NULL`, `None`, `-`, `k.A.`, `[Not Available]`, ...) are empty, and everything else is unchanged,
including case and leading zeros. Control characters, failed formulas (`#REF!`, `#BEZUG!`), truth values, lists and
rounded numbers (`1.23457E+11`) are refused (TYPE-01), and so are names of persons and telephone numbers (PHI-01).
A trial's subject number is neither (101-001-0001), unless it could be dialled in North America (201-301-1001):
deliver it with a letter in front. Identifiers with invisible characters, or with a letter of another alphabet, are
flagged (ID-01), and identifiers of one site that look the same are counted in `quality.results` (ID-02).
"""

OF_TREATMENTS = """\
A site that delivers treatments says of each of its patients whether there were any: deliver an empty file if there
were none. Then the clocks that need it run ([endpoints.md](endpoints.md),
[0057](decisions/0057-treatments-in-time.md)): a resection or a transplant of the ablated area competes with LTP, and
STFI, TTUP and DFS can be estimated. Of a resection of an ablated lesion name the lesion, else it ends no clock
(TRT-07); give systemic therapy its last day, else it counts as going on; give the intent, without which no treatment is
palliative or curative. Ablations that the registry follows are rows of rfa_sessions, not of treatments.
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
        optional = " The whole export is optional." if export.name in ("patients", TREATMENTS) else ""
        parts.append(f"## {export.name}\n\n{export.prose}{optional} Key: {', '.join(export.key)}.\n")
        rows = [[f"`{c.name}`", "required" if c.required else "", _accepted(c), c.prose] for c in export.columns]
        parts.append(table(["column", "", "holds", "meaning"], rows))
    parts.append(OF_TREATMENTS)
    return page(*parts)
