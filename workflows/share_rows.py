"""What can leave as rows of patients or lesions: without identifiers, in groups that agree in what others know."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from schemas.disclosure import IDENTIFIERS, Mode
from warehouse.storage.errors import ShareRefused
from workflows.share_sources import Source

if TYPE_CHECKING:
    import pandas as pd

    from analysis.report.content import ReportContent
    from disclosure.assembled import Earlier
    from disclosure.levels import Level
    from disclosure.shared_content import Shared

PATIENT_KEY = ("site", "patient_id")
LESION_KEY = (*PATIENT_KEY, "lesion_id")


class RowsRefused(ShareRefused):
    """Rows in which a person could be found. `columns`: those without which nobody could."""

    def __init__(self, message: str, cure: str, columns: tuple[str, ...]) -> None:
        super().__init__(message, cure)
        self.columns = columns


def rows_that_leave(rows: "pd.DataFrame", mode: Mode, without: Iterable[str] = ()) -> "pd.DataFrame":
    """Return the rows without identifiers and the columns of `without`, in an order that says nothing. RowsRefused if
    fewer than the mode's k agree somewhere.
    """
    from disclosure.row_level import RowsIdentify, check_rows

    gone = {*IDENTIFIERS, *without}
    kept = rows[[name for name in rows if name not in gone]]
    if kept.empty:
        raise RowsRefused("No column is left.", "Leave out fewer columns, or share counts.", ())
    try:
        check_rows(kept, mode)
    except RowsIdentify as refused:
        raise RowsRefused(
            f"These rows cannot leave under {mode.name}. {refused}",
            "Download the rest without them." if refused.columns else "Widen the cohort.",
            tuple(refused.columns),
        ) from None
    return kept.sort_values(list(kept.columns), key=lambda column: column.astype(str)).reset_index(drop=True)


def of_rows(rows: "pd.DataFrame", level: str, without: Iterable[str] = ()) -> "Source[ReportContent, Shared]":
    """Return rows, which hold their keys, as a source: they count those who agree in what others know."""
    import numpy as np

    from disclosure.levels import PATIENT_LEVEL, Level, whole_key
    from disclosure.row_level import classes_of

    names = PATIENT_KEY if level == PATIENT_LEVEL else LESION_KEY
    keys = {level: list(zip(*(rows[name].astype(str) for name in names), strict=True))}
    keys[PATIENT_LEVEL] = list(dict.fromkeys(key[: len(PATIENT_KEY)] for key in keys[level]))
    levels = {name: Level(len(own)) for name, own in keys.items()}
    for name, own in levels.items():
        own.add(whole_key(name), np.ones(own.n_subjects, dtype=bool))
    gone = {*IDENTIFIERS, *without}
    for number, members in enumerate(classes_of(rows[[name for name in rows if name not in gone]])):
        levels[level].add(("rows", str(number)), members)

    def make(
        content: "ReportContent", mode: Mode, levels: "Mapping[str, Level]", earlier: "Mapping[str, Iterable[Earlier]]"
    ) -> "Shared":
        from disclosure.assembled import assemble
        from disclosure.shared_content import Shared, counts_that_leave
        from disclosure.suppression import suppress

        made = assemble(levels, mode, earlier)
        counts = counts_that_leave(made, suppress(made.cells, mode), mode)
        if len(counts) < len(made.places):
            raise ShareRefused(
                "What left before could be subtracted from these rows to a group that is too small.",
                "Leave out more columns, or share counts.",
            )
        return Shared(content, counts, levels)

    return Source(levels, keys, make, tuple(dict.fromkeys((PATIENT_LEVEL, level))), is_exact=True)
