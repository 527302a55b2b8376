"""Matches the columns of a source to those of an export by name: canonical, a word of the dictionary, nearly one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.proposals.units import split
from warehouse.proposals.words import Meaning, Strength, meanings, near_meaning
from warehouse.readers.near_names import PERSONAL, shown
from warehouse.sources.file_columns import plain

MOST_NEAR = 60
"""Sources with more columns are not searched for mistyped names."""


@dataclass(frozen=True)
class Match:
    """A source column that a canonical column may be read from. `unit` is the one in its name."""

    name: str
    strength: Strength
    unit: str | None = None
    reason: str = ""


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
        for meaning, unit in _meanings(export, name, others.get(name, ())):
            found.setdefault(meaning.column, []).append(Match(name, meaning.strength, unit))
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


def _meanings(export: Export, name: str, others: Sequence[str]) -> list[tuple[Meaning, str | None]]:
    """Return what a column may mean: its name as it is, without its unit, or by what else it is called."""
    for number, text in enumerate((name, *others)):
        most = Strength.named if number else Strength.canonical
        bare, unit = split(text)
        if found := meanings(export.name, text):
            return [(Meaning(one.column, min(one.strength, most)), unit) for one in found]
        if unit is not None and (found := meanings(export.name, bare)):
            return [(Meaning(one.column, min(one.strength, most)), unit) for one in found]
    return []


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
