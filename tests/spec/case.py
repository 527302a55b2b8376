"""What a spec case is: a clause, the rows that come in, the rows that must go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_ROW = "no row"


@dataclass(frozen=True)
class Case:
    """One clause of a definition.

    `title` is the clause in a sentence; `given` the drawn export rows (empty: only what goes without
    saying); `expected` the drawn result, with the columns that matter, or NO_ROW; `only` restricts the
    result before it is compared, for example to one endpoint.
    """

    title: str
    given: str
    expected: str
    only: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Section:
    """Cases that belong together: a heading, the definition in words, the cases."""

    heading: str
    words: str
    cases: tuple[Case, ...]


def cases_of(sections: tuple[Section, ...]) -> list[Case]:
    """All cases in the order of the page."""
    return [case for section in sections for case in section.cases]
