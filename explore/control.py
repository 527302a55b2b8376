"""What a download holds: everything as it is for use inside, or what may leave under a mode of disclosure control."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from explore.leaving import CURVE, LESION_ROWS, MODEL, OF_COHORT, PATIENT_ROWS, STEPS, frame_of, of_cohort
from explore.opened import Reading
from explore.recipes import recipe_of_state
from explore.state import State
from schemas.disclosure import Mode
from warehouse.cohorts.attrition import choose
from warehouse.cohorts.shown_recipe import shown_recipe
from warehouse.storage.errors import QueryFailed, ShareRefused
from warehouse.storage.home import Home
from workflows.analyse_recipe import recipe_content
from workflows.disclosed import leaving, log
from workflows.share_rows import of_rows, rows_that_leave
from workflows.share_sources import of_recipe

if TYPE_CHECKING:
    import pandas as pd

    from analysis.report.content import ReportContent

Logged = Callable[[str], object] | None
"""Writes the line of a download that is about to leave, given its file's SHA-256; None if none is written."""


@dataclass(frozen=True)
class Control:
    """Under which mode downloads leave, from which home, and how long one may take."""

    home: Home
    mode: Mode
    timeout_seconds: float

    @property
    def name(self) -> str:
        """Return the mode's name; '' if downloads are for use inside."""
        return "" if self.mode.is_open else self.mode.name

    @property
    def hindrance(self) -> str:
        """Return why nothing can leave: whoever looks may not write the log; '' if it can."""
        folder = self.home.shared if self.home.shared.exists() else self.home.root
        if self.mode.is_open or os.access(folder, os.W_OK | os.X_OK):
            return ""
        return (
            f"Nothing can be downloaded under {self.mode.name}: each download is logged in shared/, where you may read "
            "or write nothing."
        )

    def require(self) -> None:
        """Raise ShareRefused if nothing can leave."""
        if self.hindrance:
            raise ShareRefused(
                self.hindrance,
                f"Save the recipe, and ask the registry's owner for `registry cohort recipe.yaml --out FOLDER "
                f"--disclosure {self.mode.name}`.",
            )

    @contextmanager
    def cohort(
        self, reading: Reading, state: State, what: str, without: Sequence[str] = ()
    ) -> Iterator[tuple[duckdb.DuckDBPyRelation, Logged]]:
        """Make the rows of what a page shows as they leave, and what logs it. ShareRefused if they must not."""
        if what not in OF_COHORT:
            raise QueryFailed("There is no such download.", "Use the links of the page.")
        if self.mode.is_open:
            yield of_cohort(reading.con, choose(reading.con, state.criteria), state, what), None
            return
        self.require()
        make = self._rows if what in (PATIENT_ROWS, LESION_ROWS) else self._counts
        with make(reading, state, what, without) as (table, logged):
            yield frame_of(table), logged

    def recipe(self, reading: Reading, state: State) -> str:
        """Return the page's recipe without what could identify a person, as it may be shown."""
        return shown_recipe(reading.con, recipe_of_state(state)).text

    def table(self) -> None:
        """Raise ShareRefused if whole tables of the catalogue must not leave."""
        if not self.mode.is_open:
            raise ShareRefused(
                f"Whole tables do not leave under {self.mode.name}: they hold identifiers, or counts as they are.",
                "Download a cohort's attrition, curves, Table 1 or rows, or make the public set with `registry share`.",
            )

    @contextmanager
    def _counts(
        self, reading: Reading, state: State, what: str, without: Sequence[str]
    ) -> "Iterator[tuple[pd.DataFrame, Logged]]":
        """Make the recipe's folder as it leaves, and take one table of it."""
        recipe = recipe_of_state(state)
        content = self._content(reading, state)
        with leaving(self.home, content, of_recipe(reading.con, recipe), self.mode) as left:
            table = _table_of(left.shared.content, state, what)
            if table.empty:
                raise ShareRefused(
                    f"Nothing of this may leave under {self.mode.name}: its groups, or their events, are too few.",
                    "Ask for fewer groups or a larger cohort.",
                )
            yield table, self._logged(reading, left, what)

    @contextmanager
    def _rows(
        self, reading: Reading, state: State, what: str, without: Sequence[str]
    ) -> "Iterator[tuple[pd.DataFrame, Logged]]":
        rows = of_cohort(reading.con, choose(reading.con, state.criteria), state, what).df()
        table = rows_that_leave(rows, self.mode, without)
        source = of_rows(rows, "patient" if what == PATIENT_ROWS else "lesion", without)
        with leaving(self.home, self._content(reading, state), source, self.mode) as left:
            yield table, self._logged(reading, left, what)

    def _content(self, reading: Reading, state: State) -> "ReportContent":
        return recipe_content(
            reading.con, reading.release, recipe_of_state(state), lambda _: None, self.timeout_seconds
        )

    def _logged(self, reading: Reading, left, what: str) -> Logged:  # type: ignore[no-untyped-def]
        recipe = left.shared.content.recipe.text
        return lambda digest: log(
            self.home,
            reading.release,
            f"explore {what}",
            self.mode,
            left,
            {"recipe": recipe, "file_sha256": digest},
        )


def _table_of(content: "ReportContent", state: State, what: str) -> "pd.DataFrame":
    import pandas as pd

    facts = content.recipe
    assert facts is not None
    if what == STEPS:
        columns = ["criterion", "condition", "is_kept", "patients", "lesions"]
        steps = [(s.name, s.where, s.is_kept, s.n_patients, s.n_lesions) for s in facts.steps]
        return pd.DataFrame(steps, columns=columns).astype({"patients": "Int64", "lesions": "Int64"})
    if what == CURVE:
        name = "cumulative_incidence" if facts.competes and not state.is_survival else "km_curve"
        table = content.tables[name]
        return table[table["grouping"] == (state.by.name if state.by else "overall")].reset_index(drop=True)
    return content.tables.get("cox", pd.DataFrame()) if what == MODEL else content.tables["table_one"]
