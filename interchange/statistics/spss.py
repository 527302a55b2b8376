"""Writes patients.sav and lesions.sav for SPSS, with labels of variables and values."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.outgoing import Outgoing, Written
from interchange.statistics.codebook import CODEBOOK, shortened, write_codebook
from interchange.statistics.wide import Wide, frame_of, wide_tables

if TYPE_CHECKING:
    import pandas as pd

LONGEST_LABEL, LONGEST_TITLE = 255, 64
EPOCH, EPOCH_SECONDS = datetime(1970, 1, 1), 141_428 * 86_400
"""A day that every type of times can hold, and its seconds since 1582-10-14, from which SPSS counts."""
MADE_AT, MADE_BYTES = 92, 17
"""Where the header says when the file was made: 9 bytes of a day, 8 of a time."""
FORMATS = {"code": "F2.0", "whole": "F8.0", "date": "EDATE10"}
MEASURES = {"text": "nominal", "code": "nominal", "whole": "scale", "number": "scale", "date": "scale"}


def write(release: Outgoing, folder: Path) -> Written:
    """Write both files and codebook.csv."""
    made = datetime.fromisoformat(release.manifest["created_at"])
    rows, files = {}, {}
    for table in wide_tables(release):
        name = f"{table.name}.sav"
        frame = frame_of(release, table)
        write_file(frame, table, folder / name, f"Ablation registry, release {release.release_id}", made)
        rows[name], files[name] = len(frame), table
    rows[CODEBOOK] = write_codebook(folder, files)
    return Written(rows)


def write_file(frame: pd.DataFrame, table: Wide, path: Path, label: str, made: datetime) -> None:
    """Write the rows of a table as a file with this label, made at that time."""
    import pyreadstat

    pyreadstat.write_sav(
        _typed(frame, table),
        str(path),
        file_label=label[:LONGEST_TITLE],
        column_labels={one.name: shortened(one.prose, LONGEST_LABEL) for one in table.variables},
        variable_value_labels={one.name: dict(one.labels.items()) for one in table.variables if one.labels},
        variable_format={one.name: FORMATS[one.kind] for one in table.variables if one.kind in FORMATS},
        variable_measure={one.name: MEASURES[one.kind] for one in table.variables},
    )
    set_time(path, made)


def set_time(path: Path, made: datetime) -> None:
    """Write into the header when the release was made, where pyreadstat writes the time of day."""
    stamp = f"{made:%d %b %y%H:%M:%S}".encode("ascii")
    assert len(stamp) == MADE_BYTES
    with open(path, "r+b") as file:
        file.seek(MADE_AT)
        file.write(stamp)


def _typed(frame: pd.DataFrame, table: Wide) -> pd.DataFrame:
    """Return the frame as SPSS keeps cells: numbers, days as seconds since 1582-10-14, texts. pyreadstat would take the
    kind of a column of dates from its first cells, which may all be empty.
    """
    for one in table.variables:
        cells = frame[one.name]
        if one.kind == "date":
            frame[one.name] = (cells - EPOCH).dt.total_seconds() + EPOCH_SECONDS
        elif one.kind == "text":
            frame[one.name] = cells.astype(object).where(cells.notna(), "")
        else:
            frame[one.name] = cells.astype("float64")
    return frame
