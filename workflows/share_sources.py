"""What can leave under disclosure control: whom its counts count, and how its content is made for outside."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import duckdb

from schemas.disclosure import Mode
from warehouse.cohorts.recipe import Recipe

if TYPE_CHECKING:
    from analysis.report.content import ReportContent
    from analysis.subjects.analysis_frames import AnalysisFrames
    from disclosure.assembled import Earlier
    from disclosure.levels import Key, Level
    from disclosure.shared_content import Shared


class Counted(Protocol):
    """What leaves: its content, and the counts in it (level and key -> count)."""

    @property
    def content(self) -> Any:
        """Return the content."""

    @property
    def counts(self) -> "Mapping[tuple[str, Key], int]":
        """Return the counts."""


Content = TypeVar("Content")
"""What is given of which something may leave; None where it is all in the source."""
Left = TypeVar("Left", bound=Counted)


@dataclass(frozen=True)
class Source(Generic[Content, Left]):
    """Results before they leave: `levels` are the groups that they count, `keys` the subjects of each level in order,
    `compared` the levels at which they may not be nearly the same as what left, and `make` makes what leaves;
    `is_exact` if that is unrounded in every mode.
    """

    levels: "Mapping[str, Level]"
    keys: Mapping[str, list[tuple[str, ...]]]
    make: "Callable[[Content, Mode, Mapping[str, Level], Mapping[str, Iterable[Earlier]]], Left]"
    compared: tuple[str, ...] = ("patient",)
    is_exact: bool = False

    @property
    def n_patients(self) -> int:
        """Return how many patients the results are about."""
        from disclosure.levels import PATIENT_LEVEL, whole_key

        return self.levels[PATIENT_LEVEL].count(whole_key(PATIENT_LEVEL))


def of_registry(registry: "AnalysisFrames", has_volumes: bool = False) -> "Source[ReportContent, Shared]":
    """Return a release's results, or those of the patients that a SELECT names; `has_volumes` if those of the centres
    are among them.
    """
    from analysis.subjects.numbered_frames import LESION_KEY, PATIENT_KEY, SESSION, SESSION_KEY
    from disclosure.groups import groups_of
    from disclosure.shared_content import shared_content

    sessions = registry.sessions.drop_duplicates(SESSION).sort_values(SESSION)
    keys = {
        level: list(zip(*(frame[name].astype(str) for name in names), strict=True))
        for level, frame, names in (
            ("patient", registry.patients, PATIENT_KEY),
            ("lesion", registry.lesions, LESION_KEY),
            ("session", sessions, SESSION_KEY),
        )
    }
    return Source(
        groups_of(registry, has_volumes),
        keys,
        lambda content, mode, levels, earlier: shared_content(content, registry, mode, levels, earlier),
    )


def of_recipe(con: duckdb.DuckDBPyConnection, recipe: Recipe) -> "Source[ReportContent, Shared]":
    """Return what a recipe makes of an open release. ShareRefused if a group of it would be a person."""
    from disclosure.recipe_groups import recipe_groups
    from disclosure.shared_recipe import shared_recipe
    from workflows.recipe_frames import recipe_frames

    frames, keys = recipe_frames(con, recipe)
    return Source(
        recipe_groups(frames),
        keys,
        lambda content, mode, levels, earlier: shared_recipe(content, frames, mode, levels, earlier),
        ("patient", "lesion") if recipe.level == "lesion" else ("patient",),
    )
