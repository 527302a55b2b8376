"""The parts that make up a page (paragraphs, tables, figures, warnings, commands, folds) and their numbering."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase
from typing import Any, NamedTuple


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


class Cell(NamedTuple):
    """One table cell: its text, and the letter of a footnote if it has one."""

    text: str
    mark: str = ""
    tone: str = ""
    """'', 'good', 'bad', 'soft', or 'heat0' to 'heat3' (darker and darker): an accent, never the only
    carrier of a meaning; 'unseen' is only read aloud.
    """


class Column(NamedTuple):
    """One table column. Numbers are aligned right, words left."""

    label: str
    is_number: bool = False
    is_tight: bool = False
    """Whether its words must stay on one line."""


class Row(NamedTuple):
    """One line of a table.

    A group row is a heading across all columns (only its first cell is used); a continued row belongs to the
    line above it.
    """

    cells: Sequence[Cell | str]
    is_group: bool = False
    is_continued: bool = False


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    kind: str = "paragraph"


@dataclass(frozen=True)
class Link:
    """A sentence that links to another page of the release; `address` is relative to this one."""

    text: str
    address: str
    kind: str = "link"


@dataclass(frozen=True)
class Heading:
    """A heading inside a section."""

    text: str
    kind: str = "heading"


@dataclass(frozen=True)
class Callout:
    """A warning or remark that must not be overlooked."""

    title: str
    text: str
    kind: str = "callout"


@dataclass(frozen=True)
class Command:
    """A command to type, and what it does."""

    text: str
    meaning: str
    kind: str = "command"


@dataclass(frozen=True)
class Definitions:
    """Terms with their meaning."""

    items: Sequence[tuple[str, str]]
    kind: str = "definitions"


@dataclass(frozen=True)
class DataTable:
    """A table. `spans`: an optional upper header line as (label, number of columns). `notes` and `footnotes` are
    printed below. `source`: the analysis table that holds every row; '' if there is none. `command` prints them where
    the page has no file of that table; '' where it has one. `english`: the same table before it was said in another
    language.
    """

    number: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    notes: Sequence[str] = ()
    footnotes: Sequence[tuple[str, str]] = ()
    spans: Sequence[tuple[str, int]] = ()
    kind: str = "table"
    source: str = ""
    command: str = ""
    english: DataTable | None = field(default=None, repr=False, compare=False)

    @property
    def anchor(self) -> str:
        """Return its anchor on the page, the same in every language: 'table-3'."""
        return f"table-{_digits(self.number)}"


@dataclass(frozen=True)
class FigureBlock:
    """A figure. `svg` is trusted markup made by analysis.figures; a figure that cannot be drawn has an empty `svg` and
    says why in `note`. `name` is that of its files, `figure` the matplotlib figure that was drawn. `curves`: what its
    lines are drawn from, so that a figure that shows nothing new can be recognised; empty if it has no curves.
    """

    number: str
    caption: str
    svg: str
    note: str = ""
    kind: str = "figure"
    name: str = ""
    figure: Any = field(default=None, repr=False, compare=False)
    curves: frozenset[Hashable] = field(default=frozenset(), repr=False)

    @property
    def anchor(self) -> str:
        """Return its anchor on the page, the same in every language: 'figure-3'."""
        return f"figure-{_digits(self.number)}"


@dataclass(frozen=True)
class FigureGrid:
    """Figures side by side where the page is wide enough. `is_open`: a page shows all of them at once (True) or
    folds them (False); by default it opens the main one.
    """

    figures: Sequence[FigureBlock]
    kind: str = "figures"
    is_open: bool | None = None


@dataclass(frozen=True)
class Fold:
    """Details that a reader opens: the closed fold shows `number` ('Table 3') and `title`; `hint` says how much is in
    it. A printed page shows it open.
    """

    title: str
    blocks: Sequence[Block]
    number: str = ""
    hint: str = ""
    kind: str = "fold"


Block = Paragraph | Link | Heading | Callout | Command | Definitions | DataTable | FigureBlock | FigureGrid | Fold


@dataclass(frozen=True)
class Section:
    """A numbered section of the page with an anchor for the table of contents; `part` is the part it belongs to."""

    anchor: str
    title: str
    blocks: Sequence[Block]
    part: str = ""


@dataclass
class Numbering:
    """Numbers of tables and figures in reading order, and the warning in every figure's picture; one per page."""

    tables: int = 0
    figures: int = 0
    warning: str = ""

    def table(self) -> str:
        """Return the next table's number: 'Table 3'."""
        self.tables += 1
        return f"Table {self.tables}"

    def figure(self) -> str:
        """Return the next figure's number: 'Figure 3'."""
        self.figures += 1
        return f"Figure {self.figures}"


@dataclass
class Footnotes:
    """Letters for the remarks below one table; equal remarks share a letter. In a note, '; ' separates remarks."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> str:
        """Return the letters of the remarks in a text, 'a,c'; '' for an empty text."""
        return ",".join(self.letter(part) for part in text.split("; ") if part)

    def items(self) -> list[tuple[str, str]]:
        """Return (letter, remark) in the order of first use."""
        return [(self.letter(text), text) for text in self.texts]

    def letter(self, text: str) -> str:
        """Return the letter of one remark; a new remark gets a new letter."""
        if text not in self.texts:
            self.texts.append(text)
        place = self.texts.index(text)
        return ascii_lowercase[place % 26] * (1 + place // 26)
