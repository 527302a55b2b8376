"""The warehouse's SQL and the plain-Python oracle agree on random registries, which reach every outcome.

The definitions themselves are drawn as tables in `tests/spec`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.oracle.rows import Subject, patient_of
from tests.properties.registries import many_registries
from tests.spec.clean_rows import Clean, Row
from tests.spec.readings import TABLES, by_oracle, by_sql

N_SITES = 25
N_BATCHES = 4  # of 25 sites: 100 registries in `make test`
LONG_BATCHES = 40  # 1,000 in `make test-all`
DIGITS = 9


def comparable(row: Row) -> tuple[Any, ...]:
    """The row's cells ready to be counted: lists as tuples, floats to nine digits."""
    cells = [round(value, DIGITS) if isinstance(value, float) else value for value in row.values()]
    return tuple(tuple(cell) if isinstance(cell, list) else cell for cell in cells)


def differences(sql: list[Row], oracle: list[Row]) -> list[tuple[Subject, str]]:
    """(patient, what differs) for each row that only one of the readings has, in the oracle's columns."""
    columns = list(oracle[0]) if oracle else ["site", "patient_id"]
    counted_sql = Counter(comparable({column: row[column] for column in columns}) for row in sql)
    counted_oracle = Counter(comparable({column: row[column] for column in columns}) for row in oracle)
    found = []
    for name, rows in (("SQL", counted_sql - counted_oracle), ("oracle", counted_oracle - counted_sql)):
        for cells in rows.elements():
            row = dict(zip(columns, cells, strict=True))
            found.append((patient_of(row), f"only the {name}: {row}"))
    return found


def smallest_patient(clean: Clean, patients: set[Subject]) -> tuple[Subject, list[str]]:
    """The one of `patients` who has the fewest clean rows, and these rows as lines of text."""
    lines: dict[Subject, list[str]] = {patient: [] for patient in patients}
    for export, rows in clean.items():
        for row in rows:
            if patient_of(row) in patients:
                told = {column: str(value) for column, value in row.items() if value is not None}
                lines[patient_of(row)].append(f"{export}: {told}")
    return min(lines.items(), key=lambda item: len(item[1]))


def on_random_registries(n_batches: int, check: Callable[[Clean], None]) -> int:
    """Call `check` on `n_batches` batches of N_SITES registries, always the same; return the number of registries.

    There is no shrinking, which would take minutes: a difference is shown on the patient with the fewest rows.
    """
    batches = drawn(max(n_batches, N_BATCHES))[:n_batches]
    for clean in batches:
        check(clean)
    return len(batches) * N_SITES


@cache
def drawn(n_batches: int) -> list[Clean]:
    """Return that many batches of random registries; drawing them costs more than judging them."""
    batches: list[Clean] = []

    @settings(
        max_examples=n_batches,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(clean=many_registries(N_SITES))
    def on_a_batch(clean: Clean) -> None:
        batches.append(clean)

    on_a_batch()
    return batches


def agree(clean: Clean) -> None:
    """Fail with the rows of the smallest patient if the SQL and the oracle differ."""
    sql, oracle = by_sql(clean), by_oracle(clean)
    for table in TABLES:
        found = differences(sql[table], oracle[table])
        if found:
            patient, rows = smallest_patient(clean, {patient for patient, _ in found})
            told = [difference for of, difference in found if of == patient]
            raise AssertionError("\n".join([f"derived.{table}:", *told, *rows]))


def test_sql_and_oracle_agree() -> None:
    """Every column that the oracle knows is the same in the SQL's tables, on 100 random registries."""
    assert on_random_registries(N_BATCHES, agree) == 100


@pytest.mark.long
def test_sql_and_oracle_agree_on_more_registries() -> None:
    """The same on 1,000 random registries."""
    assert on_random_registries(LONG_BATCHES, agree) == 1000


@pytest.mark.long
def test_registries_reach_every_outcome() -> None:
    """Each outcome that the definitions distinguish occurs more than once in 100 random registries, or in 200: what is
    drawn depends on the constants of the modules that other tests have imported.
    """
    evaluable = [("lesion", True, residual, ltp) for residual in (True, False) for ltp in (True, False)]
    never_adequate = [("lesion", False, residual, None) for residual in (True, False)]
    ras = [("mutant", "mutant"), ("wild_type", "wild_type"), ("wild_type", "unknown"), ("unknown", "unknown")]
    flags = ("low_vaf", "non_hotspot", "unparsed_variant", "vus")
    wanted = [*evaluable, *never_adequate, *(("ras", *pair) for pair in ras), *(("flag", f) for f in flags)]
    wanted += [("discordant", True), ("discordant", False), ("patient", None, False)]
    wanted += [("patient", ltp, mixed) for ltp in (True, False) for mixed in (True, False)]
    wanted += [("event", "TTLTP", level, event) for level in ("lesion", "patient") for event in (0, 1, 2)]
    wanted += [("event", endpoint, "patient", event) for endpoint in ("OS", "IHPFS", "DDFS", "PFS") for event in (0, 1)]
    wanted += [("event", name, "patient", event) for name in ("TT_NEWLIVER", "TTP", "CSS") for event in (0, 1, 2)]
    wanted += [("event", "TTLTP", level, 3) for level in ("lesion", "patient")]
    wanted += [("event", name, "patient", event) for name in ("STFI", "TTUP") for event in (0, 1, 2)]
    wanted += [("event", "DFS", "patient", 1)]  # free of disease to the end is rare; tests/spec draws it
    wanted += [("event", "A_LTPFS", level, event) for level in ("lesion", "patient") for event in (0, 1, 2)]
    wanted += [("uncontrolled LTP", found) for found in ("none", "the first", "a later one")]
    assert not lacking(wanted, N_BATCHES) or lacking(wanted, 2 * N_BATCHES) == []


def lacking(wanted: list[tuple[Any, ...]], n_batches: int) -> list[tuple[Any, ...]]:
    """Return the outcomes that occur less than twice in that many batches."""
    seen: Counter[tuple[Any, ...]] = Counter()
    on_random_registries(n_batches, lambda clean: seen.update(outcomes(clean)))
    return [outcome for outcome in wanted if seen[outcome] < 2]


def outcomes(clean: Clean) -> Iterator[tuple[Any, ...]]:
    """The outcomes that the oracle finds in the registries, to be counted."""
    derived = by_oracle(clean)
    for row in derived["lesion_ltp"]:
        yield "lesion", row["is_evaluable"], row["is_residual"], row["ltp"]
        if row["ltp"]:
            is_first = row["uncontrolled_ltp_date"] == row["ltp_date"]
            found = "none" if row["uncontrolled_ltp_date"] is None else "the first" if is_first else "a later one"
            yield "uncontrolled LTP", found
    for row in derived["patient_genotype"]:
        yield "ras", row["ras"], row["ras_extended"]
        yield "discordant", row["is_discordant"]
        yield from (("flag", flag) for flag in row["kras_flags"])
    for row in derived["patient_ltpfs"]:
        yield "patient", row["ltp"], 0 < row["n_evaluable_lesions"] < row["n_lesions"]
    for row in derived["time_to_event"]:
        yield "event", row["endpoint"], row["level"], row["event"]
