"""Recipes' outputs as they leave, one after another, without files; and what an outsider reads in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.report.content import ReportContent
from analysis.tidy import OVERALL, stratum_labels
from disclosure.earlier_outputs import Left, described, recalled, refuse_if_close, set_against
from disclosure.levels import Key, Level, whole_key
from disclosure.recipe_groups import RecipeFrames, recipe_groups
from disclosure.shared_recipe import shared_recipe
from schemas.disclosure import MODES, Mode
from tests.disclosure.attack import Printed, atoms_of
from warehouse.cohorts.recipe import parse_recipe
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.analyse_recipe import recipe_content
from workflows.recipe_frames import Keys, recipe_frames

OUTSIDE, NOT_ANALYSED, NO_EVENT = "-1", "not analysed", "0"


@dataclass(frozen=True)
class Asked:
    """A recipe on a release: everything inside, its subjects, and their keys."""

    content: ReportContent
    frames: RecipeFrames
    keys: Keys


@dataclass(frozen=True)
class Output:
    """What left of a recipe: the content, its counts, and what later outputs are set against."""

    asked: Asked
    content: ReportContent
    counts: Mapping[tuple[str, Key], int]
    left: dict[str, Left]


def asked(home: Path, text: str) -> Asked:
    """Ask a recipe of the home's release."""
    release, recipe = find_release(Home(home)), parse_recipe(text)
    with open_release(release) as con:
        return Asked(recipe_content(con, release, recipe, lambda _: None, 60), *recipe_frames(con, recipe))


def of_fewer(one: Asked, n: int) -> Asked:
    """The same asked of a release that lacks the last `n` patients; for groups, not for estimates."""
    gone = set(one.keys["patient"][len(one.keys["patient"]) - n :])
    kept = {level: np.array([key[:2] not in gone for key in keys]) for level, keys in one.keys.items()}
    frames, own = one.frames, kept[one.frames.level]
    fewer = replace(
        frames,
        n_met={level: met[kept[level]] for level, met in frames.n_met.items()},
        days=frames.days[own],
        event=frames.event[own],
        is_timed=frames.is_timed[own],
        terms=frames.terms[own].reset_index(drop=True),
        described=frames.described[own].reset_index(drop=True),
        _counted={},
    )
    keys = {
        level: [key for key, stays in zip(found, kept[level], strict=True) if stays]
        for level, found in one.keys.items()
    }
    return Asked(one.content, fewer, keys)


def left_of(levels: Mapping[str, Level], keys: Keys, counts: Mapping[tuple[str, Key], int], mode: Mode) -> dict:
    """What the log keeps of an output."""
    found = {}
    for name, level in levels.items():
        about = described(level, {key: n for (own, key), n in counts.items() if own == name}, mode)
        members = np.array(list(level.members.values()), dtype=bool).reshape(len(level.members), level.n_subjects)
        found[name] = recalled(about, hashed(keys, name), members, 0)
    return found


def hashed(keys: Keys, level: str) -> list[bytes]:
    """Stand in for the keyed hashes of the log."""
    return ["\x1f".join(key).encode() for key in keys[level]]


def share(
    one: Asked, mode: Mode, before: Sequence[dict[str, Left]] = (), levels: dict[str, Level] | None = None
) -> Output:
    """Let a recipe's results leave after these outputs, as workflows/disclosed.py does."""
    levels = recipe_groups(one.frames) if levels is None else levels
    keys = {name: hashed(one.keys, name) for name in levels}
    for level in ("patient", *([one.frames.level] if one.frames.level == "lesion" else [])):
        whole = np.flatnonzero(levels[level].members[whole_key(level)])
        refuse_if_close([keys[level][place] for place in whole], before, mode, level)
    shared = shared_recipe(one.content, one.frames, mode, *set_against(levels, keys, before))
    return Output(one, shared.content, shared.counts, left_of(levels, one.keys, shared.counts, mode))


@cache
def shared_first(home: Path, text: str, mode: str) -> Output:
    """Return what leaves of a recipe before anything else has left; made once, for it takes up to a minute."""
    return share(asked(home, text), MODES[mode])


def truth(one: Asked) -> pd.DataFrame:
    """Each subject of the release at the recipe's level: how many criteria it meets, its groups, and what happened."""
    frames = one.frames
    event = np.where(frames.is_analysed, np.nan_to_num(frames.event, nan=-1).astype(int).astype(str), NOT_ANALYSED)
    rows = {name: stratum_labels(frames.terms[name]).astype(str) for name in frames.groupings}
    return pd.DataFrame({"met": frames.n_met[frames.level].astype(str), "event": event, **rows})


