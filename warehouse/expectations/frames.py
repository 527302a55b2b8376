"""Computes, in SQL, the aggregates on which expectations are judged, each with the number of rows it is based on.

No row leaves the database, only shares, differences of counts, and histograms with a few bins.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from schemas.exports import WATCHED
from schemas.thresholds import EARLY_GAP_DAYS, LARGE_LESION_MM, SHORT_INTERVAL_DAYS, USUAL_DIAMETER_MM
from warehouse.expectations.measured import Memory, key_of
from warehouse.storage.sql_files import select_of

Columns = dict[str, tuple[str, ...]]
Key = tuple[str, str]
"""(table, name) of an expectation."""


@dataclass(frozen=True)
class Observed:
    """What was observed: the number and how many rows it is based on, or why there is no number.

    Without a number, `note` gives the reason: not applicable (`n_rows` 0), or could not be judged (`n_rows` None).
    `compared_with` is the earlier number, if the number is a change.
    """

    value: float | None
    n_rows: int | None
    note: str = ""
    compared_with: float | None = None


@dataclass(frozen=True)
class Measure:
    """An aggregate in SQL: `value` and `n` over `source` (the first table read, if empty), reading `reads`."""

    reads: Columns
    value: str
    n: str = "count(*)"
    source: str = ""


@dataclass(frozen=True)
class Histogram:
    """Counts of `value` below each of the ascending `edges`, over `source`."""

    reads: Columns
    value: str
    edges: tuple[int, ...]
    source: str


class Database:
    """A database to be measured: the build, or a release.

    With `hashes` (table -> content hash) and `memory`, aggregates of unchanged tables are taken from the memory.
    """

    def __init__(
        self, con: duckdb.DuckDBPyConnection, hashes: Mapping[str, str] | None = None, memory: Memory | None = None
    ) -> None:
        self.con = con
        self._hashes = hashes or {}
        self._memory = memory
        self.columns: dict[str, set[str]] = {}
        for table, column in con.execute(
            "SELECT table_schema || '.' || table_name, column_name FROM information_schema.columns "
            "WHERE table_catalog = current_database()"
        ).fetchall():
            self.columns.setdefault(table, set()).add(column)

    def lacks(self, reads: Columns) -> str:
        """Return the first table or column of `reads` that does not exist; '' if all exist."""
        for table, names in reads.items():
            if table not in self.columns:
                return table
            for name in names:
                if name not in self.columns[table]:
                    return f"{table}.{name}"
        return ""

    def numbers(self, sql: str, reads: Columns) -> tuple | str:
        """Return the one row of `sql`, which reads these tables, or the type of error it raised (its message could
        quote a cell).
        """
        key = key_of(sql, reads, self._hashes) if self._memory else None
        if self._memory and key and (known := self._memory.get(key)) is not None:
            return known
        try:
            row = self.con.execute(sql).fetchone() or ()
        except duckdb.Error as error:
            return type(error).__name__
        if self._memory and key:
            self._memory.put(key, row)
        return row


def _known(gene: str) -> Measure:
    return Measure({"derived.patient_genotype": (gene,)}, f"100.0 * count(*) FILTER ({gene} <> 'unknown') / count(*)")


def _filled(table: str, expression: str, *columns: str) -> Measure:
    return Measure({table: columns}, f"100.0 * count({expression}) / count(*)")


def _too_many(table: str, of: str, counted: str) -> Measure:
    """Measure how many rows `table` has beyond one for each distinct `counted` of `of`."""
    source = (
        f"(SELECT (SELECT count(*) FROM {table}) AS rows_there, "  # noqa: S608 (own names)
        f"(SELECT count(DISTINCT ({counted})) FROM {of}) AS rows_due)"
    )
    reads: Columns = {table: (), of: tuple(counted.split(", "))}
    return Measure(reads, "rows_there - rows_due", "greatest(rows_there, rows_due)", source)


def _heaped(table: str, column: str, condition: str) -> Measure:
    return Measure({table: (column,)}, f"100.0 * count(*) FILTER ({condition}) / count({column})", f"count({column})")


MEASURES: dict[Key, Measure] = {
    ("derived.lesion_ltp", "rows too many"): _too_many(
        "derived.lesion_ltp", "clean.rfa_sessions", "site, patient_id, lesion_id"
    ),
    ("derived.patient_ltpfs", "rows too many"): _too_many(
        "derived.patient_ltpfs", "derived.lesion_ltp", "site, patient_id"
    ),
    ("derived.patient_genotype", "rows too many"): _too_many(
        "derived.patient_genotype", "clean.rfa_sessions", "site, patient_id"
    ),
    **{("derived.patient_genotype", f"{gene.upper()} known"): _known(gene) for gene in ("kras", "nras", "braf")},
    ("clean.lesions", "margin known"): _filled("clean.lesions", "minimal_margin_mm", "minimal_margin_mm"),
    ("derived.patient_ltpfs", "last contact known"): _filled(
        "derived.patient_ltpfs", "coalesce(last_contact_date, death_date)", "last_contact_date", "death_date"
    ),
    ("derived.lesion_ltp", "first exam in time"): Measure(
        {"quality.lesion_imaging": ()},
        "100.0 * (n_rows - n_violations) / n_rows",
        "n_rows",
        f"(SELECT * FROM ({select_of('results/img_08')}) WHERE site IS NULL)",  # noqa: S608 (own text)
    ),
    ("derived.patient_genotype", "KRAS mutant"): Measure(
        {"derived.patient_genotype": ("kras",)},
        "100.0 * count(*) FILTER (kras = 'mutant') / count(*) FILTER (kras IN ('mutant', 'wild_type'))",
        "count(*) FILTER (kras IN ('mutant', 'wild_type'))",
    ),
    ("derived.lesion_ltp", "lesions with LTP"): Measure(
        {"derived.lesion_ltp": ("ltp",)}, "100.0 * count(*) FILTER (ltp) / count(ltp)", "count(ltp)"
    ),
    **{
        (f"clean.{name}", f"{c.name} on {when}"): _heaped(f"clean.{name}", c.name, condition.format(c.name))
        for name, export in WATCHED.items()
        for c in export.columns
        if c.kind == "date"
        for when, condition in (
            ("the first of a month", "day({0}) = 1"),
            ("1 January", "day({0}) = 1 AND month({0}) = 1"),
        )
    },
}

HISTOGRAMS = {
    "diameters": Histogram(
        {"clean.lesions": ("max_diameter_mm",)}, "max_diameter_mm", (5, 10, 20, 30, 40, 50, 60), "clean.lesions"
    ),
    "intervals": Histogram(
        {"quality.patient_imaging": ("interval_days",)},
        "days",
        (7, 30, 60, 90, 120, 200, 400),
        "(SELECT unnest(interval_days) AS days FROM quality.patient_imaging)",
    ),
}
SHARES: dict[Key, tuple[str, int, int]] = {
    ("clean.lesions", "diameters from 5 to below 60 mm"): ("diameters", *USUAL_DIAMETER_MM),
    ("clean.lesions", "diameters below 30 mm"): ("diameters", 0, LARGE_LESION_MM),
    ("clean.imaging_followups", "intervals below 7 days"): ("intervals", 0, SHORT_INTERVAL_DAYS),
    ("clean.imaging_followups", "intervals below 200 days"): ("intervals", 0, EARLY_GAP_DAYS),
}
"""Expectations on the share of a histogram between two edges (from, below)."""


def observe(database: Database, measure: Measure) -> Observed:
    """Return the measure's number, or why there is none."""
    if lacking := database.lacks(measure.reads):
        return Observed(None, 0, f"{lacking} does not exist")
    source = measure.source or next(iter(measure.reads))
    row = database.numbers(f"SELECT {measure.n}, {measure.value} FROM {source}", measure.reads)  # noqa: S608 (own text)
    if isinstance(row, str):
        return Observed(None, None, row)
    if not row[0]:
        return Observed(None, 0, "no rows to check")
    if row[1] is None or math.isnan(row[1]):
        return Observed(None, None, "it evaluates to null")
    return Observed(float(row[1]), int(row[0]))


def below_edges(database: Database, histogram: Histogram) -> list[int] | Observed:
    """Return how many values are below each edge and how many in all, or an Observed without a number if none."""
    if lacking := database.lacks(histogram.reads):
        return Observed(None, 0, f"{lacking} does not exist")
    counts = ", ".join(f"count(*) FILTER ({histogram.value} < {edge})" for edge in histogram.edges)
    sql = f"SELECT {counts}, count({histogram.value}) FROM {histogram.source}"  # noqa: S608 (own text)
    row = database.numbers(sql, histogram.reads)
    if isinstance(row, str):
        return Observed(None, None, row)
    return [int(n) for n in row] if row[-1] else Observed(None, 0, "no rows to check")


def share(histogram: Histogram, below: list[int], first: int, end: int) -> Observed:
    """Return the percentage of values from `first` to below `end`; both are edges (`first` may be 0)."""
    upto = dict(zip((0, *histogram.edges), (0, *below), strict=False))
    return Observed(100.0 * (upto[end] - upto[first]) / below[-1], below[-1])
