"""What can be downloaded, and the one function that every download passes through.

Unless the page runs under a mode of disclosure control (control.py), downloads are for use inside: counts are as they
are, and rows are of patients (docs/explore.md).
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from typing import IO, TYPE_CHECKING

import duckdb

from explore.baseline import shown_baseline
from explore.curves import shown_curves
from explore.model import shown_model
from explore.state import State
from warehouse.cohorts.attrition import KEY, LESION_KEY, Choice
from warehouse.cohorts.subjects import choice_of
from warehouse.storage.csv_output import write_csv
from warehouse.storage.errors import QueryFailed

if TYPE_CHECKING:
    import pandas as pd

PATIENT_ROWS, LESION_ROWS, STEPS = "patients", "lesions", "attrition"
CURVE, TABLE_ONE, MODEL = "curve", "table-1", "model"
OF_COHORT = (PATIENT_ROWS, LESION_ROWS, STEPS, CURVE, TABLE_ONE, MODEL)
MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
BATCH_ROWS = 100_000
CHUNK_BYTES = 1 << 20
Check = Callable[[], None]


def leave(
    answer: duckdb.DuckDBPyRelation, kind: str, check: Check, log: Callable[[str], object] | None = None
) -> Iterator[bytes]:
    """Write the rows as `csv` or `parquet`, let `log` have the file's SHA-256, and hand out the file in parts.

    Nothing is downloaded but through here; what the rows are is up to control.py.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 (it outlives this function, and is closed when it is handed out)
    try:
        write = {"csv": _write_csv, "parquet": _write_parquet}[kind]
        write(answer, file, check)
        file.seek(0)
        if log is not None:
            log(hashlib.file_digest(file, "sha256").hexdigest())  # type: ignore[arg-type]
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return _parts(file)


def of_cohort(con: duckdb.DuckDBPyConnection, choice: Choice, state: State, what: str) -> duckdb.DuckDBPyRelation:
    """Return the rows of what the page shows: the cohort's patients or lesions with every column of their view, its
    attrition, its curves, its Table 1 in long form, or its model. QueryFailed if there is nothing of that name.
    """
    if what == PATIENT_ROWS:
        return con.sql(f"FROM cohort.patients SEMI JOIN ({choice_of(choice.patients)}) USING ({KEY}) ORDER BY {KEY}")
    if what == LESION_ROWS:
        return con.sql(
            f"FROM cohort.lesions SEMI JOIN ({choice_of(choice.lesions)}) USING ({LESION_KEY}) ORDER BY {LESION_KEY}"
        )
    if what == STEPS:
        return frame_of(steps_table(choice))
    if what == CURVE:
        return frame_of(shown_curves(con, choice, state).table)
    if what == TABLE_ONE:
        return frame_of(shown_baseline(con, choice, state).table)
    if what == MODEL and (rows := shown_model(con, choice, state).rows) is not None:
        return frame_of(rows)
    raise QueryFailed("There is no such download.", "Use the links of the page.")


def steps_table(choice: Choice) -> "pd.DataFrame":
    """Return the attrition: criterion, condition, is_kept, patients, lesions."""
    import pandas as pd

    columns = ["criterion", "condition", "is_kept", "patients", "lesions"]
    rows = [(s.name, s.where, s.is_kept, s.n_patients, s.n_lesions) for s in choice.steps]
    return pd.DataFrame(rows, columns=columns)


def frame_of(table: "pd.DataFrame") -> duckdb.DuckDBPyRelation:
    """Return a table as rows of a database of its own."""
    return duckdb.connect().from_df(table)


def _write_csv(answer: duckdb.DuckDBPyRelation, file: IO[bytes], check: Check) -> None:
    text = TextIOWrapper(file, encoding="utf-8", newline="")
    write_csv(answer, text, check)
    text.flush()
    text.detach()


def _write_parquet(answer: duckdb.DuckDBPyRelation, file: IO[bytes], check: Check) -> None:
    import pyarrow.parquet as parquet

    reader = answer.to_arrow_reader(BATCH_ROWS)
    with parquet.ParquetWriter(file, reader.schema) as out:
        for batch in reader:
            check()
            out.write_batch(batch)


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while part := file.read(CHUNK_BYTES):
            yield part
