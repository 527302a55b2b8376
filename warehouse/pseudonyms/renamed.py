"""Rewrites what is kept under one key as what would be kept under another: pseudonyms, and dates shifted otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path

import duckdb
import polars as pl

from schemas.exports import EXPORTS
from warehouse.pseudonyms.columns import DATE, LETTERS, role_of
from warehouse.pseudonyms.days import DAY_KEPT, UNKNOWN, moved
from warehouse.pseudonyms.encoded import read as read_rows
from warehouse.pseudonyms.encoded import table_of
from warehouse.pseudonyms.veil_sheet import PSEUDONYM, bare, letter_of
from warehouse.readers.answered_sheet import AnsweredLine, read_kept
from warehouse.readers.answered_sheet import write_kept as write_kept_lines
from warehouse.readers.redacted import kept_parts, write_kept
from warehouse.readers.source import Source, column_names
from warehouse.storage.pseudonym_key import NEVER, PseudonymKey

RENAMED = "renamed_rows"


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

    @cached_property
    def by_pseudonym(self) -> dict[str, str]:
        """Return the new pseudonym of each."""
        return dict(self.names.select("pseudonym", "new").iter_rows())

    @cached_property
    def days(self) -> dict[str, int]:
        """Return by how many days the dates of each patient move."""
        return dict(self.names.filter(pl.col("days").is_not_null()).select("pseudonym", "days").iter_rows())

    def cell(self, export: str, column: str, patient: str, text: str) -> str:
        """Return what a cell becomes of a row of the patient (by pseudonym): a date moves, names are the new ones."""
        days = self.days.get(patient)
        columns: Sequence[str] = EXPORTS[export].column_names if export in EXPORTS else ()
        if days is not None and column in columns and role_of(EXPORTS[export].column(column)) == DATE:
            return _moved(text, days)
        return self.in_text(text)

    def in_text(self, text: str) -> str:
        """Return a text with new pseudonyms for the ones that it names."""
        new = self.by_pseudonym
        return PSEUDONYM.sub(lambda found: new.get(found[0], found[0]), text)


def renaming(old: PseudonymKey, new: PseudonymKey, site: str, names: pl.DataFrame) -> Renaming:
    """Return how the pseudonyms of a site become those of a new key; what marks one as set aside stays."""
    rows = []
    for pseudonym, identifier in names.iter_rows():
        letter, plain = letter_of(pseudonym), bare(pseudonym)
        other = new.pseudonym(letter, site, identifier)
        days = old.days_back(site, plain) - new.days_back(site, other) if letter == LETTERS["patient_id"] else None
        rows.append((pseudonym, identifier, pseudonym.replace(plain, other), days))
    schema = {"pseudonym": pl.String, "identifier": pl.String, "new": pl.String, "days": pl.Int32}
    return Renaming(pl.DataFrame(rows, schema=schema, orient="row"))


def rename_rows(con: duckdb.DuckDBPyConnection, kept: Path, how: Renaming, target: Path) -> None:
    """Write what is kept at `kept` to `target` under the new key, the rows in their order."""
    con.execute("SET threads = 1")  # several would not keep the order
    new, days = how.by_pseudonym, how.days
    parts = [
        replace(part, source=_renamed(con, n, part.source, new, days)) for n, part in enumerate(kept_parts(con, kept))
    ]
    write_kept(con, parts, ["true"] * len(parts), target)


def _renamed(
    con: duckdb.DuckDBPyConnection, number: int, source: Source, new: dict[str, str], days: dict[str, int]
) -> Source:
    dates = dict(source.veiled.dates) if source.veiled is not None else {}
    names = column_names(len(source.header))
    lines, cells = read_rows(con, f"SELECT {source.line} AS line, {', '.join(names)} FROM {source.relation}")  # noqa: S608
    told = {name: one.with_values(one.values.replace(new)) for name, one in cells.items()}
    for place, of_patient in dates.items():
        patients = cells[f"c{of_patient}"]
        on = patients.values.replace_strict(days, default=None, return_dtype=pl.Int32)
        back = patients.of_rows((-on).fill_null(UNKNOWN).to_numpy(), UNKNOWN)
        told[f"c{place}"] = moved(con, cells[f"c{place}"], DAY_KEPT, back)
    con.register(f"{RENAMED}_{number}", table_of(lines, told))
    veiled = source.veiled and replace(source.veiled, is_trimmed=all(one.is_trimmed for one in told.values()))
    return replace(source, relation=f"{RENAMED}_{number}", line="line", veiled=veiled)


def rename_sheet(kept: Path, how: Renaming, target: Path, entry_ids: Mapping[int, str]) -> None:
    """Write the answered lines at `kept` to `target` under the new key; `entry_ids` has the new ids by line."""
    write_kept_lines(target, [_line(line, how, entry_ids) for line in read_kept(kept)])


def _line(line: AnsweredLine, how: Renaming, entry_ids: Mapping[int, str]) -> AnsweredLine:
    return replace(
        line,
        entry_id=entry_ids.get(line.line, line.entry_id),
        key=how.in_text(line.key),
        corrected=how.cell(line.export, line.column, line.key.split("|")[0], line.corrected),
        comment=how.in_text(line.comment),
    )


def _moved(text: str, days: int) -> str:
    if text == NEVER:
        return text
    try:
        return (date.fromisoformat(text) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return text
