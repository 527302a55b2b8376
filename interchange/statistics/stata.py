"""Writes patients.dta and lesions.dta for Stata 14 and later, with labels of variables and values."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from interchange.outgoing import Outgoing, Written
from interchange.statistics.codebook import CODEBOOK, shortened, write_codebook
from interchange.statistics.wide import Wide, frame_of, wide_tables
from warehouse.storage.errors import RegistryError

if TYPE_CHECKING:
    import pandas as pd

LONGEST_NAME, LONGEST_LABEL = 32, 80
TYPES = {"code": "Int8", "whole": "Int32"}


def write(release: Outgoing, folder: Path) -> Written:
    """Write both files and codebook.csv."""
    made = datetime.fromisoformat(release.manifest["created_at"]).replace(tzinfo=None)
    rows, files = {}, {}
    for table in wide_tables(release):
        check_names(table)
        name = f"{table.name}.dta"
        frame = _typed(frame_of(release, table), table)
        frame.to_stata(  # type: ignore[call-overload]  # its stub knows no mappings of exact types
            folder / name,
            write_index=False,
            version=118,
            time_stamp=made,
            data_label=f"Ablation registry, release {release.release_id}",
            variable_labels={one.name: shortened(one.prose, LONGEST_LABEL) for one in table.variables},
            value_labels={one.name: dict(one.labels) for one in table.variables if one.labels},
            convert_dates={one.name: "td" for one in table.variables if one.kind == "date"},
        )
        rows[name], files[name] = len(frame), table
    rows[CODEBOOK] = write_codebook(folder, files)
    return Written(rows)


def check_names(table: Wide) -> None:
    """Raise RegistryError for a name that Stata would cut."""
    if long := [one.name for one in table.variables if len(one.name) > LONGEST_NAME]:
        raise RegistryError(
            f"Stata has names of at most {LONGEST_NAME} letters, and {long[0]} has more.", "Export another kind."
        )


def _typed(frame: pd.DataFrame, table: Wide) -> pd.DataFrame:
    """Return the frame with Stata's types; an empty text is a missing one to Stata."""
    for one in table.variables:
        if one.kind in TYPES:
            frame[one.name] = frame[one.name].astype(TYPES[one.kind])  # type: ignore[call-overload]  # a name in a table
        elif one.kind == "number":
            frame[one.name] = frame[one.name].astype("float64")
        elif one.kind == "text":
            frame[one.name] = frame[one.name].astype(object).where(frame[one.name].notna(), "")
    return frame