@dataclass(frozen=True)
class Group:
    """A group that is printed: who met so many criteria, with this value of a column, who had this event."""

    least_met: int
    column: str = ""
    value: str = ""
    event: str = ""
    is_analysed: bool = False

    def of(self, printed: Printed, n_steps: int, met: str = "met") -> np.ndarray:
        """Mark the atoms that it counts."""
        inside = np.zeros(len(printed.atoms), dtype=bool)
        for n in range(self.least_met, n_steps + 1):
            inside |= printed.which(**{met: str(n)})
        if self.is_analysed:
            inside &= ~printed.which(event=NOT_ANALYSED)
        if self.event:
            inside &= printed.which(event=self.event)
        return inside & printed.which(**{self.column: self.value}) if self.column else inside


def told(output: Output) -> Iterator[tuple[Group, int]]:
    """Every count of a group that the folder prints, read in its tables and its page's facts."""
    facts, tables, frames = output.content.recipe, output.content.tables, output.asked.frames
    assert facts is not None
    n_steps = frames.n_steps
    for place, step in enumerate(facts.steps):
        n = step.n_patients if frames.level == "patient" else step.n_lesions
        if n is not None:
            yield Group(place), n
    for group, n in (
        (Group(n_steps, is_analysed=True), facts.n_subjects),
        (Group(n_steps, event="1"), facts.n_events),
    ):
        if n is not None:
            yield group, n
    for name in ("km_summary", "cumulative_incidence"):
        if name in tables:
            for row in tables[name][["grouping", "stratum", "n"]].drop_duplicates().to_dict("records"):
                column = "" if row["grouping"] == OVERALL else str(row["grouping"])
                yield Group(n_steps, column, str(row["stratum"]) if column else "", is_analysed=True), int(row["n"])
    one = tables["table_one"]
    for row in one.to_dict("records"):
        count = str(row["value"]).split(" ")[0]
        if count.isdigit() and row["stratum"] == OVERALL and row["variable"] in frames.groupings:
            yield Group(n_steps, str(row["variable"]), str(row["level_of_variable"])), int(count)
        elif row["variable"] == "n" and count.isdigit():
            column = "" if row["stratum"] == OVERALL else frames.by[0]
            yield Group(n_steps, column, str(row["stratum"]) if column else ""), int(count)
    for (level, key), count in output.counts.items():  # events of groups: what rates and tests are computed from
        if level == frames.level and key[0] == "event":
            column = "" if key[3] == OVERALL else key[3]
            yield Group(n_steps, column, key[4] if column else "", event=key[5]), count


def models_told(output: Output) -> Iterator[tuple[tuple[str, ...], str, int]]:
    """(covariates, '' or event, count) of each model that the folder prints."""
    table = output.content.tables.get("cox")
    frames = output.asked.frames
    for row in table.to_dict("records") if table is not None else ():
        is_alone = row["analysis"] == "univariable" and row["term"]
        if is_alone or row["analysis"] == "multivariable" or len(frames.covariates) == 1:
            covariates = (str(row["term"]),) if is_alone else frames.covariates
            yield covariates, "", int(row["n"])
            yield covariates, "1", int(row["n_events"])


def tell(printed: Printed, output: Output, mode: Mode, met: str = "met") -> None:
    """Tell the outsider everything that the folder prints."""
    for group, n in told(output):
        if group.column in ("", *printed.atoms[0]):
            printed.tell(group.of(printed, output.asked.frames.n_steps, met), max(n - mode.slack, 0), n + mode.slack)
    n_steps, numbers = output.asked.frames.n_steps, output.asked.frames.numbers
    for covariates, event, n in models_told(output):
        if set(covariates) & numbers or not set(covariates) <= set(printed.atoms[0]):
            continue
        members = Group(n_steps, event=event, is_analysed=True).of(printed, n_steps, met)
        for name in covariates:
            members &= ~printed.which(**{name: "unknown"})
        printed.tell(members, max(n - mode.slack, 0), n + mode.slack)


def outsider(rows: pd.DataFrame) -> Printed:
    """What an outsider starts from: any number of subjects may have any combination of the values that occur."""
    return Printed(atoms_of({str(name): sorted(set(rows[name])) for name in rows}))


def small_groups(
    rows: pd.DataFrame, n_steps: int, mode: Mode, met: str = "met"
) -> Iterator[tuple[dict[str, str], int]]:
    """(attributes, true count) of each small group of those analysed: by each column and two of them, all, with and
    without the event; and of those who leave at a criterion.
    """
    names = [name for name in rows if name not in ("event", met) and not name.startswith("met")]
    inside = rows[(rows[met] == str(n_steps)) & (rows["event"] != NOT_ANALYSED)]
    pairs = [(a, b) for place, a in enumerate(names) for b in names[place + 1 :]]
    for own in ((), *((name,) for name in names), *pairs):
        for more in ((), ("event",)):
            columns = [*own, *more]
            if columns:
                for values, part in inside.groupby(columns):
                    found = dict(zip(columns, values, strict=True))
                    if 1 <= len(part) <= mode.small:
                        yield {met: str(n_steps), **found}, len(part)
    for n, part in rows.groupby(met):
        if n != str(n_steps) and 1 <= len(part) <= mode.small:
            yield {met: str(n)}, len(part)
