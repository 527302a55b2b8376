"""Matches the columns of a source to those of an export by name: canonical, a word of the dictionary, nearly one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.proposals.titles import within, wordings
from warehouse.proposals.units import split
from warehouse.proposals.words import Strength, meanings, near_meaning
from warehouse.readers.near_names import PERSONAL, shown
from warehouse.sources.file_columns import plain

MOST_NEAR = 60
"""Sources with more columns are not searched for mistyped names."""


@dataclass(frozen=True)
class Match:
    """A source column that a canonical column may be read from. `unit` is the one in its name or title.

    `by_title`: its name alone does not mean the column.
    """

    name: str
    strength: Strength
    unit: str | None = None
    reason: str = ""
    by_title: bool = False


@dataclass
class Matches:
    """The matches of one source and export: the best for each canonical column, and others as good as it."""

    export: Export
    best: dict[str, Match] = field(default_factory=dict)
    rivals: dict[str, list[Match]] = field(default_factory=dict)

    def name_of(self, column: str) -> str | None:
        """Return the source column of a canonical one if it is sure, else None."""
        match = self.best.get(column)
        is_sure = match is not None and match.strength > Strength.asked and not self.rivals.get(column)
        return match.name if match is not None and is_sure else None

    def drop(self, column: str) -> None:
        """Forget what was found for a canonical column."""
        self.best.pop(column, None)
        self.rivals.pop(column, None)


def match_columns(
    export: Export, names: Iterable[str], others: Mapping[str, Sequence[str]], taken: Iterable[str]
) -> Matches:
    """Return the matches. `others` are what else columns with technical names are called; `taken` are not matched."""
    found: dict[str, list[Match]] = {}
    names = [name for name in names if name.strip()]
    not_asked = {plain(name) for name in taken}
    for name in names:
        if plain(name) in not_asked or shown(name) == PERSONAL:
            continue
        for match, column in _meanings(export, name, others.get(name, ())):
            found.setdefault(column, []).append(match)
    matches = Matches(export)
    for column in export.column_names:
        if ranked := sorted(found.get(column, []), key=lambda match: -match.strength):
            equal = [match for match in ranked if match.strength == ranked[0].strength]
            matches.best[column] = ranked[0]
            if len(equal) > 1:
                matches.rivals[column] = equal
    _use_each_once(matches)
    if len(names) <= MOST_NEAR:
        _add_near(matches, names, not_asked)
    return matches


def _meanings(export: Export, name: str, others: Sequence[str]) -> list[tuple[Match, str]]:
    """Return what a column may mean by its name, and by what else it is called where that says more.

    Where both say as much and not the same, each is asked.
    """
    own, unit = _of_text(export, name)
    called, its_unit = next((one for text in others if (one := _of_text(export, text))[0]), ({}, None))
    called = {column: min(strength, Strength.named) for column, strength in called.items()}
    unit = unit or its_unit
    most_own, most_called = (max(found.values(), default=0) for found in (own, called))
    if most_called > most_own:
        return [(Match(name, strength, unit, by_title=True), column) for column, strength in called.items()]
    if most_called < most_own or own.keys() & called.keys():
        both = own.keys() & called.keys() if most_called == most_own else own.keys()
        return [(Match(name, own[column], unit), column) for column in own if column in both]
    if own:
        reason = f"The name of {shown(name)} may mean {', '.join(own)}, and its title {', '.join(called)}. Which is it?"
        return [(Match(name, Strength.asked, unit, reason), column) for column in {**own, **called}]
    near = next((found for text in others if (found := within(export.name, split(text).name))), None)
    return [(Match(name, near.strength, unit or _unit(others), by_title=True), near.column)] if near else []


def _of_text(export: Export, text: str) -> tuple[dict[str, Strength], str | None]:
    """Return what a text means, as it is, without its unit or by what may be its essence; and the unit in it."""
    for one in wordings(text):
        bare, unit = split(one)
        if found := meanings(export.name, one) or (meanings(export.name, bare) if unit is not None else ()):
            return dict(found), unit or _unit([text])
    return {}, None


def _unit(texts: Iterable[str]) -> str | None:
    return next((unit for text in texts if (unit := split(text).unit)), None)


def _use_each_once(matches: Matches) -> None:
    """Drop a general meaning of a source column that also has a better one, and one of two equal meanings."""
    by_name: dict[str, list[str]] = {}
    for column, match in matches.best.items():
        by_name.setdefault(plain(match.name), []).append(column)
    for columns in by_name.values():
        strongest = max(matches.best[column].strength for column in columns)
        for column in columns:
            if matches.best[column].strength < strongest:
                matches.drop(column)


def _add_near(matches: Matches, names: Iterable[str], not_asked: set[str]) -> None:
    used = {plain(match.name) for match in matches.best.values()}
    for name in names:
        if plain(name) in used | not_asked or shown(name) == PERSONAL:
            continue
        if any(meanings(other, split(name).name) or meanings(other, name) for other in EXPORTS):
            continue
        column = near_meaning(matches.export.name, split(name).name)
        if column is not None and column not in matches.best:
            reason = f"{shown(name)} is nearly a word for {column}. Is it meant?"
            matches.best[column] = Match(name, Strength.asked, split(name).unit, reason)
