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

LONGEST_LABEL = 255
MADE_AT, MADE_BYTES = 92, 17
"""Where the header says when the file was made: 9 bytes of a day, 8 of a time."""
FORMATS = {"code": "F2.0", "whole": "F8.0", "date": "EDATE10"}
MEASURES = {"text": "nominal", "code": "nominal", "whole": "scale", "number": "scale", "date": "scale"}


def write(release: Outgoing, folder: Path) -> Written:
    """Write both files and codebook.csv."""
    import pyreadstat

    made = datetime.fromisoformat(release.manifest["created_at"])
    rows, files = {}, {}
    for table in wide_tables(release):
        name = f"{table.name}.sav"
        frame = _typed(frame_of(release, table), table)
        pyreadstat.write_sav(
            frame,
            str(folder / name),
            file_label=f"Ablation registry, release {release.release_id}"[:64],
            column_labels={one.name: shortened(one.prose, LONGEST_LABEL) for one in table.variables},
            variable_value_labels={t.name: dict(t.labels.items()) for t in table.variables if t.labels},
            variable_format={one.name: FORMATS[one.kind] for one in table.variables if one.kind in FORMATS},
            variable_measure={one.name: MEASURES[one.kind] for one in table.variables},
        )
        set_time(folder / name, made)
        rows[name], files[name] = len(frame), table
    rows[CODEBOOK] = write_codebook(folder, files)
    return Written(rows)


def set_time(path: Path, made: datetime) -> None:
    """Write into the header when the release was made, where pyreadstat writes the time of day."""
    stamp = f"{made:%d %b %y%H:%M:%S}".encode("ascii")
    assert len(stamp) == MADE_BYTES
    with open(path, "r+b") as file:
        file.seek(MADE_AT)
        file.write(stamp)


def _typed(frame: pd.DataFrame, table: Wide) -> pd.DataFrame:
    """Return the frame with numbers as SPSS keeps them, and dates as days."""
    for one in table.variables:
        if one.kind in ("code", "whole", "number"):
            frame[one.name] = frame[one.name].astype("float64")
        elif one.kind == "date":
            days = frame[one.name]
            frame[one.name] = days.dt.date.astype(object).where(days.notna())
        else:
            frame[one.name] = frame[one.name].astype(object).where(frame[one.name].notna())
    return frame
