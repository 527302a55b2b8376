"""What a proposal consists of: lines that the files show, and questions with answers to choose from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = str | bool | int | list | dict
"""What site.toml holds behind a key: text, true, a number, a list of texts, or an inline table of these."""

Key = str | tuple[str, ...]
"""A key of site.toml, or the path of one."""


@dataclass(frozen=True)
class Question:
    """What the files leave open: the reason, and the lines that would answer it, of which a person takes one.

    An answer's key may be a path below the entry's own, such as (sex, codes, d): then it adds to the entry's line.
    """

    reason: str
    answers: tuple[tuple[Key, Value], ...] = ()


@dataclass(frozen=True)
class Entry:
    """One key of site.toml: its line if it is sure, a note above it, and the questions about it.

    `further` are codes for words that no cell has yet.
    """

    key: str
    value: Value | None = None
    note: str = ""
    questions: tuple[Question, ...] = ()
    further: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Table:
    """A table of site.toml with its entries, in order. `header` is like [sources.klinik].

    `question` is set where it is asked whether the table is meant at all: then all of it is a comment.
    """

    header: str
    entries: list[Entry] = field(default_factory=list)
    question: str = ""

    @property
    def n_questions(self) -> int:
        """Return how many questions it has, one if the table itself is asked."""
        return 1 if self.question else sum(len(entry.questions) for entry in self.entries)


def column_value(origin: str | None, **more: Value | None) -> Value:
    """Return how a column is delivered: the source column's name, with what else is said of it.

    >>> column_value("Datum"), column_value("Datum", format=["%d.%m.%Y"], unit=None)
    ('Datum', {'from': 'Datum', 'format': ['%d.%m.%Y']})
    """
    said = {key: value for key, value in more.items() if value}
    if not said and origin is not None:
        return origin
    return ({"from": origin} if origin is not None else {}) | said
