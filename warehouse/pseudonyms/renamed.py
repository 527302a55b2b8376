"""Rewrites what is kept under one key as what would be kept under another: pseudonyms, and dates shifted otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import EXPORTS
from warehouse.pseudonyms.columns import DATE, LETTERS, role_of
from warehouse.pseudonyms.veil_sheet import PSEUDONYM
from warehouse.readers.answered_sheet import AnsweredLine, read_kept
from warehouse.readers.answered_sheet import write_kept as write_kept_lines
from warehouse.readers.redacted import Part, kept_parts, write_kept
from warehouse.readers.source import Source, column_names
from warehouse.storage.pseudonym_key import LENGTH, NEVER, PseudonymKey

NAMES = "renamed_names"


@dataclass(frozen=True)
class Renaming:
    """The pseudonyms of one site under a new key, and by how many days dates move.

    `names` has the columns pseudonym, identifier, new and days, which only patients have.
    """

    names: pl.DataFrame

    @property
    def new_names(self) -> pl.DataFrame:
        """Return which identifier each new pseudonym stands for."""
        return self.names.select(pl.col("new").alias("pseudonym"), "identifier")

    @property
    def by_pseudonym(self) -> dict[str, str]:
        """Return the new pseudonym of each."""
        return dict(self.names.select("pseudonym", "new").iter_rows())

    def in_text(self, text: str) -> str:
        """Return a text with new pseudonyms for the ones that it names."""
        new = self.by_pseudonym
        return PSEUDONYM.sub(lambda found: new.get(found[0], found[0]), text)


def renaming(old: PseudonymKey, new: PseudonymKey, site: str, names: pl.DataFrame) -> Renaming:
    """Return how the pseudonyms of a site become those of a new key; what marks one as set aside stays."""
    rows = []
    for pseudonym, identifier in names.iter_rows():
        letter, bare = _letter(pseudonym), _bare(pseudonym)
        other = new.pseudonym(letter, site, identifier)
        days = old.days_back(site, bare) - new.days_back(site, other) if letter == LETTERS["patient_id"] else None
        rows.append((pseudonym, identifier, pseudonym.replace(bare, other), days))
    schema = {"pseudonym": pl.String, "identifier": pl.String, "new": pl.String, "days": pl.Int32}
    return Renaming(pl.DataFrame(rows, schema=schema, orient="row"))


def _bare(pseudonym: str) -> str:
    """Return a pseudonym without its marks."""
    return pseudonym.removeprefix("[0 ").removeprefix("Mr ").rstrip("\u200b")


def _letter(pseudonym: str) -> str:
    return _bare(pseudonym)[: -LENGTH - 1]


def rename_rows(con: duckdb.DuckDBPyConnection, kept: Path, how: Renaming, target: Path) -> None:
    """Write what is kept at `kept` to `target` under the new key."""
    con.register(NAMES, how.names.to_arrow())
    parts = [replace(part, source=_renamed(con, part)) for part in kept_parts(con, kept)]
    write_kept(con, parts, ["true"] * len(parts), target)
    con.unregister(NAMES)


def _renamed(con: duckdb.DuckDBPyConnection, part: Part) -> Source:
    source = part.source
    dates = dict(source.veiled.dates) if source.veiled is not None else {}
    cells = column_names(len(source.header))
    held = [cell for cell in cells if _has_names(con, source, cell)]
    joins = " ".join(f"LEFT JOIN {NAMES} AS n_{cell} ON n_{cell}.pseudonym = r.{cell}" for cell in held)
    listed = []
    for place, cell in enumerate(cells):
        if place in dates and f"c{dates[place]}" in held:
            days = f"n_c{dates[place]}.days"
            listed.append(
                f"CASE WHEN length(r.{cell}) = 10 AND r.{cell} <> '{NEVER}' AND TRY_CAST(r.{cell} AS DATE) IS NOT NULL "
                f"THEN CAST(CAST(r.{cell} AS DATE) + {days} AS VARCHAR) ELSE r.{cell} END AS {cell}"
            )
        elif cell in held:
            listed.append(f"coalesce(n_{cell}.new, r.{cell}) AS {cell}")
        else:
            listed.append(f"r.{cell}")
    rows = f"(SELECT {source.line} AS line, {', '.join(cells)} FROM {source.relation})"  # noqa: S608 (own names)
    relation = f"(SELECT r.line, {', '.join(listed)} FROM {rows} AS r {joins})"  # noqa: S608 (own names)
    return replace(source, relation=relation, line="line")


def _has_names(con: duckdb.DuckDBPyConnection, source: Source, cell: str) -> bool:
    asked = f"SELECT 1 FROM {source.relation} WHERE {cell} IN (SELECT pseudonym FROM {NAMES}) LIMIT 1"  # noqa: S608
    return con.execute(asked).fetchone() is not None


def rename_sheet(kept: Path, how: Renaming, target: Path) -> None:
    """Write the answered lines at `kept` to `target` under the new key."""
    days = dict(how.names.filter(pl.col("days").is_not_null()).select("pseudonym", "days").iter_rows())
    write_kept_lines(target, [_line(line, how, days) for line in read_kept(kept)])


def _line(line: AnsweredLine, how: Renaming, days: dict[str, int]) -> AnsweredLine:
    corrected, patient = how.in_text(line.corrected), line.key.split("|")[0]
    columns: Sequence[str] = EXPORTS[line.export].column_names if line.export in EXPORTS else ()
    if line.column in columns and role_of(EXPORTS[line.export].column(line.column)) == DATE and patient in days:
        corrected = _moved(corrected, days[patient])
    return replace(line, key=how.in_text(line.key), corrected=corrected, comment=how.in_text(line.comment))


def _moved(text: str, days: int) -> str:
    try:
        return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return text
